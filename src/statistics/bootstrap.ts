import { lentDoubles, lentIntegers } from './lent.ts';
import { interpolateRank, quantileSorted, sortedInto } from './quantile.ts';

export interface BootstrapOptions {
  /** Length of a block in values: `blockLength` for latencies in due order. */
  readonly block: number;
  readonly draws: number;
  /** Source of the blocks' starts; `below(n)` uniform over 0 … n−1. */
  readonly random: { below(n: number): number };
}

/** ⌈n^⅓⌉, but no fewer than were in flight together, since they share their fate. */
export function blockLength(n: number, meanConcurrency: number): number {
  const root = Math.round(Math.cbrt(n)); // cbrt(1000) may be 10.000…2
  return Math.max(root ** 3 >= n ? root : root + 1, Math.ceil(meanConcurrency), 1);
}

/** Fewer blocks than these say nothing of the spread between them. */
const leastBlocks = 4;
/** Blocks drawn in all (80 MB of starts): very long series of short blocks get fewer draws, down to 200. */
const mostStarts = 20_000_000;

/**
 * 95 % percentile interval of a quantile (or the mean) of a correlated series by the moving-block bootstrap: n values
 * out of whole blocks of neighbours, `draws` times. Null when fewer than four blocks fit into the series, and for the
 * mean of values that are not all finite.
 *
 * @param values in due order; +∞ is allowed, NaN is not
 */
export function blockBootstrap(
  values: ArrayLike<number>,
  q: number | 'mean',
  options: BootstrapOptions,
): [number, number] | null {
  return blockBootstraps(values, [q], options)[0]!;
}

/** Several statistics of the same draws: the series is sorted once. */
export function blockBootstraps(
  values: ArrayLike<number>,
  statistics: readonly (number | 'mean')[],
  options: BootstrapOptions,
): ([number, number] | null)[] {
  const n = values.length;
  const block = Math.max(1, Math.floor(options.block));
  if (Math.floor(n / block) < leastBlocks) return statistics.map(() => null);
  const plan = drawBlocks(n, block, options);
  const ranked = rank(values);
  return statistics.map((statistic) => {
    if (statistic === 'mean' && !Number.isFinite(ranked.sorted[n - 1])) return null;
    const estimates = statistic === 'mean' ? bootstrapMean(values, plan) : bootstrapQuantile(ranked, statistic, plan);
    estimates.sort();
    return [quantileSorted(estimates, 0.025)!, quantileSorted(estimates, 0.975)!];
  });
}

/** Starts of the blocks of every draw, row by row; the last block of a draw is cut so that n values come together. */
interface Plan {
  readonly n: number;
  readonly block: number;
  readonly blocks: number;
  readonly draws: number;
  readonly starts: Uint32Array;
}

function drawBlocks(n: number, block: number, { draws: wanted, random }: BootstrapOptions): Plan {
  const blocks = Math.ceil(n / block);
  const draws = Math.min(wanted, Math.max(200, Math.floor(mostStarts / blocks)));
  const starts = new Uint32Array(draws * blocks);
  for (let i = 0; i < starts.length; i++) starts[i] = random.below(n - block + 1);
  return { n, block, blocks, draws, starts };
}

function bootstrapMean(values: ArrayLike<number>, plan: Plan): Float64Array {
  const sums = lentDoubles('sums', plan.n + 1);
  for (let i = 0; i < plan.n; i++) sums[i + 1] = sums[i]! + values[i]!;
  const last = plan.n - (plan.blocks - 1) * plan.block;
  return Float64Array.from({ length: plan.draws }, (_, draw) => {
    let sum = 0;
    for (let b = 0; b < plan.blocks; b++) {
      const start = plan.starts[draw * plan.blocks + b]!;
      sum += sums[start + (b === plan.blocks - 1 ? last : plan.block)]! - sums[start]!;
    }
    return sum / plan.n;
  });
}

interface Ranked {
  readonly sorted: Float64Array;
  /** Rank of each value of the series. */
  readonly ranks: Uint32Array;
}

/** Equal values are ranked in the order of the series. Sorting numbers and searching them is far faster than sorting places. */
function rank(values: ArrayLike<number>): Ranked {
  const n = values.length;
  const sorted = sortedInto(lentDoubles('ranked', n), values);
  const ranks = lentIntegers('ranks', n);
  const passed = lentIntegers('passed', n);
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    let [low, high] = [0, n - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    ranks[i] = low + passed[low]!++;
  }
  return { sorted, ranks };
}

/**
 * The quantile of every draw without sorting any: only values of a band of ranks around it are looked at one by one;
 * how many lie below the band is a difference of two running counts a block. A draw that leaves the band (which six
 * of its widest standard deviations make rare) is done again over all ranks.
 */
function bootstrapQuantile(ranked: Ranked, q: number, plan: Plan): Float64Array {
  const { n, block } = plan;
  const reach = Math.ceil(6 * Math.sqrt(n * block * q * (1 - q))) + 10;
  const centre = Math.floor((n - 1) * q);
  const narrow = new Band(ranked, Math.max(0, centre - reach), Math.min(n, centre + reach + 2), 'narrow');
  let whole: Band | null = null;
  return Float64Array.from({ length: plan.draws }, (_, draw) => {
    const found = narrow.quantile(q, plan, draw);
    if (found !== null) return found;
    whole ??= new Band(ranked, 0, n, 'whole');
    return whole.quantile(q, plan, draw)!;
  });
}

/** Values whose rank lies in [from, to). */
class Band {
  readonly #ranked: Ranked;
  readonly #from: number;
  /** Values of the series before position i whose rank is below the band; length n + 1. */
  readonly #below: Uint32Array;
  /** Values of the series before position i within the band; length n + 1. */
  readonly #before: Uint32Array;
  /** Ranks within the band, less `from`, in order of the series. */
  readonly #within: Uint32Array;
  readonly #counts: Uint32Array;

  constructor(ranked: Ranked, from: number, to: number, name: 'narrow' | 'whole') {
    const n = ranked.ranks.length;
    this.#ranked = ranked;
    this.#from = from;
    this.#below = lentIntegers(`${name} below`, n + 1);
    this.#before = lentIntegers(`${name} before`, n + 1);
    this.#within = new Uint32Array(to - from);
    this.#counts = new Uint32Array(to - from);
    for (let i = 0; i < n; i++) {
      const r = ranked.ranks[i]!;
      this.#below[i + 1] = this.#below[i]! + (r < from ? 1 : 0);
      this.#before[i + 1] = this.#before[i]!;
      if (r >= from && r < to) this.#within[this.#before[i + 1]!++] = r - from;
    }
  }

  /** Null when the draw's quantile lies outside the band. */
  quantile(q: number, plan: Plan, draw: number): number | null {
    const below = this.#count(plan, draw);
    return this.#pick(q, plan.n, below);
  }

  /** Fills the counts of the band's ranks and returns how many values lie below it. */
  #count({ n, block, blocks, starts }: Plan, draw: number): number {
    const [below, before, within, counts] = [this.#below, this.#before, this.#within, this.#counts];
    counts.fill(0);
    let passed = 0;
    let left = n;
    for (let b = draw * blocks; b < (draw + 1) * blocks; b++) {
      const start = starts[b]!;
      const end = start + Math.min(block, left);
      left -= end - start;
      passed += below[end]! - below[start]!;
      for (let i = before[start]!; i < before[end]!; i++) counts[within[i]!]!++;
    }
    return passed;
  }

  #pick(q: number, n: number, below: number): number | null {
    let rank = -1;
    let passed = below; // drawn values up to and including `rank`
    let outside = false;
    const value = interpolateRank(n, q, (wanted) => {
      while (passed <= wanted && rank + 1 < this.#counts.length) passed += this.#counts[++rank]!;
      outside ||= wanted < below || passed <= wanted;
      return outside ? 0 : this.#ranked.sorted[this.#from + rank]!;
    });
    return outside ? null : value;
  }
}
