import type { Turn } from '../record/turn.ts';
import type { Place } from './landing.ts';
import { indexInWhole, type Stripe, wholeStripe } from './stripe.ts';

/** Numbers requests in the order they start, as the whole of all stripes does. */
export class Numbering {
  readonly #step: number;
  readonly #stripe: Stripe;
  #seq = 0;

  constructor(step: number, stripe: Stripe | undefined) {
    this.#step = step;
    this.#stripe = stripe ?? wholeStripe;
  }

  /** Numbers given so far. */
  get given(): number {
    return this.#seq;
  }

  place(dueMs: number, session: number, position: number, turn: Turn | null): Place {
    const seq = indexInWhole(this.#seq++, this.#stripe);
    return { seq, step: this.#step, session: indexInWhole(session, this.#stripe), position, dueMs, turn };
  }
}
