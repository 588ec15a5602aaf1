import { parseRate } from '../load/rate.ts';
import { parseDistribution } from '../random/distribution.ts';
import type { Load } from '../record/run.ts';
import { minimumSample } from '../statistics/quantile.ts';
import type { WorkloadSpec } from '../workload/spec.ts';
import { meanInputTokensOf, shapeOf } from '../workload/synthetic.ts';
import { type Plan, planHash, planSteps } from './plan.ts';
import { stepLimits } from './step-limits.ts';

/** No replay goes on longer. */
const longestTraceS = 7 * 86_400;

/** Mean tokens of a request, where the workload knows them. */
export interface MeanLengths {
  readonly meanInputTokens: number | null;
  readonly meanOutputTokens: number | null;
}

/** With what a trace says of when it asks. */
export interface KnownLengths extends MeanLengths {
  /** When its calls are due, in ms after the start at the speed of the record. */
  readonly dueMs?: ArrayLike<number>;
}

/** What a plan would do; null where that depends on the server. Warm-up and drain come on top. */
export interface Outline {
  readonly requests: number | null;
  /** Bounds of `requests`: what is measured at least, and at most. */
  readonly requestsAtLeast: number | null;
  readonly requestsAtMost: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly seconds: number | null;
  readonly secondsAtMost: number;
}

export interface StepOutline extends Outline {
  readonly load: Load;
  readonly repeat: number;
}

export interface PlanOutline {
  readonly planSha256: string;
  readonly lengths: MeanLengths;
  readonly steps: readonly StepOutline[];
  readonly total: Outline;
}

/**
 * What `check` prints: requests, tokens and seconds of each step and in all.
 *
 * @param lengths of the prepared workload, or of its trace; null: taken from the plan as far as it says
 */
export function describePlan(plan: Plan, lengths: KnownLengths | null): PlanOutline {
  const { dueMs, ...means } = lengths ?? { ...plannedLengths(plan.workload), dueMs: undefined };
  const steps = planSteps(plan).map(({ load, repeat }) => ({ load, repeat, ...outline(plan, load, means, dueMs) }));
  const sum = <K extends keyof Outline>(key: K) => {
    return steps.reduce<number | null>((total, step) => add(total, step[key]), 0) as Outline[K];
  };
  const total: Outline = {
    requests: sum('requests'),
    requestsAtLeast: sum('requestsAtLeast'),
    requestsAtMost: sum('requestsAtMost'),
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    seconds: sum('seconds'),
    secondsAtMost: sum('secondsAtMost'),
  };
  return { planSha256: planHash(plan), lengths: means, steps, total };
}

function outline(plan: Plan, load: Load, means: MeanLengths, dueMs: ArrayLike<number> | undefined): Outline {
  const limits = stepLimits(plan, load);
  const durationS = limits.durationMs === null ? null : limits.durationMs / 1000;
  const { requests: limit } = limits;
  // An open loop knows how many come due; how many a closed loop gets done is what the run will tell.
  if (load.kind === 'trace') return replayed({ dueMs, speed: load.value, durationS, limit, means });
  const expected = load.kind === 'rate' ? parseRate(load.shape ?? load.value).expectedIn : null;
  const due = expected !== null && durationS !== null ? Math.round(expected(durationS)) : null;
  const requests = load.kind === 'rate' ? least(due, limit) : durationS === null ? limit : null;
  const untilLimitS = load.kind === 'rate' && limit !== null ? limit / load.value : null;
  const patient = durationS === null && limit === null;
  return {
    requests,
    requestsAtLeast: requests ?? (patient ? minimumSample(0.99) : null),
    requestsAtMost: requests ?? limit,
    inputTokens: multiply(requests, means.meanInputTokens),
    outputTokens: multiply(requests, means.meanOutputTokens),
    seconds: load.kind === 'rate' ? least(durationS, untilLimitS) : limit === null ? durationS : null,
    secondsAtMost: limits.maxDurationMs / 1000,
  };
}

/** A trace says how many come due, and when the last one does. */
function replayed({
  dueMs,
  speed,
  durationS,
  limit,
  means,
}: {
  readonly dueMs: ArrayLike<number> | undefined;
  readonly speed: number;
  readonly durationS: number | null;
  readonly limit: number | null;
  readonly means: MeanLengths;
}): Outline {
  const wholeS = dueMs === undefined ? null : (dueMs[dueMs.length - 1] ?? 0) / speed / 1000;
  const seconds = least(durationS, wholeS);
  let due = 0;
  if (dueMs !== undefined) while (due < dueMs.length && dueMs[due]! / speed <= seconds! * 1000) due++;
  const requests = dueMs === undefined ? null : least(due, limit);
  return {
    requests,
    requestsAtLeast: requests,
    requestsAtMost: requests ?? limit,
    inputTokens: multiply(requests, means.meanInputTokens),
    outputTokens: multiply(requests, means.meanOutputTokens),
    seconds,
    secondsAtMost: seconds ?? longestTraceS,
  };
}

/** Lengths as the plan has them, less what the server's chat template puts around and between messages. */
function plannedLengths(workload: WorkloadSpec): MeanLengths {
  if (workload.kind === 'trace') return { meanInputTokens: null, meanOutputTokens: null };
  if (workload.kind === 'dataset') {
    const { outputTokens } = workload;
    return {
      meanInputTokens: null,
      meanOutputTokens: outputTokens === null ? null : parseDistribution(outputTokens).mean,
    };
  }
  return {
    meanInputTokens: meanInputTokensOf(shapeOf(workload), { leastTokens: 0, turnOverhead: 0 }),
    meanOutputTokens: parseDistribution(workload.outputTokens).mean,
  };
}

function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function least(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function multiply(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.round(a * b);
}
