import { exp, ln } from './elementary.ts';
import type { Random } from './random.ts';

/** Γ(x) for x > 0 by Lanczos' approximation (g = 7, nine terms), relative error about 1e-15. */
export function gammaFunction(x: number): number {
  if (x < 0.5) return gammaFunction(x + 1) / x;
  let sum = lanczos[0]!;
  for (let i = 1; i < lanczos.length; i++) sum += lanczos[i]! / (x - 1 + i);
  const t = x + 6.5;
  return 2.5066282746310002 * exp((x - 0.5) * ln(t) - t) * sum;
}

const lanczos = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 0.000009984369578019572, 1.5056327351493116e-7,
];

/**
 * A gamma variate with the given shape and scale 1: G. Marsaglia and W. Tsang, "A simple method for generating gamma
 * variables" (2000), and their U^(1/k) step below shape 1.
 */
export function gammaVariate(random: Random, shape: number): number {
  if (shape < 1) return gammaVariate(random, shape + 1) * exp(-random.exponential() / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const root = 1 + c * x;
    const v = root * root * root;
    if (v > 0 && random.exponential() > d * (v - 1 - ln(v)) - (x * x) / 2) return d * v;
  }
}
