import { independentCount } from '../statistics/correlation.ts';
import type { Histogram } from '../statistics/histogram.ts';
import { lentDoubles } from '../statistics/lent.ts';
import { Moments } from '../statistics/moments.ts';
import { interpolateRank, minimumSample, quantileSorted, sortedInto } from '../statistics/quantile.ts';

/** A quantile, or why there is none: the sample is too small for it, failures push it to +∞, there are no values. */
export interface Quantile {
  readonly value: number | null;
  readonly reason: 'n_too_small' | 'infinite' | 'no_values' | null;
}

/** Values of one metric over a population, and how many of its requests failed or were censored. */
export interface Sample {
  readonly n: number;
  /** Independent values that the n due-ordered ones are worth where neighbours resemble each other; n where they do not. */
  readonly effective: number;
  readonly failures: number;
  readonly mean: number | null;
  readonly stddev: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** In due order; null where only a histogram is kept. */
  readonly values: Float64Array | null;
  /** Of the successes. */
  quantile(q: number): Quantile;
  /** Of the successes plus one +∞ a failure. */
  quantileWithFailures(q: number): Quantile;
  /** Of the successes, however few they are: for comparisons inside the measurement, never printed. */
  plain(q: number): number | null;
}

/** Probabilities that a sample can be asked for. */
export const sampleLevels = [0.5, 0.9, 0.95, 0.99, 0.999] as const;

/** An exact sample: `values` in due order, none of them NaN. They are sorted once, and the sorted copy is not kept. */
export function exactSample(values: Float64Array, failures: number): Sample {
  const sorted = sortedInto(lentDoubles('sample', values.length), values);
  const { mean, stddev, min, max } = Moments.of(values);
  const told = [0, failures].map((infinite) => sampleLevels.map((q) => quantileSorted(sorted, q, infinite)));
  const quantileOf = (q: number, infinite: number) => told[infinite === 0 ? 0 : 1]![levelIndex(q)]!;
  const effective = effectiveOf(values.length, values, { min, max, median: quantileOf(0.5, 0) });
  return {
    n: values.length,
    values,
    mean,
    stddev,
    min,
    max,
    ...quantiles(values.length, effective, failures, quantileOf),
  };
}

function levelIndex(q: number): number {
  const index = (sampleLevels as readonly number[]).indexOf(q);
  if (index < 0) throw new RangeError(`a sample does not tell its quantile ${q}`);
  return index;
}

/** A sample of which a histogram is kept (quantiles within 0.1 %), and its beginning in due order for the correlation. */
export function histogramSample(histogram: Histogram, beginning: Float64Array, failures: number): Sample {
  const { n, mean, stddev, min, max } = histogram;
  const atRank = (rank: number) => (rank < n ? histogram.valueAt(rank) : Number.POSITIVE_INFINITY);
  const quantileOf = (q: number, infinite: number) =>
    n + infinite === 0 ? null : interpolateRank(n + infinite, q, atRank);
  const effective = effectiveOf(n, beginning, { min, max, median: quantileOf(0.5, 0) });
  return { n, values: null, mean, stddev, min, max, ...quantiles(n, effective, failures, quantileOf) };
}

/** A sample whose values all lie within this share of their median tells its quantiles, however they depend on each other. */
const narrow = 0.1;

/**
 * Independent values that a sample is worth (A.4). Dependence widens an interval by a factor: of next to nothing it makes
 * next to nothing, so a narrow sample counts in full. A smooth server would otherwise show no median at all.
 */
function effectiveOf(n: number, series: Float64Array, { min, max, median }: Spread): number {
  const isNarrow = median !== null && max! - min! <= narrow * Math.abs(median);
  return isNarrow ? n : independentCount(n, series);
}

interface Spread {
  readonly min: number | null;
  readonly max: number | null;
  readonly median: number | null;
}

function quantiles(
  n: number,
  effective: number,
  failures: number,
  quantileOf: (q: number, infinite: number) => number | null,
): Pick<Sample, 'effective' | 'failures' | 'quantile' | 'quantileWithFailures' | 'plain'> {
  const guarded = (q: number, infinite: number, worth: number): Quantile => {
    if (n + infinite === 0) return { value: null, reason: 'no_values' };
    if (worth < minimumSample(q)) return { value: null, reason: 'n_too_small' };
    const value = quantileOf(q, infinite)!;
    return Number.isFinite(value) ? { value, reason: null } : { value: null, reason: 'infinite' };
  };
  // Failures are taken to be as correlated as the rest.
  const all = n === 0 ? failures : Math.floor((effective / n) * (n + failures));
  return {
    effective,
    failures,
    quantile: (q) => guarded(q, 0, effective),
    quantileWithFailures: (q) => guarded(q, failures, all),
    plain: (q) => quantileOf(q, 0),
  };
}
