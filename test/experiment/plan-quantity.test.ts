import { expect, it } from 'vitest';
import { numberList, parseDuration, parseHardware } from '../../src/experiment/plan-quantity.ts';

it.each<[string, number | null]>([
  ['60s', 60_000],
  ['500ms', 500],
  ['2m', 120_000],
  ['1h30m', 5_400_000],
  ['1d', 86_400_000],
  ['1.1s', 1100],
  ['0.25ms', 0.25],
  ['1m5ms', 60_005],
  ['0s', 0],
  ['', null],
  ['60', null],
  ['s', null],
  ['30m1h', null],
  ['1s1s', null],
  ['1,5s', null],
  ['-1s', null],
  ['1e3s', null],
  [' 1s', null],
  ['60sec', null],
])('reads the duration %j as %j ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

it.each<[string, string | null, number]>([
  ['h100-sxm', 'h100-sxm', 1],
  ['h100-sxm x 8', 'h100-sxm', 8],
  ['h100-sxmx8', 'h100-sxm', 8],
  ['mi300xx8', 'mi300x', 8],
  ['H100 X 72', 'H100', 72],
  ['rtx4090', 'rtx4090', 1],
  ['rtx4090 x 2', 'rtx4090', 2],
  ['', null, 0],
  ['h100 x 0', null, 0],
  ['h100 and more', null, 0],
])('reads the hardware %j as %j, %i of them', (text, name, count) => {
  expect(parseHardware(text)).toEqual(name === null ? null : { name, count });
});

it('reads a list of numbers and leaves what is none as text', () => {
  expect(numberList('1, 4,x,,0.5,Infinity')).toEqual([1, 4, 'x', '', 0.5, 'Infinity']);
});
