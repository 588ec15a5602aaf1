import { expect, it } from 'vitest';
import { UserError } from '../../src/error/user-error.ts';
import { parseRate } from '../../src/load/rate.ts';
import { createRandom } from '../../src/random/random.ts';

it.each([
  [7, '7', 7, 7, null],
  [' 0.5 ', '0.5', 0.5, 0.5, null],
  ['ramp(1, 3, 10s)', 'ramp(1,3,10s)', 2, 1, 10],
  ['RAMP(0,8,1m)', 'ramp(0,8,1m)', 4, 0, 60],
  ['expramp(1,2.718281828459045,1s)', 'expramp(1,2.718281828459045,1s)', Math.E - 1, 1, 1],
  ['steps(5@30s, 20@30s)', 'steps(5@30s,20@30s)', 12.5, 5, 60],
  ['steps(0@30s,20@10s)', 'steps(0@30s,20@10s)', 5, 0, 40],
  ['diurnal(20,0.5,1h)', 'diurnal(20,0.5,1h)', 20, 20, 3600],
  ['diurnal(20,0.5,1h,15m)', 'diurnal(20,0.5,1h,15m)', 20, 10, 3600],
  ['onoff(0,50,10s,2s)', 'onoff(0,50,10s,2s)', 100 / 12, 100 / 12, null],
])('reads %s', (text, spelled, meanPerS, startPerS, seconds) => {
  const rate = parseRate(text);
  expect(rate.text).toBe(spelled);
  expect(rate.meanPerS).toBeCloseTo(meanPerS, 9);
  expect(rate.startPerS).toBeCloseTo(startPerS, 9);
  expect(rate.seconds).toBe(seconds);
});

it('knows how many requests come due', () => {
  expect(parseRate('ramp(1,3,10s)').expectedIn(20)).toBeCloseTo(50, 9);
  expect(parseRate('onoff(0,50,10s,2s)').expectedIn(24)).toBeCloseTo(200, 9);
  expect(parseRate(4).expectedIn(2.5)).toBe(10);
});

it('draws on/off from its stream and nothing else', () => {
  const at = (seed: number) => parseRate('onoff(1,9,1s,1s)').intensity(createRandom(seed, 'rate')).secondsAt(100);
  expect(at(1)).toBe(at(1));
  expect(at(1)).not.toBe(at(2));
});

it.each([
  ['', /neither a number of requests per second nor one of ramp\(from,to,time\)/],
  ['fast', /neither a number/],
  ['0', /cannot be sent; it must be above 0/],
  ['-3', /cannot be sent/],
  ['2000000', /at most 1,000,000/],
  ['Infinity', /cannot be sent/],
  ['remp(1,2,3s)', /Did you mean ramp\(…\)\?/],
  ['constructor(1)', /no known shape/],
  ['ramp(1,2)', /takes three values \(ramp\(from,to,time\)\)/],
  ['ramp(1,2,3)', /has a time "3" that is no duration such as 10s/],
  ['ramp(1,x,3s)', /has a to "x" that is no number/],
  ['ramp(1,-2,3s)', /no number/],
  ['ramp(0,0,3s)', /never sends anything/],
  ['ramp(1,2,0s)', /has a time of nothing/],
  ['ramp(1,2,8d)', /more than 7 days/],
  ['ramp(1,2,3s', /neither a number/],
  ['ramp(1,3000000,3s)', /has a to of 3000000 requests per second/],
  ['expramp(0,2,3s)', /must begin and end above 0/],
  ['steps()', /has a step "" that is no rate@time/],
  ['steps(5@30s,4)', /has a step "4" that is no rate@time/],
  ['steps(0@30s)', /never sends anything/],
  ['diurnal(20,1.5,1h)', /amplitude from 0 to 1/],
  ['diurnal(20,0.5)', /takes three or four values/],
  ['onoff(5,2,1s,1s)', /low rate above its high rate/],
  ['onoff(0,0,1s,1s)', /never sends anything/],
])('refuses %s', (text, sentence) => {
  expect(() => parseRate(text)).toThrow(UserError);
  expect(() => parseRate(text)).toThrow(sentence);
});
