import type { Rows } from '../document/document.ts';
import { rawNumber } from '../document/number.ts';
import {
  type Distribution,
  type Interval,
  latencyNames,
  type RunSummary,
  type StepSummary,
} from '../measurement/summary.ts';
import { failureCodes } from '../record/exchange.ts';
import { hardwareEntries } from './hardware-rows.ts';
import { limitEntries } from './limits.ts';

type Value = string | number | boolean | null;
/** A column of the flat table: its name ends with its unit. */
type Entry = readonly [name: string, value: Value];

/** One row a step, every number of the summary in a column of its own; the columns are those of the first step's shape. */
export function stepRows(summary: RunSummary): Rows {
  const met = summary.steps.flatMap((step) => Object.keys(step.counts.outcomes));
  const codes = [...new Set([...failureCodes, ...met])];
  const objectives = [...new Set(summary.steps.flatMap((step) => step.objectives.map((o) => o.text)))];
  const rows = summary.steps.map((step, index) => stepEntries(summary, step, index, codes, objectives));
  const columns = rows[0]?.map(([name]) => name) ?? [];
  return {
    columns,
    rows: rows.map((entries) => entries.map(([, value]) => (typeof value === 'number' ? rawNumber(value) : value))),
  };
}

function stepEntries(
  summary: RunSummary,
  step: StepSummary,
  index: number,
  codes: readonly string[],
  objectives: readonly string[],
): Entry[] {
  const { target } = summary;
  return [
    ['suite', summary.suite],
    ['started_at', summary.startedAt],
    ['directory', summary.directory],
    ['simulated', summary.simulated],
    ['state', summary.state],
    ['url', target.url],
    ['server', target.server.name],
    ['server_version', target.server.version],
    ['model', target.model],
    ['protocol', target.protocol],
    ['step', index],
    ['load_kind', step.load.kind],
    ['load_value', step.load.value],
    ['load_arrivals', step.load.kind === 'rate' ? step.load.arrivals : null],
    ['load_shape', step.load.kind === 'rate' ? (step.load.shape ?? null) : null],
    ['load_trace', step.load.kind === 'trace' ? step.load.file : null],
    ['repeat', step.repeat],
    ['verdict', step.verdict],
    ['doubts', step.doubts.map((doubt) => doubt.code).join(' ')],
    ...countEntries(step, codes),
    ['window', step.window.kind],
    ['window_start_ms', step.window.startMs],
    ['window_end_ms', step.window.endMs],
    ...rateEntries(step),
    ...latencyNames.flatMap((name) => distributionEntries(snake(name.slice(0, -'Ms'.length)), step.latency[name])),
    ...flat(
      '',
      step.tokens,
      { tokensPerEvent: 'tokens_per_event', outputSource: 'output_source', timelineSource: 'timeline_source' },
      '_tokens',
    ),
    ...flat(
      'in_flight_',
      step.concurrency,
      { littleError: 'little_error_share', tokensInFlightMean: 'tokens_in_flight_mean' },
      '',
    ),
    ...flat('client_', step.client, {}, ''),
    ['stalls', step.stalls.count],
    ['stall_max_gap_ms', step.stalls.maxGapMs],
    ['attainment_share', step.attainment],
    ...limitEntries(step),
    ...hardwareEntries(step),
    ...objectives.flatMap((text) => objectiveEntries(step, text)),
  ];
}

function countEntries({ counts }: StepSummary, codes: readonly string[]): Entry[] {
  const { due, sent, ok, failed, censored, outcomes } = counts;
  return [
    ['due', due],
    ['sent', sent],
    ['ok', ok],
    ['failed', failed],
    ['censored', censored],
    ...codes.map((code): Entry => [`failed_${code}`, outcomes[code] ?? 0]),
  ];
}

/** Rates whose intervals are known; always there, so that files of several runs have the same columns. */
const withInterval = ['outputTokensPerS', 'inputTokensPerS', 'totalTokensPerS', 'requestsPerS', 'goodputPerS'];

function rateEntries({ throughput }: StepSummary): Entry[] {
  const { intervals, full, ...rates } = throughput;
  return [
    ...Object.entries(rates).flatMap(([name, value]): Entry[] =>
      withInterval.includes(name)
        ? [[snake(name), value], ...intervalEntries(snake(name), intervals[name])]
        : [[snake(name), value]],
    ),
    ['full_output_tokens_per_s', full.outputTokensPerS],
    ['full_requests_per_s', full.requestsPerS],
    ['full_duration_ms', full.durationMs],
  ];
}

const intervalEntries = (name: string, interval: Interval | undefined): Entry[] => [
  [`${name}_low`, interval?.[0] ?? null],
  [`${name}_high`, interval?.[1] ?? null],
];

const quantiles = ['mean', 'stddev', 'min', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;

function distributionEntries(name: string, own: Distribution): Entry[] {
  return [
    [`${name}_n`, own.n],
    ...quantiles.map((q): Entry => [`${name}_${q}_ms`, own[q]]),
    ...(['p50', 'p99'] as const).flatMap((q) => intervalEntries(`${name}_${q}_ms`, own.intervals[q])),
    ...(['p50', 'p99'] as const).map((q): Entry => [`${name}_with_failures_${q}_ms`, own.withFailures?.[q] ?? null]),
  ];
}

function objectiveEntries(step: StepSummary, text: string): Entry[] {
  const result = step.objectives.find((o) => o.text === text);
  return [
    [`objective ${text}: observed`, result?.observed ?? null],
    [`objective ${text}: met`, result?.met ?? null],
  ];
}

function flat(
  prefix: string,
  values: Readonly<Record<string, Value>>,
  names: Readonly<Record<string, string>>,
  unit: string,
): Entry[] {
  return Object.entries(values).map(([name, value]) => [names[name] ?? `${prefix}${snake(name)}${unit}`, value]);
}

const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
