import { UserError } from '../error/user-error.ts';
import type { RunSummary, StepSummary } from '../measurement/summary.ts';
import { outcomeOf } from '../measurement/sweep-outcome.ts';
import { type SweepSummary, sweepPoints } from '../measurement/sweep-summary.ts';
import type { Load, RunRecord, SearchRecord } from '../record/run.ts';
import { readRun, type StoredRun } from '../store/record.ts';
import { summariseRun } from './analysis.ts';
import { conductRun } from './conduct.ts';
import type { RunOptions } from './conduct-contract.ts';
import type { Plan } from './plan.ts';
import { nextMove, type SearchPoint, stoppedResult } from './search.ts';

export interface SweepBounds {
  readonly least: number | null;
  readonly most: number | null;
  /** Null: 5 %. */
  readonly resolution: number | null;
}

export interface SweepOptions extends RunOptions {
  readonly search: SearchRecord;
  /** A sweep on disk that goes on; null = a new one. */
  readonly resumed: StoredRun | null;
}

const defaultMost = { concurrency: 4096, rate: 10_000 };
const defaultResolution = 0.05;
const bounds = { concurrency: [1, 100_000], rate: [0.0001, 1_000_000] } as const;

/**
 * The search that a plan describes: its first load is the start, its objectives are what must hold.
 *
 * @throws UserError `no_objective`, `bad_plan`
 */
export function searchOf(plan: Plan, { least, most, resolution }: SweepBounds): SearchRecord {
  const refuse = (sentence: string): never => {
    throw new UserError('bad_plan', sentence);
  };
  if (plan.objectives.length === 0)
    throw new UserError(
      'no_objective',
      "A sweep looks for the highest load inside objectives: give one, such as --objective 'ttft.p99 < 500ms'.",
    );
  if (plan.spending?.retries)
    return refuse('A sweep looks for what the server bears at the first try: leave retries out.');
  const load = plan.loads[0]!;
  if (load.kind === 'trace') return refuse('A trace has its own load: a sweep wants a concurrency or a rate.');
  if (load.kind === 'rate' && load.shape !== undefined)
    return refuse(`The rate ${load.shape} varies: a sweep wants one number to start from.`);
  const [lowest, highest] = bounds[load.kind];
  const record: SearchRecord = {
    kind: load.kind,
    arrivals: load.kind === 'rate' ? load.arrivals : null,
    start: load.value,
    least: least ?? (load.kind === 'rate' ? Math.max(lowest, Number((load.value / 1024).toPrecision(4))) : lowest),
    most: most ?? Math.max(load.value, mostOf(plan, load.kind)),
    resolution: resolution ?? defaultResolution,
  };
  const whole = (value: number) => load.kind === 'rate' || Number.isInteger(value);
  if (!(record.least >= lowest && record.most <= highest && whole(record.least) && whole(record.most)))
    refuse(`A ${load.kind} is searched from ${lowest} to ${highest.toLocaleString('en')}.`);
  if (!(record.least <= record.start && record.start <= record.most))
    refuse(`The search starts at ${record.start}, which does not lie from ${record.least} to ${record.most}.`);
  return record;
}

/** As many requests as are asked must be able to fill the slots. */
function mostOf({ requests }: Plan, kind: SearchRecord['kind']): number {
  return Math.min(defaultMost[kind], kind === 'concurrency' ? (requests ?? Infinity) : Infinity);
}

/**
 * Searches the highest load inside the objectives, each step measured as `run` does, with prompts and arrivals that no
 * step had before. The steps lie in one run directory, from which a stopped search goes on.
 *
 * @throws UserError as `conductRun` does
 */
export async function runSweep(options: SweepOptions): Promise<SweepSummary> {
  const { search, resumed, plan, emit } = options;
  if (resumed !== null) {
    const summary = summariseSweep(resumed.record, await summariseRun(resumed))!;
    if (summary.state !== 'UNFINISHED') return summary; // nothing is left to measure
  }
  const accelerators = plan.hardware?.count ?? null;
  const run = await conductRun(options, async (under) => {
    while (!under.stopped) {
      const move = nextMove(search, pointsOf(under.summaries));
      if (move.kind === 'done') return;
      const step = await under.step(loadOf(search, move.load), move.repeat, null, move.longer);
      emit({ kind: 'note', text: sentenceOf(search, move.load, step) });
    }
  });
  return sweepSummary(search, accelerators, run);
}

/** What a stored run found, if it is a sweep; null for a run of given loads. */
export function summariseSweep(record: RunRecord, run: RunSummary): SweepSummary | null {
  const { hardware } = record.plan as Partial<Plan>;
  return record.search === undefined ? null : sweepSummary(record.search, hardware?.count ?? null, run);
}

/**
 * Opens a sweep that was stopped.
 *
 * @throws UserError `run_not_found`, `bad_run`, `no_sweep`
 */
export async function readSweep(
  path: string,
  out: string,
): Promise<{ readonly stored: StoredRun; readonly plan: Plan; readonly search: SearchRecord }> {
  const stored = await readRun(path, out);
  const { record, directory } = stored;
  const plan = record.plan as Plan;
  if (record.search === undefined)
    throw new UserError(
      'no_sweep',
      `${directory} is a run of given loads, not a sweep: there is nothing to go on with.`,
    );
  if (plan.schema !== 'tokbench.plan/1')
    throw new UserError('bad_run', `${directory} holds no plan that this tokbench can go on with.`);
  return { stored, plan, search: record.search };
}

function sweepSummary(search: SearchRecord, accelerators: number | null, run: RunSummary): SweepSummary {
  const points = sweepPoints(run.steps, accelerators);
  const move = nextMove(search, pointsOf(run.steps));
  const result = move.kind === 'done' ? move.result : stoppedResult(search, pointsOf(run.steps));
  const atHighest = points.findLast(({ load, outcome }) => load.value === result.highestPassing && outcome === 'pass');
  return {
    schema: 'tokbench.sweep/1',
    directory: run.directory,
    ...result,
    search,
    accelerators,
    atHighest: atHighest ?? null,
    points,
    run,
  };
}

function pointsOf(steps: readonly StepSummary[]): SearchPoint[] {
  return steps.map((step) => ({ load: step.load.value, outcome: outcomeOf(step).outcome }));
}

function loadOf({ kind, arrivals }: SearchRecord, value: number): Load {
  return kind === 'rate' ? { kind, value, arrivals: arrivals! } : { kind, value };
}

/** `32 in flight: inside the objectives (ttft.p99 < 500ms: 312)` */
function sentenceOf({ kind }: SearchRecord, load: number, step: StepSummary): string {
  const { outcome, reasons } = outcomeOf(step);
  const place = kind === 'rate' ? `${load} req/s` : `${load} in flight`;
  const objectives = step.objectives.map(({ text, observed }) => {
    return `${text}: ${observed === null ? 'not known' : Number(observed.toPrecision(4))}`;
  });
  const codes = reasons.filter((reason) => /^[a-z_]+$/.test(reason));
  return `${place}: ${outcomeWords[outcome]} (${[...codes, ...objectives].join('; ')})`;
}

const outcomeWords = {
  pass: 'inside the objectives',
  likely: 'inside as far as so few requests tell',
  short: 'below a lower bound',
  miss: 'outside the objectives',
  unsustained: 'not sustained: requests pile up',
  failures: 'the server fails',
  rate_limit: 'refused for the rate',
  client: 'the client may be to blame',
  undecided: 'not decided',
  unfinished: 'cut short',
} as const;
