import type { Clock } from '../clock/clock.ts';
import type { Exchange } from '../record/exchange.ts';
import type { StepRecord } from '../record/run.ts';
import type { Session } from '../record/turn.ts';
import type { Target } from '../target/target.ts';
import type { Admission } from './admission.ts';
import type { Gate } from './gate.ts';
import type { Stripe } from './stripe.ts';

export type StoppedBy = NonNullable<StepRecord['stoppedBy']>;

export interface DriveOptions {
  /** Taken one by one as first turns come due. */
  readonly sessions: Iterator<Session>;
  readonly admission: Admission;
  readonly target: Target;
  readonly clock: Clock;
  /** Index of the step, for the exchanges. */
  readonly step: number;
  /** First due time; leave it some time ahead, so that the first requests can be serialised before. */
  readonly startMs: number;
  /** No request is due from `startMs + durationMs` on; null = no limit. */
  readonly durationMs: number | null;
  /** Requests in all; null = no limit. */
  readonly maxRequests: number | null;
  /** How long replies may still take after the stop before they are censored; +∞ = until `giveUp`. */
  readonly drainMs: number;
  /** What the account allows, beside the load; default: everything. */
  readonly gate?: Gate | null;
  /** Further attempts of a request that failed for a while only, before any content; default 0. */
  readonly retries?: number;
  /** Sessions, admission and limits are those of one stripe: numbers requests and sessions as the whole does. */
  readonly stripe?: Stripe;
  /** Called with every exchange as it ends. What it throws ends the drive and rejects `done`. */
  readonly emit: (event: DriveEvent) => void;
  /** Aborting it is `interrupt()`. */
  readonly signal?: AbortSignal;
}

export type DriveEvent =
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  /** No request starts from `stopMs` on; replies are still awaited. */
  | { readonly kind: 'stopped'; readonly stoppedBy: StoppedBy; readonly stopMs: number };

export interface DriveEnd {
  readonly stoppedBy: StoppedBy;
  /** End of the arrivals: after the last start, and not before the end of the duration when that stopped them. */
  readonly stopMs: number;
  /** Everything landed or was given up. */
  readonly endMs: number;
  /** Requests due up to the stop in an open loop, sent or not; null in a closed one. */
  readonly scheduled: number | null;
}

export interface Drive {
  readonly done: Promise<DriveEnd>;
  /** Ends the starts now, or where `atMs` lies ahead before whatever is due from then on, and drains. The earliest stop holds. */
  stop(reason: StoppedBy, atMs?: number): void;
  /**
   * No more than `further` requests become due from now on; the drive then stops by `requests`. What was due before
   * `fromMs` and is late, or whose slot became free before it, does not count.
   */
  limit(further: number, fromMs?: number): void;
  /** No more than `total` requests become due in all; the drive then stops by `requests`. */
  limitTo(total: number): void;
  /** Ends what is still in flight after the stop, as the drain limit does. */
  giveUp(): void;
  /** Ends the starts and every request in flight now. */
  interrupt(): void;
  readonly inFlight: number;
  readonly started: number;
  readonly ended: number;
}
