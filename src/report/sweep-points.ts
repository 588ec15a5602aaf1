import { type Cell, type Column, number, type Table, type Tone } from '../document/document.ts';
import type { Unit } from '../document/number.ts';
import type { SweepOutcome } from '../measurement/sweep-outcome.ts';
import type { SweepPoint, SweepSummary } from '../measurement/sweep-summary.ts';

const outcomeCells: Readonly<Record<SweepOutcome, { readonly text: string; readonly tone: Tone }>> = {
  pass: { text: 'inside', tone: 'ok' },
  likely: { text: 'likely inside', tone: 'warn' },
  short: { text: 'too little', tone: 'warn' },
  miss: { text: 'outside', tone: 'bad' },
  unsustained: { text: 'not sustained', tone: 'bad' },
  failures: { text: 'failures', tone: 'bad' },
  rate_limit: { text: 'rate limit', tone: 'bad' },
  client: { text: 'client limit', tone: 'warn' },
  undecided: { text: 'undecided', tone: 'warn' },
  unfinished: { text: 'cut short', tone: 'warn' },
};

/** By load, not by the order of measuring. */
const byLoad = (points: readonly SweepPoint[]): SweepPoint[] =>
  points.toSorted((a, b) => a.load.value - b.load.value || a.step - b.step);

interface Measure {
  readonly column: Column;
  readonly cell: (point: SweepPoint) => Cell;
}

/** Every load that was measured, by load; of replies that generate nothing, what they read and gave. */
export function pointTable({ points, accelerators, search }: SweepSummary): Table {
  const of = (column: Column & { unit: Unit }, value: (point: SweepPoint) => number | null): Measure => ({
    column,
    cell: (point) => number(value(point), column.unit),
  });
  const generated: Measure[] = [
    {
      column: { label: 'output', unit: 'tokens/s' },
      cell: ({ outputTokensPerS, intervals }) =>
        number(outputTokensPerS, 'tokens/s', { interval: intervals.outputTokensPerS }),
    },
    ...(accelerators === null
      ? []
      : [of({ label: 'an accelerator', unit: 'tokens/s' }, (p) => p.outputTokensPerSPerAccelerator)]),
    of({ label: 'per stream', unit: 'tokens/s' }, (p) => p.interactivityTokensPerS),
  ];
  const ungenerated: Measure[] = [
    of({ label: 'input', unit: 'tokens/s' }, (p) => p.ungenerated?.inputTokensPerS ?? null),
    of({ label: 'vectors or scores', unit: 'results/s' }, (p) => p.ungenerated?.itemsPerS ?? null),
  ];
  const firsts: Measure[] = [
    of({ label: 'p50', unit: 'ms', group: 'TTFT' }, (p) => p.ttftMs.p50),
    of({ label: 'p99', unit: 'ms', group: 'TTFT' }, (p) => p.ttftMs.p99),
    of({ label: 'p50', unit: 'ms/token', group: 'TPOT' }, (p) => p.tpotMs.p50),
    of({ label: 'p99', unit: 'ms/token', group: 'TPOT' }, (p) => p.tpotMs.p99),
  ];
  const whole = points.some(isUngenerated);
  const measures: Measure[] = [
    {
      column: { label: search.kind === 'rate' ? 'req/s' : 'in flight', unit: 'none' },
      cell: ({ load, pareto }) => `${load.value}${pareto ? ' *' : ''}`,
    },
    { column: { label: 'step', unit: 'none' }, cell: ({ step }) => `${step + 1}` },
    { column: { label: 'objectives' }, cell: ({ outcome }) => outcomeCells[outcome] },
    ...(whole ? ungenerated : generated),
    of({ label: 'completed', unit: 'requests/s' }, (p) => p.requestsPerS),
    ...(whole ? [] : firsts),
    of({ label: 'E2E p99', unit: 'ms' }, (p) => p.e2eMs.p99),
  ];
  return {
    kind: 'table',
    title: 'Loads measured',
    scale: 'column',
    columns: measures.map(({ column }) => column),
    rows: byLoad(points).map((point) => measures.map(({ cell }) => cell(point))),
    footnotes: whole ? [] : ['* Pareto: no other load has both more output and more speed for each user.'],
  };
}

/** Its replies hold vectors or scores, and no generated token. */
const isUngenerated = ({ ungenerated }: SweepPoint): boolean => ungenerated !== undefined;
