import { createClock, type ProcessClock } from '../clock/clock.ts';
import { UserError } from '../error/user-error.ts';
import type { RunSummary } from '../measurement/summary.ts';
import { deriveSeed } from '../random/random.ts';
import { readCalibration } from '../store/calibration.ts';
import { readRun } from '../store/record.ts';
import { lockRun } from '../store/run-lock.ts';
import { outputOf } from '../target/protocols.ts';
import type { PreparedWorkload } from '../workload/workload.ts';
import { readReadings, withWatchedSteps } from './analysis.ts';
import type { Conducted, ConductOptions, RunEvent } from './conduct-contract.ts';
import { readEnvironment } from './environment.ts';
import { createGates } from './gates.ts';
import { keepHeapSmall } from './heap.ts';
import { thisMachine } from './machine.ts';
import { measureRun } from './measure-run.ts';
import type { Plan } from './plan.ts';
import { prepareWorkload, refuseMissingFile } from './prepare.ts';
import { type Reached, reachTarget } from './reach.ts';
import { refuseOtherTarget, resumedClock } from './resume.ts';
import { startWatch, type Watch } from './watch.ts';

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

/** A server without a cheap count answers some twenty requests before the load. */
const patienceMs = 5_000;
const stillPreparing =
  'Prompts are still being prepared: a server without a route that counts tokens is asked some twenty short questions.';

async function conduct(options: ConductOptions, choose: (run: Conducted) => Promise<void>): Promise<RunSummary> {
  const { plan, signal, emit } = options;
  await refuseMissingFile(plan);
  const environment = readEnvironment();
  const calibration = readCalibration(thisMachine(options.version), options.environment);
  const reached = await reachTarget(options);
  const freeHeap = keepHeapSmall();
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
      const waiting = setTimeout(() => emit({ kind: 'note', text: stillPreparing }), patienceMs);
      const prepared = await prepareWorkload({ plan, reached, seed, signal }).finally(() => clearTimeout(waiting));
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
    freeHeap();
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
