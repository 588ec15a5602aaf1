import type { StepRecord } from '../record/run.ts';
import { quantileSorted, sortedCopy } from '../statistics/quantile.ts';
import { ok, type Requests } from './ledger.ts';
import { inFlight, type Span } from './occupancy.ts';
import { knownAt, type Places, placesWhere } from './selection.ts';

/**
 * `full`: first sent to last end, all that happened. `steady`: half-open `[start, end)`. Tokens count by the time of
 * their event, latencies by the due time of their request, followed to completion (A.3).
 */
export interface Window extends Span {
  readonly kind: 'steady' | 'full';
}

export interface Windows {
  /** Null while nothing was sent. */
  readonly full: Window | null;
  /** Null where there is none; `why` then says so. */
  readonly steady: Window | null;
  readonly why: string | null;
  /** The steady window where there is one, else the full one. */
  readonly headline: Window | null;
  /** Median e2e of the successes due in the headline window; null without any. */
  readonly medianE2eMs: number | null;
}

export function isClosed(facts: StepRecord): boolean {
  return facts.load.kind === 'concurrency';
}

/** Is an instant inside? The full window holds everything. */
export function within(window: Window, ms: number): boolean {
  return window.kind === 'full' || (ms >= window.startMs && ms < window.endMs);
}

/** Indices of the rows that are due inside. */
export function population(window: Window | null, rows: Requests): Places {
  return placesWhere(rows.n, (i) => window !== null && within(window, rows.dueMs[i]!));
}

/** `pieces` equal half-open spans, whose union is the span. */
export function slices({ startMs, endMs }: Span, pieces: number): Span[] {
  const edge = (k: number) => (k === pieces ? endMs : startMs + ((endMs - startMs) * k) / pieces);
  return Array.from({ length: pieces }, (_, k) => ({ startMs: edge(k), endMs: edge(k + 1) }));
}

/** The windows of a step, from its marks and its requests; provisional while the marks are open. */
export function windowsOf(rows: Requests, facts: StepRecord): Windows {
  const full = fullWindow(rows);
  if (full === null) return { full, steady: null, why: 'nothing was sent', headline: null, medianE2eMs: null };
  const found = isClosed(facts) ? closedWindow(rows, facts) : openWindow(rows, facts);
  const steady = typeof found === 'string' ? found : (tooLittle(found, rows, isClosed(facts)) ?? found);
  if (typeof steady === 'string') {
    return { full, steady: null, why: steady, headline: full, medianE2eMs: medianE2e(full, rows) };
  }
  return { full, steady, why: null, headline: steady, medianE2eMs: medianE2e(steady, rows) };
}

function fullWindow(rows: Requests): Window | null {
  let startMs = Infinity;
  let endMs = -Infinity;
  for (let i = 0; i < rows.n; i++) {
    if (Number.isNaN(rows.sentMs[i]!)) continue;
    startMs = Math.min(startMs, rows.sentMs[i]!);
    endMs = Math.max(endMs, rows.endMs[i]!);
  }
  return startMs < endMs ? { kind: 'full', startMs, endMs } : null;
}

/** Closed loop: from the first instant after warm-up with in-flight = target to the last new start. */
function closedWindow(rows: Requests, facts: StepRecord): Window | string {
  if (facts.warmupEndMs === null) return 'the warm-up was not over';
  const target = facts.maxInFlight ?? facts.load.value;
  const startMs = inFlight(rows).firstReaching(target, facts.warmupEndMs);
  if (startMs === null) return `${target} requests were never in flight together after the warm-up`;
  let endMs = -Infinity;
  for (let i = 0; i < rows.n; i++) if (rows.sentMs[i]! > endMs) endMs = rows.sentMs[i]!;
  if (!(endMs > startMs)) return 'no request started after the load was reached';
  return { kind: 'steady', startMs, endMs };
}

/** Open loop: warm-up end to arrival stop; while arrivals go on, to the latest due time seen. */
function openWindow(rows: Requests, facts: StepRecord): Window | string {
  if (facts.warmupEndMs === null) return 'the warm-up was not over';
  const endMs = arrivalStop(rows, facts);
  if (!(endMs > facts.warmupEndMs)) return 'no request was due after the warm-up';
  return { kind: 'steady', startMs: facts.warmupEndMs, endMs };
}

/**
 * Arrivals that end with a number of requests or with the workload end with the last one due: `stopMs` is then the last
 * start, which a cap may hold back for long, and rates up to there would hide just that.
 */
function arrivalStop(rows: Requests, { stopMs, stoppedBy }: StepRecord): number {
  const lastDueMs = rows.dueMs[rows.n - 1]!;
  if (stopMs === null) return lastDueMs;
  return stoppedBy === 'requests' || stoppedBy === 'workload' ? Math.min(stopMs, lastDueMs + 0.001) : stopMs;
}

/**
 * A closed loop's window begins and ends where requests happen to start: one in which not even one typical request fits
 * shows no steady state. An open loop's window is what its schedule says, however short (`short_window` tells).
 */
function tooLittle(window: Window, rows: Requests, closed: boolean): string | null {
  if (population(window, rows).length === 0) return 'no request was due after the load was reached';
  if (!closed) return null;
  const median = medianE2e(window, rows) ?? medianE2e({ ...window, kind: 'full' }, rows);
  return median !== null && window.endMs - window.startMs < median ? 'it would be shorter than one request' : null;
}

function medianE2e(window: Window, rows: Requests): number | null {
  const successes = placesWhere(population(window, rows), (i) => rows.state[i] === ok);
  return quantileSorted(sortedCopy(knownAt(rows.e2eMs, successes)), 0.5);
}
