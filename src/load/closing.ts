import type { StoppedBy } from './contract.ts';
import { roundUs } from './intake.ts';

/** By what the starts ended, and from when on nothing started. */
export interface Stopped {
  readonly by: StoppedBy;
  readonly ms: number;
}

/** Until when requests become due, and how that ended. */
export class Closing {
  readonly #startMs: number;
  #atMs: number;
  #by: StoppedBy = 'duration';
  #stopped: Stopped | null = null;

  /** @param durationMs null = no limit */
  constructor(startMs: number, durationMs: number | null) {
    this.#startMs = startMs;
    this.#atMs = durationMs === null ? Number.POSITIVE_INFINITY : roundUs(startMs + durationMs);
  }

  /** Requests due at or after it are not part of the step. */
  get atMs(): number {
    return this.#atMs;
  }

  /** What ends the starts at `atMs`. */
  get by(): StoppedBy {
    return this.#by;
  }

  /** Null while requests start. */
  get stopped(): Stopped | null {
    return this.#stopped;
  }

  /** The earliest holds; true when that is now. */
  set(by: StoppedBy, atMs: number, now: number): boolean {
    const closeMs = Math.max(now, roundUs(atMs));
    if (closeMs < this.#atMs || closeMs === now) this.#by = by;
    this.#atMs = Math.min(this.#atMs, closeMs);
    return closeMs === now;
  }

  /** Nothing that is due from `now` on starts, whatever the reason will be. */
  cut(now: number): void {
    this.#atMs = Math.min(this.#atMs, now);
  }

  /** Ends the starts: behind the last one, and where the time ended them not before it had passed. */
  stop(by: StoppedBy, lastStartMs: number | null): Stopped {
    const afterStartsMs = lastStartMs === null ? roundUs(this.#startMs) : roundUs(roundUs(lastStartMs) + 0.001);
    const itself = by === 'requests' || by === 'workload' || by === 'budget';
    this.#stopped = { by, ms: itself ? afterStartsMs : Math.max(this.#atMs, afterStartsMs) };
    return this.#stopped;
  }

  /** A defect ends them at once. */
  fail(now: number): void {
    this.#stopped ??= { by: 'interrupted', ms: now };
  }
}
