import { expect, it } from 'vitest';
import { exp, ln } from '../../src/random/elementary.ts';
import { gammaFunction, gammaVariate } from '../../src/random/gamma.ts';
import { murmur3 } from '../../src/random/hash.ts';
import { normalCdf, normalQuantile } from '../../src/random/normal.ts';
import { createRandom, deriveSeed, shuffle } from '../../src/random/random.ts';

/** Drawn once and kept: a change of any of them changes every run that users want to repeat. */
const golden = {
  uint32: [1920090700, 934316145, 171827923, 694560121],
  next: [0.7939385607524766, 0.18230385911379043, 0.35734938454991605],
  normal: [1.9212739579765545, -0.6026746826657853, 0.3913713465224438],
  exponential: [0.4391110655382666, 0.09817446040517325, 1.6008040934482284],
  derived: 4028900804,
};

const draw = (n: number, next: () => number) => Array.from({ length: n }, next);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: readonly number[]) => {
  const centre = mean(values);
  return mean(values.map((v) => (v - centre) ** 2));
};

it('hashes as MurmurHash3_x86_32 does', () => {
  const hash = (text: string, seed: number) => murmur3(new TextEncoder().encode(text), seed);
  expect(hash('', 0)).toBe(0);
  expect(hash('', 1)).toBe(0x514e28b7);
  expect(hash('', 0xffffffff)).toBe(0x81f16f39);
  expect(hash('aaaa', 0x9747b28c)).toBe(0x5a97808a);
  expect(hash('aaa', 0x9747b28c)).toBe(0x283e0130);
  expect(hash('aa', 0x9747b28c)).toBe(0x5d211726);
  expect(hash('a', 0x9747b28c)).toBe(0x7fa09ea6);
  expect(hash('Hello, world!', 0x9747b28c)).toBe(0x24884cba);
});

it('draws the same bits for the same seed and stream, on every machine and version', () => {
  const random = createRandom(42, 'arrivals');
  expect(draw(4, random.uint32)).toEqual(golden.uint32);
  expect(draw(3, random.next)).toEqual(golden.next);
  expect(draw(3, random.normal)).toEqual(golden.normal);
  expect(draw(3, random.exponential)).toEqual(golden.exponential);
});

it('gives each seed and each stream numbers of their own', () => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 100; seed++)
    for (const stream of ['arrivals', 'input', 'output', '']) firsts.add(createRandom(seed, stream).uint32());
  expect(firsts.size).toBe(400);
});

it('is uniform in [0, 1) and without bias below n', () => {
  const random = createRandom(1, 'uniform');
  const values = draw(100_000, random.next);
  expect(values.every((v) => v >= 0)).toBe(true);
  expect(values.every((v) => v < 1)).toBe(true);
  expect(mean(values)).toBeCloseTo(0.5, 2);
  expect(variance(values)).toBeCloseTo(1 / 12, 2);
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 70_000; i++) counts[random.below(7)]!++;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  expect(random.below(1)).toBe(0);
  for (let i = 0; i < 100; i++) expect(random.below(2 ** 40)).toBeLessThan(2 ** 40);
  for (const n of [0, -1, 1.5, Number.NaN]) expect(() => random.below(n)).toThrow(RangeError);
});

it('draws standard normals and exponentials', () => {
  const random = createRandom(2, 'shapes');
  const normals = draw(100_000, random.normal);
  expect(mean(normals)).toBeCloseTo(0, 1);
  expect(variance(normals)).toBeCloseTo(1, 1);
  const exponentials = draw(100_000, random.exponential);
  expect(mean(exponentials)).toBeCloseTo(1, 1);
  expect(Math.abs(variance(exponentials) - 1)).toBeLessThan(0.05);
  expect(exponentials.every((v) => v >= 0)).toBe(true);
});

it('draws gammas of the wanted mean and variance, below and above shape 1', () => {
  for (const shape of [0.25, 0.7, 1, 4.5]) {
    const random = createRandom(3, `gamma${shape}`);
    const values = draw(50_000, () => gammaVariate(random, shape));
    expect(Math.abs(mean(values) / shape - 1)).toBeLessThan(0.04);
    expect(Math.abs(variance(values) / shape - 1)).toBeLessThan(0.08);
  }
});

it('derives seeds that tell their parts apart', () => {
  const seeds = [
    deriveSeed(1, 'ab', 'c'),
    deriveSeed(1, 'a', 'bc'),
    deriveSeed(1, 'abc'),
    deriveSeed(1, 1),
    deriveSeed(1, '1'),
    deriveSeed(1),
    deriveSeed(2),
    deriveSeed(2 ** 32 + 1),
    deriveSeed(-1),
  ];
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(deriveSeed(42, 'step', 0)).toBe(golden.derived);
  for (const seed of seeds) expect(seed).toBe(seed >>> 0);
  expect(() => deriveSeed(0.5)).toThrow(RangeError);
  expect(() => deriveSeed(1, Number.NaN)).toThrow(RangeError);
});

it('shuffles without losing anything', () => {
  const values = Array.from({ length: 1000 }, (_, i) => i);
  const shuffled = shuffle([...values], createRandom(5, 'shuffle'));
  expect(shuffled).not.toEqual(values);
  expect([...shuffled].sort((a, b) => a - b)).toEqual(values);
});

it('has a logarithm and an exponential as good as the engine', () => {
  const random = createRandom(6, 'elementary');
  let [worstExp, worstLn] = [0, 0];
  for (let i = 0; i < 20_000; i++) {
    const x = (random.next() - 0.5) * 1400;
    const y = Math.exp(x);
    worstExp = Math.max(worstExp, Math.abs(exp(x) / y - 1));
    worstLn = Math.max(worstLn, Math.abs(ln(y) - Math.log(y)) / Math.max(1, Math.abs(Math.log(y))));
  }
  expect(worstExp).toBeLessThan(1e-15);
  expect(worstLn).toBeLessThan(5e-16);
  expect([ln(0), ln(1), ln(-1), ln(5e-324)]).toEqual([-Infinity, 0, Number.NaN, Math.log(5e-324)]);
  expect([exp(0), exp(-1e9), exp(1e9), exp(709.5)]).toEqual([1, 0, Infinity, expect.closeTo(Math.exp(709.5), -295)]);
});

it('knows the normal distribution and the gamma function', () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
  expect(normalQuantile(0.95)).toBeCloseTo(1.6448536269514722, 14);
  expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 12);
  expect(normalQuantile(1e-20)).toBeCloseTo(-9.262340089798409, 10);
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  for (let i = 1; i < 1000; i++) expect(Math.abs(normalCdf(normalQuantile(i / 1000)) - i / 1000)).toBeLessThan(1e-14);
  expect(normalCdf(-8) / 6.220960574271785e-16).toBeCloseTo(1, 6);
  expect(gammaFunction(0.5) ** 2).toBeCloseTo(Math.PI, 13);
  expect(gammaFunction(3)).toBeCloseTo(2, 13);
  expect(gammaFunction(11) / 3_628_800).toBeCloseTo(1, 13);
});
