import { closest } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import { exp, ln } from '../random/elementary.ts';
import { gammaFunction, gammaVariate } from '../random/gamma.ts';
import type { Random } from '../random/random.ts';
import { heldBefore, type Intensity } from './intensity.ts';
import { parseRate } from './rate.ts';

/** A process of arrivals at unit rate: what its gaps look like, whatever their mean. */
export type ArrivalProcess =
  | { readonly kind: 'constant' }
  | { readonly kind: 'poisson' }
  /** Small shapes are bursty, 1 is Poisson. */
  | { readonly kind: 'gamma'; readonly shape: number }
  | { readonly kind: 'weibull'; readonly shape: number };

const kinds = ['poisson', 'constant', 'gamma', 'weibull'];
const allowed = 'poisson, constant, gamma:K, weibull:K';
const [leastShape, mostShape] = [0.05, 1000];

/**
 * Reads `--arrivals`: `poisson`, `constant`, `gamma:K` or `weibull:K` with the shape K.
 *
 * @throws UserError `bad_arrivals`, naming the nearest right word.
 */
export function parseArrivals(text: string): ArrivalProcess {
  const [kind = '', shapeText, ...more] = text.trim().toLowerCase().split(':');
  if (!kinds.includes(kind)) {
    const guess = kind === '' ? '' : ` Did you mean ${closest(kind, kinds)}?`;
    throw new UserError('bad_arrivals', `arrivals ${JSON.stringify(text)} are none of ${allowed}.${guess}`);
  }
  if (kind === 'constant' || kind === 'poisson') {
    if (shapeText === undefined) return { kind };
    throw new UserError('bad_arrivals', `arrivals ${JSON.stringify(text)}: ${kind} takes no shape; write ${kind}`);
  }
  const shape = shapeText?.trim() ? Number(shapeText) : Number.NaN;
  if (more.length > 0 || !(shape >= leastShape && shape <= mostShape))
    throw new UserError(
      'bad_arrivals',
      `arrivals ${JSON.stringify(text)} need a shape from ${leastShape} to ${mostShape}, such as ${kind}:0.5`,
    );
  return kind === 'gamma' ? { kind, shape } : { kind: 'weibull', shape };
}

/**
 * Due times of an open loop, in ms after its start, whole microseconds, non-decreasing, without end unless the rate falls
 * to 0 for good: a pure function of process, rate and the streams of random numbers. Drawn as they are asked for; to be
 * walked once.
 *
 * @param heldS time for which a shape's first rate is held before it begins
 * @param shapeRandom a stream of its own for shapes that are drawn
 * @throws UserError `bad_arrivals`, `bad_rate`
 */
export function arrivals(
  kind: string,
  rate: number | string,
  random: Random,
  heldS = 0,
  shapeRandom: Random = random,
): Iterable<number> {
  const { startPerS, intensity } = parseRate(rate);
  const shape = intensity(shapeRandom);
  return schedule(
    unitPoints(parseArrivals(kind), random),
    heldS > 0 && startPerS > 0 ? heldBefore(startPerS, heldS, shape) : shape,
  );
}

/** Unit-rate points through Λ⁻¹, in ms rounded to whole microseconds. */
export function* schedule(points: Iterable<number>, intensity: Intensity): Generator<number, void, undefined> {
  let last = 0; // a root found by bisection may fall behind the one before by its last digit
  for (const point of points) {
    const ms = Math.round(intensity.secondsAt(point) * 1e6) / 1000;
    if (ms === Infinity) return;
    last = Math.max(last, ms);
    yield last;
  }
}

/** Points of a renewal process with gaps of mean 1: constant from 0 on, the others from their first gap on. */
export function* unitPoints(process: ArrivalProcess, random: Random): Generator<number, void, undefined> {
  if (process.kind === 'constant') for (let i = 0; ; i++) yield i; // by multiplication: no error adds up
  const gap = gapOf(process, random);
  for (let point = gap(); ; point += gap()) yield point;
}

/** Gaps of mean 1; their CV is 1, 1/√k and √(Γ(1+2/k)/Γ(1+1/k)² − 1). */
function gapOf(process: Exclude<ArrivalProcess, { kind: 'constant' }>, random: Random): () => number {
  if (process.kind === 'poisson') return () => random.exponential();
  const { shape } = process;
  if (process.kind === 'gamma') return () => gammaVariate(random, shape) / shape;
  const scale = 1 / gammaFunction(1 + 1 / shape);
  return () => scale * exp(ln(random.exponential()) / shape);
}
