import type { Clock } from '../clock/clock.ts';
import type { DriveEnd, StoppedBy } from '../load/drive.ts';
import type { Stripe } from '../load/stripe.ts';
import type { Exchange } from '../record/exchange.ts';
import type { LiveCounters, TargetOptions } from '../target/target.ts';
import type { WorkloadRecipe } from '../workload/workload.ts';
import type { Assignment } from './assignment.ts';
import type { ThreadRecord } from './client.ts';

/** What a thread is made with. Key and headers stay in memory: a message between threads is never written down. */
export interface CrewSetup {
  readonly target: Omit<TargetOptions, 'clock'>;
  readonly recipe: WorkloadRecipe;
  readonly clock: Pick<Clock, 'originNs' | 'originUnixMs'>;
}

/** From the main thread to one of the crew. */
export type CrewOrder =
  | { readonly kind: 'connect'; readonly count: number }
  | { readonly kind: 'drive'; readonly assignment: Assignment; readonly stripe: Stripe }
  | { readonly kind: 'stop'; readonly reason: StoppedBy; readonly atMs: number }
  | { readonly kind: 'limit'; readonly further: number; readonly fromMs: number }
  | { readonly kind: 'limitTo'; readonly total: number }
  | { readonly kind: 'giveUp' }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'leave' };

/** From one of the crew to the main thread. */
export type CrewReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'connected'; readonly live: LiveCounters }
  /** What ended since the last one, a few times a second. */
  | {
      readonly kind: 'exchanges';
      readonly exchanges: readonly Exchange[];
      readonly live: LiveCounters;
      readonly started: number;
      readonly inFlight: number;
    }
  | { readonly kind: 'stopped'; readonly stoppedBy: StoppedBy; readonly stopMs: number }
  | { readonly kind: 'done'; readonly end: DriveEnd; readonly thread: ThreadRecord };
