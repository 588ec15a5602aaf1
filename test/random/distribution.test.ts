import { expect, it } from 'vitest';
import { UserError } from '../../src/error/user-error.ts';
import { parseDistribution, stratified } from '../../src/random/distribution.ts';
import { createRandom } from '../../src/random/random.ts';

const meanOf = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

it.each([
  [512, '512', 512, 512, 512],
  ['512', '512', 512, 512, 512],
  ['D(512)', '512', 512, 512, 512],
  ['U(100,500)', 'U(100,500)', 300, 100, 500],
  [' u( 100 , 500 ) ', 'U(100,500)', 300, 100, 500],
  ['U(1,10)[3,]', 'U(1,10)[3,]', 5.8, 3, 10],
  ['U(7,7)', 'U(7,7)', 7, 7, 7],
  ['N(300,0)', 'N(300,0)', 300, 300, 300],
  ['LN(300,300)', 'LN(300,300)', 300, 300, 300],
  ['0', '0', 0, 0, 0],
])('reads %s', (value, text, mean, min, max) => {
  const distribution = parseDistribution(value);
  expect(distribution).toMatchObject({ text, min, max });
  expect(distribution.mean).toBeCloseTo(mean, 6);
});

it.each([
  'U(100,500)',
  'U(1,10)[3,8]',
  'U(1,1000000)[5,900000]',
  'N(480,240)',
  'N(5,0.3)',
  'N(100000,30000)',
  'N(10,40)[0,30]',
  'LN(300,1200)',
  'LN(2,20)',
  'LN(20,100000)[1,200000]',
  'EXP(8000)[500,32000]',
  'EXP(8000)',
  'EXP(0.5)',
  'EXP(100000)[1,500000]',
])('knows the mean of what %s draws, and draws whole numbers within its ends', (text) => {
  const distribution = parseDistribution(text);
  const strata = 400_000;
  let sum = 0;
  for (let i = 0; i < strata; i++) sum += distribution.quantile((i + 0.5) / strata);
  expect(Math.abs(sum / strata / distribution.mean - 1)).toBeLessThan(1e-4);

  const random = createRandom(1, text);
  const sample = Array.from({ length: 20_000 }, () => distribution.sample(random));
  expect(sample.every((v) => Number.isInteger(v) && v >= distribution.min && v <= distribution.max)).toBe(true);
  expect(Math.abs(meanOf(sample) / distribution.mean - 1)).toBeLessThan(0.06);
});

it('takes LN by its median and 95th percentile', () => {
  const distribution = parseDistribution('LN(300,1200)');
  expect(distribution.quantile(0.5)).toBe(300);
  expect(distribution.quantile(0.95)).toBe(1200);
});

it('moves what lies outside the clip to its ends', () => {
  const distribution = parseDistribution('EXP(8000)[500,32000]');
  expect([distribution.quantile(0), distribution.quantile(0.01), distribution.quantile(1)]).toEqual([500, 500, 32000]);
});

it('has a longest draw even without a clip', () => {
  expect(parseDistribution('EXP(8000)').max).toBe(73_683); // 8000 × ln 10,000
  expect(parseDistribution('N(480,240)').max).toBe(1_373); // 480 + 3.719 × 240
});

it('gives every seed the same multiset in another order', () => {
  const distribution = parseDistribution('LN(300,1200)');
  const a = stratified(distribution, 1000, createRandom(1, 'input'));
  const b = stratified(distribution, 1000, createRandom(2, 'input'));
  const again = stratified(distribution, 1000, createRandom(1, 'input'));
  expect(a).toEqual(again);
  expect(a).not.toEqual(b);
  expect(a.toSorted()).toEqual(b.toSorted());
  expect(Math.abs(meanOf(a) / distribution.mean - 1)).toBeLessThan(0.005);
  expect(stratified(distribution, 0, createRandom(1, 'input'))).toHaveLength(0);
});

it.each([
  ['U(500,100)', /wrong way round: U\(100,500\)/],
  ['-5', /negative/],
  [-5, /negative/],
  ['U(-1,5)', /negative lowest/],
  ['N(480,-1)', /negative standard deviation/],
  ['NaN', /not a number/],
  [Number.NaN, /NaN has a length that is not a number/],
  [Number.POSITIVE_INFINITY, /not a number/],
  ['LN(300,200)', /p95 \(200\) below its median \(300\)/],
  ['LN(0,5)', /median above 0/],
  ['EXP(0)', /mean above 0/],
  ['EXP(8000)[900,100]', /empty clip: 900 is above 100/],
  ['U(1,10)[50,60]', /leaves nothing/],
  ['512[1,256]', /leaves nothing/],
  ['N(480,240)[1]', /two ends/],
  ['N(480,240)[,]', /two ends/],
  ['', /empty/],
  ['12.5', /whole number/],
  ['U(1.5,3)', /whole number/],
  ['N(1)', /two numbers in its parentheses: mean, standard deviation/],
  ['D(1,2)', /one number/],
  ['X(3)', /no known kind/],
  ['toString(3)', /no known kind/],
  ['U(1,2', /cannot be read/],
  ['[1,2]', /cannot be read/],
  ['1e20', /more than any model reads/],
  ['LN(2,100000)', /a clip helps/],
  ['N(1e999,1)', /too large/],
  [null as unknown as string, /neither a number nor text/],
])('refuses %s', (value, sentence) => {
  const parse = () => parseDistribution(value);
  expect(parse).toThrow(UserError);
  expect(parse).toThrow(sentence);
  expect(parse).toThrow(/right: 512, U\(100,500\)/);
});
