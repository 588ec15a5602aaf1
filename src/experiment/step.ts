import type { ProcessClock } from '../clock/clock.ts';
import type { Drive, StoppedBy } from '../load/drive.ts';
import type { StepFacts } from '../measurement/facts.ts';
import { type Measurement, measureStep } from '../measurement/measure.ts';
import { deriveSeed } from '../random/random.ts';
import type { Exchange } from '../record/exchange.ts';
import type { Load, StepRecord } from '../record/run.ts';
import type { ServerCounters } from '../record/server.ts';
import type { Journal } from '../store/journal.ts';
import type { LiveCounters } from '../target/target.ts';
import { type Assignment, mostInFlight } from './assignment.ts';
import { watchClient } from './client.ts';
import type { Crew } from './crew.ts';
import { createEndurance } from './endurance.ts';
import { createPatience } from './patience.ts';
import type { Plan } from './plan.ts';
import { createWarmup } from './warmup.ts';

export interface StepOptions {
  readonly plan: Plan;
  readonly index: number;
  readonly load: Load;
  readonly repeat: number;
  /** The user's seed; arrivals depend on it, the load and the repeat alone. */
  readonly seed: number;
  /** Differs from run to run, so that no prompt of an earlier run waits in a prefix cache. */
  readonly runSeed: number;
  /** Who drives the load. */
  readonly crew: Crew;
  readonly sharedPrefix: boolean;
  readonly forcedLength: boolean;
  /** What the fold must know beside the step's record. */
  readonly facts: (record: StepRecord) => StepFacts;
  readonly clock: ProcessClock;
  readonly journal: Pick<Journal, 'exchange'>;
  /** Called at every mark with the record as it then stands. */
  readonly mark: (record: StepRecord) => void;
  readonly watch: (watcher: StepWatcher) => void;
  readonly counters: () => Promise<ServerCounters | null>;
  readonly signal: AbortSignal;
}

/** A live view of the step, for progress. */
export interface StepWatcher {
  readonly record: StepRecord;
  readonly drive: Pick<Drive, 'inFlight' | 'started' | 'ended'>;
  readonly failures: Readonly<Record<string, number>>;
  /** TTFT of the latest successes, oldest first. */
  readonly recentTtftMs: readonly number[];
  /** End of the measured part; null when it ends by a number of requests or by the sample. */
  readonly endMs: number | null;
  /** Successes that were due in the measured part. */
  readonly measured: number;
  /** Running totals of the target since the run began. */
  readonly live: Readonly<LiveCounters>;
}

export interface StepResult {
  readonly record: StepRecord;
  readonly measurement: Measurement;
}

const recent = 64;
/** Connections that are opened before an open loop starts, at most. */
const mostConnections = 256;

/** Longest automatic warm-up: a quarter of the duration, within bounds. */
function warmupCapMs({ durationMs }: Plan): number {
  return durationMs === null ? 30_000 : Math.min(Math.max(durationMs / 4, 2_000), 60_000);
}

/** A second's arrivals of an open loop, a round of a closed one: what one look at the rate is taken over. */
function blockSize({ load }: StepOptions): number {
  return Math.max(4, Math.ceil(load.value));
}

/**
 * Runs one step: warm-up and measured part in one drive, then the drain. What happened stands in the record and in the
 * journal; the fold has seen the same.
 */
export async function runStep(options: StepOptions): Promise<StepResult> {
  const { plan, load, clock, crew, mark } = options;
  const before = await options.counters();
  const slots = mostInFlight({ load, maxInFlight: plan.maxInFlight });
  await crew.connect(load.kind === 'concurrency' ? load.value : Math.min(Math.ceil(load.value), mostConnections));
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
    sharedPrefix: options.sharedPrefix,
    forcedLength: options.forcedLength,
  };
  const update = (change: Partial<StepRecord>) => {
    record = { ...record, ...change };
    mark(record);
  };
  const measurement = measureStep(() => options.facts(record));
  const phases = new Phases(options, () => record, update);
  const running = crew.drive(assignmentOf(options, record), {
    signal: options.signal,
    emit(event) {
      if (event.kind === 'stopped') {
        update({ stopMs: event.stopMs, stoppedBy: event.stoppedBy });
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
      stoppedBy: end.stoppedBy,
      endMs: Math.round(end.endMs * 1000) / 1000,
      scheduled: end.scheduled,
      client,
      counters: before === null ? null : { before, after },
    });
  } finally {
    phases.end();
  }
  return { record, measurement };
}

function assignmentOf({ plan, load, index, seed, repeat }: StepOptions, record: StepRecord): Assignment {
  const cold = plan.warmup.kind === 'none';
  return {
    step: index,
    load,
    maxInFlight: plan.maxInFlight,
    arrivalsSeed: deriveSeed(seed, 'arrivals', load.value, repeat),
    promptsSeed: record.seed,
    startMs: record.startMs,
    durationMs: cold ? plan.maxDurationMs : null,
    maxRequests: cold ? plan.requests : null,
    drainMs: plan.drainMs,
  };
}

/** Decides when the warm-up is over and when enough was measured. */
class Phases implements StepWatcher {
  drive!: Drive;
  readonly failures: Record<string, number> = {};
  readonly recentTtftMs: number[] = [];
  endMs: number | null = null;
  measured = 0;
  readonly #options: StepOptions;
  readonly #record: () => StepRecord;
  readonly #update: (change: Partial<StepRecord>) => void;
  readonly #warmup;
  readonly #patience;
  readonly #endurance;
  readonly #timers = new AbortController();

  constructor(options: StepOptions, record: () => StepRecord, update: (change: Partial<StepRecord>) => void) {
    this.#options = options;
    this.#record = record;
    this.#update = update;
    const { plan } = options;
    this.#warmup = plan.warmup.kind === 'auto' ? createWarmup(blockSize(options)) : null;
    this.#endurance = createEndurance(options.load.value);
    this.#patience = plan.durationMs === null && plan.requests === null ? createPatience() : null;
  }

  get record(): StepRecord {
    return this.#record();
  }

  get live(): Readonly<LiveCounters> {
    return this.#options.crew.live;
  }

  begin(running: Drive): void {
    this.drive = running;
    const { plan } = this.#options;
    const { startMs } = this.record;
    if (plan.warmup.kind === 'none') {
      this.endMs = plan.durationMs === null ? null : startMs + plan.durationMs;
      this.#update({ warmupEndMs: startMs });
      return;
    }
    const lastMs = startMs + (plan.warmup.kind === 'fixed' ? plan.warmup.ms : warmupCapMs(plan));
    this.#at(lastMs, () => this.#measure());
  }

  end(): void {
    this.#timers.abort();
  }

  exchange(exchange: Exchange): void {
    const { outcome, endMs, sentMs, chunks, dueMs } = exchange;
    const firstUs = chunks.atUs[0];
    const ttftMs = outcome.state === 'ok' && firstUs !== undefined ? firstUs / 1000 : null;
    if (outcome.state === 'failed') this.failures[outcome.code] = (this.failures[outcome.code] ?? 0) + 1;
    if (outcome.state !== 'censored') this.#endurance.add(outcome.state === 'ok');
    if (this.#endurance.spent) this.drive.stop('failures');
    if (ttftMs !== null && this.recentTtftMs.push(ttftMs) > recent) this.recentTtftMs.shift();
    const { warmupEndMs } = this.record;
    if (warmupEndMs === null) {
      this.#warmup?.add(endMs, ttftMs);
      if (this.#warmup?.settled || this.#spent) this.#measure();
    } else if (dueMs >= warmupEndMs && outcome.state === 'ok') {
      this.measured += 1;
      this.#patience?.add(dueMs, ttftMs ?? endMs - (sentMs ?? dueMs));
      if (this.#patience?.enough) this.drive.stop('precision');
    }
  }

  /** A run of few requests does not spend many more on its warm-up. */
  get #spent(): boolean {
    const { plan, load } = this.#options;
    if (plan.warmup.kind !== 'auto' || plan.requests === null) return false;
    const round = load.kind === 'concurrency' ? 2 * load.value : 0;
    return this.drive.ended >= Math.max(round, Math.ceil(plan.requests / 4));
  }

  /** The measured part begins just behind now: whatever has started until here was due before it. */
  #measure(): void {
    if (this.record.warmupEndMs !== null || this.record.stopMs !== null) return;
    const { plan, clock } = this.#options;
    const atMs = (Math.floor(clock.now() * 1000) + 1) / 1000;
    this.#update({ warmupEndMs: atMs });
    if (plan.requests !== null) this.drive.limit(plan.requests);
    this.endMs = plan.durationMs === null ? null : atMs + plan.durationMs;
    this.drive.stop('duration', atMs + plan.maxDurationMs);
  }

  #at(ms: number, act: () => void): void {
    this.#options.clock.until(ms, this.#timers.signal).then(act, () => {});
  }
}

export type { StoppedBy };
