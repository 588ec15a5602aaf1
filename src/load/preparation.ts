import type { Clock } from '../clock/clock.ts';
import type { Target } from '../target/target.ts';
import type { Intake } from './intake.ts';
import type { Lookahead } from './lookahead.ts';

/** Later turns due within this are serialised by the way; a wake-up of its own comes only at `nearestMs`. */
const nearMs = 100;
export const nearestMs = 20;
/** Longest piece of serialising between two turns of the event loop; one request is never cut. */
const pieceMs = 0.5;

/** First turns kept serialised: those of the arrivals of 50 ms, or one a slot. */
const arrivalsAheadMs = 50;
const mostAhead = { arrivals: 256, line: 64, slots: 64, slotsBeforeStart: 1024 };

/**
 * How many first turns should lie ready.
 *
 * @param left requests that may still become due
 * @param held requests that are due and may not start yet
 * @param slots of a closed loop; null = open
 */
export function sparesWanted(left: number, held: number, slots: number | null, begun: boolean, intake: Intake): number {
  if (slots !== null) return Math.min(left + held, slots, begun ? mostAhead.slots : mostAhead.slotsBeforeStart);
  const arrivals = Math.max(1, intake.arrivalsWithin(arrivalsAheadMs, mostAhead.arrivals));
  return Math.min(left + held, arrivals + Math.min(held, mostAhead.line));
}

/** Serialises requests ahead of their due times, a piece in every turn of the event loop while something is wanted. */
export class Preparation {
  readonly #lookahead: Lookahead;
  readonly #intake: Intake;
  readonly #target: Target;
  readonly #clock: Clock;
  readonly #spares: () => number;
  #looking = false;
  #off = false;

  /** @param spares how many first turns should lie ready now */
  constructor(lookahead: Lookahead, intake: Intake, target: Target, clock: Clock, spares: () => number) {
    this.#lookahead = lookahead;
    this.#intake = intake;
    this.#target = target;
    this.#clock = clock;
    this.#spares = spares;
  }

  /** @param then runs after each piece, within the turn; must not throw */
  look(then: () => void, fail: (error: unknown) => void): void {
    if (this.#off || this.#looking || !this.#wanted()) return;
    this.#looking = true;
    setImmediate(() => {
      this.#looking = false;
      if (this.#off) return;
      try {
        this.#piece();
      } catch (error) {
        fail(error);
        return;
      }
      then();
    });
  }

  off(): void {
    this.#off = true;
  }

  #wanted(): boolean {
    return this.#laterTurnNear() || this.#lookahead.wants(this.#spares());
  }

  #laterTurnNear(): boolean {
    return this.#intake.unpreparedMs <= this.#clock.now() + nearMs;
  }

  #piece(): void {
    const endMs = this.#clock.now() + pieceMs;
    do {
      if (this.#laterTurnNear()) {
        const pending = this.#intake.nextUnprepared()!;
        this.#intake.add({ ...pending, prepared: this.#target.prepare(pending.turn) });
      } else if (this.#lookahead.wants(this.#spares())) this.#lookahead.prepareOne();
      else return;
    } while (this.#clock.now() < endMs);
  }
}
