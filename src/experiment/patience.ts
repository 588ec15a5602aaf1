import { independentCount } from '../statistics/correlation.ts';
import { minimumSample } from '../statistics/quantile.ts';

/** Tells a step that has neither a duration nor a number of requests when its p99 can be printed. */
export interface Patience {
  /** One measured success: its due time and the latency that the report is about. */
  add(dueMs: number, latencyMs: number): void;
  readonly enough: boolean;
}

/** The next look comes when the sample has grown by a tenth: each sorts all of it, while the load goes on. */
const growth = 1.1;
/** The window may leave out a few at its edges. */
const reserve = 16;

/**
 * Enough is when the successes, counted as independent ones, reach the smallest sample that has a p99 with an interval.
 * Requests that ran together share their fate, so a correlated sample needs more of them.
 */
export function createPatience(): Patience {
  const wanted = minimumSample(0.99);
  const sample: { readonly dueMs: number; readonly latencyMs: number }[] = [];
  let enough = false;
  let nextLook = wanted + reserve;
  return {
    add(dueMs, latencyMs) {
      sample.push({ dueMs, latencyMs });
      if (enough || sample.length < nextLook) return;
      nextLook = Math.ceil(sample.length * growth);
      const ordered = sample.toSorted((a, b) => a.dueMs - b.dueMs).map(({ latencyMs }) => latencyMs);
      enough = independentCount(ordered.length, ordered) >= wanted;
    },
    get enough() {
      return enough;
    },
  };
}
