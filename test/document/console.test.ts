import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderConsole } from '../../src/document/console.ts';
import { type Block, type Cell, type Document, note, number, paragraph } from '../../src/document/document.ts';
import { type Screen, widthOf } from '../../src/document/terminal.ts';

const plain: Screen = { columns: 80, color: false, unicode: true };
const page = (blocks: readonly Block[], more: Partial<Document> = {}): Document => ({
  title: 'title',
  subtitle: null,
  banners: [],
  verdict: null,
  rows: null,
  blocks,
  ...more,
});
const body = (blocks: readonly Block[], screen = plain) =>
  renderConsole(page(blocks), screen).split('\n').slice(2).join('\n');

const table = (rows: readonly (readonly Cell[])[]): Block => ({
  kind: 'table',
  title: null,
  scale: 'column',
  footnotes: [],
  columns: [
    { label: 'load', unit: 'none' },
    { label: 'output', unit: 'tokens/s' },
    { label: 'p50', group: 'TTFT', unit: 'ms' },
    { label: 'p99', group: 'TTFT', unit: 'ms' },
    { label: 'verdict' },
  ],
  rows,
});

describe('a table', () => {
  it('aligns digits, sets intervals beside them, and tells once why a cell is empty', () => {
    const rows: Cell[][] = [
      [
        '1',
        number(107.6, 'tokens/s', { interval: [105.8, 109.4] }),
        number(41.3, 'ms'),
        number(null, 'ms', { reason: 'too few' }),
        'VALID',
      ],
      ['16', number(1134, 'tokens/s', { interval: [1115, 1153] }), number(385, 'ms'), number(585.5, 'ms'), 'SUSPECT'],
    ];
    expect(`\n${body([table(rows)])}`).toMatchInlineSnapshot(`
      "
        load     output    TTFT ms    verdict
              tok/s        p50  p99
           1    108 ±2    41.3    –   VALID
          16  1,134 ±19    385  586   SUSPECT
        – too few
      "
    `);
  });
  it('numbers the reasons when there are several', () => {
    const rows: Cell[][] = [
      [
        '1',
        number(null, 'tokens/s', { reason: 'no tokens' }),
        number(1, 'ms'),
        number(null, 'ms', { reason: 'too few' }),
        null,
      ],
    ];
    expect(`\n${body([table(rows)])}`).toMatchInlineSnapshot(`
      "
        load  output    TTFT ms    verdict
               tok/s    p50  p99
           1     – ¹   1.00  – ²
        –¹ no tokens
        –² too few
      "
    `);
    expect(body([table(rows)], { ...plain, unicode: false })).toContain('-[1]');
  });
  it('goes on beneath when it is too wide, its first column repeated', () => {
    const rows: Cell[][] = [
      ['1', number(107.6, 'tokens/s'), number(41.3, 'ms'), number(50, 'ms'), 'a verdict that is a sentence'],
    ];
    expect(`\n${body([table(rows)], { ...plain, columns: 40 })}`).toMatchInlineSnapshot(`
      "
        load  output    TTFT ms
               tok/s    p50   p99
           1     108   41.3  50.0

        load  verdict
           1  a verdict that is a sentence
      "
    `);
  });
  it('has no row and still a head', () => {
    expect(body([table([])])).toContain('verdict');
  });
});

it('says verdict and banners in words where there is no colour, and colours them where there is', () => {
  const document = page([], {
    banners: [{ tone: 'warn', label: 'SIMULATED', text: 'no real server' }],
    verdict: {
      tone: 'bad',
      label: 'INVALID',
      text: 'do not quote',
      notes: [note('bad', 'All requests failed.', 'high_failures')],
    },
  });
  expect(renderConsole(document, plain)).toBe(
    'title\n\n[SIMULATED] no real server\n[INVALID] do not quote\n  ✗ All requests failed.\n',
  );
  expect(renderConsole(document, { ...plain, color: true })).toContain('\u001b[31m');
  expect(renderConsole(document, plain)).not.toContain('\u001b');
});

it('is never wider than the screen and never more than ASCII where that is all there is', () => {
  const word = fc.string({ unit: 'grapheme', maxLength: 50 });
  const cell: fc.Arbitrary<Cell> = fc.oneof(
    word,
    fc.record({
      value: fc.option(fc.double()),
      unit: fc.constantFrom('ms' as const, 'tokens/s' as const, 'share' as const),
      reason: fc.option(word),
    }),
    fc.constant(null),
  );
  const blocks = fc
    .tuple(fc.array(fc.tuple(cell, cell, cell, cell, cell), { maxLength: 4 }), word, word)
    .map(([rows, key, text]): Block[] => [
      table(rows),
      paragraph(text),
      note('warn', text),
      { kind: 'facts', items: [{ key, value: text }] },
      { kind: 'figures', items: [{ label: key, value: number(12.3, 'ms', { interval: [1, 20] }), note: text }] },
      {
        kind: 'checks',
        title: key,
        placeLabel: key,
        items: [{ place: null, text, outcome: 'missed', observed: number(1, 'ms'), reason: key }],
      },
    ]);
  fc.assert(
    fc.property(blocks, word, fc.integer({ min: 40, max: 120 }), fc.boolean(), (content, title, columns, unicode) => {
      const text = renderConsole(page(content, { title, banners: [{ tone: 'warn', label: 'LABEL', text: title }] }), {
        columns,
        color: false,
        unicode,
      });
      for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      if (!unicode) expect(text).toMatch(/^[\x20-\x7e\n]*$/);
      expect(text).not.toMatch(/undefined/);
    }),
    { seed: 1, numRuns: 200 },
  );
});
