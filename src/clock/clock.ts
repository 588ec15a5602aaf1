import { performance } from 'node:perf_hooks';
import { Waiters } from './waiters.ts';

export interface Clock {
  /** Milliseconds since the origin of this clock; monotonic, never steps with the wall clock. */
  now(): number;
  /** Resolves at or after `atMs`, never before; rejects with the signal's reason when aborted. */
  until(atMs: number, signal?: AbortSignal): Promise<void>;
  /** Wall-clock time of the origin, Unix milliseconds, read once: an anchor, not a clock. */
  readonly originUnixMs: number;
  /** `process.hrtime.bigint()` of the origin: other threads and processes of this machine join the same clock by it. */
  readonly originNs: bigint;
}

/** A clock of this process, with the price of its precision. */
export interface ProcessClock extends Clock {
  /**
   * Milliseconds of CPU that `until` has spent so far turning the event loop in the last 2 ms before due times.
   * A lower bound: turns that also did other work are charged with an empty turn only. Whoever judges whether this
   * process was too busy takes it off the CPU time, for it is given up as soon as there is work.
   */
  readonly spunMs: number;
}

/**
 * Starts a clock at 0 now, or joins the clock whose origin is given.
 *
 * `now` is `performance.now()` moved to an origin on `process.hrtime`, which all threads and processes of a machine
 * share; the two tick alike, so one offset is measured once. `performance.now()` avoids a bigint for each reading.
 */
export function createClock(origin?: { readonly originNs: bigint; readonly originUnixMs: number }): ProcessClock {
  const originNs = origin?.originNs ?? process.hrtime.bigint();
  const originUnixMs = origin?.originUnixMs ?? Date.now();
  const offsetMs = measureOffsetMs(originNs);
  const now = () => performance.now() + offsetMs;
  const waiters = new Waiters(now);
  return {
    now,
    until: (atMs, signal) => waiters.until(atMs, signal),
    originNs,
    originUnixMs,
    get spunMs() {
      return waiters.spunMs;
    },
  };
}

/** (hrtime − origin) − performance.now() in ms, from the tightest of some brackets. */
function measureOffsetMs(originNs: bigint): number {
  let best = Number.POSITIVE_INFINITY;
  let offset = 0;
  for (let i = 0; i < 20; i++) {
    const before = performance.now();
    const ns = process.hrtime.bigint();
    const after = performance.now();
    if (after - before >= best) continue;
    best = after - before;
    offset = Number(ns - originNs) / 1e6 - (before + after) / 2;
  }
  return offset;
}
