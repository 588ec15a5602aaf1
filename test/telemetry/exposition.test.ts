import { expect, it } from 'vitest';
import { parseExposition } from '../../src/telemetry/exposition.ts';

it.each([
  ['name 1', { labels: {}, value: 1, text: '1' }],
  ['name{a="b"} 2.5', { labels: { a: 'b' }, value: 2.5, text: '2.5' }],
  ['name{a="b"} 2 1731000000000', { labels: { a: 'b' }, value: 2, text: '2' }],
  ['name{a="b",} 2\r', { labels: { a: 'b' }, value: 2, text: '2' }],
  ['name{a="x,y=\\"z\\"}\\n\\\\"} 3', { labels: { a: 'x,y="z"}\n\\' }, value: 3, text: '3' }],
  ['name 5.31202e+011', { labels: {}, value: 5.31202e11, text: '5.31202e+011' }],
  ['name +Inf', { labels: {}, value: Infinity, text: '+Inf' }],
  ['name -Inf', { labels: {}, value: -Infinity, text: '-Inf' }],
  ['name NaN', { labels: {}, value: Number.NaN, text: 'NaN' }],
  ['name 18446744073709551615', { labels: {}, value: 2 ** 64, text: '18446744073709551615' }],
])('reads %j', (text, series) => {
  expect(parseExposition(`# TYPE name gauge\n\n# a comment\n${text}\n`).get('name')).toEqual([series]);
});

it('keeps names with colons and every label set', () => {
  const families = parseExposition('vllm:x{engine="0"} 1\nvllm:x{engine="1"} 2\n');
  expect(families.get('vllm:x')?.map((s) => s.value)).toEqual([1, 2]);
});

it.each(['<!doctype html><title>404</title>', 'name{a=b} 1', 'name{a="b"', 'name', 'name one', '{} 1'])(
  'leaves out %j, which is no sample',
  (text) => {
    expect(parseExposition(text).size).toBe(0);
  },
);
