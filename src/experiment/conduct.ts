import { createClock, type ProcessClock } from '../clock/clock.ts';
import { UserError } from '../error/user-error.ts';
import { factsOf } from '../measurement/facts.ts';
import type { RunSummary, StepSummary } from '../measurement/summary.ts';
import { withTelemetry } from '../measurement/telemetry.ts';
import { hardwareFact } from '../procurement/hardware-fact.ts';
import { deriveSeed } from '../random/random.ts';
import type { CalibrationFact } from '../record/calibration.ts';
import type { Environment, Load, RunRecord, SearchRecord } from '../record/run.ts';
import type { SimulatorOptions } from '../simulate/options.ts';
import { readCalibration } from '../store/calibration.ts';
import { createRunDirectory } from '../store/directory.ts';
import { createJournal, reopenJournal } from '../store/journal.ts';
import { readRun, type StoredRun } from '../store/record.ts';
import { takeReserve } from '../store/reserve.ts';
import { lockRun } from '../store/run-lock.ts';
import { createTarget } from '../target/create.ts';
import { outputOf } from '../target/protocols.ts';
import type { PreparedWorkload } from '../workload/workload.ts';
import { readReadings, summariseRun, withWatchedSteps } from './analysis.ts';
import { readServerCountersOf } from './counters.ts';
import { createCrews } from './crew-threads.ts';
import { readEnvironment } from './environment.ts';
import { finish, unlessFailed } from './finish.ts';
import { createGates, type Gates } from './gates.ts';
import { keepHeapSmall } from './heap.ts';
import { thisMachine } from './machine.ts';
import { readModelCard } from './model-config.ts';
import { type Plan, planHash } from './plan.ts';
import { prepareWorkload, refuseMissingFile } from './prepare.ts';
import { type Reached, reachTarget } from './reach.ts';
import { RecordKeeper } from './record-keeper.ts';
import { refuseOtherTarget, resumedClock } from './resume.ts';
import { runStep, type StepWatcher } from './step.ts';
import { lengthened } from './step-limits.ts';
import { targetOptionsOf } from './target-options.ts';
import { threadCeiling, threadsFor } from './threads.ts';
import { startWatch, type Watch } from './watch.ts';

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
  /** A step's live view; `index` of `steps`, which a search does not know beforehand. */
  | {
      readonly kind: 'step';
      readonly index: number;
      readonly steps: number | null;
      readonly watcher: StepWatcher;
      nowMs(): number;
    }
  | { readonly kind: 'stepDone'; readonly index: number; readonly steps: number | null; readonly summary: StepSummary };

export interface ConductOptions extends RunOptions {
  /** What a search looks for: stands in `run.json`. */
  readonly search?: SearchRecord;
  /** Go on with a run on disk: its directory, seed and clock; its steps stay as they are. */
  readonly resumed?: StoredRun | null;
}

/** A run under way, as whoever chooses its steps sees it. */
export interface Conducted {
  readonly directory: string;
  readonly record: RunRecord;
  /** Of the steps of `record`, those of a resumed run included. */
  readonly summaries: readonly StepSummary[];
  /** No further step may begin: interrupted, or the disk refuses. */
  readonly stopped: boolean;
  /**
   * Measures one step, with prompts that no step had before; `steps` is how many there will be, for progress.
   *
   * @param longer times as long as the plan says, default 1
   */
  step(load: Load, repeat: number, steps: number | null, longer?: number): Promise<StepSummary>;
}

/**
 * The composition root: reaches the server of a plan, prepares prompts, and keeps a run on disk while `choose` decides
 * which steps are measured. Everything that can be found wrong is found before the first request of the load.
 *
 * A disk that refuses, or a thread that is lost, ends the run with what was measured: INVALID, with a doubt that says so.
 *
 * @throws UserError as the parts do; `run_in_use` for a run that goes on elsewhere
 */
export async function conductRun(
  options: ConductOptions,
  choose: (run: Conducted) => Promise<void>,
): Promise<RunSummary> {
  const { resumed } = options;
  if (!resumed) return conduct(options, choose);
  const lock = lockRun(resumed.directory);
  try {
    // it may have gone on since it was read
    const stored = await readRun(resumed.directory);
    const record = withWatchedSteps(stored.record, await readReadings(stored));
    return await conduct({ ...options, resumed: { ...stored, record } }, choose);
  } finally {
    lock.release();
  }
}

async function conduct(options: ConductOptions, choose: (run: Conducted) => Promise<void>): Promise<RunSummary> {
  const { plan, signal, emit } = options;
  keepHeapSmall();
  await refuseMissingFile(plan);
  const environment = readEnvironment();
  const calibration = readCalibration(thisMachine(options.version), options.environment);
  const reached = await reachTarget(options);
  try {
    emit({ kind: 'reached', reached });
    for (const note of reached.notes) emit({ kind: 'note', text: note });
    signal.throwIfAborted();
    if (options.resumed) refuseOtherTarget(options.resumed.record, reached);
    const seed = options.resumed?.record.seed ?? plan.seed ?? freshSeed();
    const clock = options.resumed ? resumedClock(options.resumed.record) : createClock();
    const notes = heldBack((text) => emit({ kind: 'note', text }));
    const watching = watchOf(options, reached, clock, notes.say);
    watching.catch(() => {}); // whoever awaits it gets it
    try {
      const prepared = await prepareWorkload({ plan, reached, seed, signal });
      refuseContext(plan, reached, prepared);
      const gates = createGates({ plan, model: reached.model, counted: isCounted(prepared) }, prepared.workload);
      const facts = { environment: await environment, calibration: await calibration, watch: await watching, gates };
      const told = (event: RunEvent) => {
        emit(event);
        if (event.kind === 'directory') notes.release();
      };
      return await measureRun({ ...options, emit: told }, { reached, prepared, seed, clock, ...facts }, choose);
    } finally {
      await (await watching)?.close();
    }
  } finally {
    await reached.close();
  }
}

/** Sources start while prompts are prepared, so that they are there before the warm-up. */
async function watchOf(
  { plan, environment, resumed }: ConductOptions,
  reached: Reached,
  clock: ProcessClock,
  say: (text: string) => void,
): Promise<Watch | null> {
  const before = resumed ? await readReadings(resumed) : [];
  return startWatch({ plan, reached, clock, environment, before, say });
}

/** Notes of what goes on beside the preparation: a plan that is refused is answered by its refusal alone. */
function heldBack(say: (text: string) => void) {
  let held: string[] | null = [];
  return {
    say: (text: string) => void (held === null ? say(text) : held.push(text)),
    release() {
      for (const text of held ?? []) say(text);
      held = null;
    },
  };
}

/** By the server itself, not by an estimate or another's tokenizer. */
function isCounted({ lengths }: PreparedWorkload): boolean {
  return lengths?.method === 'tokenize' || lengths?.method === 'usage';
}

function freshSeed(): number {
  return deriveSeed(Number(process.hrtime.bigint() & 0xffffffffn), 'run', process.pid);
}

function refuseContext(
  { workload: spec }: Plan,
  { features, model, protocol }: Reached,
  { workload }: PreparedWorkload,
): void {
  const { contextTokens } = features;
  if (outputOf(protocol) !== 'tokens' && workload.maxInputTokens <= (contextTokens ?? Infinity)) return;
  const needed = workload.maxTotalTokens ?? workload.maxInputTokens + workload.maxOutputTokens;
  if (contextTokens === null || !Number.isFinite(needed) || needed <= contextTokens) return;
  if (spec.kind === 'trace')
    throw new UserError(
      'context_too_small',
      `Calls of ${spec.name} have up to ${needed} input and output tokens; ${model} takes ${contextTokens}. Leave the longer ones out with --trace-max-tokens ${contextTokens}.`,
    );
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
  readonly calibration: CalibrationFact;
  readonly clock: ProcessClock;
  readonly watch: Watch | null;
  readonly gates: Gates;
}

async function measureRun(
  options: ConductOptions,
  made: Made,
  choose: (run: Conducted) => Promise<void>,
): Promise<RunSummary> {
  const { plan, emit } = options;
  const { reached, prepared, seed, clock, watch, gates } = made;
  const resumed = options.resumed ?? null;
  const started = new Date(resumed?.record.startedUnixMs ?? clock.originUnixMs);
  const summaries: StepSummary[] = resumed === null ? [] : [...(await summariseRun(resumed)).steps];
  gates.carry(summaries);
  const targetOptions = targetOptionsOf(plan, reached);
  const target = createTarget({ ...targetOptions, clock });
  const { workload, recipe } = prepared;
  const crews = createCrews({ workload, target, clock, setup: { target: targetOptions, recipe } });
  const directory = resumed?.directory ?? (await createRunDirectory(options.out, plan.suite, started));
  const lock = resumed === null ? lockRun(directory) : null;
  const reserve = takeReserve(directory);
  emit({ kind: 'directory', directory });
  const stop = new AbortController();
  const interrupted = () => stop.abort(options.signal.reason);
  options.signal.addEventListener('abort', interrupted, { once: true });
  const failed = (failure: UserError) => {
    reserve.release();
    emit({ kind: 'note', text: failure.message });
    stop.abort();
  };
  const journal = await (resumed === null
    ? createJournal(directory, failed, plan.compress)
    : reopenJournal(directory, failed)
  ).catch((error: unknown) => {
    reserve.release();
    lock?.release();
    throw error;
  });
  watch?.writeTo(journal);
  const keeper = new RecordKeeper(directory, resumed?.record ?? firstRecord(options, made));
  if (resumed !== null) keeper.change({ state: 'running', finishedAt: null, startedNs: String(clock.originNs) });
  const counters = readServerCountersOf(reached, plan);
  const run: Conducted = {
    directory,
    summaries,
    get record() {
      return keeper.record;
    },
    get stopped() {
      const lostThread = keeper.record.steps.at(-1)?.stoppedBy === 'thread_lost';
      return stop.signal.aborted || lostThread || gates.spent;
    },
    async step(load, repeat, steps, longer = 1) {
      const index = keeper.record.steps.length;
      const { maxInFlight } = plan;
      const { meanOutputTokens } = workload;
      const demand = { load, maxInFlight, meanOutputTokens, recorded: workload };
      const threads = threadsFor(plan.threads, demand, { ceiling: threadCeiling(keeper.record.calibration) });
      const crew = await crews.of(threads).catch((error: Error) => {
        keeper.note([`${error.message}. This thread alone drove step ${index + 1}.`]);
        return crews.of(1);
      });
      const { measurement, record: measured } = await runStep({
        plan: lengthened(plan, longer),
        index,
        load,
        repeat,
        searching: options.search !== undefined,
        seed,
        runSeed: deriveSeed(seed, 'prompts', started.getTime()),
        crew,
        workload,
        facts: (step) => factsOf(keeper.record, step),
        forcedLength: plan.target.forceLength && reached.features.forcedLength !== null,
        clock,
        journal,
        directory,
        mark: (step) => keeper.mark(index, step),
        watch: (watcher) => emit({ kind: 'step', index, steps, watcher, nowMs: () => clock.now() }),
        counters: counters.read,
        signal: stop.signal,
        gates,
      });
      const telemetry = await watch?.stepEnd(measured.endMs ?? clock.now());
      const record = telemetry === undefined ? measured : { ...measured, telemetry };
      keeper.mark(index, record);
      keeper.note(watch?.takeNotes() ?? []);
      await journal.sync().catch(unlessFailed(journal));
      const facts = { run: keeper.record, step: record, readings: watch?.readings ?? [] };
      const summary = withTelemetry(measurement.summary(), facts);
      summaries.push(summary);
      emit({ kind: 'stepDone', index, steps, summary });
      return summary;
    },
  };
  try {
    if (options.signal.aborted) interrupted();
    if (watch !== null && plan.idleMs !== undefined && resumed === null) {
      emit({ kind: 'note', text: `Watching the server at rest for ${plan.idleMs / 1000} s.` });
      await watch.rest(plan.idleMs, stop.signal).catch(() => {});
      keeper.change({ telemetry: watch.record });
    }
    await choose(run);
    if (crews.failure !== null) keeper.note([crews.failure]);
    keeper.note(gates.notes());
    const cut = options.signal.aborted;
    target.close(); // the record's last write needs files that its connections may hold
    await crews.close();
    await watch?.close();
    if (watch !== null) keeper.change({ telemetry: watch.record });
    return await finish({ cut, keeper, summaries, directory, journal });
  } finally {
    options.signal.removeEventListener('abort', interrupted);
    counters.close();
    target.close();
    await crews.close();
    journal.closeNow();
    reserve.release();
    lock?.release();
    await keeper.written;
  }
}

function firstRecord({ plan, version, search }: ConductOptions, made: Made): RunRecord {
  const { reached, prepared, seed, clock, watch } = made;
  return {
    schema: 'tokbench.run-record/1',
    version,
    suite: plan.suite,
    state: 'running',
    startedUnixMs: clock.originUnixMs,
    startedNs: String(clock.originNs),
    startedAt: new Date(clock.originUnixMs).toISOString(),
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
    calibration: made.calibration,
    steps: [],
    notes: [...reached.notes, ...prepared.notes, ...(watch?.takeNotes() ?? [])],
    ...(watch === null ? {} : { telemetry: watch.record }),
    ...(plan.hardware === null ? {} : { hardware: hardwareFact(plan.hardware) }),
    ...(plan.modelConfig === undefined ? {} : { modelCard: readModelCard(plan.modelConfig) }),
    ...(search === undefined ? {} : { search }),
  };
}
