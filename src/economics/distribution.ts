import { normalQuantile, z95 } from './normal.ts';
import { outOfRange, requireFinite } from './range.ts';

/** Spread of an assumption between its low and high (section 12). */
export type Spread = 'none' | 'triangular' | 'pert' | 'lognormal' | 'normal' | 'discrete';

export interface Uncertain {
  /** Stable dotted id; draws go in alphabetical order of it. */
  readonly id: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly spread: Spread;
}

/**
 * The value at cumulative probability `u` in [0, 1): inverse CDF. triangular and pert(4) end at low and high with mode `value`;
 * normal and lognormal have low and high as 5th and 95th percentile; discrete is low, value or high with a third each.
 */
export function quantileOf(entry: Uncertain, u: number): number {
  const { id, value, low, high, spread } = entry;
  for (const end of [value, low, high]) requireFinite(end, id);
  if (!(low <= value && value <= high)) outOfRange(id, `between its low ${low} and its high ${high}`, value);
  if (!(u >= 0 && u < 1)) outOfRange('a uniform draw', 'in [0, 1)', u);
  if (spread === 'none' || low === high) return value;
  if (spread === 'triangular') return triangular(low, value, high, u);
  if (spread === 'discrete') return u < 1 / 3 ? low : u < 2 / 3 ? value : high;
  if (spread === 'pert') return low + (high - low) * betaQuantile(pertShape(low, value, high), u);
  // A draw of exactly 0 would be minus infinity; the least positive draw of a 32-bit generator is 2^-32.
  const z = normalQuantile(Math.max(u, 2 ** -33));
  if (spread === 'normal') return value + (z * (high - low)) / (2 * z95);
  if (!(low > 0)) outOfRange(`low of ${id}`, 'greater than zero for a lognormal spread', low);
  return value * Math.exp((z * Math.log(high / low)) / (2 * z95));
}

/** a + √(u·(b−a)·(c−a)) below the mode c, b − √((1−u)·(b−a)·(b−c)) above. */
export function triangular(a: number, c: number, b: number, u: number): number {
  const below = (c - a) / (b - a);
  return u < below ? a + Math.sqrt(u * (b - a) * (c - a)) : b - Math.sqrt((1 - u) * (b - a) * (b - c));
}

/** Exponents of the PERT beta density x^p·(1−x)^q: p = 4·(c−a)/(b−a), q = 4 − p. */
function pertShape(a: number, c: number, b: number): readonly [number, number] {
  const p = (4 * (c - a)) / (b - a);
  return [p, 4 - p];
}

/** Inverse of the beta CDF with density ∝ x^p·(1−x)^q, p + q = 4, by bisection over Simpson's rule; good to 1e-6. */
function betaQuantile([p, q]: readonly [number, number], u: number): number {
  const table = betaTable(p, q);
  const cells = table.length - 1;
  let [low, high] = [0, cells];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (table[middle]! <= u) low = middle;
    else high = middle;
  }
  const width = table[high]! - table[low]!;
  return (low + (width > 0 ? (u - table[low]!) / width : 0)) / cells;
}

const tables = new Map<string, Float64Array>();
function betaTable(p: number, q: number): Float64Array {
  const key = `${p} ${q}`;
  const kept = tables.get(key);
  if (kept) return kept;
  const cells = 4096;
  const density = (x: number) => x ** p * (1 - x) ** q;
  const table = new Float64Array(cells + 1);
  for (let i = 1; i <= cells; i++) {
    const [a, b] = [(i - 1) / cells, i / cells];
    table[i] = table[i - 1]! + (density(a) + 4 * density((a + b) / 2) + density(b)) / (6 * cells);
  }
  const total = table[cells]!;
  const normal = table.map((value) => value / total);
  if (tables.size > 256) tables.clear();
  tables.set(key, normal);
  return normal;
}
