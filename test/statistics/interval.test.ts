import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/random/random.ts';
import { blockBootstrap, blockBootstraps, blockLength } from '../../src/statistics/bootstrap.ts';
import { autocorrelation1, fano, independentCount } from '../../src/statistics/correlation.ts';
import { batchMeans, quantileBounds, tInterval } from '../../src/statistics/interval.ts';
import { Moments } from '../../src/statistics/moments.ts';
import { quantileSorted, sortedCopy } from '../../src/statistics/quantile.ts';
import { tCdf, tQuantile } from '../../src/statistics/student.ts';
import { trend } from '../../src/statistics/trend.ts';
import { timeWeightedMean, timeWeightedQuantiles } from '../../src/statistics/weighted.ts';

/** AR(1) with unit variance of its steps. */
function correlated(n: number, rho: number, stream: string): Float64Array {
  const random = createRandom(11, stream);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = 10 + rho * ((values[i - 1] ?? 10) - 10) + random.normal();
  return values;
}

it('keeps every digit at 1e12', () => {
  const moments = Moments.of([1e12 + 4, 1e12 + 7, 1e12 + 13, 1e12 + 16]);
  expect(moments).toMatchObject({ n: 4, mean: 1e12 + 10, variance: 30, min: 1e12 + 4, max: 1e12 + 16 });
  const { mean, variance, stddev, min, cv } = new Moments();
  expect({ mean, variance, stddev, min, cv }).toEqual({
    mean: null,
    variance: null,
    stddev: null,
    min: null,
    cv: null,
  });
  expect(Moments.of([5]).variance).toBeNull();
  expect(Moments.of([1, 3]).cv).toBeCloseTo(Math.SQRT2 / 2, 12);
});

it('weighs and merges as if each value came alone', () => {
  const weighted = new Moments();
  weighted.add(2, 3);
  weighted.add(9, 0);
  const other = Moments.of([8]);
  weighted.merge(other);
  weighted.merge(new Moments());
  const plain = Moments.of([2, 2, 2, 8]);
  expect(weighted).toMatchObject({ n: 4, min: 2, max: 8, mean: plain.mean });
  expect(weighted.variance).toBeCloseTo(plain.variance!, 12);
});

it('agrees with the tables of Student', () => {
  const table: [number, number, number][] = [
    [1, 12.7062, 63.6567], [2, 4.3027, 9.9248], [3, 3.1824, 5.8409], [4, 2.7764, 4.6041], [5, 2.5706, 4.0321],
    [9, 2.2622, 3.2498], [19, 2.093, 2.8609], [30, 2.0423, 2.75], [60, 2.0003, 2.6603], [120, 1.9799, 2.6174],
    [1e6, 1.96, 2.5758],
  ]; // biome-ignore format: a table
  for (const [df, p975, p995] of table) {
    expect(tQuantile(0.975, df)).toBeCloseTo(p975, 4);
    expect(tQuantile(0.995, df)).toBeCloseTo(p995, 4);
    expect(tQuantile(0.025, df)).toBeCloseTo(-p975, 4);
    for (const p of [0.001, 0.3, 0.6, 0.9999]) expect(tCdf(tQuantile(p, df), df)).toBeCloseTo(p, 10);
  }
  expect(tQuantile(0.5, 7)).toBe(0);
  expect([tCdf(-Infinity, 3), tCdf(Infinity, 3), tCdf(0, 3)]).toEqual([0, 1, 0.5]);
  expect(() => tQuantile(0.975, 0)).toThrow(RangeError);
  expect(() => tQuantile(1, 3)).toThrow(RangeError);
});

it('gives the mean of repeats its t interval', () => {
  const { mean, interval } = tInterval([10, 12, 14])!;
  expect(mean).toBe(12);
  expect(interval[0]).toBeCloseTo(12 - (4.302652729749 * 2) / Math.sqrt(3), 9);
  expect(interval[1]).toBeCloseTo(12 + (4.302652729749 * 2) / Math.sqrt(3), 9);
  expect(tInterval([10])).toBeNull();
  expect(tInterval([5, 5, 5])!.interval).toEqual([5, 5]);
});

it('knows neighbours that resemble each other', () => {
  expect(autocorrelation1([1, 2, 3, 4, 5])).toBeCloseTo(0.4, 12);
  expect(autocorrelation1([1, -1, 1, -1])).toBeCloseTo(-0.75, 12);
  expect(autocorrelation1([1, 2])).toBeNull();
  expect(autocorrelation1([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])).toBeNull();
  expect(autocorrelation1(correlated(20_000, 0.6, 'rho'))).toBeCloseTo(0.6, 1);
  expect(fano([2, 2, 2])).toBe(0);
  expect([fano([]), fano([0, 0])]).toEqual([null, null]);
});

describe('independent values that correlated ones are worth', () => {
  it('is all of them where neighbours do not resemble each other, or too few to tell', () => {
    expect(independentCount(20_000, correlated(20_000, 0, 'white'))).toBe(20_000);
    expect(independentCount(3, [1, -1, 1])).toBe(3);
    expect(independentCount(8, [1, 2, 2, 3, 1, 2, 2, 3])).toBe(8);
    expect(independentCount(0, [])).toBe(0);
    expect(independentCount(9, new Float64Array(9).fill(7))).toBe(9);
  });

  it.each([0.3, 0.6, 0.9])('is n(1−ρ)/(1+ρ) of a first-order process, ρ = %d', (rho) => {
    const wanted = (20_000 * (1 - rho)) / (1 + rho);
    expect(Math.abs(independentCount(20_000, correlated(20_000, rho, 'first')) / wanted - 1)).toBeLessThan(0.15);
  });

  it.each([2, 4, 16])('is one a convoy of %d equal values', (convoy) => {
    const random = createRandom(3, 'convoys');
    const values: number[] = [];
    while (values.length < 8000) values.push(...new Array<number>(convoy).fill(random.normal()));
    expect(Math.abs(independentCount(8000, values) / (8000 / convoy) - 1)).toBeLessThan(0.2);
  });

  it('is next to nothing of a drift, however long it is', () => {
    for (const n of [40, 4_000, 400_000])
      expect(
        independentCount(
          n,
          Float64Array.from({ length: n }, (_, i) => i),
        ),
      ).toBeLessThan(8);
  });

  it('scales a beginning to the whole', () => {
    const beginning = correlated(5_000, 0.6, 'beginning');
    expect(independentCount(50_000, beginning) / independentCount(5_000, beginning)).toBeCloseTo(10, 1);
  });
});

it('merges correlated slices before it trusts their spread', () => {
  const flat = batchMeans(correlated(40, 0, 'slices'))!;
  expect(flat.batches).toBe(40);
  const merged = batchMeans(correlated(400, 0.7, 'slices'))!;
  expect(merged.batches).toBeLessThan(200);
  expect(merged.interval[0]).toBeLessThan(merged.mean);
  const naive = tInterval(correlated(400, 0.7, 'slices'))!;
  expect(merged.mean).toBeCloseTo(naive.mean, 9);
  expect(merged.interval[1] - merged.interval[0]).toBeGreaterThan(1.3 * (naive.interval[1] - naive.interval[0]));
  expect(batchMeans(new Float64Array(19))).toBeNull();
  expect(batchMeans(Float64Array.from({ length: 20 }, (_, i) => i))).toBeNull(); // a trend never becomes independent
  expect(batchMeans(new Float64Array(20).fill(3))).toEqual({ mean: 3, interval: [3, 3], batches: 20 });
});

it('covers the true mean of correlated slices about as often as it says', () => {
  let covered = 0;
  let found = 0;
  for (let run = 0; run < 200; run++) {
    const result = batchMeans(correlated(200, 0.4, `coverage ${run}`));
    if (result === null) continue;
    found++;
    if (result.interval[0] <= 10 && 10 <= result.interval[1]) covered++;
  }
  expect(found).toBeGreaterThan(190);
  expect(covered / found).toBeGreaterThan(0.87);
});

it('bootstraps the same interval as sorting every draw would', () => {
  const values = correlated(503, 0.5, 'bootstrap');
  const options = () => ({ block: 9, draws: 300, random: createRandom(1, 'bootstrap') });
  const { random } = options();
  const [block, blocks] = [9, Math.ceil(503 / 9)];
  const draws = Array.from({ length: 300 }, () => {
    const drawn: number[] = [];
    for (let b = 0; b < blocks; b++) {
      const start = random.below(503 - block + 1);
      drawn.push(...values.slice(start, start + block));
    }
    return drawn.slice(0, 503);
  });
  const between = (estimates: number[]) => {
    const sorted = sortedCopy(estimates);
    return [quantileSorted(sorted, 0.025)!, quantileSorted(sorted, 0.975)!];
  };
  for (const q of [0.01, 0.5, 0.9, 0.99]) {
    const slow = between(draws.map((drawn) => quantileSorted(sortedCopy(drawn), q)!));
    expect(blockBootstrap(values, q, options())).toEqual(slow);
  }
  const slowMean = between(draws.map((drawn) => drawn.reduce((a, b) => a + b, 0) / 503));
  const mean = blockBootstrap(values, 'mean', options())!;
  expect(mean[0]).toBeCloseTo(slowMean[0]!, 9);
  expect(mean[1]).toBeCloseTo(slowMean[1]!, 9);
});

it('bootstraps draws that leave the expected band, ties and +∞', () => {
  // two levels in two halves: the median of a draw is far from the median's neighbours
  const halves = Float64Array.from({ length: 400 }, (_, i) => (i < 200 ? 1 : 1000));
  const options = (block: number) => ({ block, draws: 500, random: createRandom(2, 'bands') });
  expect(blockBootstrap(halves, 0.5, options(50))).toEqual([1, 1000]);
  expect(blockBootstrap(new Float64Array(100).fill(7), 0.99, options(5))).toEqual([7, 7]);
  const failing = Float64Array.from({ length: 400 }, (_, i) => (i % 10 === 0 ? Infinity : i));
  expect(blockBootstrap(failing, 0.95, options(8))).toEqual([Infinity, Infinity]);
  expect(blockBootstrap(failing, 0.5, options(8))![1]).toBeLessThan(400);
  expect(blockBootstrap(failing, 'mean', options(8))).toBeNull();
  expect(() => blockBootstrap([1, 2, 3, Number.NaN], 0.5, options(1))).toThrow(RangeError);
});

it('is wider for longer blocks of a correlated series, seeded, and silent on too few blocks', () => {
  const values = correlated(2000, 0.9, 'blocks');
  const width = (block: number, seed: number) => {
    const [low, high] = blockBootstrap(values, 0.5, { block, draws: 400, random: createRandom(seed, 'b') })!;
    return high - low;
  };
  expect(width(50, 1)).toBeGreaterThan(1.8 * width(1, 1));
  expect(width(50, 1)).toBe(width(50, 1));
  expect(width(50, 1)).not.toBe(width(50, 2));
  expect(
    blockBootstraps(values.slice(0, 30), [0.5, 'mean'], { block: 8, draws: 10, random: createRandom(1, 'b') }),
  ).toEqual([null, null]);
  expect([blockLength(1000, 3.2), blockLength(1001, 3.2), blockLength(1000, 64.1), blockLength(0, 0)]).toEqual([
    10, 11, 65, 1,
  ]);
});

it('weighs levels by the time they lasted: golden case 44', () => {
  expect(timeWeightedQuantiles([1, 2, 1], [500, 500, 500], [0.5, 0.9, 0, 1])).toEqual([1, 2, 1, 2]);
  expect(timeWeightedMean([1, 2, 1], [500, 500, 500])).toBeCloseTo(4 / 3, 12);
  expect(timeWeightedQuantiles([9, 1], [0, 3], [0.5, 1])).toEqual([1, 1]);
  expect(timeWeightedQuantiles([1, 2, 3], [0.1, 0.2, 0.7], [0.3])).toEqual([2]); // 0.1 + 0.2 is not 0.3
  expect(timeWeightedQuantiles([], [], [0.5])).toEqual([null]);
  expect(timeWeightedMean([5], [0])).toBeNull();
});

it('sees a slope where there is one', () => {
  const xs = Array.from({ length: 30 }, (_, i) => i);
  const random = createRandom(4, 'trend');
  const noise = xs.map(() => random.normal());
  expect(trend(xs, noise)!.p).toBeGreaterThan(0.05);
  const rising = trend(
    xs,
    noise.map((e, i) => 5 + 0.5 * i + e),
  )!;
  expect(rising.slope).toBeCloseTo(0.5, 1);
  expect(rising.p).toBeLessThan(1e-6);
  expect(
    trend(
      xs,
      xs.map((x) => 2 * x + 1),
    ),
  ).toEqual({ slope: expect.closeTo(2, 12), p: 0 });
  expect(
    trend(
      xs,
      xs.map(() => 4),
    ),
  ).toEqual({ slope: 0, p: 1 });
  const { slope, p } = trend([1, 2, 3, 4], [1, 2, 2, 4])!; // residuals 0.1, 0.2, −0.7, 0.4
  const t = 0.9 / Math.sqrt(0.7 / 2 / 5);
  expect(slope).toBeCloseTo(0.9, 12);
  expect(p).toBeCloseTo(1 - t / Math.sqrt(t * t + 2), 12); // closed form for two degrees of freedom
  expect(trend([1, 2], [1, 2])).toBeNull();
  expect(trend([3, 3, 3], [1, 2, 3])).toBeNull();
});

describe('bounds of a quantile from a few values', () => {
  it('are wide, ordered, and narrow with more values', () => {
    expect(quantileBounds({ mean: 10, stddev: 1 }, 0.5, 2)).toBeNull();
    const [few, many] = [3, 300].map((n) => quantileBounds({ mean: 10, stddev: 1 }, 0.5, n)!);
    expect(few!.low).toBeLessThan(0);
    expect(few!.high).toBeGreaterThan(20);
    expect(many!.high).toBeCloseTo(11.2, 1);
    expect(many!.low).toBeCloseTo(8.8, 1);
    expect(quantileBounds({ mean: 10, stddev: 0 }, 0.99, 3)).toEqual({ low: 10, high: 10 });
  });

  it.each([3, 5, 12])('hold the quantile of a skewed distribution nearly always, n = %d', (n) => {
    const random = createRandom(8, `bounds ${n}`);
    const wrong = { p50: 0, p90: 0 };
    for (let run = 0; run < 1_000; run++) {
      const values = Array.from({ length: n }, () => Math.exp(0.5 * random.normal()));
      const { mean, stddev } = Moments.of(values) as unknown as { mean: number; stddev: number };
      for (const [name, q, truth] of [
        ['p50', 0.5, 1],
        ['p90', 0.9, Math.exp(0.5 * 1.2816)],
      ] as const) {
        const { low, high } = quantileBounds({ mean, stddev }, q, n)!;
        if (truth > high || truth < low) wrong[name]++;
      }
    }
    expect(wrong.p50 / 1_000).toBeLessThan(0.05);
    expect(wrong.p90 / 1_000).toBeLessThan(0.05);
  });
});
