import { createClock } from '../clock/clock.ts';
import { UserError } from '../error/user-error.ts';
import { factsOf } from '../measurement/facts.ts';
import { runSummary } from '../measurement/run.ts';
import type { RunSummary, StepSummary } from '../measurement/summary.ts';
import { deriveSeed } from '../random/random.ts';
import type { Environment, RunRecord, StepRecord } from '../record/run.ts';
import type { SimulatorOptions } from '../simulate/options.ts';
import { createRunDirectory } from '../store/directory.ts';
import { createJournal, type Journal } from '../store/journal.ts';
import { writeRunRecord, writeSummary } from '../store/record.ts';
import { createTarget } from '../target/create.ts';
import type { PreparedWorkload } from '../workload/workload.ts';
import { readServerCountersOf } from './counters.ts';
import { readEnvironment } from './environment.ts';
import { type Plan, planHash, planSteps } from './plan.ts';
import { prepareWorkload } from './prepare.ts';
import { type Reached, reachTarget } from './reach.ts';
import { runStep, type StepWatcher } from './step.ts';

export interface RunOptions {
  readonly plan: Plan;
  /** Folder of results. */
  readonly out: string;
  readonly version: string;
  /** Start a simulated server and measure that; null = a real one. */
  readonly simulator: SimulatorOptions | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Interrupts the run: what was measured is written, marked `interrupted`. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

/** What happens while a run goes on; nothing of it flows back. */
export type RunEvent =
  | { readonly kind: 'reached'; readonly reached: Reached }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'directory'; readonly directory: string }
  /** A step's live view; `index` of `steps`. */
  | {
      readonly kind: 'step';
      readonly index: number;
      readonly steps: number;
      readonly watcher: StepWatcher;
      nowMs(): number;
    }
  | { readonly kind: 'stepDone'; readonly index: number; readonly steps: number; readonly summary: StepSummary };

/**
 * The composition root: a plan becomes a run on disk and its summary. Everything that can be found wrong is found
 * before the first request of the load.
 *
 * @throws UserError as the parts do; `results_write_failed` after a disk refused, with what was measured on it
 */
export async function runPlan(options: RunOptions): Promise<RunSummary> {
  const { plan, signal, emit } = options;
  const environment = readEnvironment();
  const reached = await reachTarget(options);
  try {
    emit({ kind: 'reached', reached });
    for (const note of reached.notes) emit({ kind: 'note', text: note });
    signal.throwIfAborted();
    const seed = plan.seed ?? freshSeed();
    const prepared = await prepareWorkload({ plan, reached, seed, signal });
    refuseContext(plan, reached, prepared);
    return await measureRun(options, { reached, prepared, seed, environment: await environment });
  } finally {
    await reached.close();
  }
}

function freshSeed(): number {
  return deriveSeed(Number(process.hrtime.bigint() & 0xffffffffn), 'run', process.pid);
}

function refuseContext({ workload: spec }: Plan, { features, model }: Reached, { workload }: PreparedWorkload): void {
  const { contextTokens } = features;
  const needed = workload.maxInputTokens + workload.maxOutputTokens;
  if (contextTokens === null || !Number.isFinite(needed) || needed <= contextTokens) return;
  throw new UserError(
    'context_too_small',
    `Workload ${spec.name} asks for up to ${workload.maxInputTokens} input and ${workload.maxOutputTokens} output tokens, ` +
      `together ${needed}; ${model} takes ${contextTokens}. Shorten the lengths, e.g. with [1,${Math.max(1, contextTokens - workload.maxOutputTokens)}] behind the input distribution.`,
  );
}

interface Made {
  readonly reached: Reached;
  readonly prepared: PreparedWorkload;
  readonly seed: number;
  readonly environment: Environment;
}

async function measureRun(options: RunOptions, made: Made): Promise<RunSummary> {
  const { plan, emit } = options;
  const { reached, prepared, seed } = made;
  const clock = createClock();
  const started = new Date(clock.originUnixMs);
  const target = createTarget({
    url: reached.url,
    protocol: reached.protocol,
    model: reached.model,
    apiKey: reached.apiKey,
    headers: reached.headers,
    body: plan.target.body,
    stream: plan.target.stream,
    forceLength: plan.target.forceLength,
    features: reached.features,
    limits: plan.target.limits,
    caFile: plan.target.caFile,
    clock,
  });
  const directory = await createRunDirectory(options.out, plan.suite, started);
  emit({ kind: 'directory', directory });
  const stop = new AbortController();
  const interrupted = () => stop.abort(options.signal.reason);
  options.signal.addEventListener('abort', interrupted, { once: true });
  const journal = await createJournal(directory, () => stop.abort());
  const keeper = new RecordKeeper(directory, firstRecord(options, made, started));
  const counters = readServerCountersOf(reached, plan);
  const summaries: StepSummary[] = [];
  const steps = planSteps(plan);
  try {
    if (options.signal.aborted) interrupted();
    for (const [index, { load, repeat }] of steps.entries()) {
      if (stop.signal.aborted) break;
      const { measurement } = await runStep({
        plan,
        index,
        load,
        repeat,
        seed,
        runSeed: deriveSeed(seed, 'prompts', started.getTime()),
        target,
        workload: prepared.workload,
        facts: (step) => factsOf(keeper.record, step),
        forcedLength: plan.target.forceLength && reached.features.forcedLength !== null,
        clock,
        journal,
        mark: (step) => keeper.mark(index, step),
        watch: (watcher) => emit({ kind: 'step', index, steps: steps.length, watcher, nowMs: () => clock.now() }),
        counters: counters.read,
        signal: stop.signal,
      });
      await journal.sync();
      const summary = measurement.summary();
      summaries.push(summary);
      emit({ kind: 'stepDone', index, steps: steps.length, summary });
    }
    return await finish({ options, keeper, summaries, directory, journal });
  } finally {
    options.signal.removeEventListener('abort', interrupted);
    counters.close();
    target.close();
    journal.closeNow();
    await keeper.written;
  }
}

interface Finish {
  readonly options: RunOptions;
  readonly keeper: RecordKeeper;
  readonly summaries: readonly StepSummary[];
  readonly directory: string;
  readonly journal: Journal;
}

async function finish({ options, keeper, summaries, directory, journal }: Finish): Promise<RunSummary> {
  await journal.close();
  keeper.change({ state: options.signal.aborted ? 'interrupted' : 'finished', finishedAt: new Date().toISOString() });
  const summary = runSummary(keeper.record, summaries, directory);
  await keeper.written;
  await writeSummary(directory, summary);
  return summary;
}

function firstRecord({ plan, version }: RunOptions, made: Made, started: Date): RunRecord {
  const { reached, prepared, seed } = made;
  return {
    schema: 'tokbench.run-record/1',
    version,
    suite: plan.suite,
    state: 'running',
    startedUnixMs: started.getTime(),
    startedAt: started.toISOString(),
    finishedAt: null,
    simulated: reached.simulated,
    seed,
    plan,
    planSha256: planHash(plan),
    objectives: plan.objectives,
    target: { url: reached.url, protocol: reached.protocol, model: reached.model, server: reached.identity },
    features: reached.features,
    lengths: prepared.lengths,
    environment: made.environment,
    steps: [],
    notes: [...reached.notes, ...prepared.notes],
  };
}

/** Holds `run.json` as it grows and writes it at every mark, one write after the other. */
class RecordKeeper {
  record: RunRecord;
  /** The last write; rejects with `results_write_failed`. */
  written: Promise<void>;
  readonly #directory: string;

  constructor(directory: string, record: RunRecord) {
    this.#directory = directory;
    this.record = record;
    this.written = this.#write();
  }

  mark(index: number, step: StepRecord): void {
    this.change({ steps: [...this.record.steps.slice(0, index), step] });
  }

  change(change: Partial<RunRecord>): void {
    this.record = { ...this.record, ...change };
    this.written = this.#write();
  }

  #write(): Promise<void> {
    const written = writeRunRecord(this.#directory, this.record);
    written.catch(() => {}); // whoever awaits `written` gets it
    return written;
  }
}
