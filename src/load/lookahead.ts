import type { Session, Turn } from '../record/turn.ts';
import type { Prepared, Target } from '../target/target.ts';
import { Line } from './line.ts';

/** A session under way. */
export interface Conversation {
  readonly session: Session;
  /** Position among the sessions, from 0. */
  readonly index: number;
}

/** The first turn of a session, serialised. */
export interface Opening {
  readonly conversation: Conversation;
  readonly position: 0;
  readonly turn: Turn;
  readonly prepared: Prepared;
}

/** Serialised requests that wait take at most this, one of any size apart. */
const mostBytes = 64 * 1024 * 1024;
/** A workload whose sessions ask nothing this often in a row is broken. */
const mostEmpty = 100_000;

/** Sessions with their first turns serialised ahead of their due times, handed out in the order of the sessions. */
export class Lookahead {
  readonly #sessions: Iterator<Session>;
  readonly #target: Target;
  readonly #spares = new Line<Opening>();
  #bytes = 0;
  #index = 0;
  #ended = false;

  constructor(sessions: Iterator<Session>, target: Target) {
    this.#sessions = sessions;
    this.#target = target;
  }

  /** No session is left, prepared or not. */
  get isUsedUp(): boolean {
    return this.#ended && this.#spares.size === 0;
  }

  /** Index of the session that `take` would return. */
  get nextIndex(): number {
    return this.#index - this.#spares.size;
  }

  /** The next session: a prepared one, else one made on the spot; null when there is none. */
  take(): Opening | null {
    const spare = this.#spares.next();
    if (spare === undefined) return this.#open();
    this.#bytes -= spare.prepared.bytes.byteLength;
    return spare;
  }

  /** The next session's first turn, which stays; null when there is none. */
  peek(): Opening['turn'] | null {
    if (this.#spares.size === 0) this.prepareOne();
    return this.#spares.at(0)?.turn ?? null;
  }

  wants(count: number): boolean {
    return !this.#ended && this.#spares.size < count && (this.#spares.size === 0 || this.#bytes < mostBytes);
  }

  prepareOne(): void {
    const opening = this.#open();
    if (opening === null) return;
    this.#spares.add(opening);
    this.#bytes += opening.prepared.bytes.byteLength;
  }

  /** Nothing more is taken: lets a generator of sessions clean up. */
  close(): void {
    if (!this.#ended) this.#sessions.return?.();
    this.#ended = true;
  }

  #open(): Opening | null {
    for (let empty = 0; !this.#ended; empty++) {
      if (empty === mostEmpty) throw new Error(`${mostEmpty} sessions in a row without a turn`);
      const next = this.#sessions.next();
      if (next.done === true) {
        this.#ended = true;
        break;
      }
      const first = next.value.next({ ok: true, text: '' });
      if (first.done === true) continue;
      const conversation = { session: next.value, index: this.#index++ };
      return { conversation, position: 0, turn: first.value, prepared: this.#target.prepare(first.value) };
    }
    return null;
  }
}
