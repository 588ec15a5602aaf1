import type { ProcessClock } from '../clock/clock.ts';
import type { Admission } from '../load/admission.ts';
import { arrivals } from '../load/arrival.ts';
import type { DriveOptions } from '../load/drive.ts';
import { busiestPerS, replay } from '../load/replay.ts';
import { type Stripe, shareOf, striped } from '../load/stripe.ts';
import { createRandom } from '../random/random.ts';
import type { Load } from '../record/run.ts';
import type { Target } from '../target/target.ts';
import type { Workload } from '../workload/workload.ts';

/** One step as whoever drives it must know it: plain data, from which every thread makes the same whole schedule. */
export interface Assignment {
  readonly step: number;
  readonly load: Load;
  /** Cap of an open loop; null = none. */
  readonly maxInFlight: number | null;
  readonly arrivalsSeed: number;
  /** How long a rate that varies first stays at what it begins with: a fixed warm-up. */
  readonly heldMs: number;
  readonly promptsSeed: number;
  /** Of the prompts' lengths: from the user's seed alone, so that runs of one plan and seed ask the same. */
  readonly lengthsSeed: number;
  readonly startMs: number;
  readonly durationMs: number | null;
  readonly maxRequests: number | null;
  readonly drainMs: number;
}

/** The whole schedule of an open loop, ms after its start. */
export function scheduleOf({ load, arrivalsSeed, heldMs }: Assignment, { dueMs }: Recorded): Iterable<number> {
  if (load.kind === 'trace') return replay(dueMs!, load.value);
  if (load.kind === 'concurrency') throw new Error('a closed loop has no schedule');
  const random = createRandom(arrivalsSeed, 'arrivals');
  return arrivals(load.arrivals, load.shape ?? load.value, random, heldMs / 1000, createRandom(arrivalsSeed, 'rate'));
}

/** What a workload says of when to ask: nothing, unless it is a trace. */
export type Recorded = Pick<Workload, 'dueMs'>;

/** Requests per second of an open loop, where a trace is at its busiest; requests in flight of a closed one. */
export function sizeOf({ kind, value }: Load, { dueMs }: Recorded): number {
  return kind === 'trace' ? busiestPerS(dueMs!, value) : value;
}

/** Requests that may be in flight at once: what can be shared among threads; null = any number. */
export function mostInFlight({ load, maxInFlight }: Pick<Assignment, 'load' | 'maxInFlight'>): number | null {
  return load.kind === 'concurrency' ? load.value : maxInFlight;
}

/** What one driver of a stripe is told: its share of sessions, arrivals, slots and limits. */
export function driveOptionsOf(
  assignment: Assignment,
  stripe: Stripe,
  { workload, target, clock }: { workload: Workload; target: Target; clock: ProcessClock },
): Omit<DriveOptions, 'emit'> {
  const { step, startMs, durationMs, drainMs, maxRequests } = assignment;
  const sessions = workload.sessions(assignment.promptsSeed, assignment.lengthsSeed);
  const share = (total: number | null) => (total === null ? null : shareOf(total, stripe));
  return {
    sessions: striped(sessions, stripe),
    admission: admissionOf(assignment, workload, stripe),
    target,
    clock,
    step,
    startMs,
    durationMs,
    maxRequests: share(maxRequests),
    drainMs,
    stripe,
  };
}

function admissionOf(assignment: Assignment, workload: Workload, stripe: Stripe): Admission {
  const { load, maxInFlight } = assignment;
  if (load.kind === 'concurrency') return { kind: 'closed', concurrency: shareOf(load.value, stripe) };
  const dueMs = striped(scheduleOf(assignment, workload)[Symbol.iterator](), stripe);
  return { kind: 'open', dueMs, maxInFlight: maxInFlight === null ? null : shareOf(maxInFlight, stripe) };
}
