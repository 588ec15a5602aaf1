import {
  type BarChart,
  type Block,
  type Cell,
  type Column,
  type Facts,
  note,
  number,
  type Table,
} from '../document/document.ts';
import type { Unit } from '../document/number.ts';
import type { StepSummary } from '../measurement/summary.ts';
import { failureQuotes, nothingWords } from './failure.ts';
import { efficiencyLadder, hardwareLadder, hardwareNotes } from './hardware-ladder.ts';
import { identityOfSteps } from './identity.ts';
import { failureLadder, latencyLadder } from './latency.ts';
import { limitLadder } from './limits.ts';
import { isOpenLoop, loadHead, loadLabel } from './load.ts';
import { objectiveChecks } from './objective.ts';
import { sourceWords } from './token.ts';
import { verdictTone } from './trust.ts';

/** Everything there is to say about a run of several steps: one row a load throughout. */
export function ladderBlocks(steps: readonly StepSummary[]): Block[] {
  const nothing = steps.every((step) => step.counts.ok === 0);
  const blocks: (Block | null)[] = [
    nothing ? note('bad', nothingWords(steps)) : null,
    headline(steps),
    latencyLadder(steps),
    failureLadder(steps),
    objectiveChecks(steps),
    failures(steps),
    limitLadder(steps),
    nothing ? null : overLoad(steps),
    hardwareLadder(steps),
    efficiencyLadder(steps),
    method(steps),
    sources(steps),
  ];
  return blocks.filter((block) => block !== null);
}

/** A column of a table with one row a step. */
interface Measure {
  readonly column: Column;
  readonly cell: (step: StepSummary) => Cell;
}

const measure = (label: string, unit: Unit, value: (step: StepSummary) => number | null, group?: string): Measure => ({
  column: group === undefined ? { label, unit } : { label, unit, group },
  cell: (step) => number(value(step), unit),
});

/** Leaves out measures that no step has. */
function byLoad(title: string | null, steps: readonly StepSummary[], measures: readonly Measure[]): Table {
  const known = measures.filter(({ cell }) => steps.some((step) => !isUnknown(cell(step))));
  return {
    kind: 'table',
    title,
    scale: 'column',
    columns: [{ label: loadHead(steps), unit: 'none' }, ...known.map(({ column }) => column)],
    rows: steps.map((step) => [loadLabel(step, steps), ...known.map(({ cell }) => cell(step))]),
    footnotes: [],
  };
}

const isUnknown = (cell: Cell): boolean =>
  cell === null || (typeof cell === 'object' && 'value' in cell && cell.value === null);

function headline(steps: readonly StepSummary[]): Table {
  const open = steps.some((step) => isOpenLoop(step.load));
  const rate = (
    label: string,
    unit: Unit,
    name: 'inputTokensPerS' | 'outputTokensPerS' | 'requestsPerS' | 'goodputPerS' | 'interactivityTokensPerS',
    interval: boolean,
  ): Measure => ({
    column: { label, unit },
    cell: (step) =>
      number(step.throughput[name], unit, { interval: interval ? (step.throughput.intervals[name] ?? null) : null }),
  });
  return byLoad(null, steps, [
    ...(steps.some(ungenerated)
      ? [
          rate('input', 'tokens/s', 'inputTokensPerS', true),
          measure('vectors or scores', 'results/s', (s) => s.throughput.itemsPerS ?? null),
        ]
      : []),
    rate('output', 'tokens/s', 'outputTokensPerS', true),
    rate('per stream', 'tokens/s', 'interactivityTokensPerS', false),
    ...(open ? [measure('offered', 'requests/s', (s) => s.throughput.offeredPerS)] : []),
    rate('completed', 'requests/s', 'requestsPerS', false),
    rate('goodput', 'requests/s', 'goodputPerS', false),
    {
      column: { label: 'failed', unit: 'count' },
      cell: ({ counts }) =>
        number(counts.failed + counts.censored, 'count', {
          tone: counts.failed + counts.censored > 0 ? 'bad' : 'plain',
        }),
    },
    ...(steps.some((step) => step.objectives.length > 0)
      ? [{ column: { label: 'objectives' }, cell: objectivesCell }]
      : []),
    { column: { label: 'verdict' }, cell: ({ verdict }) => ({ text: verdict, tone: verdictTone[verdict] }) },
  ]);
}

function objectivesCell({ objectives }: StepSummary): Cell {
  const missed = objectives.filter((o) => o.met === false).length;
  if (missed > 0) return { text: `${missed} missed`, tone: 'bad' };
  if (objectives.some((o) => o.met === null)) return { text: 'unknown', tone: 'warn' };
  return objectives.length === 0 ? null : { text: 'met', tone: 'ok' };
}

function failures(steps: readonly StepSummary[]): Table | null {
  const codes = [...new Set(steps.flatMap((step) => Object.keys(step.counts.outcomes)))];
  const censored = steps.some((step) => step.counts.censored > 0);
  if (codes.length === 0 && !censored) return null;
  const table = byLoad('Failures', steps, [
    ...codes.map((code) => measure(code, 'count', (s) => s.counts.outcomes[code] ?? 0)),
    ...(censored ? [measure('unfinished', 'count', (s) => s.counts.censored)] : []),
  ]);
  return { ...table, footnotes: [...table.footnotes, ...failureQuotes(steps)] };
}

/** Its replies hold vectors or scores, and no generated token. */
const ungenerated = ({ tokens }: StepSummary): boolean => tokens.items !== undefined;

/** Throughput and first-token time (of replies that generate nothing, all of it) against load; p50 where some step is too short for its p99. */
function overLoad(steps: readonly StepSummary[]): BarChart {
  const whole = steps.some(ungenerated);
  const names = whole ? (['e2eDueMs', 'e2eMs'] as const) : (['ttftDueMs', 'ttftMs'] as const);
  const latency = (step: StepSummary) => step.latency[names[isOpenLoop(step.load) ? 0 : 1]];
  const q = steps.every((step) => latency(step).p99 !== null) ? 'p99' : 'p50';
  const rate = whole ? 'inputTokensPerS' : 'outputTokensPerS';
  return {
    kind: 'chart',
    shape: 'bars',
    title: 'Against load',
    categories: { label: loadHead(steps), names: steps.map((step) => loadLabel(step, steps)) },
    series: [
      { name: whole ? 'input' : 'output', unit: 'tokens/s', values: steps.map((step) => step.throughput[rate]) },
      { name: `${whole ? 'E2E' : 'TTFT'} ${q}`, unit: 'ms', values: steps.map((step) => latency(step)[q]) },
    ],
  };
}

function method(steps: readonly StepSummary[]): Table {
  const cached = ({ tokens }: StepSummary) =>
    tokens.input && tokens.inputCached !== null ? tokens.inputCached / tokens.input : null;
  const span = ({ window }: StepSummary) =>
    window.startMs === null || window.endMs === null ? null : window.endMs - window.startMs;
  return byLoad('How it was measured', steps, [
    measure('ok', 'count', (s) => s.counts.ok),
    measure('window', 'ms', span),
    measure('mean in flight', 'none', (s) => s.concurrency.mean),
    measure('mean', 'tokens', (s) => s.tokens.meanInput, 'input'),
    measure('plan', 'tokens', (s) => s.tokens.plannedMeanInput, 'input'),
    measure('cached', 'share', cached, 'input'),
    measure('mean', 'tokens', (s) => s.tokens.meanOutput, 'output'),
    measure('plan', 'tokens', (s) => s.tokens.plannedMeanOutput, 'output'),
    measure('mean', 'ms', (s) => (isOpenLoop(s.load) ? s.latency.queueDelayMs.mean : null), 'due to sent'),
    measure('max', 'ms', (s) => (isOpenLoop(s.load) ? s.latency.queueDelayMs.max : null), 'due to sent'),
    measure('core', 'share', (s) => s.client.cpuShare, 'client'),
    measure('coalesced', 'share', (s) => s.client.coalescedShare, 'client'),
    measure('loop', 'ms', (s) => s.client.loopLagP99Ms, 'lag p99'),
    measure('schedule', 'ms', (s) => s.client.scheduleLagP99Ms, 'lag p99'),
  ]);
}

function sources(steps: readonly StepSummary[]): Facts | null {
  const words = [...new Set(steps.map(sourceWords).filter((w) => w !== null))];
  const counted = identityOfSteps(steps);
  const items = [
    ...(words.length === 0 ? [] : [{ key: 'tokens from', value: words.join('; ') }]),
    ...(counted === null ? [] : [{ key: 'server counted', value: counted }]),
    ...hardwareNotes(steps),
  ];
  return items.length === 0 ? null : { kind: 'facts', items };
}
