import { autocorrelation1 } from './correlation.ts';
import { Moments } from './moments.ts';
import { tQuantile } from './student.ts';

export interface MeanInterval {
  readonly mean: number;
  /** Two-sided 95 %. */
  readonly interval: [number, number];
}

/** x̄ ± t(0.975, n−1)·s/√n of independent values, such as the results of repeats; null below two. */
export function tInterval(values: ArrayLike<number>): MeanInterval | null {
  const moments = Moments.of(Array.from(values));
  if (moments.n < 2) return null;
  const mean = moments.mean!;
  const half = (tQuantile(0.975, moments.n - 1) * moments.stddev!) / Math.sqrt(moments.n);
  return { mean, interval: [mean - half, mean + half] };
}

const leastSlices = 20;
/** With fewer batches the autocorrelation of the batches says nothing, and t is wide. */
const leastBatches = 6;
const independentRho = 0.2;

/**
 * Mean of a rate over equal consecutive slices with an interval that holds for correlated slices: neighbours are merged,
 * 2, 3, 4 … at a time, until the lag-1 autocorrelation of the batches is below 0.2; then a t interval over the batches.
 * Slices that fill no whole batch are left out at the start, where a warm-up lingers, of the interval's width only.
 *
 * @param slices at least 20, each at least five times the median e2e for the result to mean anything
 * @returns null with fewer slices, or when the batches stay correlated down to six of them
 */
export function batchMeans(slices: ArrayLike<number>): (MeanInterval & { readonly batches: number }) | null {
  if (slices.length < leastSlices) return null;
  const mean = Moments.of(Array.from(slices)).mean!;
  for (let size = 1; Math.floor(slices.length / size) >= leastBatches; size++) {
    const batches = merged(slices, size);
    if ((autocorrelation1(batches) ?? 0) >= independentRho) continue;
    const { interval } = tInterval(batches)!;
    const half = (interval[1] - interval[0]) / 2;
    return { mean, interval: [mean - half, mean + half], batches: batches.length };
  }
  return null;
}

function merged(slices: ArrayLike<number>, size: number): Float64Array {
  const batches = new Float64Array(Math.floor(slices.length / size));
  const skipped = slices.length % size;
  for (let i = 0; i < batches.length * size; i++) batches[Math.floor(i / size)]! += slices[skipped + i]! / size;
  return batches;
}

/** Normal deviate of 5 %, which a bound may be wrong in. */
const deviate = 1.645;

/**
 * How far a quantile can lie from the mean of a sample that is worth only a few independent values, as one-sided bounds:
 * Cantelli's inequality μ − σ√((1−q)/q) ≤ x_q ≤ μ + σ√(q/(1−q)), which holds for any distribution, with μ at the edge of
 * its 95 % t interval and σ at the upper edge of its χ² interval (Wilson and Hilferty). Wide; good for telling limits that
 * are far away.
 *
 * @param effective independent values, see `independentCount`
 * @returns null below three
 */
export function quantileBounds(
  { mean, stddev }: { readonly mean: number; readonly stddev: number },
  q: number,
  effective: number,
): { low: number; high: number } | null {
  const m = Math.floor(effective);
  if (m < 3) return null;
  const k = m - 1;
  const chiSquared = k * (1 - 2 / (9 * k) - deviate * Math.sqrt(2 / (9 * k))) ** 3;
  const sigma = stddev * Math.sqrt(k / chiSquared);
  const ofMean = (tQuantile(0.95, k) / Math.sqrt(m)) * sigma;
  return {
    low: mean - ofMean - sigma * Math.sqrt((1 - q) / q),
    high: mean + ofMean + sigma * Math.sqrt(q / (1 - q)),
  };
}
