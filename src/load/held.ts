import type { Turn } from '../record/turn.ts';
import type { Gate } from './gate.ts';
import type { Pending } from './intake.ts';
import { Line } from './line.ts';
import type { Lookahead } from './lookahead.ts';

/** Requests that are due and may not start yet: behind the cap, or behind what the account allows. */
export class Held {
  readonly #line = new Line<Pending>();
  readonly #gate: Gate | null;
  readonly #lookahead: Lookahead;
  readonly #now: () => number;
  readonly #spent: () => void;
  /** When to ask the gate again that holds the line; −∞ while it holds nothing. */
  #gateMs = Number.NEGATIVE_INFINITY;

  /** @param spent called where the gate will never open again */
  constructor(gate: Gate | null, lookahead: Lookahead, now: () => number, spent: () => void) {
    this.#gate = gate;
    this.#lookahead = lookahead;
    this.#now = now;
    this.#spent = spent;
  }

  get size(): number {
    return this.#line.size;
  }

  add(pending: Pending): void {
    this.#line.add(pending);
  }

  next(): Pending | undefined {
    return this.#line.next();
  }

  /** The gate does not let the first of the line go yet. */
  holdsFirst(): boolean {
    return this.holds(this.#line.at(0)!);
  }

  /** When the line is to be looked at again; +∞ where only a reply moves it. */
  get untilMs(): number {
    return this.#gateMs > Number.NEGATIVE_INFINITY && this.#line.size > 0 ? this.#gateMs : Number.POSITIVE_INFINITY;
  }

  /** When the gate is asked again. */
  get gateMs(): number {
    return this.#gateMs;
  }

  /** How long a request that starts now waited for the gate; null where it held nothing. */
  pacedMs(dueMs: number): number | null {
    return this.#gateMs > Number.NEGATIVE_INFINITY ? Math.max(0, this.#now() - dueMs) : null;
  }

  /** Called when the line has moved. */
  settle(): void {
    if (this.#line.size === 0) this.#gateMs = Number.NEGATIVE_INFINITY;
  }

  /** The account does not allow it yet; where it never will again, `spent` is called. */
  holds(pending: Pending): boolean {
    if (this.#gate === null) return false;
    const turn = pending.conversation === null ? this.#lookahead.peek() : pending.turn;
    return turn !== null && !this.opens(turn, this.#now());
  }

  opens(turn: Turn, now: number): boolean {
    // in whole microseconds, as all times that it is compared with
    const atMs = Math.ceil((this.#gate?.opensMs(turn, now) ?? now) * 1000 - 0.001) / 1000;
    if (atMs <= now) return true;
    if (atMs === Number.POSITIVE_INFINITY) this.#spent();
    else this.#gateMs = atMs;
    return false;
  }
}
