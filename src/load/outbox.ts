import type { Exchange } from '../record/exchange.ts';
import type { DriveEvent, StoppedBy } from './contract.ts';
import type { Pending } from './intake.ts';
import { exchangeOf, unsentExchange } from './landing.ts';
import type { Lookahead } from './lookahead.ts';
import type { Numbering } from './numbering.ts';
import type { Again } from './retry.ts';

/** What a drive tells whoever drives: every exchange as it ends, and the end of the starts. */
export class Outbox {
  /** Requests that ended after they were sent. */
  ended = 0;
  readonly #emit: (event: DriveEvent) => void;
  readonly #numbering: Numbering;
  readonly #lookahead: Lookahead;
  #shut = false;

  constructor(emit: (event: DriveEvent) => void, numbering: Numbering, lookahead: Lookahead) {
    this.#emit = emit;
    this.#numbering = numbering;
    this.#lookahead = lookahead;
  }

  /** Nobody can take more. */
  shut(): void {
    this.#shut = true;
  }

  stopped(stoppedBy: StoppedBy, stopMs: number): void {
    if (!this.#shut) this.#emit({ kind: 'stopped', stoppedBy, stopMs });
  }

  exchange(exchange: Exchange): void {
    if (!this.#shut) this.#emit({ kind: 'exchange', exchange });
  }

  /** There is no further attempt: the last one stands. */
  again({ place, received, earlier, pacedMs }: Again): void {
    this.ended++;
    this.exchange(exchangeOf(place, received, { earlier: earlier.slice(0, -1), pacedMs }));
  }

  /** What was due in an open loop and never sent stays in the population. */
  unsent(
    held: { next(): Pending | undefined },
    endMs: number,
    reason: 'drain_limit' | 'interrupted',
    streamed: boolean,
  ): void {
    let session = this.#lookahead.nextIndex;
    for (let pending = held.next(); pending !== undefined; pending = held.next()) {
      if (pending.conversation === null && this.#lookahead.isUsedUp) continue;
      const place =
        pending.conversation === null
          ? this.#numbering.place(pending.dueMs, session++, 0, null)
          : this.#numbering.place(pending.dueMs, pending.conversation.index, pending.position, pending.turn);
      this.exchange(unsentExchange(place, endMs, reason, streamed));
    }
  }
}
