import { describe, expect, it } from 'vitest';
import type { Spread } from '../../src/economics/distribution.ts';
import { monteCarlo, mulberry32, percentile, tornado } from '../../src/economics/sensitivity.ts';

const entry = (spread: Spread, value = 2, low = 1, high = 5) => ({ id: 'x', value, low, high, spread });

describe('sensitivity', () => {
  const entries = [entry('triangular'), { ...entry('triangular', 10, 0, 11), id: 'a' }];
  const worth = (v: Readonly<Record<string, number>>) => v['a']! - v['x']! ** 2;

  it('marks the assumptions that turn the sign', () => {
    expect(tornado(entries, worth).map(({ id, flipsSign, swingUsd }) => [id, flipsSign, swingUsd])).toEqual([
      ['x', true, 24],
      ['a', true, 11],
    ]);
    expect(tornado([entry('none', 2, 1, 3)], (v) => 10 - v['x']!)[0]!.flipsSign).toBe(false);
  });

  it('draws in alphabetical order of ids, whatever the order of the entries', () => {
    const [a, b] = [
      monteCarlo(entries, worth, mulberry32(1), 200),
      monteCarlo(entries.toReversed(), worth, mulberry32(1), 200),
    ];
    expect(a).toEqual(b);
    expect(a.p10).toBeLessThan(a.p50);
  });

  it('interpolates percentiles at (N−1)·p', () => {
    expect(percentile([10, 20, 40], 0.75)).toBe(30);
    expect(percentile([5], 0.9)).toBe(5);
  });

  it('does not let a number that is none travel on', () => {
    expect(() => monteCarlo(entries, () => Number.NaN, mulberry32(1), 10)).toThrow(/NPV of a draw/);
    expect(() => tornado(entries, () => Number.NaN)).toThrow(/base case/);
  });
});
