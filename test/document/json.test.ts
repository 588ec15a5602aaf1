import { expect, it } from 'vitest';
import { renderJson } from '../../src/document/json.ts';

it('keeps the order of keys and writes null for what JSON cannot hold, leaving no key out', () => {
  const value = {
    z: 1,
    a: Number.NaN,
    u: undefined,
    f: () => 1,
    i: Number.NEGATIVE_INFINITY,
    list: [undefined, 1],
    o: { b: null },
  };
  expect(renderJson(value, 0)).toBe('{"z":1,"a":null,"u":null,"f":null,"i":null,"list":[null,1],"o":{"b":null}}');
});

it('indents by two, or not at all', () => {
  expect(renderJson({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(renderJson(undefined, 0)).toBe('null');
});

it('writes maps, sets, typed arrays, dates and big integers', () => {
  const value = {
    m: new Map([['k', 1]]),
    s: new Set([2]),
    t: Float64Array.of(1.5, Number.NaN),
    d: new Date(0),
    b: 12n,
    bad: new Date('x'),
  };
  expect(JSON.parse(renderJson(value))).toEqual({
    m: { k: 1 },
    s: [2],
    t: [1.5, null],
    d: '1970-01-01T00:00:00.000Z',
    b: '12',
    bad: null,
  });
});

it('keeps a key named __proto__ and refuses a cycle', () => {
  expect(renderJson(JSON.parse('{"__proto__":1}'), 0)).toBe('{"__proto__":1}');
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  expect(() => renderJson(loop)).toThrow(TypeError);
});

it('writes the same object twice when it is no cycle', () => {
  const shared = { a: 1 };
  expect(renderJson([shared, shared], 0)).toBe('[{"a":1},{"a":1}]');
});
