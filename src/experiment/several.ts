import { UserError } from '../error/user-error.ts';
import type { RunSummary } from '../measurement/summary.ts';
import { createRandom, deriveSeed, shuffle } from '../random/random.ts';
import { createTargetsDirectory, type TargetsBlock, writeTargets } from '../store/targets.ts';
import { conductRun } from './conduct.ts';
import type { RunEvent, RunOptions } from './conduct-contract.ts';
import { planSteps } from './plan.ts';
import { reachTarget } from './reach.ts';
import type { TargetPlan } from './several-plan.ts';
import { summariseTargets, type TargetsSummary } from './several-summary.ts';

export interface SeveralOptions extends Omit<RunOptions, 'plan' | 'out' | 'simulator' | 'emit'> {
  readonly targets: readonly TargetPlan[];
  readonly suite: string;
  readonly emit: (event: RunEvent, label: string) => void;
}

/**
 * Measures several targets in turns: at every load each of them once, in an order drawn by the seed, so that no time of
 * day favours one; and again for every repeat. One at a time: none is measured while another has load. Each leaves a run
 * of its own; a record beside them names all.
 *
 * @throws UserError as `conductRun` does, before the load where one of them cannot be reached
 */
export async function runSeveral(options: SeveralOptions): Promise<TargetsSummary> {
  const { targets, suite } = options;
  const seed = targets[0]!.plan.seed ?? deriveSeed(Number(process.hrtime.bigint() & 0xffffffffn), 'run', process.pid);
  await reachAll(options);
  const blocks = blocksOf(targets, seed);
  const turns = new Turns(blocks.flatMap(({ order }) => order));
  const started = new Date();
  const directories = new Map<string, string>();
  const failed = new AbortController();
  const runs: Promise<RunSummary>[] = [];
  for (const target of targets) {
    const ready = Promise.withResolvers<void>();
    const run = conductTarget(options, target, { seed, blocks, turns, ready: ready.resolve, failed, directories });
    run.catch(() => {
      failed.abort();
      turns.leave(target.label);
    });
    runs.push(run);
    await Promise.race([ready.promise, run.catch(() => {})]); // prompts of one are prepared before the next is asked
  }
  turns.begin();
  const ended = await Promise.allSettled(runs);
  const broken = ended.find((end) => end.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  const directory = await createTargetsDirectory(targets[0]!.out, suite, started);
  const record = await writeTargets(
    directory,
    { suite, startedAt: started.toISOString(), seed, blocks },
    targets.map(({ label, plan }) => ({ label, preset: plan.target.preset, directory: directories.get(label)! })),
  );
  return summariseTargets(directory, record);
}

/** Asks each once who it is, so that a missing key or server is said before any of them is measured. */
async function reachAll({ targets, environment }: SeveralOptions): Promise<void> {
  for (const { label, plan } of targets) {
    try {
      const reached = await reachTarget({ plan, environment, simulator: null });
      await reached.close();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(error.code, `Target ${label}: ${error.message}`, error.exit);
    }
  }
}

/** Every load of every repeat as a block with the targets in an order of chance. */
export function blocksOf(targets: readonly Pick<TargetPlan, 'label' | 'plan'>[], seed: number): TargetsBlock[] {
  const random = createRandom(seed, 'targets');
  return planSteps(targets[0]!.plan).map(({ load, repeat }) => ({
    load,
    repeat,
    order: shuffle(
      targets.map(({ label }) => label),
      random,
    ),
  }));
}

interface Shared {
  readonly seed: number;
  readonly blocks: readonly TargetsBlock[];
  readonly turns: Turns;
  readonly ready: () => void;
  readonly failed: AbortController;
  readonly directories: Map<string, string>;
}

function conductTarget(options: SeveralOptions, { label, plan, out }: TargetPlan, shared: Shared): Promise<RunSummary> {
  const { seed, blocks, turns, ready, failed, directories } = shared;
  const { version, environment } = options;
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const emit = (event: RunEvent) => {
    if (event.kind === 'directory') directories.set(label, event.directory);
    options.emit(event, label);
  };
  const own = { ...plan, seed: plan.seed ?? seed };
  return conductRun({ plan: own, out, version, environment, signal, simulator: null, emit }, async (run) => {
    ready();
    for (const { load, repeat } of blocks) {
      await turns.mine(label);
      try {
        if (!run.stopped) await run.step(load, repeat, blocks.length);
      } finally {
        turns.next();
      }
    }
  });
}

/** Whose turn it is. */
export class Turns {
  readonly #order: readonly string[];
  #at = -1;
  readonly #gone = new Set<string>();
  #waiting: { readonly label: string; readonly wake: () => void }[] = [];

  constructor(order: readonly string[]) {
    this.#order = order;
  }

  begin(): void {
    this.next();
  }

  /** Resolves when it is this one's turn; `next` must follow. */
  mine(label: string): Promise<void> {
    if (this.#order[this.#at] === label) return Promise.resolve();
    return new Promise((wake) => {
      this.#waiting.push({ label, wake });
    });
  }

  /** It takes no further turn, also not the one that it may have. */
  leave(label: string): void {
    this.#gone.add(label);
    if (this.#order[this.#at] === label) this.next();
  }

  next(): void {
    do this.#at++;
    while (this.#gone.has(this.#order[this.#at] ?? ''));
    const label = this.#order[this.#at];
    const index = this.#waiting.findIndex((one) => one.label === label);
    if (index >= 0) this.#waiting.splice(index, 1)[0]!.wake();
  }
}
