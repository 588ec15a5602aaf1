import type { Clock } from '../clock/clock.ts';

/**
 * Calls back at the earliest time asked for. Asking again for a later time changes nothing: whoever is called back early
 * looks what is due and asks anew. So the times under way only ever fall, and none is cancelled but all of them.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  readonly #off = new AbortController();
  /** Times under way, falling. */
  readonly #set: number[] = [];

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  set(atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY || this.#off.signal.aborted) return;
    const earliest = this.#set.at(-1);
    if (earliest !== undefined && earliest <= atMs) return;
    this.#set.push(atMs);
    const rang = () => {
      this.#set.splice(this.#set.lastIndexOf(atMs), 1);
      if (!this.#off.signal.aborted) this.#ring();
    };
    this.#clock.until(atMs, this.#off.signal).then(rang, () => {}); // rejects only when it is turned off
  }

  off(): void {
    this.#off.abort();
  }
}
