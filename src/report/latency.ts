import { type Cell, type Column, number, type Table } from '../document/document.ts';
import type { Unit } from '../document/number.ts';
import type { Distribution, LatencyName, QuantileName, StepSummary } from '../measurement/summary.ts';
import { isOpenLoop, loadHead, loadLabel } from './load.ts';

/** How a latency is called and counted in a report. */
interface Family {
  readonly name: LatencyName;
  readonly label: string;
  readonly unit: Unit;
}

/** In an open loop, and where a request was tried again: a wait in the client is a wait all the same. */
const fromDue = ({ load, limits }: StepSummary): boolean => isOpenLoop(load) || (limits?.retried.requests ?? 0) > 0;

const shown = ['p50', 'p90', 'p99'] as const satisfies readonly QuantileName[];

/** What a reader looks for first: since the due time in open loop, so that no queue hides, else since the sending. */
function primary(step: StepSummary): Family[] {
  const open = fromDue(step);
  return [
    { name: open ? 'ttftDueMs' : 'ttftMs', label: 'TTFT', unit: 'ms' },
    { name: 'tpotMs', label: 'TPOT', unit: 'ms/token' },
    { name: open ? 'e2eDueMs' : 'e2eMs', label: 'E2E', unit: 'ms' },
    { name: 'itlMs', label: 'ITL', unit: 'ms/token' },
  ];
}

function secondary(step: StepSummary): Family[] {
  const since: Family[] = [
    { name: 'ttftMs', label: 'TTFT since sent', unit: 'ms' },
    { name: 'e2eMs', label: 'E2E since sent', unit: 'ms' },
    { name: 'queueDelayMs', label: 'queue delay', unit: 'ms' },
  ];
  const thinks = differs(step.latency.ttfoMs.p50, step.latency.ttftMs.p50, 0.01);
  const bunched = differs(step.latency.tpotExactMs.p50, step.latency.tpotMs.p50, 0.02);
  return [
    ...(fromDue(step) ? since : []),
    ...(thinks ? [{ name: 'ttfoMs', label: 'first answer', unit: 'ms' } as const] : []),
    ...(bunched ? [{ name: 'tpotExactMs', label: 'TPOT exact', unit: 'ms/token' } as const] : []),
  ];
}

const differs = (a: number | null, b: number | null, share: number): boolean =>
  a !== null && b !== null && Math.abs(a - b) > share * Math.abs(b);

/** Percentiles across, latencies down: the table of a run with one step. Null when nothing was measured. */
export function latencyTable(step: StepSummary): Table | null {
  const { latency } = step;
  const families = [...primary(step), ...secondary(step)].filter(({ name }) => latency[name].n > 0);
  if (families.length === 0) return null;
  const open = fromDue(step);
  const rows = families.flatMap(({ name, label, unit }) => {
    const own = latency[name];
    const since = open && (name === 'ttftDueMs' || name === 'e2eDueMs') ? `${label} since due` : label;
    const cells: Cell[] = [since, ...shown.map((q) => quantileCell(own, q, unit, q === 'p99')), number(own.max, unit)];
    const failing = failureCells(own, unit);
    return failing === null || !isHeadline(name) ? [cells] : [cells, [`${label} with failures`, ...failing, null]];
  });
  return {
    kind: 'table',
    title: `Latency of ${count(latency[families[0]!.name].n)} requests due in the ${step.window.kind} window`,
    scale: 'row',
    columns: [{ label: '' }, ...[...shown, 'max'].map((label): Column => ({ label, unit: 'ms' }))],
    rows,
    footnotes: rows.length > families.length ? [failureFootnote] : [],
  };
}

const isHeadline = (name: LatencyName): boolean =>
  !['tpotMs', 'itlMs', 'queueDelayMs', 'ttfoMs', 'tpotExactMs'].includes(name);
const failureFootnote = '“with failures” counts every failed or unfinished request as never answered (∞)';
const count = (value: number): string => value.toLocaleString('en-US');

/** Loads down, latencies across with their percentiles: the table of a ladder. Null when nothing was measured. */
export function latencyLadder(steps: readonly StepSummary[]): Table | null {
  const first = steps[0];
  if (first === undefined) return null;
  const families = primary(first).filter((_, i) => steps.some((step) => step.latency[primary(step)[i]!.name].n > 0));
  if (families.length === 0) return null;
  const indices = families.map((family) => primary(first).findIndex((f) => f.label === family.label));
  const open = steps.some(fromDue);
  return {
    kind: 'table',
    title: 'Latency',
    scale: 'column',
    columns: [
      { label: loadHead(steps), unit: 'none' },
      ...families.flatMap(({ label, unit }) => shown.map((q): Column => ({ group: label, label: q, unit }))),
    ],
    rows: steps.map((step) => [
      loadLabel(step, steps),
      ...indices.flatMap((i) => {
        const { name, unit } = primary(step)[i]!;
        return shown.map((q) => quantileCell(step.latency[name], q, unit, false));
      }),
    ]),
    footnotes: open ? ['open loop: TTFT and E2E count from the time a request was due, so that no queue hides'] : [],
  };
}

/** TTFT and E2E of a ladder with failures counted as never answered; null when no request failed. */
export function failureLadder(steps: readonly StepSummary[]): Table | null {
  const headline = (step: StepSummary) => primary(step).filter(({ name }) => isHeadline(name));
  if (!steps.some((step) => headline(step).some(({ name }) => step.latency[name].withFailures !== null))) return null;
  return {
    kind: 'table',
    title: 'Latency with failures',
    scale: 'column',
    columns: [
      { label: loadHead(steps), unit: 'none' },
      ...['TTFT', 'E2E'].flatMap((group) => shown.map((label): Column => ({ group, label, unit: 'ms' }))),
    ],
    rows: steps
      .filter((step) => step.counts.failed + step.counts.censored > 0)
      .map((step) => [
        loadLabel(step, steps),
        ...headline(step).flatMap(({ name, unit }) => {
          const own = step.latency[name];
          return failureCells(own, unit) ?? shown.map((q) => quantileCell(own, q, unit, false));
        }),
      ]),
    footnotes: ['every failed or unfinished request counts as never answered (∞)'],
  };
}

/** A percentile, or a dash with the reason. */
export function quantileCell(own: Distribution, q: QuantileName, unit: Unit, interval: boolean): Cell {
  return number(own[q], unit, {
    reason: own[q] === null ? reasonOf(own, q) : null,
    interval: interval ? (own.intervals[q] ?? null) : null,
  });
}

/** With one +∞ a failure: infinite where the percentile lies among them. */
function failureCells(own: Distribution, unit: Unit): Cell[] | null {
  const failing = own.withFailures;
  if (failing === null) return null;
  return shown.map((q) => {
    const infinite = own.reasons[`withFailures.${q}`] === 'infinite';
    return number(infinite ? Number.POSITIVE_INFINITY : failing[q], unit, {
      tone: infinite ? 'bad' : 'plain',
    });
  });
}

const tooFew = 'too few independent requests for this percentile (p50 needs 6, p90 36, p99 368)';

function reasonOf(own: Distribution, q: string): string {
  if (own.n === 0) return 'no request gave this value';
  const reason = own.reasons[q];
  if (reason === undefined || reason === 'n_too_small') return tooFew;
  return reason.replaceAll('_', ' ');
}
