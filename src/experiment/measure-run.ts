import type { ProcessClock } from '../clock/clock.ts';
import type { UserError } from '../error/user-error.ts';
import { factsOf } from '../measurement/facts.ts';
import type { RunSummary, StepSummary } from '../measurement/summary.ts';
import { withTelemetry } from '../measurement/telemetry.ts';
import { hardwareFact } from '../procurement/hardware-fact.ts';
import { deriveSeed } from '../random/random.ts';
import type { CalibrationFact } from '../record/calibration.ts';
import type { Environment, RunRecord } from '../record/run.ts';
import { createRunDirectory } from '../store/directory.ts';
import { createJournal, reopenJournal } from '../store/journal.ts';
import { takeReserve } from '../store/reserve.ts';
import { lockRun } from '../store/run-lock.ts';
import { createTarget } from '../target/create.ts';
import type { PreparedWorkload } from '../workload/workload.ts';
import { summariseRun } from './analysis.ts';
import type { Conducted, ConductOptions } from './conduct-contract.ts';
import { readServerCountersOf } from './counters.ts';
import { createCrews } from './crew-threads.ts';
import { finish, unlessFailed } from './finish.ts';
import type { Gates } from './gates.ts';
import { readModelCard } from './model-config.ts';
import { planHash } from './plan.ts';
import type { Reached } from './reach.ts';
import { RecordKeeper } from './record-keeper.ts';
import { runStep } from './step.ts';
import { lengthened } from './step-limits.ts';
import { targetOptionsOf } from './target-options.ts';
import { threadCeiling, threadsFor } from './threads.ts';
import type { Watch } from './watch.ts';

/** What a run stands on once its server is reached and its prompts are prepared. */
export interface Made {
  readonly reached: Reached;
  readonly prepared: PreparedWorkload;
  readonly seed: number;
  readonly environment: Environment;
  readonly calibration: CalibrationFact;
  readonly clock: ProcessClock;
  readonly watch: Watch | null;
  readonly gates: Gates;
}

/** Keeps a run on disk while `choose` decides which steps are measured. */
export async function measureRun(
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
