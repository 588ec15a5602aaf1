import { dirname, join } from 'node:path';
import { worstVerdict } from '../measurement/doubt.ts';
import type { RunSummary, StepSummary, Verdict } from '../measurement/summary.ts';
import {
  type ComparedMeasure,
  type Difference,
  differencesOf,
  type MeasuredStep,
} from '../measurement/target-difference.ts';
import type { Load, RunRecord } from '../record/run.ts';
import { readRun } from '../store/record.ts';
import type { TargetsBlock, TargetsRecord } from '../store/targets.ts';
import { summariseRun } from './analysis.ts';
import type { Plan } from './plan.ts';
import { type PlanPrice, planPrice } from './plan-price.ts';
import { type Caveat, caveatsOf } from './several-caveat.ts';

/** What one target did at one load: means over its repeats; null where none of them knows. */
export interface TargetRow {
  readonly label: string;
  readonly repeats: number;
  /** In an open loop from the due time. */
  readonly ttftP50Ms: number | null;
  readonly ttftP99Ms: number | null;
  readonly tpotP50Ms: number | null;
  readonly e2eP50Ms: number | null;
  readonly outputTokensPerS: number | null;
  readonly outputCharsPerS: number | null;
  readonly requestsPerS: number | null;
  readonly meanInputTokens: number | null;
  readonly meanOutputTokens: number | null;
  readonly meanOutputChars: number | null;
  readonly charsPerToken: number | null;
  /** Of all tokens at the mix that was measured, and of the output alone. */
  readonly usdPerMillion: number | null;
  readonly usdPerMillionOutput: number | null;
  readonly usdPerMillionOutputChars: number | null;
  /** Failed and unfinished requests of those due. */
  readonly failedShare: number | null;
  readonly rateLimited: number;
  readonly verdict: Verdict;
}

export interface TargetOfSeveral {
  readonly label: string;
  readonly preset: string | null;
  /** What its tokens cost; null where no price is known. */
  readonly price: string | null;
  readonly forcedLength: boolean;
  readonly run: RunSummary;
}

/** Several targets side by side: what `run --json` prints for them. */
export interface TargetsSummary {
  readonly schema: 'tokbench.targets/1';
  readonly directory: string;
  readonly suite: string;
  readonly startedAt: string;
  readonly seed: number;
  readonly simulated: boolean;
  readonly verdict: Verdict;
  readonly blocks: readonly TargetsBlock[];
  readonly comparison: readonly {
    readonly load: Load;
    readonly rows: readonly TargetRow[];
    /** Of every pair of targets: more than what repeats vary by, or not. */
    readonly differences: readonly Difference[];
  }[];
  /** What must not be compared, and why. */
  readonly caveats: readonly Caveat[];
  readonly targets: readonly TargetOfSeveral[];
}

/**
 * Reads the runs of a comparison and lays them side by side: the same bytes whenever it is asked.
 *
 * @param directory of the record
 * @throws UserError `run_not_found`, `bad_run`
 */
export async function summariseTargets(directory: string, record: TargetsRecord): Promise<TargetsSummary> {
  const read = await Promise.all(
    record.targets.map(async ({ label, preset, run }) => {
      const stored = await readRun(join(directory, run), dirname(directory));
      return { label, preset, record: stored.record, summary: await summariseRun(stored) };
    }),
  );
  const targets = read.map(
    ({ label, preset, record: run, summary }): TargetOfSeveral & { priced: PlanPrice | null } => {
      const priced = priceOf(run);
      const forcedLength = run.steps.some((step) => step.forcedLength === true);
      return { label, preset, price: priced?.text ?? null, forcedLength, run: summary, priced };
    },
  );
  const loads = new Map<string, Load>(record.blocks.map(({ load }) => [JSON.stringify(load), load]));
  const comparison = [...loads].map(([key, load]) => {
    const sides = targets.map(({ label, run, priced }) => {
      const steps = run.steps.filter((step) => JSON.stringify(step.load) === key);
      return { label, priced, steps };
    });
    return {
      load,
      rows: sides.map(({ label, steps, priced }) => rowOf(label, steps, priced)),
      differences: differencesOf(sides.map(({ label, steps }) => ({ label, steps: steps.map(measuresOf) }))),
    };
  });
  const shown = targets.map(({ priced: _, ...target }) => target);
  return {
    schema: 'tokbench.targets/1',
    directory,
    suite: record.suite,
    startedAt: record.startedAt,
    seed: record.seed,
    simulated: shown.some(({ run }) => run.simulated),
    verdict: worstVerdict(shown.map(({ run }) => run.verdict)),
    blocks: record.blocks,
    comparison,
    caveats: caveatsOf(shown, comparison, record.blocks),
    targets: shown,
  };
}

/** By the plan of the run, at its day. */
function priceOf({ plan, target, startedUnixMs }: RunRecord): PlanPrice | null {
  try {
    return planPrice(plan as Plan, target.model, startedUnixMs);
  } catch {
    return null; // a price that this tokbench's list no longer has
  }
}

function rowOf(label: string, steps: readonly StepSummary[], price: PlanPrice | null): TargetRow {
  const mean = (of: (step: StepSummary) => number | null | undefined): number | null => {
    const known = steps.map(of).filter((value): value is number => typeof value === 'number');
    return known.length === 0 ? null : Number((known.reduce((a, b) => a + b, 0) / known.length).toPrecision(12));
  };
  const due = steps.reduce((sum, { counts }) => sum + counts.due, 0);
  const bad = steps.reduce((sum, { counts }) => sum + counts.failed + counts.censored, 0);
  return {
    label,
    repeats: steps.length,
    ttftP50Ms: mean(compared.ttftP50Ms),
    ttftP99Ms: mean((step) => ttftOf(step).p99),
    tpotP50Ms: mean(compared.tpotP50Ms),
    e2eP50Ms: mean(({ latency }) => latency.e2eMs.p50),
    outputTokensPerS: mean(compared.outputTokensPerS),
    outputCharsPerS: mean(compared.outputCharsPerS),
    requestsPerS: mean(({ throughput }) => throughput.requestsPerS),
    meanInputTokens: mean(({ tokens }) => tokens.meanInput),
    meanOutputTokens: mean(({ tokens }) => tokens.meanOutput),
    meanOutputChars: mean(({ text }) => text?.meanChars),
    charsPerToken: mean(({ text }) => text?.charsPerToken),
    ...moneyOf(steps, price),
    failedShare: due === 0 ? null : bad / due,
    rateLimited: steps.reduce((sum, { limits }) => sum + (limits?.refused ?? 0), 0),
    verdict: worstVerdict(steps.map(({ verdict }) => verdict)),
  };
}

/** In an open loop, and where requests were sent again, from the due time. */
const ttftOf = ({ load, latency, limits }: StepSummary) =>
  load.kind !== 'concurrency' || (limits?.retried.requests ?? 0) > 0 ? latency.ttftDueMs : latency.ttftMs;

/** What differences are told of, of one step. */
const compared: Readonly<Record<ComparedMeasure, (step: StepSummary) => number | null>> = {
  ttftP50Ms: (step) => ttftOf(step).p50,
  tpotP50Ms: ({ latency }) => latency.tpotMs.p50,
  outputTokensPerS: ({ throughput }) => throughput.outputTokensPerS,
  outputCharsPerS: ({ text }) => text?.charsPerS ?? null,
};

function measuresOf(step: StepSummary): MeasuredStep {
  const { ttftP50Ms, tpotP50Ms, outputTokensPerS, outputCharsPerS } = compared;
  return {
    repeat: step.repeat,
    ttftP50Ms: ttftP50Ms(step),
    tpotP50Ms: tpotP50Ms(step),
    outputTokensPerS: outputTokensPerS(step),
    outputCharsPerS: outputCharsPerS(step),
  };
}

type Money = Pick<TargetRow, 'usdPerMillion' | 'usdPerMillionOutput' | 'usdPerMillionOutputChars'>;

/** At the mean request of all successes, cached input at its own price. */
function moneyOf(steps: readonly StepSummary[], price: PlanPrice | null): Money {
  const none: Money = { usdPerMillion: null, usdPerMillionOutput: null, usdPerMillionOutputChars: null };
  const sum = (of: (step: StepSummary) => number | null) => steps.reduce((total, step) => total + (of(step) ?? 0), 0);
  const requests = sum(({ counts }) => counts.ok);
  const [input, output] = [sum(({ tokens }) => tokens.input), sum(({ tokens }) => tokens.output)];
  if (price === null || requests === 0 || input === 0) return none;
  const usd =
    requests *
    price.usdOf({
      inputTokens: input / requests,
      outputTokens: output / requests,
      cacheReadTokens:
        Math.min(
          input,
          sum(({ tokens }) => tokens.inputCached),
        ) / requests,
      cacheWriteTokens: 0,
    });
  const chars = sum(({ text }) => text?.chars ?? 0);
  const perMillion = (count: number) => (count === 0 ? null : Number(((usd / count) * 1e6).toPrecision(12)));
  return {
    usdPerMillion: perMillion(input + output),
    usdPerMillionOutput: perMillion(output),
    usdPerMillionOutputChars: perMillion(chars),
  };
}
