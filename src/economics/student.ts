import { outOfRange, requireWhole } from './range.ts';

/**
 * P(|T| ≤ t) of Student's t with `freedom` degrees, exact for whole degrees (Abramowitz and Stegun 26.7.3 and 26.7.4).
 */
function centralProbability(t: number, freedom: number): number {
  const theta = Math.atan2(t, Math.sqrt(freedom));
  const cosine2 = Math.cos(theta) ** 2;
  const odd = freedom % 2 === 1;
  let term = odd ? Math.cos(theta) : 1;
  let total = 0;
  for (let k = odd ? 1 : 0; k <= freedom - 2; k += 2) {
    total += term;
    term *= (cosine2 * (k + 1)) / (k + 2);
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * total) : Math.sin(theta) * total;
}

/** The t that a two-sided interval of `confidence` reaches: t_{(1+c)/2} with whole `freedom` ≥ 1. By bisection to 1e-13. */
export function studentT(confidence: number, freedom: number): number {
  requireWhole(freedom, 'degrees of freedom', 1);
  if (!(confidence > 0 && confidence < 1)) outOfRange('confidence', 'between 0 and 1', confidence);
  let [low, high] = [0, 1];
  while (centralProbability(high, freedom) < confidence) high *= 2;
  while (high - low > 1e-13 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (centralProbability(middle, freedom) < confidence) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
