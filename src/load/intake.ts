import { Agenda } from '../clock/agenda.ts';
import type { Turn } from '../record/turn.ts';
import type { Prepared } from '../target/target.ts';
import type { Admission } from './admission.ts';
import { Line } from './line.ts';
import type { Conversation } from './lookahead.ts';

/** A request that will be due: the first turn of whatever session comes next, or a later turn of one under way. */
export type Pending = FirstTurn | LaterTurn;

export interface FirstTurn {
  readonly dueMs: number;
  readonly conversation: null;
}

export interface LaterTurn {
  readonly dueMs: number;
  readonly conversation: Conversation;
  /** From 1. */
  readonly position: number;
  readonly turn: Turn;
  /** Null until it is near. */
  readonly prepared: Prepared | null;
}

/** What is due next: the schedule of an open loop or the slots of a closed one, and the later turns of sessions. */
export class Intake {
  readonly #arrivals: Iterator<number>;
  /** Arrivals already drawn from the schedule, absolute. */
  readonly #drawn = new Line<number>();
  readonly #startMs: number;
  /** Whatever needs no more preparation than it has. */
  readonly #ready = new Agenda<Pending>();
  /** Later turns that are not serialised yet. */
  readonly #thinking = new Agenda<LaterTurn>();
  #arrivalsEnded = false;

  constructor(admission: Admission, startMs: number) {
    this.#startMs = startMs;
    const slots = admission.kind === 'closed' ? admission.concurrency : 0;
    for (let i = 0; i < slots; i++) this.#ready.add({ dueMs: startMs, conversation: null });
    this.#arrivals = (admission.kind === 'open' ? admission.dueMs : [])[Symbol.iterator]();
  }

  get nextMs(): number {
    return Math.min(this.#arrival(0), this.#ready.nextMs, this.#thinking.nextMs);
  }

  /** Nothing is due any more unless a reply brings it. */
  get isEmpty(): boolean {
    return this.nextMs === Number.POSITIVE_INFINITY;
  }

  /** The earliest, removed; an arrival before a turn that is due at the same time. */
  next(): Pending | null {
    const nextMs = this.nextMs;
    if (nextMs === Number.POSITIVE_INFINITY) return null;
    if (this.#arrival(0) === nextMs) return { dueMs: this.#drawn.next()!, conversation: null };
    return this.#ready.nextMs === nextMs ? this.#ready.next() : this.#thinking.next();
  }

  add(pending: Pending): void {
    if (pending.conversation !== null && pending.prepared === null) this.#thinking.add(pending);
    else this.#ready.add(pending);
  }

  /** Due time of the first later turn that is not serialised. */
  get unpreparedMs(): number {
    return this.#thinking.nextMs;
  }

  nextUnprepared(): LaterTurn | null {
    return this.#thinking.next();
  }

  /** Arrivals from the next one on that are due within `spanMs` of it, at most `most`. */
  arrivalsWithin(spanMs: number, most: number): number {
    const endMs = this.#arrival(0) + spanMs;
    let count = 0;
    while (count < most && this.#arrival(count) < endMs) count++;
    return count;
  }

  /** No session is left for the first turn of anything. */
  endArrivals(): void {
    this.#arrivalsEnded = true;
    while (this.#drawn.next() !== undefined);
  }

  /** Due time of the i-th arrival ahead; +∞ behind the end. The schedule is drawn no further than somebody looks. */
  #arrival(i: number): number {
    while (!this.#arrivalsEnded && this.#drawn.size <= i) {
      const drawn = this.#arrivals.next();
      if (drawn.done === true) this.#arrivalsEnded = true;
      else this.#drawn.add(roundUs(this.#startMs + drawn.value));
    }
    return this.#drawn.at(i) ?? Number.POSITIVE_INFINITY;
  }
}

/** Whole microseconds, the grain of every stamp in a record. */
export function roundUs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
