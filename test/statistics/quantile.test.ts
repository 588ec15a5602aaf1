import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random/random.ts';
import {
  minimumSample,
  quantileInterval,
  quantileRanks,
  quantileSide,
  quantileSorted,
  sortedCopy,
} from '../../src/statistics/quantile.ts';

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

it('is linear on (n − 1)q', () => {
  expect(quantileSorted([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantileSorted([1, 2, 3, 4], 0.9)).toBeCloseTo(3.7, 12);
  expect(quantileSorted([7], 0.99)).toBe(7);
  expect(quantileSorted([1, 2], 0)).toBe(1);
  expect(quantileSorted([1, 2], 1)).toBe(2);
  expect(quantileSorted([], 0.5)).toBeNull();
  expect(() => quantileSorted([1], 1.1)).toThrow(RangeError);
  expect(quantileSorted([20, 25, 50], 0.9)).toBeCloseTo(45, 12); // golden case 48
});

it('keeps failures as +∞: golden case 46', () => {
  const ok = upTo(97);
  expect(quantileSorted(ok, 0.5, 3)).toBe(50.5);
  expect(quantileSorted(ok, 0.95, 3)).toBeCloseTo(95.05, 10);
  expect(quantileSorted(ok, 0.97, 3)).toBe(Number.POSITIVE_INFINITY);
  expect(quantileSorted([...ok, Infinity, Infinity, Infinity], 0.97)).toBe(Number.POSITIVE_INFINITY);
  expect(quantileSorted([], 0.5, 3)).toBe(Number.POSITIVE_INFINITY);
});

it('takes a whole rank as it is, even beside +∞ and through rounding', () => {
  expect(quantileSorted([1, 2, Infinity], 0.5)).toBe(2);
  // (n − 1)q comes out a hair off the whole number
  for (const n of [21, 41, 101, 201, 1001, 100_001])
    for (const q of [0.05, 0.1, 0.15, 0.35, 0.55, 0.7, 0.9, 0.95, 0.99]) {
      const rank = Math.round((n - 1) * q);
      if (Math.abs((n - 1) * q - rank) < 1e-6) expect(quantileSorted(upTo(rank + 1), q, n - rank - 1)).toBe(rank + 1);
    }
});

it('lies between the extremes and never falls as q rises', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, q1, q2) => {
        const sorted = sortedCopy(values);
        const [a, b] = [quantileSorted(sorted, Math.min(q1, q2))!, quantileSorted(sorted, Math.max(q1, q2))!];
        return a >= sorted[0]! && b <= sorted.at(-1)! && a <= b + 1e-6;
      },
    ),
    { seed: 1 },
  );
});

it('refuses NaN in a sample', () => {
  expect(() => sortedCopy([1, Number.NaN])).toThrow(RangeError);
});

it('needs 6, 36, 72, 368 and 3,688 values', () => {
  expect([0.5, 0.9, 0.95, 0.99, 0.999].map(minimumSample)).toEqual([6, 36, 72, 368, 3688]);
  expect(minimumSample(0.01)).toBe(368);
  for (const q of [0.5, 0.9, 0.95, 0.99, 0.999]) {
    expect(quantileRanks(minimumSample(q) - 1, q)).toBeNull();
    expect(quantileRanks(minimumSample(q), q)).toMatchObject({ high: minimumSample(q) });
  }
});

it('finds the ranks of the reference', () => {
  expect(quantileRanks(1000, 0.99)).toEqual({ low: 983, high: 997 });
  expect(quantileRanks(500, 0.99)).toEqual({ low: 490, high: 500 });
  expect(quantileRanks(100, 0.9)).toEqual({ low: 84, high: 96 });
  expect(quantileRanks(6, 0.5)).toEqual({ low: 1, high: 6 });
});

it('holds at least 95 % and no rank to spare, by the binomial itself', () => {
  for (const [n, q] of [
    [40, 0.5],
    [100, 0.9],
    [200, 0.95],
    [600, 0.99],
  ] as const) {
    const pmf: number[] = []; // in logarithms: 0.01^600 is too small for a number
    for (let k = 0, log = n * Math.log(1 - q); k <= n; log += Math.log(((n - k) * q) / ((k + 1) * (1 - q))), k++)
      pmf.push(Math.exp(log));
    const below = (k: number) => pmf.slice(0, k).reduce((a, b) => a + b, 0); // P(B < k)
    const { low, high } = quantileRanks(n, q)!;
    expect(below(low)).toBeLessThanOrEqual(0.025);
    expect(below(low + 1)).toBeGreaterThan(0.025);
    expect(1 - below(high)).toBeLessThanOrEqual(0.025);
    expect(1 - below(high - 1)).toBeGreaterThan(0.025);
  }
});

it('widens with the correlation and stays within the sample', () => {
  const plain = quantileRanks(1000, 0.5)!;
  const wide = quantileRanks(1000, 0.5, 100)!;
  expect(wide.low).toBeLessThan(plain.low);
  expect(wide.high).toBeGreaterThan(plain.high);
  expect(quantileRanks(1000, 0.99, 367)).toBeNull();
  expect(quantileRanks(1000, 0.99, 368)).toMatchObject({ high: 1000 });
  expect(quantileRanks(10_000_000, 0.5)).toEqual({ low: 4_996_901, high: 5_003_100 });
  expect(quantileInterval(upTo(1000), 0.99)).toEqual([983, 997]);
  expect(quantileInterval(upTo(300), 0.99)).toBeNull();
});

describe('the side of a limit on which a quantile lies', () => {
  it('is below with all of 5, 29, 59, 299 values below, and open with one value fewer', () => {
    for (const [q, n] of [
      [0.5, 5],
      [0.9, 29],
      [0.95, 59],
      [0.99, 299],
    ] as const) {
      expect(quantileSide(n, n, q)).toBe('below');
      expect(quantileSide(n - 1, n - 1, q)).toBeNull();
    }
  });

  it('is above where more lie above than its share allows by chance', () => {
    expect(quantileSide(0, 1, 0.99)).toBe('above'); // 1 % of the time
    expect(quantileSide(9, 10, 0.99)).toBeNull(); // 9.6 %
    expect(quantileSide(8, 10, 0.99)).toBe('above'); // 0.4 %
    expect(quantileSide(0, 4, 0.5)).toBeNull(); // 6.25 %
    expect(quantileSide(0, 5, 0.5)).toBe('above');
  });

  it('counts correlated values as what they are worth, rounded against the decision', () => {
    expect(quantileSide(40, 40, 0.5, 4)).toBeNull();
    expect(quantileSide(40, 40, 0.5, 5)).toBe('below');
    expect(quantileSide(39, 40, 0.5, 5)).toBeNull();
    expect(quantileSide(7, 7, 0.5, 0)).toBeNull();
  });

  it('errs in at most 5 % of samples whose quantile is the limit itself', () => {
    const random = createRandom(5, 'side');
    const wrong = { below: 0, above: 0 };
    for (let run = 0; run < 4_000; run++) {
      let below = 0;
      for (let i = 0; i < 70; i++) if (random.next() < 0.9) below++;
      const side = quantileSide(below, 70, 0.9);
      if (side !== null) wrong[side]++;
    }
    expect(wrong.below / 4_000).toBeLessThan(0.06);
    expect(wrong.above / 4_000).toBeLessThan(0.06);
  });
});
