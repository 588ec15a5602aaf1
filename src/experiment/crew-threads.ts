import type { Clock, ProcessClock } from '../clock/clock.ts';
import { shareOf } from '../load/stripe.ts';
import type { LiveCounters, Target } from '../target/target.ts';
import type { Workload } from '../workload/workload.ts';
import { mostInFlight } from './assignment.ts';
import { type Crew, createSolo } from './crew.ts';
import { ThreadedDrive } from './crew-drive.ts';
import type { CrewSetup } from './crew-message.ts';
import { CrewThread } from './crew-thread.ts';

/** The threads of a run: started when a step first wants them, kept from then on. */
export interface Crews {
  /**
   * A crew of so many threads; 1 is this thread alone.
   * @throws Error when a thread cannot start
   */
  of(threads: number): Promise<Crew>;
  /** One sentence about a thread that ended unexpectedly; null while all is well. */
  readonly failure: string | null;
  close(): Promise<void>;
}

export interface CrewParts {
  readonly workload: Workload;
  readonly target: Target;
  readonly clock: ProcessClock;
  readonly setup: Omit<CrewSetup, 'clock'>;
}

export function createCrews({ workload, target, clock, setup }: CrewParts): Crews {
  const solo = createSolo({ workload, target, clock });
  let threads: CrewThread[] = [];
  const lost: CrewThread[] = [];
  const { originNs, originUnixMs } = clock;
  return {
    async of(wanted) {
      if (wanted <= 1) return solo;
      lost.push(...threads.filter((thread) => thread.lost !== null));
      threads = threads.filter((thread) => thread.lost === null);
      const more = Array.from({ length: Math.max(0, wanted - threads.length) }, () => {
        return new CrewThread({ ...setup, clock: { originNs, originUnixMs } });
      });
      threads.push(...more);
      await Promise.all(more.map((thread) => thread.next('ready')));
      return crewOf(threads.slice(0, wanted), workload, clock);
    },
    get failure() {
      const [first] = [...lost, ...threads].filter((thread) => thread.lost !== null);
      return first === undefined ? null : `A client thread ended unexpectedly: ${first.lost}`;
    },
    async close() {
      await Promise.all([...lost, ...threads].map((thread) => thread.leave()));
    },
  };
}

function crewOf(threads: readonly CrewThread[], workload: Workload, clock: Clock): Crew {
  const world = threads.length;
  return {
    threads: world,
    leadMs: 150,
    get live() {
      return threads.map((thread) => thread.live).reduce(added);
    },
    async connect(count) {
      const connected = threads.map((thread, rank) => {
        const done = thread.next('connected');
        thread.order({ kind: 'connect', count: shareOf(count, { rank, world }) });
        return done;
      });
      await Promise.allSettled(connected); // a thread that is lost meanwhile ends the drive
    },
    drive(assignment, { emit, signal }) {
      // A thread without a slot would have nothing to do, and a cap of none is no cap.
      const slots = mostInFlight(assignment) ?? world;
      return new ThreadedDrive({ threads: threads.slice(0, slots), assignment, workload, clock, emit, signal });
    },
  };
}

function added(a: LiveCounters, b: LiveCounters): LiveCounters {
  return {
    contentEvents: a.contentEvents + b.contentEvents,
    tokens: a.tokens + b.tokens,
    connectionsOpened: a.connectionsOpened + b.connectionsOpened,
    inFlight: a.inFlight + b.inFlight,
  };
}
