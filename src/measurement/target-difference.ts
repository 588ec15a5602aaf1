import { Moments } from '../statistics/moments.ts';
import { tQuantile } from '../statistics/student.ts';
import type { StepSummary } from './summary.ts';

/** What is held against each other, by the names of the comparison's rows. */
export const comparedMeasures = ['ttftP50Ms', 'tpotP50Ms', 'outputTokensPerS', 'outputCharsPerS'] as const;
export type ComparedMeasure = (typeof comparedMeasures)[number];
export type MeasuredStep = Readonly<Record<ComparedMeasure, number | null>> & Pick<StepSummary, 'repeat'>;

/** How one target differs from another at one load in one measure. */
export interface Difference {
  readonly measure: ComparedMeasure;
  readonly base: string;
  readonly other: string;
  /** Repeats in which both were measured. */
  readonly repeats: number;
  /** Mean of other over mean of base, less 1; null where one of them is unknown. */
  readonly share: number | null;
  /** 95 % interval of `share`, for all pairs of a load and measure together; null below three repeats. */
  readonly interval: readonly [number, number] | null;
  readonly state: 'higher' | 'lower' | 'within_noise' | 'unknown';
}

/** Repeats that an interval needs (measurement reference, A.4, between runs). */
const leastRepeats = 3;
/** A difference below it is not claimed: repeats share server start, placement and warmth, which no spread of theirs shows. */
const leastShare = 0.01;

/**
 * Every pair of targets at one load. Each repeat is a block in which every target was measured once, in an order of chance,
 * so that the differences within blocks are free of what drifts between them: d̄ ± t(1 − 0.025/m, r − 1)·s/√r over r
 * blocks, with m pairs compared at once (Bonferroni). A difference is told only if that interval leaves out 0 and the
 * difference is at least 1 %.
 */
export function differencesOf(
  sides: readonly { readonly label: string; readonly steps: readonly MeasuredStep[] }[],
): Difference[] {
  const pairs = sides.flatMap((base, at) => sides.slice(at + 1).map((other) => ({ base, other })));
  return comparedMeasures.flatMap((measure) =>
    pairs.map(({ base, other }) => {
      const both = base.steps.flatMap((step) => {
        const [a, b] = [step[measure], other.steps.find(({ repeat }) => repeat === step.repeat)?.[measure] ?? null];
        return a === null || b === null ? [] : [{ a, b }];
      });
      return { measure, base: base.label, other: other.label, repeats: both.length, ...judged(both, pairs.length) };
    }),
  );
}

function judged(
  both: readonly { readonly a: number; readonly b: number }[],
  pairs: number,
): Pick<Difference, 'share' | 'interval' | 'state'> {
  const base = Moments.of(both.map(({ a }) => a)).mean;
  if (base === null || base <= 0) return { share: null, interval: null, state: 'unknown' };
  const differences = Moments.of(both.map(({ a, b }) => b - a));
  const share = rounded(differences.mean! / base);
  if (both.length < leastRepeats) return { share, interval: null, state: 'unknown' };
  const half = (tQuantile(1 - 0.025 / pairs, both.length - 1) * differences.stddev!) / Math.sqrt(both.length) / base;
  const interval = [rounded(share - half), rounded(share + half)] as const;
  if (Math.abs(share) < leastShare || (interval[0] <= 0 && interval[1] >= 0))
    return { share, interval, state: 'within_noise' };
  return { share, interval, state: share > 0 ? 'higher' : 'lower' };
}

const rounded = (value: number) => Number(value.toPrecision(12));
