import { Agenda } from '../clock/agenda.ts';
import type { Attempt, FailureCode } from '../record/exchange.ts';
import type { Received } from '../target/target.ts';
import type { Place } from './landing.ts';
import type { Conversation } from './lookahead.ts';

const firstWaitMs = 1_000;
const longestWaitMs = 60_000;
const transient: ReadonlySet<FailureCode> = new Set([
  'rate_limited',
  'overloaded',
  'server_error',
  'conn_reset',
  'connect_failed',
  'connect_timeout',
]);

/** A request that waits for its next attempt. */
export interface Again {
  readonly dueMs: number;
  readonly place: Place;
  readonly conversation: Conversation;
  readonly earlier: readonly Attempt[];
  readonly pacedMs: number | null;
  /** What the attempt before gave: it stands if there is no further one. */
  readonly received: Received;
}

/** Requests between two attempts, and when the next is due. */
export class Retries {
  readonly #most: number;
  readonly #waiting = new Agenda<Again>();

  /** @param most attempts after the first */
  constructor(most: number) {
    this.#most = most;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get nextMs(): number {
    return this.#waiting.nextMs;
  }

  next(): Again | null {
    return this.#waiting.next();
  }

  postpone(again: Again, dueMs: number): void {
    this.#waiting.add({ ...again, dueMs });
  }

  /** True when it will be tried again: it failed for a while only, before any content, and attempts are left. */
  take(
    { place, conversation, pacedMs, received }: Omit<Again, 'dueMs' | 'earlier'>,
    earlier: readonly Attempt[],
  ): boolean {
    const { outcome, chunks, sentMs, endMs } = received;
    if (outcome.state !== 'failed' || !transient.has(outcome.code)) return false;
    if (chunks.atUs.length > 0 || earlier.length >= this.#most) return false;
    const { code, status, retryAfterMs } = outcome;
    const waitMs = retryAfterMs ?? backoffMs(earlier.length, place.seq);
    const attempt: Attempt = { sentMs, endMs, code, status, retryAfterMs };
    this.#waiting.add({
      dueMs: endMs + waitMs,
      place,
      conversation,
      pacedMs,
      received,
      earlier: [...earlier, attempt],
    });
    return true;
  }
}

/** Doubled with each attempt, and spread, so that those that failed together do not come back together. */
export function backoffMs(attempts: number, seq: number): number {
  const spread = 0.75 + 0.5 * ((seq * 0.618_033_988_75) % 1);
  return Math.round(Math.min(longestWaitMs, firstWaitMs * 2 ** attempts) * spread);
}
