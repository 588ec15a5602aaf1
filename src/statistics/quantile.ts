/**
 * Quantile of sorted values, linear on h = (n − 1)q (numpy's default), `infinite` further values of +∞ behind them.
 * +∞ where the upper neighbour is +∞; null when there is nothing.
 *
 * @param sorted ascending, no NaN; may end in +∞ itself
 * @param q 0 … 1
 */
export function quantileSorted(sorted: ArrayLike<number>, q: number, infinite = 0): number | null {
  const n = sorted.length + infinite;
  if (n === 0) return null;
  return interpolateRank(n, q, (i) => (i < sorted.length ? sorted[i]! : Number.POSITIVE_INFINITY));
}

/** The rule above over any way to reach the value of rank i (from 0). */
export function interpolateRank(n: number, q: number, valueAt: (rank: number) => number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile ${q} is not within 0 … 1`);
  const h = (n - 1) * q;
  const nearest = Math.round(h);
  if (Math.abs(h - nearest) <= 4 * Number.EPSILON * n) return valueAt(nearest); // a whole h may come out as 18.999…
  const lower = Math.floor(h);
  const [a, b] = [valueAt(lower), valueAt(lower + 1)];
  if (a === b || b === Number.POSITIVE_INFINITY) return b;
  return a + (b - a) * (h - lower);
}

/** Ascending copy; NaN is a defect of the caller. */
export function sortedCopy(values: ArrayLike<number>): Float64Array {
  return sortedInto(new Float64Array(values.length), values);
}

/** The same in an array that is there already, of the same length. */
export function sortedInto(sorted: Float64Array, values: ArrayLike<number>): Float64Array {
  sorted.set(values);
  sorted.sort();
  if (Number.isNaN(sorted[sorted.length - 1] ?? 0)) throw new RangeError('NaN among the values of a sample');
  return sorted;
}

/** What a two-sided 95 % interval leaves out on either side. */
const tail = 0.025;

/** Least n for which a two-sided 95 % order-statistic interval of the quantile exists: 6, 36, 72, 368, 3688. */
export function minimumSample(q: number): number {
  if (!(q > 0 && q < 1)) throw new RangeError(`quantile ${q} is not within (0, 1)`);
  const p = Math.max(q, 1 - q);
  let n = Math.max(1, Math.floor(Math.log(tail) / Math.log(p)) - 1);
  while (p ** n > tail) n++;
  return n;
}

/**
 * Ranks (from 1) of the order statistics that bound the quantile with 95 % confidence, at most 2.5 % on either side
 * (binomial, distribution-free); null when n is too small for them.
 *
 * @param effective independent values that n correlated ones are worth (`independentCount`): the ranks are found for
 *   them and spread over n, outwards
 */
export function quantileRanks(n: number, q: number, effective = n): { low: number; high: number } | null {
  const m = Math.floor(Math.min(n, effective));
  if (m < minimumSample(q)) return null;
  const ranks = binomialRanks(m, q);
  return { low: Math.max(1, Math.floor((ranks.low * n) / m)), high: Math.min(n, Math.ceil((ranks.high * n) / m)) };
}

/**
 * low: the greatest l with P(B < l) ≤ 2.5 %; high: the least u with P(B ≥ u) ≤ 2.5 %, B ~ Binomial(n, q).
 */
function binomialRanks(n: number, q: number): { low: number; high: number } {
  const { from, weights } = binomialWeights(n, q);
  const limit = tail * weights.reduce((sum, w) => sum + w, 0);
  let low = from;
  for (let sum = weights[0]!; sum <= limit; sum += weights[low - from]!) low++;
  let high = from + weights.length - 1;
  for (let sum = weights[high - from]!; sum <= limit; sum += weights[high - from]!) high--;
  return { low, high: high + 1 };
}

/**
 * P(B = from + i) up to one factor, B ~ Binomial(n, q), by recurrence from the mode out to where it vanishes: O(√n), no
 * factorials.
 */
function binomialWeights(n: number, q: number): { from: number; weights: Float64Array } {
  const odds = q / (1 - q);
  const mode = Math.min(n, Math.floor((n + 1) * q));
  const reach = Math.ceil(12 * Math.sqrt(n * q * (1 - q)) + 40);
  const from = Math.max(0, mode - reach);
  const weights = new Float64Array(Math.min(n, mode + reach) - from + 1);
  weights[mode - from] = 1;
  for (let k = mode; k > from; k--) weights[k - 1 - from] = (weights[k - from]! * k) / ((n - k + 1) * odds);
  for (let k = mode; k < from + weights.length - 1; k++)
    weights[k + 1 - from] = (weights[k - from]! * (n - k) * odds) / (k + 1);
  return { from, weights };
}

/** Error that a decision on one side of a limit may have. */
const oneSided = 0.05;

/**
 * On which side of a limit a quantile lies, where it cannot be printed itself: `below` or `above` where so many of the
 * values on one side would come about with a probability of at most 5 % if it lay on the other (exact binomial,
 * one-sided), null where neither. All below decide a p50 with 5 values, a p90 with 29, a p95 with 59, a p99 with 299.
 *
 * @param below values below the limit, of n
 * @param effective independent values that the n are worth; the share below is rounded against the decision
 */
export function quantileSide(below: number, n: number, q: number, effective = n): 'below' | 'above' | null {
  const m = Math.floor(Math.min(n, effective));
  if (m < 1) return null;
  const { from, weights } = binomialWeights(m, q);
  const limit = oneSided * weights.reduce((sum, w) => sum + w, 0);
  const sum = (first: number, last: number) =>
    weights.subarray(Math.max(0, first - from), Math.max(0, last + 1 - from)).reduce((total, w) => total + w, 0);
  const share = (below / n) * m;
  if (sum(Math.floor(share + 1e-9), m) <= limit) return 'below';
  return sum(0, Math.ceil(share - 1e-9)) <= limit ? 'above' : null;
}

/** Interval of the quantile from the order statistics of a sorted sample; null when n is too small. */
export function quantileInterval(
  sorted: ArrayLike<number>,
  q: number,
  effective: number = sorted.length,
): [number, number] | null {
  const ranks = quantileRanks(sorted.length, q, effective);
  return ranks && [sorted[ranks.low - 1]!, sorted[ranks.high - 1]!];
}
