import type { Clock } from '../clock/clock.ts';
import type { Exchange } from '../record/exchange.ts';
import type { StepRecord } from '../record/run.ts';
import type { Session } from '../record/turn.ts';
import type { Target } from '../target/target.ts';
import type { Admission } from './admission.ts';

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
  /** How long replies may still take after the stop before they are censored. */
  readonly drainMs: number;
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
  /** Ends the starts now and drains. */
  stop(reason: StoppedBy): void;
  /** No more than `further` requests become due from now on; the drive then stops by `requests`. */
  limit(further: number): void;
  /** Ends the starts and every request in flight now. */
  interrupt(): void;
  readonly inFlight: number;
  readonly started: number;
  readonly ended: number;
}
