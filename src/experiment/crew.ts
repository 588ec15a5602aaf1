import type { ProcessClock } from '../clock/clock.ts';
import { type Drive, type DriveOptions, drive } from '../load/drive.ts';
import { wholeStripe } from '../load/stripe.ts';
import type { LiveCounters, Target } from '../target/target.ts';
import type { Workload } from '../workload/workload.ts';
import { type Assignment, driveOptionsOf } from './assignment.ts';
import { type ThreadRecord, watchThread } from './client.ts';

/** Who drives the load: this thread alone, or several, each with its own event loop, connections and driver. */
export interface Crew {
  readonly threads: number;
  /** Time that it needs between `drive` and the first due time. */
  readonly leadMs: number;
  /** Totals of all since the run began. */
  readonly live: Readonly<LiveCounters>;
  /** Opens so many connections in all, see `Target.connect`. */
  connect(count: number): Promise<void>;
  drive(
    assignment: Assignment,
    how: Pick<DriveOptions, 'emit' | 'gate' | 'retries'> & { readonly signal: AbortSignal },
  ): CrewDrive;
}

export interface CrewDrive extends Drive {
  /** One a thread, there once the drive is done. */
  readonly threadRecords: readonly ThreadRecord[];
}

/** This thread alone. */
export function createSolo(parts: { workload: Workload; target: Target; clock: ProcessClock }): Crew {
  const { target, clock } = parts;
  return {
    threads: 1,
    leadMs: 50,
    live: target.live,
    connect: (count) => target.connect(count),
    drive(assignment, how) {
      const watch = watchThread(() => clock.spunMs);
      const running = drive({ ...driveOptionsOf(assignment, wholeStripe, parts), ...how });
      const threadRecords: ThreadRecord[] = [];
      const done = running.done.finally(() => threadRecords.push(watch.end()));
      return {
        done,
        threadRecords,
        stop: (reason, atMs) => running.stop(reason, atMs),
        limit: (further, fromMs) => running.limit(further, fromMs),
        limitTo: (total) => running.limitTo(total),
        giveUp: () => running.giveUp(),
        interrupt: () => running.interrupt(),
        get inFlight() {
          return running.inFlight;
        },
        get started() {
          return running.started;
        },
        get ended() {
          return running.ended;
        },
      };
    },
  };
}
