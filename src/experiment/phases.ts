import type { Clock } from '../clock/clock.ts';
import type { Drive } from '../load/drive.ts';
import type { Exchange } from '../record/exchange.ts';
import type { Load, StepRecord } from '../record/run.ts';
import type { LiveCounters } from '../target/target.ts';
import { type Recorded, sizeOf } from './assignment.ts';
import type { Crew } from './crew.ts';
import { createEndurance } from './endurance.ts';
import { createHopeless, type Hopeless } from './hopeless.ts';
import { createPatience } from './patience.ts';
import type { Plan } from './plan.ts';
import { createPrecision, type Precision } from './precision.ts';
import { type StepLimits, stepLimits } from './step-limits.ts';
import { createWarmup } from './warmup.ts';

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

export interface PhasesOptions {
  readonly plan: Plan;
  /** Part of a search: a load that is far outside the objectives need not be measured to the end. */
  readonly searching: boolean;
  readonly load: Load;
  readonly workload: Recorded;
  readonly crew: Pick<Crew, 'live'>;
  readonly clock: Clock;
}

const recent = 64;
/** What is in flight when a search has seen enough changes nothing either. */
const hopelessDrainMs = 5_000;
/** A closed loop whose first round takes longer than the longest warm-up gets so many times that. */
const mostCaps = 4;

/** Longest automatic warm-up: a quarter of the duration, within bounds. */
function warmupCapMs({ durationMs }: StepLimits): number {
  return durationMs === null ? 30_000 : Math.min(Math.max(durationMs / 4, 2_000), 60_000);
}

/** A second's arrivals of an open loop, a round of a closed one: what one look at the rate is taken over. */
function blockSize(load: Load, size: number): number {
  return load.kind === 'concurrency' ? roundsOfFour(size) : Math.max(4, Math.ceil(size));
}

/** Whole rounds of at least four requests. */
function roundsOfFour(slots: number): number {
  return slots * Math.ceil(4 / slots);
}

/** Decides when the warm-up is over and when enough was measured. */
export class Phases implements StepWatcher {
  drive!: Drive;
  readonly failures: Record<string, number> = {};
  readonly recentTtftMs: number[] = [];
  endMs: number | null = null;
  measured = 0;
  /** Sessions that came due. */
  sessions = 0;
  readonly #options: PhasesOptions;
  readonly #limits: StepLimits;
  readonly #record: () => StepRecord;
  readonly #update: (change: Partial<StepRecord>) => void;
  readonly #warmup;
  readonly #patience;
  #precision: Precision | null = null;
  #hopeless: Hopeless | null = null;
  #warmupOverdue = false;
  readonly #endurance;
  readonly #timers = new AbortController();

  constructor(options: PhasesOptions, record: () => StepRecord, update: (change: Partial<StepRecord>) => void) {
    this.#options = options;
    this.#record = record;
    this.#update = update;
    const { plan, load } = options;
    const limits = stepLimits(plan, load);
    this.#limits = limits;
    const slots = load.kind === 'concurrency' ? load.value : null;
    const size = sizeOf(load, options.workload);
    this.#warmup = limits.warmup.kind === 'auto' ? createWarmup({ size: blockSize(load, size), slots }) : null;
    this.#endurance = createEndurance(size);
    this.#patience = limits.patient ? createPatience() : null;
  }

  get record(): StepRecord {
    return this.#record();
  }

  get live(): Readonly<LiveCounters> {
    return this.#options.crew.live;
  }

  begin(running: Drive): void {
    this.drive = running;
    const { warmup, durationMs } = this.#limits;
    const { startMs } = this.record;
    if (warmup.kind === 'none') {
      this.endMs = durationMs === null ? null : startMs + durationMs;
      this.#update({ warmupEndMs: startMs });
      this.#watchMeasured(startMs);
      return;
    }
    if (warmup.kind === 'fixed') {
      this.#at(startMs + warmup.ms, () => this.#measure());
      return;
    }
    const capMs = warmupCapMs(this.#limits);
    this.#at(startMs + capMs, () => {
      // not in the middle of the convoy that a closed loop starts with
      if (this.#warmup?.roundOver) this.#measure();
      else this.#warmupOverdue = true;
    });
    this.#at(startMs + mostCaps * capMs, () => this.#measure());
  }

  #watchMeasured(fromMs: number): void {
    const { precision: wish } = this.#limits;
    const { plan, load, searching } = this.#options;
    const closed = load.kind === 'concurrency';
    if (wish !== null) this.#precision = createPrecision({ wish, closed, fromMs });
    if (searching) this.#hopeless = createHopeless({ objectives: plan.objectives, closed, fromMs });
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
    if (exchange.turn === 0) this.sessions += 1;
    this.#precision?.add(exchange);
    if (this.#precision?.enough) this.drive.stop('precision');
    const { warmupEndMs } = this.record;
    if (warmupEndMs === null) {
      this.#warmup?.add({ seq: exchange.seq, endMs, ttftMs });
      const over = this.#warmup?.settled || (this.#warmupOverdue && this.#warmup?.roundOver);
      if (over || this.#spent) this.#measure();
      return;
    }
    if (dueMs < warmupEndMs) return;
    this.#hopeless?.add(exchange);
    if (this.#hopeless?.sure && this.record.stopMs === null) {
      this.drive.stop('objectives');
      this.#at(this.#options.clock.now() + hopelessDrainMs, () => this.drive.giveUp());
    }
    if (outcome.state === 'ok') {
      this.measured += 1;
      this.#patience?.add(dueMs, ttftMs ?? endMs - (sentMs ?? dueMs));
      if (this.#patience?.enough) this.drive.stop('precision');
    }
  }

  /** A run of few requests does not spend many more on its warm-up. */
  get #spent(): boolean {
    const { load } = this.#options;
    const { warmup, requests } = this.#limits;
    if (warmup.kind !== 'auto' || requests === null) return false;
    const round = load.kind === 'concurrency' ? 2 * load.value : 0;
    return this.drive.ended >= Math.max(round, Math.ceil(requests / 4));
  }

  /** The measured part begins just behind now: whatever has started until here was due before it. */
  #measure(): void {
    if (this.record.warmupEndMs !== null || this.record.stopMs !== null) return;
    const { requests, durationMs, maxDurationMs } = this.#limits;
    const atMs = (Math.floor(this.#options.clock.now() * 1000) + 1) / 1000;
    this.#update({ warmupEndMs: atMs });
    this.#watchMeasured(atMs);
    if (requests !== null) this.drive.limit(requests, atMs);
    this.endMs = durationMs === null ? null : atMs + durationMs;
    this.drive.stop('duration', atMs + maxDurationMs);
  }

  #at(ms: number, act: () => void): void {
    this.#options.clock.until(ms, this.#timers.signal).then(act, () => {});
  }
}
