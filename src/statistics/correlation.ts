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

/** Independent values that n correlated ones are worth: n(1−ρ)/(1+ρ) above ρ = 0.1, else n. Whole, at least 1 of n ≥ 1. */
export function effectiveSize(n: number, rho: number | null): number {
  if (rho === null || rho <= 0.1) return n;
  return Math.min(n, Math.max(1, Math.floor((n * (1 - rho)) / (1 + rho))));
}

/** Variance of the counts per equal interval over their mean: 1 for Poisson arrivals, above for bursts; null without counts. */
export function fano(counts: Iterable<number>): number | null {
  const moments = Moments.of(counts);
  return moments.variance === null || !moments.mean ? null : moments.variance / moments.mean;
}
