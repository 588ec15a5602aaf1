import { expect, it } from 'vitest';
import { UserError } from '../../src/error/user-error.ts';
import { arrivals, parseArrivals, schedule, unitPoints } from '../../src/load/arrival.ts';
import { constantRate, linearRamp } from '../../src/load/intensity.ts';
import { createRandom } from '../../src/random/random.ts';
import { Moments } from '../../src/statistics/moments.ts';

function take(n: number, due: Iterable<number>): number[] {
  const taken: number[] = [];
  for (const d of due) if (taken.push(d) === n) break;
  return taken;
}
const gaps = (due: readonly number[]) => due.map((d, i) => d - (due[i - 1] ?? 0));
const gammas = (x: number): number => (x < 1 ? gammas(x + 1) / x : x === 1 ? 1 : (x - 1) * gammas(x - 1));

it('is constant from the first moment on, without drift', () => {
  expect(take(4, arrivals('constant', 10, createRandom(1, 'arrivals')))).toEqual([0, 100, 200, 300]);
  const third = take(300_001, arrivals('constant', 3, createRandom(1, 'arrivals')));
  expect(third[1]).toBe(333.333);
  expect(third[300_000]).toBe(100_000_000);
});

it.each([
  ['poisson', 1],
  ['gamma:0.25', 2],
  ['gamma:4', 0.5],
  ['gamma:1', 1],
  ['weibull:2', Math.sqrt(gammas(2) / (Math.PI / 4) - 1)],
  ['weibull:0.5', 2.236],
])('draws %s with the CV of its definition and the wanted rate', (kind, cv) => {
  const n = cv > 1 ? 400_000 : 10_000; // the CV of a heavy tail settles slowly
  const moments = Moments.of(gaps(take(n, arrivals(kind, 50, createRandom(7, `arrivals ${kind}`)))));
  expect(Math.abs(moments.cv! / cv - 1)).toBeLessThan(0.05);
  expect(Math.abs(moments.mean! / 20 - 1)).toBeLessThan(0.04 * Math.max(1, cv));
});

it('is one schedule for one seed and plan, in whole microseconds that never fall', () => {
  for (const kind of ['poisson', 'gamma:0.1', 'weibull:0.3']) {
    const draw = (seed: number) => take(3000, arrivals(kind, 2000, createRandom(seed, 'arrivals')));
    const due = draw(42);
    expect(due).toEqual(draw(42));
    expect(due).not.toEqual(draw(43));
    expect(due.every((d, i) => d >= (due[i - 1] ?? 0) && Math.round(d * 1000) / 1000 === d)).toBe(true);
  }
  expect(take(4, arrivals('poisson', 10, createRandom(42, 'arrivals')))).toEqual([59.25, 63.333, 221.291, 241.417]);
});

it('keeps the unit points of a seed under another rate', () => {
  const slow = take(100, arrivals('poisson', 1, createRandom(5, 'arrivals')));
  const fast = take(100, arrivals('poisson', 8, createRandom(5, 'arrivals')));
  for (const [i, due] of fast.entries()) expect(Math.abs(due - slow[i]! / 8)).toBeLessThan(0.001);
});

it('sends unit points through a linear ramp: golden case 50', () => {
  const ramp = linearRamp(1, 3, 10);
  expect([1, 5, 10, 20].map((s) => Number(ramp.secondsAt(s).toFixed(3)))).toEqual([0.916, 3.66, 6.18, 10]);
  expect(ramp.secondsAt(0)).toBe(0);
  expect(ramp.secondsAt(23)).toBeCloseTo(11, 12); // goes on at 3 per second
  expect(linearRamp(4, 4, 10).secondsAt(8)).toBe(2);
  expect(linearRamp(3, 1, 10).secondsAt(20)).toBeCloseTo(10, 12);
  expect([...schedule([1, 5], ramp)]).toEqual([916.08, 3660.254]);
  expect([...schedule([1], constantRate(3))]).toEqual([333.333]);
});

it('starts every process but the constant one with a gap', () => {
  expect(take(1, unitPoints({ kind: 'constant' }, createRandom(1, 'a')))).toEqual([0]);
  expect(take(1, unitPoints({ kind: 'poisson' }, createRandom(1, 'a')))[0]).toBeGreaterThan(0);
});

it.each([
  ['poisson', { kind: 'poisson' }],
  [' Constant ', { kind: 'constant' }],
  ['gamma:0.5', { kind: 'gamma', shape: 0.5 }],
  ['weibull: 2', { kind: 'weibull', shape: 2 }],
])('reads %s', (text, process) => {
  expect(parseArrivals(text)).toEqual(process);
});

it.each([
  ['poison', /Did you mean poisson\?/],
  ['const', /Did you mean constant\?/],
  ['gama:2', /Did you mean gamma\?/],
  ['', /none of poisson, constant, gamma:K, weibull:K\.$/],
  ['gamma', /need a shape .* such as gamma:0\.5/],
  ['gamma:', /need a shape/],
  ['gamma:x', /need a shape/],
  ['gamma:0', /need a shape from 0\.05 to 1000/],
  ['gamma:-1', /need a shape/],
  ['gamma:1:2', /need a shape/],
  ['weibull:1e9', /need a shape/],
  ['poisson:2', /takes no shape/],
])('refuses %s', (text, sentence) => {
  expect(() => parseArrivals(text)).toThrow(UserError);
  expect(() => parseArrivals(text)).toThrow(sentence);
});

it('refuses rates that nothing can be sent at', () => {
  for (const rate of [0, -1, Number.NaN, Infinity])
    expect(() => arrivals('poisson', rate, createRandom(1, 'a'))).toThrow(UserError);
});
