import { parseRate } from '../load/rate.ts';
import type { Load } from '../record/run.ts';
import type { Plan } from './plan.ts';

/** What bounds one step: the plan's own limits, and for a rate that varies what its shape says. */
export interface StepLimits extends Pick<Plan, 'durationMs' | 'requests' | 'maxDurationMs' | 'warmup' | 'precision'> {
  /** Nothing says when to end, so the sample does: until its p99 can be told. */
  readonly patient: boolean;
}

/** The plan for a step that is to take `times` as long, where the plan says how long that is. */
export function lengthened(plan: Plan, times: number): Plan {
  const { durationMs, requests, maxDurationMs } = plan;
  if (times === 1) return plan;
  return {
    ...plan,
    durationMs: durationMs === null ? null : durationMs * times,
    requests: requests === null ? null : requests * times,
    maxDurationMs: durationMs === null ? maxDurationMs : maxDurationMs * times,
  };
}

/**
 * A rate that varies is measured from its beginning, and where nothing else is said to its end: no warm-up can be told
 * from its first minutes, so that only a fixed one is made, at the rate that it begins with.
 */
export function stepLimits(plan: Plan, load: Load): StepLimits {
  const { durationMs, requests, maxDurationMs, warmup, precision } = plan;
  const open = durationMs === null && requests === null && precision === null;
  const cold: Plan['warmup'] = warmup.kind === 'auto' ? { kind: 'none' } : warmup;
  if (load.kind === 'trace') return { durationMs, requests, maxDurationMs, warmup: cold, precision, patient: false };
  if (load.kind !== 'rate' || load.shape === undefined)
    return { durationMs, requests, maxDurationMs, warmup, precision, patient: open };
  const { seconds } = parseRate(load.shape);
  const wholeMs = open && seconds !== null ? seconds * 1000 : durationMs;
  return {
    durationMs: wholeMs,
    requests,
    maxDurationMs: wholeMs ?? maxDurationMs,
    warmup: cold,
    precision,
    patient: open && wholeMs === null,
  };
}
