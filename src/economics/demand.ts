import { errorFunction, mean, standardDeviation, sum } from 'simple-statistics';
import { z95, z99 } from './normal.ts';
import { hoursPerMonth } from './quantity.ts';
import { outOfRange, requireNonNegative, requirePositive, requireSome } from './range.ts';
import { type Ok, ok, type Refused, refused } from './state.ts';

/** Demand (section 2.1), hourly profiles and the lengths of section 14.3. */

/** Tokens per request and per month: `inputTokens` I or I_month, `outputTokens` O or O_month (billed output). */
export interface TokenShape {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface RequestsForTokens {
  readonly byInput: number;
  readonly byOutput: number;
  readonly requestsPerMonth: number;
  /** The class that runs out first; null where both demand the same. */
  readonly decidedBy: 'input' | 'output' | null;
}

/**
 * Requests a month that a token contract amounts to (2.1, UTIL-3): V = max(I_month / I, O_month / O).
 * `month` in tokens per month, `shape` in tokens per request as benchmarked. A class that the shape lacks decides nothing,
 * unless the contract asks for it: then no number of such requests will do, and the answer is refused.
 */
export function requestsForTokens(month: TokenShape, shape: TokenShape): Ok<RequestsForTokens> | Refused {
  for (const [name, value] of Object.entries({ ...month })) requireNonNegative(value, `${name} per month`);
  for (const [name, value] of Object.entries({ ...shape })) requireNonNegative(value, `${name} per request`);
  const need = (perMonth: number, perRequest: number) => (perMonth === 0 ? 0 : perMonth / perRequest);
  const byInput = need(month.inputTokens, shape.inputTokens);
  const byOutput = need(month.outputTokens, shape.outputTokens);
  if (!Number.isFinite(byInput) || !Number.isFinite(byOutput))
    return refused(['missing-input'], { missing: 'tokens per request of a class that the month contains' });
  const decidedBy = byInput === byOutput ? null : byInput > byOutput ? 'input' : 'output';
  return ok({ byInput, byOutput, requestsPerMonth: Math.max(byInput, byOutput), decidedBy });
}

/** T = V · (I + O), tokens per month. */
export function tokensPerMonth(requestsPerMonth: number, shape: TokenShape): number {
  return requestsPerMonth * (shape.inputTokens + shape.outputTokens);
}

export interface DemandProfile {
  readonly hours: number;
  readonly requests: number;
  readonly averagePerHour: number;
  readonly peakPerHour: number;
  /** pta = max(D_h) / mean(D_h); null when nothing is asked for. */
  readonly peakToAverage: number | null;
  /** Population standard deviation / mean. */
  readonly coefficientOfVariation: number | null;
}

/** Figures of an hourly profile D_h in requests per hour (2.1, UTIL-1); normally 24 or 168 values. */
export function profileDemand(hourly: readonly number[]): DemandProfile {
  requireSome(hourly, 'the hourly demand');
  hourly.forEach((value, hour) => void requireNonNegative(value, `demand of hour ${hour}`));
  const values = [...hourly];
  const total = sum(values);
  const average = total / values.length;
  const peak = values.reduce((a, b) => Math.max(a, b), 0);
  return {
    hours: values.length,
    requests: total,
    averagePerHour: average,
    peakPerHour: peak,
    peakToAverage: average > 0 ? peak / average : null,
    coefficientOfVariation: average > 0 ? standardDeviation(values) / average : null,
  };
}

/** Peak-to-average of a load that is flat in `activeHours` of `hours` and absent otherwise (UTIL-2): hours / activeHours. */
export function flatPeakToAverage(activeHours: number, hours: number): number {
  requirePositive(activeHours, 'active hours');
  if (!(activeHours <= hours)) outOfRange('active hours', `at most the ${hours} h of the period`, activeHours);
  return hours / activeHours;
}

/** Mean demand in requests per hour of a month that is known by its total only: V / 730. */
export function averagePerHour(requestsPerMonth: number): number {
  return requireNonNegative(requestsPerMonth, 'requests per month') / hoursPerMonth;
}

export interface Predictability {
  /** Mean absolute error against the same hour one week earlier, as a share of the mean. */
  readonly errorShare: number;
  readonly predictable: boolean;
}

/**
 * The test "predictable" of section 14.2: mean absolute error of hourly demand against the same hour one week earlier is
 * at most 25 % of the mean. Needs more than one week of hours; a profile of 24 or 168 values repeats itself and proves nothing.
 */
export function predictability(hourly: readonly number[], limit = 0.25): Ok<Predictability> | Refused {
  const week = 168;
  if (hourly.length <= week) return refused(['missing-input'], { hours: hourly.length, hoursNeeded: week + 1 });
  const later = hourly.slice(week);
  const errors = later.map((value, index) => Math.abs(value - hourly[index]!));
  const average = mean([...later]);
  if (average === 0) return refused(['missing-input'], { missing: 'demand above zero' });
  const errorShare = mean(errors) / average;
  return ok({ errorShare, predictable: errorShare <= limit });
}

export interface LognormalLength {
  readonly mu: number;
  readonly sigma: number;
  readonly meanTokens: number;
  readonly p99Tokens: number;
}

/**
 * Lengths given by their median and 95th percentile in tokens (14.3, LN-1):
 * mu = ln p50, sigma = ln(p95/p50)/z95, mean = p50·exp(sigma²/2), p99 = exp(mu + z99·sigma). Not yet clipped at a context.
 */
export function lognormalLength(p50Tokens: number, p95Tokens: number): LognormalLength {
  requirePositive(p50Tokens, 'p50 of the length');
  if (!(p95Tokens >= p50Tokens)) outOfRange('p95 of the length', `at least its median of ${p50Tokens}`, p95Tokens);
  const mu = Math.log(p50Tokens);
  const sigma = Math.log(requirePositive(p95Tokens, 'p95 of the length') / p50Tokens) / z95;
  return {
    mu,
    sigma,
    meanTokens: p50Tokens * Math.exp((sigma * sigma) / 2),
    p99Tokens: Math.exp(mu + z99 * sigma),
  };
}

/**
 * Mean of min(X, limit) for a lognormal length X, since a length ends at the model's context (14.3):
 * mean·Φ((ln c − mu − sigma²)/sigma) + c·(1 − Φ((ln c − mu)/sigma)). The error function of simple-statistics is good to 1e-7.
 */
export function clippedMeanTokens(length: LognormalLength, limitTokens: number): number {
  requirePositive(limitTokens, 'limit of the length');
  const { mu, sigma, meanTokens } = length;
  if (sigma === 0) return Math.min(meanTokens, limitTokens);
  const below = (z: number) => 0.5 + 0.5 * errorFunction(z / Math.SQRT2);
  const z = (Math.log(limitTokens) - mu) / sigma;
  return meanTokens * below(z - sigma) + limitTokens * (1 - below(z));
}
