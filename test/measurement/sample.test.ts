import { expect, it } from 'vitest';
import { exactSample, histogramSample } from '../../src/measurement/sample.ts';
import { createRandom } from '../../src/random/random.ts';
import { Histogram } from '../../src/statistics/histogram.ts';

/** A server that slows down steadily: neighbours resemble each other throughout. */
const drift = (n: number, from: number, to: number) =>
  Float64Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1));

it('counts a correlated sample as what it is worth', () => {
  const sample = exactSample(drift(400, 1000, 2000), 0);
  expect(sample.effective).toBeLessThan(8);
  expect(sample.quantile(0.9)).toEqual({ value: null, reason: 'n_too_small' });
});

it('tells the quantiles of a narrow sample, however its values depend on each other', () => {
  const sample = exactSample(drift(400, 1000, 1090), 0);
  expect(sample.effective).toBe(400);
  expect(sample.quantile(0.99).value).toBeCloseTo(1089.1, 1);
  expect(sample.quantile(0.999)).toEqual({ value: null, reason: 'n_too_small' });
});

it('does the same where only a histogram is kept', () => {
  const of = (values: Float64Array) => {
    const histogram = new Histogram();
    for (const value of values) histogram.record(value);
    return histogramSample(histogram, values, 0);
  };
  expect(of(drift(400, 10, 20)).effective).toBeLessThan(8);
  expect(of(drift(400, 10, 10.9)).effective).toBe(400);
});

it('takes convoys of requests for what they are', () => {
  const random = createRandom(2, 'convoys');
  const values: number[] = [];
  while (values.length < 4_000) values.push(...new Array<number>(8).fill(1000 + 300 * random.normal()));
  const { effective } = exactSample(Float64Array.from(values), 0);
  expect(Math.abs(effective / 500 - 1)).toBeLessThan(0.2);
});
