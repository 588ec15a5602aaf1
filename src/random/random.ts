import { ln } from './elementary.ts';
import { keyBytes, murmur3 } from './hash.ts';
import { normalQuantile } from './normal.ts';

/** A stream of random numbers: a pure function of its seed and name, the same to the last bit on every Node. */
export interface Random {
  /** Uniform in [0, 1), 53 random bits. */
  next(): number;
  /** Uniform over the unsigned 32-bit integers. */
  uint32(): number;
  /** Uniform over 0 … n−1, without bias; n from 1 to 2^53. */
  below(n: number): number;
  /** Standard normal, by inversion: one uniform a value. */
  normal(): number;
  /** Exponential with mean 1, by inversion. */
  exponential(): number;
}

/**
 * One independent stream per dimension: `createRandom(seed, 'arrivals')`, `createRandom(seed, 'input')` …, so that
 * drawing more of one never changes another. The generator is xoshiro128** 1.1 (D. Blackman, S. Vigna), its state
 * four hashes of (seed, stream).
 */
export function createRandom(seed: number, stream: string): Random {
  const key = keyBytes(seed, [stream]);
  let a = murmur3(key, 0x9e3779b9) | 0;
  let b = murmur3(key, 0x243f6a88) | 0;
  let c = murmur3(key, 0xb7e15162) | 0;
  let d = murmur3(key, 0x6a09e667) | 0;
  if ((a | b | c | d) === 0) a = 1; // the one state that the generator never leaves

  const uint32 = (): number => {
    const r = Math.imul(b, 5);
    const result = Math.imul((r << 7) | (r >>> 25), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  const next = (): number => ((uint32() >>> 5) * 0x4000000 + (uint32() >>> 6)) / 0x20000000000000;

  return {
    next,
    uint32,
    below(n) {
      if (!(Number.isSafeInteger(n) && n >= 1)) throw new RangeError(`below(${n}): not a whole number from 1`);
      if (n > 0x100000000) return Math.floor(next() * n);
      const limit = 0x100000000 - (0x100000000 % n);
      let value = uint32();
      while (value >= limit) value = uint32();
      return value % n;
    },
    normal: () => normalQuantile(next() || 2 ** -54), // 0 would be −∞
    exponential: () => 0 - ln(1 - next()),
  };
}

/** An unsigned 32-bit seed out of another seed and any names and numbers: `deriveSeed(seed, 'step', 3)`. */
export function deriveSeed(seed: number, ...parts: (string | number)[]): number {
  return murmur3(keyBytes(seed, parts), 0x85ebca77);
}

/** Shuffles in place (Fisher–Yates) and returns its argument. */
export function shuffle<T extends unknown[] | Int32Array | Float64Array>(values: T, random: Random): T {
  for (let i = values.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = values[i];
    values[i] = values[j];
    values[j] = kept;
  }
  return values;
}
