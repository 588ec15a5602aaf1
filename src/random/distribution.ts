import { type Kind, readNotation, refuse } from './notation.ts';
import { type Random, shuffle } from './random.ts';
import { clippedMean, constant, exponential, logNormal, normal, type Shape, uniform } from './shape.ts';

/** A distribution of token counts. Every value is a whole number within [min, max]. */
export interface Distribution {
  /** As it was written, in one spelling: `LN(300,1200)[1,4096]`. */
  readonly text: string;
  /** Mean of what is drawn: clipped and rounded. */
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** The value below which a share u of the draws lies, 0 ≤ u ≤ 1. */
  quantile(u: number): number;
  sample(random: Random): number;
}

/**
 * Share of the draws that a distribution without an upper clip keeps as they come; the longest one in ten thousand
 * are cut to the value there, so that the longest request is known, and can be checked, before anything is sent.
 */
const keptShare = 0.9999;
const mostTokens = 1_000_000_000;

/**
 * Reads a distribution of the contract: `512` or `D(512)`, `U(100,500)` (whole numbers, both ends included),
 * `N(mean,sd)`, `LN(p50,p95)`, `EXP(mean)`, each with an optional clip `[min,max]` that moves what lies outside to its
 * ends (one may be left out: `[500,]`). Where no end is given, N, LN and EXP run from 1 to their 99.99 % point.
 *
 * @throws UserError `bad_distribution` that says what is wrong and shows right ones.
 */
export function parseDistribution(value: string | number): Distribution {
  const { kind, parameters, low, high, text } = readNotation(value);
  const shape = shapes[kind](value, parameters);
  const min = low ?? shape.ends?.[0] ?? 1;
  const max = high ?? shape.ends?.[1] ?? Math.max(min, Math.ceil(shape.quantile(keptShare)));
  if (max > mostTokens) refuse(value, `reaches ${max} tokens, more than any model reads; a clip helps: [1,32000]`);
  if (min > (shape.ends?.[1] ?? max) || max < (shape.ends?.[0] ?? min)) refuse(value, 'has a clip that leaves nothing');
  const quantile = (u: number) => Math.min(max, Math.max(min, Math.round(shape.quantile(u))));
  return {
    text,
    mean: Math.round(clippedMean(shape, min, max) * 1e6) / 1e6, // the sum's own rounding off again
    min,
    max,
    quantile,
    sample: (random) => quantile(random.next()),
  };
}

type Reader = (value: string | number, parameters: readonly number[]) => Shape;
const shapes: Readonly<Record<Kind, Reader>> = {
  D: (_, [tokens]) => constant(tokens!),
  U(value, [low, high]) {
    if (low! > high!) refuse(value, `has its ends the wrong way round: U(${high},${low})`);
    return uniform(low!, high!);
  },
  N: (_, [mean, sd]) => normal(mean!, sd!),
  LN(value, [p50, p95]) {
    if (p50! <= 0) refuse(value, 'needs a median above 0');
    if (p95! < p50!) refuse(value, `has a p95 (${p95}) below its median (${p50}); the median comes first`);
    return logNormal(p50!, p95!);
  },
  EXP(value, [mean]) {
    if (mean! <= 0) refuse(value, 'needs a mean above 0');
    return exponential(mean!);
  },
};

/**
 * `count` values, one from the middle of each of `count` equal shares of the distribution, in an order of chance: every
 * seed gives the same multiset, so runs differ in order only and their totals are equal.
 */
export function stratified(distribution: Distribution, count: number, random: Random): Int32Array {
  const values = new Int32Array(count);
  for (let i = 0; i < count; i++) values[i] = distribution.quantile((i + 0.5) / count);
  return shuffle(values, random);
}
