import type { Timed } from './due.ts';

/** Within this of a due time the ticker spins: a timer may be late by more than a millisecond. */
const spinMs = 3;
/** A timer is set to end this much before the due time. */
const marginMs = 2;
const longestSleepMs = 60_000;

/**
 * One timer for everything that is due in this process. Never early: an event happens at the first turn of the event
 * loop at or after its time. Sleeps while nothing is near, then spins on `setImmediate`, which lets sockets be read.
 */
export class Ticker {
  readonly #sources: readonly Timed[];
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #immediate: NodeJS.Immediate | null = null;
  #ticking = false;
  #closed = false;

  constructor(sources: readonly Timed[], now: () => number) {
    this.#sources = sources;
    this.#now = now;
  }

  /** To be called whenever something may have become due earlier than before. */
  wake(): void {
    if (this.#closed || this.#ticking || this.#immediate !== null) return;
    const at = this.#nextAt();
    if (at === Number.POSITIVE_INFINITY) return;
    if (this.#timer !== null) {
      if (at >= this.#timerAt) return;
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    this.#arm(at);
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#immediate !== null) clearImmediate(this.#immediate);
  }

  #nextAt(): number {
    let at = Number.POSITIVE_INFINITY;
    for (const source of this.#sources) at = Math.min(at, source.nextAt());
    return at;
  }

  #arm(at: number): void {
    const remaining = at - this.#now();
    if (remaining <= spinMs) {
      this.#immediate = setImmediate(this.#tick);
      return;
    }
    this.#timerAt = at;
    this.#timer = setTimeout(this.#tick, Math.min(longestSleepMs, Math.max(1, Math.floor(remaining - marginMs))));
  }

  readonly #tick = (): void => {
    this.#timer = null;
    this.#immediate = null;
    const now = this.#now();
    this.#ticking = true;
    for (const source of this.#sources) source.advance(now);
    this.#ticking = false;
    if (this.#closed) return;
    const at = this.#nextAt();
    if (at !== Number.POSITIVE_INFINITY) this.#arm(at);
  };
}
