import { gammaln } from 'simple-statistics';

/** Distribution function of Student's t, by the regularised incomplete beta function. */
export function tCdf(t: number, df: number): number {
  if (!(df > 0)) throw new RangeError(`t distribution with ${df} degrees of freedom`);
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0;
  const square = t * t;
  // the smaller argument converges and keeps its digits
  const outside = square < df ? 1 - betaI(square / (df + square), 0.5, df / 2) : betaI(df / (df + square), df / 2, 0.5);
  return t > 0 ? 1 - outside / 2 : outside / 2;
}

/** Quantile of Student's t with df ≥ 1 degrees of freedom: t(0.975, 9) = 2.262. Bisection to the last bits. */
export function tQuantile(p: number, df: number): number {
  if (!(df >= 1)) throw new RangeError(`t distribution with ${df} degrees of freedom`);
  if (!(p > 0 && p < 1)) throw new RangeError(`t quantile at ${p}`);
  if (p === 0.5) return 0;
  const upper = Math.min(p, 1 - p);
  if (df === 1) return Math.sign(p - 0.5) / Math.tan(Math.PI * upper);
  let [low, high] = [0, 1];
  while (1 - tCdf(high, df) > upper) high *= 2;
  for (let i = 0; i < 200 && high - low > 4 * Number.EPSILON * high; i++) {
    const middle = (low + high) / 2;
    if (tCdf(-middle, df) > upper) low = middle;
    else high = middle;
  }
  return Math.sign(p - 0.5) * ((low + high) / 2);
}

/** Regularised incomplete beta Iₓ(a, b) by its continued fraction (modified Lentz). */
function betaI(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaI(1 - x, b, a);
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d, tiny);
    c = awayFromZero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d, tiny);
    c = awayFromZero(1 + odd / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * fraction;
}

const awayFromZero = (x: number, tiny: number) => (Math.abs(x) < tiny ? tiny : x);
