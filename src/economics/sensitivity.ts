import { mean } from 'simple-statistics';
import { quantileOf, type Uncertain } from './distribution.ts';
import { requireFinite, requireShare, requireSome, requireWhole } from './range.ts';

/** Tornado and Monte Carlo (section 2.16). `evaluate` computes the decision number, normally NPV in USD, from values by id. */
export type Evaluate = (values: Readonly<Record<string, number>>) => number;

export interface TornadoEnd {
  readonly value: number;
  readonly npvUsd: number;
}

export interface TornadoRow {
  readonly id: string;
  readonly low: TornadoEnd;
  readonly high: TornadoEnd;
  /** |NPV(high) − NPV(low)|; rows are sorted by it. */
  readonly swingUsd: number;
  /** An end whose NPV has another sign than the base: this assumption alone turns the decision. */
  readonly flipsSign: boolean;
}

/** One parameter at a time from its low to its high, the others at their base, sorted by swing (TOR-1). */
export function tornado(entries: readonly Uncertain[], evaluate: Evaluate): TornadoRow[] {
  const base = Object.fromEntries(entries.map(({ id, value }) => [id, value]));
  const baseNpv = requireFinite(evaluate(base), 'NPV of the base case');
  return entries
    .map(({ id, low, high }): TornadoRow => {
      const end = (value: number): TornadoEnd => ({
        value,
        npvUsd: requireFinite(evaluate({ ...base, [id]: value }), `NPV at ${id} = ${value}`),
      });
      const ends = [end(low), end(high)] as const;
      const flipsSign = ends.some(({ npvUsd }) => npvUsd >= 0 !== baseNpv >= 0);
      const swingUsd = Math.abs(ends[1].npvUsd - ends[0].npvUsd);
      return { id, low: ends[0], high: ends[1], swingUsd, flipsSign };
    })
    .sort((a, b) => b.swingUsd - a.swingUsd || compare(a.id, b.id));
}

export interface MonteCarlo {
  readonly draws: number;
  readonly shareNpvPositive: number;
  readonly mean: number;
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** Fewer draws than this are not shown (2.16). */
export const leastDraws = 10_000;

/**
 * Monte Carlo (MC-1): for each draw one uniform per parameter in alphabetical order of the ids, also for those that do not
 * spread, values by inverse CDF; percentiles by linear interpolation at (N−1)·p. `random` gives numbers in [0, 1); with
 * `mulberry32(seed)` the same seed gives the same result everywhere (INV-18).
 */
export function monteCarlo(
  entries: readonly Uncertain[],
  evaluate: Evaluate,
  random: () => number,
  draws: number = leastDraws,
): MonteCarlo {
  requireWhole(draws, 'draws', 1);
  const ordered = [...entries].sort((a, b) => compare(a.id, b.id));
  const npvs = new Array<number>(draws);
  for (let draw = 0; draw < draws; draw++) {
    const values: Record<string, number> = {};
    for (const entry of ordered) values[entry.id] = quantileOf(entry, random());
    npvs[draw] = requireFinite(evaluate(values), 'NPV of a draw');
  }
  const positive = npvs.reduce((count, npv) => count + (npv > 0 ? 1 : 0), 0);
  npvs.sort((a, b) => a - b);
  return {
    draws,
    shareNpvPositive: positive / draws,
    mean: mean(npvs),
    p10: percentile(npvs, 0.1),
    p50: percentile(npvs, 0.5),
    p90: percentile(npvs, 0.9),
  };
}

/** Linear interpolation at (N−1)·p of an ascending sample. */
export function percentile(sorted: readonly number[], p: number): number {
  requireSome(sorted, 'a sample');
  const at = (sorted.length - 1) * requireShare(p, 'a percentile');
  const below = sorted[Math.floor(at)]!;
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
}

/** Order by code units: the same in every locale. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The generator that section 2.16 names: 32 bits of state, numbers in [0, 1), bit-exact everywhere. `seed` unsigned 32-bit. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
