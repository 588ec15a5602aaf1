import type { Distribution } from '../random/distribution.ts';
import { type Random, shuffle } from '../random/random.ts';

const block = 64;

/**
 * Lengths drawn by strata: in each block of 64 draws every 64th part of the distribution occurs once, shuffled by seed;
 * the place within the parts moves from block to block (van der Corput), so that the tail is reached as draws go on.
 * Runs of equal length thus see the same multiset of lengths, whatever their seed.
 */
export function* lengths(distribution: Distribution, random: Random): Generator<number, never> {
  const values = new Int32Array(block);
  for (let index = 0; ; index++) {
    const offset = vanDerCorput(index + 1);
    for (let i = 0; i < block; i++) values[i] = distribution.quantile((i + offset) / block);
    yield* shuffle(values, random);
  }
}

/** 1/2, 1/4, 3/4, 1/8, 5/8 …: the digits of n in base 2, mirrored at the point. */
function vanDerCorput(n: number): number {
  let result = 0;
  for (let rest = n, digit = 0.5; rest > 0; rest = Math.floor(rest / 2), digit /= 2)
    if (rest % 2 === 1) result += digit;
  return result;
}
