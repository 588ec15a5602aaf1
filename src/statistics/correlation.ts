import { lentDoubles } from './lent.ts';
import { Moments } from './moments.ts';

/**
 * Lag-1 autocorrelation Σ(xᵢ−x̄)(xᵢ₊₁−x̄) / Σ(xᵢ−x̄)²; null below three values or without any spread.
 *
 * @param values in order of due time, finite
 */
export function autocorrelation1(values: ArrayLike<number>): number | null {
  if (values.length < 3) return null;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let [products, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const d = values[i]! - mean;
    squares += d * d;
    if (i > 0) products += d * (values[i - 1]! - mean);
  }
  // below rounding there is no spread to correlate
  const floor = values.length * (Number.EPSILON * mean) ** 2;
  return squares > floor ? products / squares : null;
}

/** Products summed at most: a look at a long series stays a matter of milliseconds. */
const mostProducts = 4_000_000;

/**
 * Independent values that n correlated ones are worth, as far as their mean and their quantiles are concerned: n/τ with
 * the integrated autocorrelation time τ = 1 + 2 Σ ρₖ, summed while neighbouring pairs of ρₖ are positive and falling
 * (Geyer 1992, initial monotone sequence). Requests that ran together in convoys of b are worth n/b of them; the shorter
 * n(1−ρ₁)/(1+ρ₁), which holds for a first-order process only, makes that n/(2b−1) and cannot tell a convoy from a drift.
 *
 * A lag-1 ρ of at most 0.1, or one that independent values often show (they scatter by 1/√m), counts as none.
 *
 * @param n all values; whole
 * @param series the values in due order, or their beginning
 * @returns whole, at least 1 of n ≥ 1
 */
export function independentCount(n: number, series: ArrayLike<number>): number {
  const rho = autocorrelation1(series);
  if (rho === null || rho <= Math.max(0.1, 1.645 / Math.sqrt(series.length))) return n;
  return Math.min(n, Math.max(1, Math.floor(n / correlationTime(series, rho))));
}

/** τ of a series with spread; where the sum has not ended after `mostProducts`, no less than a first-order process has. */
function correlationTime(series: ArrayLike<number>, rho: number): number {
  const n = series.length;
  const deviations = lentDoubles('deviations', n);
  deviations.set(series);
  let [mean, squares] = [0, 0];
  for (const value of deviations) mean += value / n;
  for (let i = 0; i < n; i++) {
    deviations[i]! -= mean;
    squares += deviations[i]! ** 2;
  }
  const rhoAt = (lag: number): number => {
    let products = 0;
    for (let i = lag; i < n; i++) products += deviations[i]! * deviations[i - lag]!;
    return products / squares;
  };
  const most = Math.min(Math.floor(n / 2), Math.max(8, Math.floor(mostProducts / n)));
  let pair = 1 + rho;
  let tau = 2 * pair - 1;
  for (let lag = 2; lag + 1 <= most; lag += 2) {
    pair = Math.min(pair, rhoAt(lag) + rhoAt(lag + 1));
    if (pair <= 0) return Math.max(1, tau);
    tau += 2 * pair;
  }
  return Math.max(tau, (1 + rho) / (1 - rho));
}

/** Variance of the counts per equal interval over their mean: 1 for Poisson arrivals, above for bursts; null without counts. */
export function fano(counts: Iterable<number>): number | null {
  const moments = Moments.of(counts);
  return moments.variance === null || !moments.mean ? null : moments.variance / moments.mean;
}
