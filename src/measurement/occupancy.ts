import type { Requests } from './ledger.ts';

/** Half-open span of the run's clock, ms. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** A step function of time: +1 at each start, −1 at each end (half-open spans, one a request). */
export class Occupancy {
  private readonly starts: Float64Array;
  private readonly ends: Float64Array;

  /** `starts[i]` and `ends[i]` bound request i; rows with NaN in either are left out. */
  constructor(starts: Float64Array, ends: Float64Array) {
    const there = (_: number, i: number) => !Number.isNaN(starts[i]!) && !Number.isNaN(ends[i]!);
    this.starts = starts.filter(there).sort();
    this.ends = ends.filter(there).sort();
  }

  /** Requests in flight at an instant. */
  at(ms: number): number {
    return countUpTo(this.starts, ms) - countUpTo(this.ends, ms);
  }

  /** First instant from `fromMs` on with at least `target` in flight; null when there is none. */
  firstReaching(target: number, fromMs: number): number | null {
    if (this.at(fromMs) >= target) return fromMs;
    for (let i = countUpTo(this.starts, fromMs); i < this.starts.length; i++) {
      if (this.at(this.starts[i]!) >= target) return this.starts[i]!;
    }
    return null;
  }

  /** Calls back with (value, duration in ms) for each constant piece of the span. */
  eachPiece({ startMs, endMs }: Span, visit: (value: number, durationMs: number) => void): void {
    let i = countUpTo(this.starts, startMs);
    let j = countUpTo(this.ends, startMs);
    let atMs = startMs;
    while (atMs < endMs) {
      const next = Math.min(this.starts[i] ?? Infinity, this.ends[j] ?? Infinity, endMs);
      if (next > atMs) visit(i - j, next - atMs);
      atMs = next;
      while (i < this.starts.length && this.starts[i]! <= atMs) i++;
      while (j < this.ends.length && this.ends[j]! <= atMs) j++;
    }
  }

  /** Time-weighted mean over a span; null for an empty span. */
  mean(span: Span): number | null {
    if (!(span.endMs > span.startMs)) return null;
    let area = 0;
    this.eachPiece(span, (value, durationMs) => {
      area += value * durationMs;
    });
    return area / (span.endMs - span.startMs);
  }
}

const known = new WeakMap<Requests, Occupancy>();

/** Requests in flight: `[sent, end)`, failures included. */
export function inFlight(rows: Requests): Occupancy {
  const occupancy = known.get(rows) ?? new Occupancy(rows.sentMs, rows.endMs);
  known.set(rows, occupancy);
  return occupancy;
}

/** Requests wanted and not finished: `[due, end)`. */
export function demand(rows: Requests): Occupancy {
  return new Occupancy(rows.dueMs, rows.endMs);
}

/**
 * 1 for each request whose start a cap held back: as many requests as the cap allows, all due before it, were
 * unfinished when it was due. `rows` are in due order. Threads share cap and schedule: request `seq` and a part of the
 * cap belong to thread `seq mod threads`.
 */
export function heldByCap(rows: Requests, cap: number | null, threads = 1): Uint8Array {
  const held = new Uint8Array(rows.n);
  if (cap === null) return held;
  const ranks = Math.min(threads, cap);
  for (let rank = 0; rank < ranks; rank++) {
    const own = ranks === 1 ? null : (i: number) => rows.seq[i]! % ranks === rank;
    const ends = (own === null ? rows.endMs.slice() : rows.endMs.filter((_, i) => own(i))).sort();
    const share = Math.ceil((cap - rank) / ranks);
    let before = 0;
    for (let i = 0; i < rows.n; i++) {
      if (own !== null && !own(i)) continue;
      if (before - countUpTo(ends, rows.dueMs[i]!) >= share) held[i] = 1;
      before++;
    }
  }
  return held;
}

/** How many of the sorted values are ≤ x. */
export function countUpTo(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}
