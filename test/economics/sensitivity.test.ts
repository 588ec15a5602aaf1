import { describe, expect, it } from 'vitest';
import { forecastBurn } from '../../src/economics/burn.ts';
import { quantileOf, type Spread } from '../../src/economics/distribution.ts';
import { normalQuantile } from '../../src/economics/normal.ts';
import { usd } from '../../src/economics/quantity.ts';
import { acceptedCost, auditTokens, grossMargin, markup } from '../../src/economics/roi.ts';
import { monteCarlo, mulberry32, percentile, tornado } from '../../src/economics/sensitivity.ts';

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

describe('accepted work', () => {
  it('has no cost per accepted task without a quality figure', () => {
    expect(acceptedCost([{ costUsd: 1, acceptance: null }])).toMatchObject({
      state: 'refused',
      evidence: { missing: 'acceptance share of stage 1' },
    });
    expect(acceptedCost([{ costUsd: 1, acceptance: 0 }])).toMatchObject({
      value: { costPerAcceptedUsd: null, wastedShare: 1 },
    });
    expect(acceptedCost([]).state).toBe('refused');
  });

  it('audits classes by what became of them', () => {
    const audit = auditTokens([
      { class: 'outputVisible', fate: 'accepted', tokens: 100, usd: 3 },
      { class: 'outputReasoning', fate: 'rejected', tokens: 50, usd: 1 },
      { class: 'outputVisible', fate: 'accepted', tokens: 10, usd: 0 },
    ]);
    expect(audit.classes.outputVisible).toMatchObject({ tokensTotal: 110, usdTotal: 3 });
    expect(audit.wastedShare).toBe(0.25);
    expect(auditTokens([]).wastedShare).toBeNull();
    expect(() => auditTokens([{ class: 'input' as never, fate: 'accepted', tokens: 1, usd: 1 }])).toThrow(
      /token class/,
    );
  });

  it('keeps markup and margin apart', () => {
    expect([markup(150, 100), grossMargin(150, 100)]).toEqual([0.5, 1 / 3]);
  });
});

it('forecasts a bill that follows volume and price', () => {
  const forecast = forecastBurn(usd(100, 'deployment', 'month'), 0.5, 0.2, 13);
  expect(forecast[0]).toEqual({ month: 1, usd: 100 });
  expect(forecast[12]!.usd).toBeCloseTo(120, 9);
});
