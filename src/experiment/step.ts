import type { ProcessClock } from '../clock/clock.ts';
import type { StoppedBy } from '../load/drive.ts';
import { scheduleHash, scheduleHashVersion } from '../load/schedule-hash.ts';
import type { StepFacts } from '../measurement/facts.ts';
import { type Measurement, measureStep } from '../measurement/measure.ts';
import { PagePool } from '../measurement/page-pool.ts';
import { deriveSeed } from '../random/random.ts';
import type { Load, StepRecord } from '../record/run.ts';
import type { ServerCounters } from '../record/server.ts';
import type { Journal } from '../store/journal.ts';
import type { Workload } from '../workload/workload.ts';
import { type Assignment, mostInFlight, scheduleOf, sizeOf } from './assignment.ts';
import { watchClient } from './client.ts';
import type { Crew } from './crew.ts';
import type { Gates } from './gates.ts';
import { Phases, type StepWatcher } from './phases.ts';
import type { Plan } from './plan.ts';
import { stepLimits } from './step-limits.ts';

export interface StepOptions {
  readonly plan: Plan;
  readonly index: number;
  readonly load: Load;
  readonly repeat: number;
  readonly searching: boolean;
  /** The user's seed; arrivals depend on it, the load and the repeat alone. */
  readonly seed: number;
  /** Differs from run to run, so that no prompt of an earlier run waits in a prefix cache. */
  readonly runSeed: number;
  /** Who drives the load. */
  readonly crew: Crew;
  readonly workload: Workload;
  readonly forcedLength: boolean;
  /** What the fold must know beside the step's record. */
  readonly facts: (record: StepRecord) => StepFacts;
  readonly clock: ProcessClock;
  readonly journal: Pick<Journal, 'exchange' | 'failure' | 'isFull'>;
  /** Folder for what memory should not hold. */
  readonly directory: string;
  /** Called at every mark with the record as it then stands. */
  readonly mark: (record: StepRecord) => void;
  readonly watch: (watcher: StepWatcher) => void;
  readonly counters: () => Promise<ServerCounters | null>;
  readonly signal: AbortSignal;
  /** What holds requests back beside the load. */
  readonly gates: Pick<Gates, 'gate' | 'retries'>;
}

export interface StepResult {
  readonly record: StepRecord;
  readonly measurement: Measurement;
}

/** Connections that are opened before an open loop starts, at most. */
const mostConnections = 256;

/**
 * Runs one step: warm-up and measured part in one drive, then the drain. What happened stands in the record and in the
 * journal; the fold has seen the same.
 */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const { plan, load, clock, crew, mark } = options;
  const before = await options.counters();
  const slots = mostInFlight({ load, maxInFlight: plan.maxInFlight });
  const size = Math.ceil(sizeOf(load, options.workload));
  await crew.connect(load.kind === 'concurrency' ? size : Math.min(size, mostConnections));
  const openedBefore = crew.live.connectionsOpened;
  const watch = watchClient();
  const startMs = Math.round((clock.now() + crew.leadMs) * 1000) / 1000;
  let record: StepRecord = {
    load,
    repeat: options.repeat,
    seed: deriveSeed(options.runSeed, options.index, options.repeat),
    startMs,
    warmupEndMs: null,
    stopMs: null,
    endMs: null,
    stoppedBy: null,
    maxInFlight: slots,
    scheduled: null,
    client: null,
    counters: null,
    sharedPrefix: options.workload.sharedPrefix,
    forcedLength: options.forcedLength,
    ...(plan.spending?.respectLimits ? { paced: true } : {}),
    ...(options.gates.retries > 0 ? { retries: options.gates.retries } : {}),
    ...(plan.precision === null ? {} : { precision: plan.precision }),
  };
  const update = (change: Partial<StepRecord>) => {
    record = { ...record, ...change };
    mark(record);
  };
  const measurement = measureStep(() => options.facts(record), new PagePool({ folder: options.directory }));
  const phases = new Phases(options, () => record, update);
  const assignment = assignmentOf(options, record);
  const { gate, retries } = options.gates;
  const running = crew.drive(assignment, {
    signal: options.signal,
    gate,
    retries,
    emit(event) {
      if (event.kind === 'stopped') {
        update({ stopMs: event.stopMs, stoppedBy: causeOf(event.stoppedBy, options.journal) });
        return;
      }
      options.journal.exchange(event.exchange);
      measurement.add(event.exchange);
      phases.exchange(event.exchange);
    },
  });
  phases.begin(running);
  options.watch(phases);
  try {
    const end = await running.done;
    const connectionsOpened = crew.live.connectionsOpened - openedBefore;
    const client = watch.end({ connectionsOpened, threads: running.threadRecords });
    const after = before === null || options.signal.aborted ? null : await options.counters();
    update({
      warmupEndMs: record.warmupEndMs,
      stopMs: end.stopMs,
      stoppedBy: causeOf(end.stoppedBy, options.journal),
      endMs: Math.round(end.endMs * 1000) / 1000,
      scheduled: end.scheduled,
      ...(load.kind === 'concurrency' ? {} : { schedule: hashOf(assignment, options.workload, phases.sessions) }),
      client,
      counters: before === null ? null : { before, after },
    });
  } finally {
    phases.end();
  }
  return { record, measurement };
}

/** A disk that takes no more interrupts the load. */
function causeOf(by: StoppedBy, { failure, isFull }: StepOptions['journal']): StoppedBy {
  if (by !== 'interrupted' || failure === null) return by;
  return isFull ? 'disk_full' : 'disk_failed';
}

/** Generated anew from the plan, so that it does not matter how many threads asked. */
function hashOf(assignment: Assignment, workload: Workload, sessions: number): NonNullable<StepRecord['schedule']> {
  const schedule = {
    dueMs: scheduleOf(assignment, workload),
    outputTokens: workload.outputTokens(assignment.lengthsSeed),
  };
  return { sha256: scheduleHash(schedule, sessions), sessions, version: scheduleHashVersion };
}

function loadText(load: Load): string {
  return load.kind === 'rate' ? (load.shape ?? `${load.value}`) : `${load.value}`;
}

function assignmentOf({ plan, load, index, seed, repeat, workload }: StepOptions, record: StepRecord): Assignment {
  const { warmup, requests, maxDurationMs } = stepLimits(plan, load);
  const cold = warmup.kind === 'none';
  return {
    step: index,
    load,
    maxInFlight: plan.maxInFlight,
    arrivalsSeed: deriveSeed(seed, 'arrivals', loadText(load), repeat),
    heldMs: warmup.kind === 'fixed' ? warmup.ms : 0,
    promptsSeed: record.seed,
    lengthsSeed: deriveSeed(seed, 'lengths', loadText(load), repeat),
    startMs: record.startMs,
    durationMs: cold ? maxDurationMs : null,
    // a trace ends with its last call, not with the last reply
    maxRequests: cold ? (requests ?? (load.kind === 'trace' && workload.singleTurns ? workload.size : null)) : null,
    drainMs: plan.drainMs,
  };
}

export type { StepWatcher } from './phases.ts';
