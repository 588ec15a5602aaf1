import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalJson, prettyJson } from '../../src/store/canonical.ts';

it('gives the same bytes for the same data in another order', () => {
  const one = { b: 1, a: { y: [1, { q: 1, p: 2 }], x: 'é' }, schema: 's' };
  const other = { schema: 's', a: { x: 'é', y: [1, { p: 2, q: 1 }] }, b: 1 };
  expect(canonicalJson(one)).toBe(canonicalJson(other));
  expect(prettyJson(one)).toBe(prettyJson(other));
  expect(canonicalJson(one)).toBe('{"schema":"s","a":{"x":"é","y":[1,{"p":2,"q":1}]},"b":1}');
});

it('tells different data apart', () => {
  expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [2, 1] }));
  expect(canonicalJson({ a: null })).not.toBe(canonicalJson({}));
});

it('writes null for what JSON cannot say, and never leaves a key out', () => {
  expect(canonicalJson({ a: undefined, b: Number.NaN, c: [undefined] })).toBe('{"a":null,"b":null,"c":[null]}');
});

it('keeps lists of plain values on one line', () => {
  expect(prettyJson({ a: [1, 2], b: [{ c: [] }], d: {} })).toBe(
    '{\n  "a": [1, 2],\n  "b": [\n    {\n      "c": []\n    }\n  ],\n  "d": {}\n}\n',
  );
});

it('is JSON of the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.parse(JSON.stringify(value));
      expect(JSON.parse(canonicalJson(value))).toEqual(plain);
      expect(JSON.parse(prettyJson(value))).toEqual(plain);
    }),
    { seed: 3 },
  );
});
