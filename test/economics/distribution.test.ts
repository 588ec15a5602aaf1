import { describe, expect, it } from 'vitest';
import { quantileOf, type Spread } from '../../src/economics/distribution.ts';
import { normalQuantile } from '../../src/economics/normal.ts';

const entry = (spread: Spread, value = 2, low = 1, high = 5) => ({ id: 'x', value, low, high, spread });
const mean = (spread: Spread) => {
  const n = 20_000;
  let total = 0;
  for (let i = 0; i < n; i++) total += quantileOf(entry(spread), (i + 0.5) / n);
  return total / n;
};

describe('spreads', () => {
  it('have the means of their laws', () => {
    expect(mean('none')).toBe(2);
    expect(mean('triangular')).toBeCloseTo(8 / 3, 4);
    expect(mean('pert')).toBeCloseTo((1 + 4 * 2 + 5) / 6, 4);
    expect(mean('normal')).toBeCloseTo(2, 4);
    expect(mean('discrete')).toBeCloseTo(8 / 3, 3);
    const sigma = Math.log(5) / (2 * 1.6448536269514722);
    expect(mean('lognormal')).toBeCloseTo(2 * Math.exp(sigma ** 2 / 2), 2);
  });

  it('stay finite at both ends and rise between them', () => {
    for (const spread of ['none', 'triangular', 'pert', 'normal', 'discrete', 'lognormal'] as const) {
      const values = [0, 1e-9, 0.1, 0.5, 0.9, 1 - 2 ** -32].map((u) => quantileOf(entry(spread), u));
      expect(values.every(Number.isFinite)).toBe(true);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
  });

  it('refuse a value outside its own range, and a lognormal that reaches zero', () => {
    expect(() => quantileOf(entry('triangular', 9), 0.5)).toThrow(/x must be between its low 1 and its high 5/);
    expect(() => quantileOf(entry('lognormal', 2, 0), 0.5)).toThrow(/low of x/);
    expect(quantileOf(entry('triangular', 3, 3, 3), 0.7)).toBe(3);
  });

  it('know the normal quantiles', () => {
    expect(normalQuantile(0.95)).toBeCloseTo(1.6448536269514722, 8);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 7);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
  });
});
