import {
  type Block,
  type Facts,
  type Figures,
  type LineChart,
  type NumberCell,
  note,
  number,
} from '../document/document.ts';
import { formatDuration, formatNumber, formatQuantity } from '../document/number.ts';
import type { StepSummary } from '../measurement/summary.ts';
import { failureQuotes, failureSentence, nothingWords } from './failure.ts';
import { deviceTable, hardwareFacts, hardwareSeries } from './hardware.ts';
import { identityWords } from './identity.ts';
import { latencyTable } from './latency.ts';
import { limitBlocks } from './limits.ts';
import { isOpenLoop } from './load.ts';
import { objectiveChecks } from './objective.ts';
import { clientWords, inputWords, outputWords, sourceWords } from './token.ts';

/** Everything there is to say about a run of one step, the most wanted first. */
export function stepBlocks(step: StepSummary): Block[] {
  const blocks: (Block | null)[] = [
    step.counts.ok > 0 ? figures(step) : note('bad', nothingWords([step])),
    latencyTable(step),
    objectiveChecks([step]),
    failureTable(step),
    ...limitBlocks(step),
    overTime(step),
    deviceTable(step),
    method(step),
  ];
  return blocks.filter((block) => block !== null);
}

/** The numbers to read in the first second. */
function figures(step: StepSummary): Figures {
  const { throughput, attainment } = step;
  const rate = (value: number | null, unit: NumberCell['unit'], name: string) =>
    number(value, unit, { interval: throughput.intervals[name] ?? null, reason: 'not measured' });
  const generated = [
    { label: 'output', value: rate(throughput.outputTokensPerS, 'tokens/s', 'outputTokensPerS'), note: null },
    {
      label: 'per stream',
      value: number(throughput.interactivityTokensPerS, 'tokens/s', {
        reason: step.latency.tpotMs.n > 0 ? 'too few requests' : 'not measured',
      }),
      note: null,
    },
  ];
  const items = [
    ...(step.tokens.items === undefined ? generated : ungenerated(step)),
    { label: 'completed', value: rate(throughput.requestsPerS, 'requests/s', 'requestsPerS'), note: offered(step) },
  ];
  if (step.objectives.length === 0) return { kind: 'figures', items };
  const good = rate(throughput.goodputPerS, 'requests/s', 'goodputPerS');
  const inside = attainment === null ? null : `${formatQuantity(attainment, 'share')} met all objectives`;
  return { kind: 'figures', items: [...items, { label: 'goodput', value: good, note: inside }] };
}

/** Of replies with vectors or scores, which generate no token: what they read, and how many they gave. */
function ungenerated({ throughput, tokens, counts }: StepSummary) {
  const { inputTokensPerS, itemsPerS, intervals } = throughput;
  const each = tokens.items! / counts.ok;
  const input = number(inputTokensPerS, 'tokens/s', {
    interval: intervals['inputTokensPerS'] ?? null,
    reason: 'the server does not count them',
  });
  const items = {
    label: 'vectors or scores',
    value: number(itemsPerS ?? null, 'results/s', { reason: 'not measured' }),
  };
  return [
    { label: 'input', value: input, note: null },
    { ...items, note: each === 1 ? null : `${formatNumber(each)} a request` },
  ];
}

const offered = ({ load, throughput }: StepSummary): string | null =>
  isOpenLoop(load) && throughput.offeredPerS !== null ? `of ${formatNumber(throughput.offeredPerS)} offered` : null;

/** Failures by their own names, with what each means; null when there is none. */
function failureTable(step: StepSummary): Block | null {
  const { due, outcomes, censored } = step.counts;
  const names = Object.entries(outcomes).sort(([, a], [, b]) => b - a);
  const rows = [...names, ...(censored > 0 ? [['unfinished', censored] as const] : [])];
  if (rows.length === 0) return null;
  return {
    kind: 'table',
    title: 'Failures',
    scale: 'column',
    columns: [{ label: '' }, { label: 'requests', unit: 'count' }, { label: 'of due', unit: 'share' }, { label: '' }],
    rows: rows.map(([code, count]) => [
      { text: code, tone: 'bad' as const },
      number(count, 'count'),
      number(due > 0 ? count / due : null, 'share'),
      failureSentence(code),
    ]),
    footnotes: failureQuotes([step]),
  };
}

/** Throughput and TTFT over the step; null when it was too short to draw. */
function overTime(step: StepSummary): LineChart | null {
  const { load, series, counts } = step;
  if (series.atMs.length < 3 || counts.ok === 0) return null;
  const generated = [
    { name: 'output', unit: 'tokens/s', values: series.outputTokensPerS },
    { name: isOpenLoop(load) ? 'TTFT p50 since sent' : 'TTFT p50', unit: 'ms', values: series.ttftP50Ms },
  ] as const;
  return {
    kind: 'chart',
    shape: 'line',
    title: 'Over time',
    x: { label: 'since its start', unit: 'ms', values: series.atMs },
    series: [
      ...(step.tokens.items === undefined
        ? generated
        : [{ name: 'in flight', unit: 'none', values: series.inFlight } as const]),
      ...hardwareSeries(step),
    ],
  };
}

/** How the numbers came about: lengths, token sources, window, client. */
function method(step: StepSummary): Facts {
  const { throughput, concurrency, stalls, window } = step;
  const { full } = throughput;
  const span = window.startMs === null || window.endMs === null ? null : window.endMs - window.startMs;
  const list = (parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join(' · ');
  const flight = list([
    concurrency.mean === null ? null : `mean ${formatNumber(concurrency.mean)}`,
    concurrency.max === null ? null : `max ${formatNumber(concurrency.max, true)}`,
    concurrency.littleError === null ? null : `Little's law off by ${formatQuantity(concurrency.littleError, 'share')}`,
  ]);
  const whole = list([
    full.outputTokensPerS === null ? null : formatQuantity(full.outputTokensPerS, 'tokens/s'),
    formatQuantity(full.requestsPerS, 'requests/s'),
    `over ${formatDuration(full.durationMs)}, ramp and drain included`,
  ]);
  const items = [
    ['window', span === null ? null : `${window.kind}, ${formatDuration(span)}`],
    ['full window', full.outputTokensPerS === null && step.tokens.items === undefined ? null : whole],
    ['input', inputWords(step)],
    ['output', outputWords(step)],
    ['tokens from', sourceWords(step)],
    ['server counted', identityWords(step)],
    ['in flight', flight],
    [
      'peak second',
      throughput.peakOutputTokensPerS === null ? null : formatQuantity(throughput.peakOutputTokensPerS, 'tokens/s'),
    ],
    [
      'stalls',
      stalls.count === 0 ? null : `${formatNumber(stalls.count, true)}, the longest ${formatDuration(stalls.maxGapMs)}`,
    ],
    ['client', clientWords(step)],
    ...hardwareFacts(step),
  ] as const;
  return { kind: 'facts', items: items.flatMap(([key, value]) => (value ? [{ key, value }] : [])) };
}
