import { type Requests, requests, type Scope } from './quantity.ts';
import { requireNonNegative, requirePositive, requireSome } from './range.ts';
import {
  type Infeasible,
  infeasible,
  type NotVerified,
  type NotVerifiedReason,
  notVerified,
  type Ok,
  ok,
} from './state.ts';

/** Capacity at the objectives (section 2.2): which measured loads are admissible, and the highest of them. */

/** Limits; null where a term is not part of the objective. Times in milliseconds, shares 0…1. */
export interface Objective {
  readonly p99TtftMs: number | null;
  readonly p99TpotMs: number | null;
  readonly errorShare: number | null;
  readonly goodputShare: number | null;
}

/** One measured load over its steady window; null where something was not measured. */
export interface LoadPoint {
  readonly offeredPerS: number;
  readonly completedPerS: number;
  readonly p99TtftMs: number | null;
  readonly p99TpotMs: number | null;
  readonly errorShare: number | null;
  readonly goodputShare: number | null;
  /** The waiting queue grew through the window. */
  readonly queueGrows: boolean | null;
  /** `whole-run` rates contain ramp and drain: the 0.98 rule cannot be tested on them. */
  readonly rates: 'steady' | 'whole-run';
}

export type Failure =
  | 'p99-ttft'
  | 'p99-tpot'
  | 'errors'
  | 'goodput'
  | 'not-measured'
  | 'not-completed'
  | 'above-highest-completed'
  | 'queue-grows';

/** completed / offered below this is an overload. */
export const leastCompletedShare = 0.98;

/** Terms of the objective that a point breaks; a term without a measurement is not met. */
export function objectiveFailures(point: LoadPoint, objective: Objective): Failure[] {
  const failures: Failure[] = [];
  const test = (limit: number | null, observed: number | null, failure: Failure, most: boolean) => {
    if (limit === null) return;
    if (observed === null) failures.push('not-measured');
    else if (most ? observed > limit : observed < limit) failures.push(failure);
  };
  test(objective.p99TtftMs, point.p99TtftMs, 'p99-ttft', true);
  test(objective.p99TpotMs, point.p99TpotMs, 'p99-tpot', true);
  test(objective.errorShare, point.errorShare, 'errors', true);
  test(objective.goodputShare, point.goodputShare, 'goodput', false);
  return [...new Set(failures)];
}

/** Signs of overload (2.2, rule 2). `highestCompletedPerS` is the highest completed rate anywhere in the sweep. */
export function overloadFailures(point: LoadPoint, highestCompletedPerS: number): Failure[] {
  const failures: Failure[] = [];
  const completedShare = point.offeredPerS > 0 ? point.completedPerS / point.offeredPerS : 1;
  if (point.rates === 'steady' && completedShare < leastCompletedShare) failures.push('not-completed');
  if (point.offeredPerS > highestCompletedPerS && !almost(point, highestCompletedPerS))
    failures.push('above-highest-completed');
  if (point.queueGrows === true) failures.push('queue-grows');
  return failures;
}

/**
 * A sweep whose highest load was completed in full has a highest completed rate a hair below what was offered there: random
 * arrivals never complete exactly what was planned. Within the 2 % that rule 2 allows, steady rates are not an overload.
 */
function almost(point: LoadPoint, highestCompletedPerS: number): boolean {
  return point.rates === 'steady' && highestCompletedPerS >= leastCompletedShare * point.offeredPerS;
}

export interface JudgedPoint {
  readonly point: LoadPoint;
  readonly objectiveFailures: readonly Failure[];
  readonly overloadFailures: readonly Failure[];
  readonly admissible: boolean;
}

export interface Capacity<S extends Scope> {
  /** X_slo: completed rate of the highest admissible load. */
  readonly capacity: Requests<S, 'second'>;
  /** [highest admissible load, lowest inadmissible load above it) in offered requests/s; null at the top: never violated. */
  readonly bracketOfferedPerS: readonly [number, number | null];
  readonly highestCompletedPerS: number;
  /** Loads that failed although a higher one passed: to be measured again, never skipped (E18). */
  readonly measureAgainPerS: readonly number[];
  /** Completed rate below the first such failure, the careful reading of the sweep; null when the lowest load failed. */
  readonly carefulPerS: number | null;
  readonly points: readonly JudgedPoint[];
}

/**
 * X_slo of a sweep (2.2, CAP-1), per replica or whatever `scope` was under load. States: `ok`; `not-verified` when the sweep
 * never violated the objective (capacity-lower-bound) or a lower load failed where a higher passed (sweep-non-monotone);
 * `infeasible` (slo-never-met).
 */
export function capacityAtObjective<S extends Scope>(
  sweep: readonly LoadPoint[],
  objective: Objective,
  scope: S,
): Ok<Capacity<S>> | NotVerified<Capacity<S>> | Infeasible {
  requireSome(sweep, 'the sweep');
  for (const point of sweep) {
    requirePositive(point.offeredPerS, 'offered rate');
    requireNonNegative(point.completedPerS, 'completed rate');
  }
  const highestCompletedPerS = sweep.reduce((highest, point) => Math.max(highest, point.completedPerS), 0);
  const points = [...sweep]
    .sort((a, b) => a.offeredPerS - b.offeredPerS)
    .map((point): JudgedPoint => {
      const broken = objectiveFailures(point, objective);
      const overload = overloadFailures(point, highestCompletedPerS);
      const admissible = broken.length === 0 && overload.length === 0;
      return { point, objectiveFailures: broken, overloadFailures: overload, admissible };
    });
  const last = points.findLastIndex(({ admissible }) => admissible);
  if (last < 0) return infeasible(['slo-never-met'], { loadsTested: points.length, highestCompletedPerS });
  const firstFailure = points.findIndex(({ admissible }) => !admissible);
  const lower = points.slice(0, last).filter(({ admissible }) => !admissible);
  const above = points[last + 1];
  const best = points[last]!.point;
  const found: Capacity<S> = {
    capacity: requests(best.completedPerS, scope, 'second'),
    bracketOfferedPerS: [best.offeredPerS, above?.point.offeredPerS ?? null],
    highestCompletedPerS,
    measureAgainPerS: lower.map(({ point }) => point.offeredPerS),
    carefulPerS: firstFailure < 0 ? best.completedPerS : (points[firstFailure - 1]?.point.completedPerS ?? null),
    points,
  };
  const doubts: NotVerifiedReason[] = [];
  if (above === undefined) doubts.push('capacity-lower-bound');
  if (lower.length > 0) doubts.push('sweep-non-monotone');
  return doubts.length > 0 ? notVerified(found, doubts) : ok(found);
}
