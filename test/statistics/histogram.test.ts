import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Histogram } from '../../src/statistics/histogram.ts';
import { quantileSorted, sortedCopy } from '../../src/statistics/quantile.ts';

const of = (values: Iterable<number>) => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};

it('is empty at first: null, not 0', () => {
  const { n, min, max, mean, stddev } = new Histogram();
  expect({ n, min, max, mean, stddev }).toEqual({ n: 0, min: null, max: null, mean: null, stddev: null });
  expect(new Histogram().quantile(0.5)).toBeNull();
});

it('finds every quantile within 0.1 %, from 1e-6 to 1e6 and with zeros', () => {
  const value = fc.oneof(
    fc.double({ min: -6, max: 6, noNaN: true }).map((e) => 10 ** e),
    fc.constant(0),
  );
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 300 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, q) => {
        const exact = quantileSorted(sortedCopy(values), q)!;
        expect(Math.abs(of(values).quantile(q)! - exact)).toBeLessThanOrEqual(0.001 * exact);
      },
    ),
    { seed: 1 },
  );
});

it('keeps n, min, max, mean and deviation exactly', () => {
  const histogram = of([0, 0.1, 0.2, 100.3]);
  expect(histogram).toMatchObject({ n: 4, min: 0, max: 100.3 });
  expect(histogram.mean).toBeCloseTo(25.15, 12);
  expect(histogram.stddev).toBeCloseTo(50.1000665334, 9);
  expect(histogram.quantile(0)).toBe(0);
  expect(histogram.quantile(1)).toBe(100.3);
});

it('counts a value many times at once, and nothing for 0 times', () => {
  const histogram = new Histogram();
  histogram.record(10, 8);
  histogram.record(99, 0);
  expect(histogram).toMatchObject({ n: 8, min: 10, max: 10, mean: 10 });
  expect(histogram.quantile(0.99)).toBe(10);
});

it('takes +∞ as the largest value and refuses what is no latency', () => {
  const histogram = of([1, 2, Number.POSITIVE_INFINITY]);
  expect(histogram.quantile(0.9)).toBe(Number.POSITIVE_INFINITY);
  expect(histogram.quantile(0.25)).toBeCloseTo(1.5, 2);
  for (const value of [-1, Number.NaN]) expect(() => histogram.record(value)).toThrow(RangeError);
  expect(histogram.n).toBe(3);
});

it('merges to what it would have been', () => {
  const a = Array.from({ length: 500 }, (_, i) => (i * 37.7) % 91);
  const b = Array.from({ length: 300 }, (_, i) => 1000 + ((i * 13.3) % 700));
  const merged = of(a);
  merged.merge(of(b));
  merged.merge(new Histogram());
  const whole = of([...a, ...b]);
  expect([...merged.buckets()]).toEqual([...whole.buckets()]);
  expect(merged).toMatchObject({ n: 800, min: whole.min, max: whole.max });
  expect(merged.mean).toBeCloseTo(whole.mean!, 9);
  expect(merged.stddev).toBeCloseTo(whole.stddev!, 9);
  const fromNothing = new Histogram();
  fromNothing.merge(of(a));
  expect(fromNothing).toMatchObject({ n: 500, min: of(a).min, max: of(a).max });
});

it('shows its buckets in order, each with its values inside', () => {
  const values = [0, 0.001, 1, 1.001, 2, 1e6];
  const buckets = [...of(values).buckets()];
  expect(buckets.reduce((n, { count }) => n + count, 0)).toBe(values.length);
  for (const value of values) expect(buckets.some(({ from, to }) => from <= value && value < to)).toBe(true);
  for (let i = 1; i < buckets.length; i++) expect(buckets[i]!.from).toBeGreaterThanOrEqual(buckets[i - 1]!.to);
});
