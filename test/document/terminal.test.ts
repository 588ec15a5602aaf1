import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { align, printable, screenOf, truncate, widthOf, wrap } from '../../src/document/terminal.ts';

describe('what a screen can show', () => {
  const tty = { isTTY: true, columns: 120 };
  it.each([
    [tty, {}, null, true],
    [tty, { NO_COLOR: '1' }, null, false],
    [tty, { NO_COLOR: '' }, null, true],
    [tty, { NO_COLOR: '1', FORCE_COLOR: '1' }, null, false],
    [tty, { TERM: 'dumb' }, null, false],
    [tty, {}, false, false],
    [{}, {}, null, false],
    [{}, { FORCE_COLOR: '1' }, null, true],
    [{}, { FORCE_COLOR: '0' }, null, false],
  ] as const)('colour of %j with %j and flag %s: %s', (stream, env, flag, color) =>
    expect(screenOf(stream, env, flag).color).toBe(color),
  );

  it.each([
    [{}, true],
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, false],
    [{ TERM: 'linux' }, false],
  ])('Unicode under %j: %s', (env, unicode) => expect(screenOf(tty, env).unicode).toBe(unicode));

  it('takes the width of the terminal, then COLUMNS, and stays within reason', () => {
    expect(screenOf(tty, {}).columns).toBe(120);
    expect(screenOf({}, {}).columns).toBe(100);
    expect(screenOf({}, { COLUMNS: '72' }).columns).toBe(72);
    expect(screenOf({}, { COLUMNS: 'wide' }).columns).toBe(100);
    expect(screenOf({ columns: 10 }, {}).columns).toBe(40);
    expect(screenOf({ columns: 400 }, {}).columns).toBe(160);
  });
});

it('drops what a server could do to a terminal', () => {
  expect(printable('a\u001b[31mred\u001b[0m\u001b]0;title\u0007b\u0000c\nd\te\u202ef', true)).toBe('aredbc d ef');
});

it('turns into ASCII what it knows, and a question mark what it does not', () => {
  expect(printable('±5 µs – p99 ≥ 3 · “x” ∞ 模', false)).toBe('+-5 us - p99 >= 3 | "x" inf ?');
});

it('wraps to a width, cutting only words that do not fit at all', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('http://a-very-long-host/v1 ok', 10)).toEqual(['http://a-v', 'ery-long-h', 'ost/v1 ok']);
  expect(wrap('', 10)).toEqual(['']);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 8, max: 30 }), (text, width) => {
      const lines = wrap(printable(text, true), width);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      expect(lines.join('').replaceAll(' ', '')).toBe(printable(text, true).replaceAll(' ', ''));
    }),
    { seed: 1, numRuns: 200 },
  );
});

it('truncates by cells, not by code units', () => {
  expect(truncate('模型模型', 5)).toBe('模型…');
  expect(truncate('abcdef', 6)).toBe('abcdef');
  expect(truncate('abcdef', 5, false)).toBe('ab...');
});

it('aligns by cells', () => {
  expect(align('模', 4, 'right')).toBe('  模');
  expect(align('ab', 4, 'left')).toBe('ab  ');
  expect(align('abcdef', 4, 'left')).toBe('abcdef');
});
