import { exp, ln } from './elementary.ts';
import { normalCdf, normalDensity, normalQuantile } from './normal.ts';

/** A distribution before it is clipped and rounded: x real, u in [0, 1]. */
export interface Shape {
  /** Whole numbers that it cannot leave; null where it has no end of its own. */
  readonly ends: readonly [number, number] | null;
  quantile(u: number): number;
  /** P(X ≥ x). */
  survival(x: number): number;
  /** ∫ P(X ≥ x) dx from a to b: how much the mean grows when the upper clip moves from a to b. */
  survivalBetween(a: number, b: number): number;
}

export function constant(value: number): Shape {
  return {
    ends: [value, value],
    quantile: () => value,
    survival: (x) => (x <= value ? 1 : 0),
    survivalBetween: (a, b) => Math.max(0, Math.min(b, value) - a),
  };
}

/** Whole numbers low … high with equal shares: a continuous uniform over half a token more on either side. */
export function uniform(low: number, high: number): Shape {
  const from = low - 0.5;
  const width = high - low + 1;
  const survival = (x: number) => Math.min(1, Math.max(0, (from + width - x) / width));
  return {
    ends: [low, high],
    quantile: (u) => from + u * width,
    survival,
    survivalBetween(a, b) {
      const [c, d] = [Math.max(a, from), Math.min(b, from + width)];
      const inside = d > c ? ((survival(c) + survival(d)) / 2) * (d - c) : 0;
      return inside + Math.max(0, Math.min(b, from) - a);
    },
  };
}

export function normal(mean: number, sd: number): Shape {
  if (sd === 0) return constant(mean);
  const z = (x: number) => (x - mean) / sd;
  const excess = (x: number) => sd * (normalDensity(z(x)) - z(x) * normalCdf(-z(x))); // E[(X − x)+]
  return {
    ends: null,
    quantile: (u) => mean + sd * normalQuantile(u),
    survival: (x) => normalCdf(-z(x)),
    survivalBetween: (a, b) => excess(a) - excess(b),
  };
}

/** Given by its median and 95th percentile, as lengths and latencies are known: sigma = ln(p95/p50) / z(0.95). */
export function logNormal(p50: number, p95: number): Shape {
  const sigma = ln(p95 / p50) / 1.6448536269514722;
  if (sigma === 0) return constant(p50);
  const z = (x: number) => (ln(x) - ln(p50)) / sigma;
  const survival = (x: number) => (x <= 0 ? 1 : normalCdf(-z(x)));
  return {
    ends: null,
    quantile: (u) => p50 * exp(sigma * normalQuantile(u)),
    survival,
    survivalBetween(a, b) {
      const partial = normalCdf(z(b) - sigma) - (a <= 0 ? 0 : normalCdf(z(a) - sigma));
      return p50 * exp((sigma * sigma) / 2) * partial + b * survival(b) - a * survival(a);
    },
  };
}

export function exponential(mean: number): Shape {
  const survival = (x: number) => (x <= 0 ? 1 : exp(-x / mean));
  return {
    ends: null,
    quantile: (u) => 0 - mean * ln(1 - u),
    survival,
    survivalBetween: (a, b) => mean * (survival(a) - survival(b)) + Math.max(0, Math.min(b, 0) - a),
  };
}

/** Terms that are added one token at a time; beyond them a step is small against the shape. */
const exactTerms = 20_000;

/**
 * Mean of round(X) after X was clipped to whole [low, high]: low + Σ P(X ≥ k − ½), k = low+1 … high. The sum is exact
 * over the first 20,000 tokens that matter and the integral of the same function beyond.
 */
export function clippedMean(shape: Shape, low: number, high: number): number {
  const start = Math.min(high, Math.max(low, Math.floor(shape.quantile(1e-15))));
  const exactTo = Math.min(high, start + exactTerms);
  let mean = start;
  for (let k = start + 1; k <= exactTo; k++) mean += shape.survival(k - 0.5);
  return exactTo < high ? mean + shape.survivalBetween(exactTo, high) : mean;
}
