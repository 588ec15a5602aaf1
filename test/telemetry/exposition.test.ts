import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseExposition, readExposition } from '../../src/telemetry/exposition.ts';

it.each([
  ['name 1', { labels: {}, value: 1, text: '1' }],
  ['name{a="b"} 2.5', { labels: { a: 'b' }, value: 2.5, text: '2.5' }],
  ['name{a="b"} 2 1731000000000', { labels: { a: 'b' }, value: 2, text: '2' }],
  ['name{a="b"} 2 1731000000.25', { labels: { a: 'b' }, value: 2, text: '2' }],
  ['name{a="b",} 2\r', { labels: { a: 'b' }, value: 2, text: '2' }],
  ['name{a="x,y=\\"z\\"}\\n\\\\"} 3', { labels: { a: 'x,y="z"}\n\\' }, value: 3, text: '3' }],
  ['name 5.31202e+011', { labels: {}, value: 5.31202e11, text: '5.31202e+011' }],
  ['name 1e3', { labels: {}, value: 1000, text: '1e3' }],
  ['name +Inf', { labels: {}, value: Infinity, text: '+Inf' }],
  ['name -Inf', { labels: {}, value: -Infinity, text: '-Inf' }],
  ['name NaN', { labels: {}, value: Number.NaN, text: 'NaN' }],
  ['name nan', { labels: {}, value: Number.NaN, text: 'nan' }],
  ['name 18446744073709551615', { labels: {}, value: 2 ** 64, text: '18446744073709551615' }],
  ['name{le="1"} 5 # {trace_id="x"} 0.67 1520879607.789', { labels: { le: '1' }, value: 5, text: '5' }],
])('reads %j', (text, series) => {
  expect(parseExposition(`# TYPE name gauge\n\n# a comment\n${text}\n# EOF\n`).get('name')).toEqual([series]);
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

it('keeps help, and reads no type', () => {
  const { help, families } = readExposition('# HELP a Clock (in MHz).\n# TYPE a counter\na 5\n');
  expect([...help]).toEqual([['a', 'Clock (in MHz).']]);
  expect(families.get('a')).toEqual([{ labels: {}, value: 5, text: '5' }]);
});

it('leaves buckets of histograms out where they are not wanted', () => {
  const text = 'a_bucket{le="1"} 2\na_sum 3\na_bucket 4\nb{c="_bucket{"} 5\nsix_ch{d="e"} 6\n';
  expect([...readExposition(text, { buckets: false }).families.keys()]).toEqual(['a_sum', 'a_bucket', 'b', 'six_ch']);
  expect([...readExposition(text).families.keys()]).toEqual(['a_bucket', 'a_sum', 'b', 'six_ch']);
});

it('keeps integers above 2^53 as they were written', () => {
  const [series] = parseExposition('energy 18446744073709551610\n').get('energy')!;
  expect(BigInt('18446744073709551615') - BigInt(series!.text)).toBe(5n);
});

it('gives back every label and value that is written as the format says', () => {
  const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/);
  const labels = fc.dictionary(fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,6}$/), fc.string(), { maxKeys: 4 });
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
  fc.assert(
    fc.property(
      name,
      labels,
      fc.double({ noNaN: true }).map((value) => value + 0),
      (metric, set, value) => {
        fc.pre(!Object.values(set).some((text) => /\r/.test(text)));
        const written = Object.entries(set).map(([key, text]) => `${key}="${escaped(text)}"`);
        const text = `${metric}{${written.join(',')}} ${value}\n`.replace('Infinity', 'Inf');
        expect(parseExposition(text).get(metric)).toEqual([
          { labels: { ...set }, value, text: String(value).replace('Infinity', 'Inf') },
        ]);
      },
    ),
  );
});
