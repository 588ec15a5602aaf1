import { expect, it } from 'vitest';
import { csv, csvPieces, renderCsv } from '../../src/document/csv.ts';
import { type Document, number } from '../../src/document/document.ts';

it('writes all digits, empty for unknown, words for booleans, quotes where needed', () => {
  const text = csv({
    columns: ['a', 'b'],
    rows: [
      [0.1 + 0.2, null],
      [true, false],
      ['x,y', 'say "hi"'],
      [Number.NaN, 'line\nbreak'],
    ],
  });
  expect(text).toBe('a,b\n0.30000000000000004,\ntrue,false\n"x,y","say ""hi"""\n,"line\nbreak"\n');
});

it('disarms formulas in text and leaves negative numbers alone', () => {
  expect(csv({ columns: ['a', 'b'], rows: [['=1+1', -2]] })).toBe("a,b\n'=1+1,-2\n");
});

it('streams in pieces what it writes at once, reading no further than asked', async () => {
  const rows = Array.from({ length: 1000 }, (_, i) => [i, `row ${i}`]);
  const pieces: string[] = [];
  for await (const piece of csvPieces(['n', 'name'], rows)) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(2);
  expect(pieces.join('')).toBe(csv({ columns: ['n', 'name'], rows }));

  let read = 0;
  let closed = false;
  function* endless() {
    try {
      for (;;) yield [read++];
    } finally {
      closed = true;
    }
  }
  for await (const _ of csvPieces(['n'], endless())) break;
  expect(read).toBeLessThan(300);
  expect(closed).toBe(true);
});

it('writes the header alone when there is no row', async () => {
  const pieces: string[] = [];
  for await (const piece of csvPieces(['n'], [])) pieces.push(piece);
  expect(pieces).toEqual(['n\n']);
});

it('takes the first table of a document that has no flat rows', () => {
  const document: Document = {
    title: 't',
    subtitle: null,
    banners: [],
    verdict: null,
    rows: null,
    blocks: [
      {
        kind: 'table',
        title: null,
        scale: 'column',
        footnotes: [],
        columns: [{ label: 'load' }, { label: 'p50', group: 'TTFT', unit: 'ms' }],
        rows: [
          ['1', number(1234.5678, 'ms')],
          ['2', number(null, 'ms', { reason: 'too few' })],
        ],
      },
    ],
  };
  expect(renderCsv(document)).toBe('load,TTFT p50 ms\n1,1234.5678\n2,\n');
  expect(renderCsv({ ...document, blocks: [] })).toBe('\n');
});
