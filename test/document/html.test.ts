import { expect, it } from 'vitest';
import { type Block, type Document, note, number } from '../../src/document/document.ts';
import { renderHtml } from '../../src/document/html.ts';
import { renderJunit } from '../../src/document/junit.ts';
import { markup } from '../../src/document/xml.ts';

const nasty = `<img src=x onerror="alert('1')">&\u001b[31m\u0007`;
const blocks: Block[] = [
  { kind: 'heading', level: 1, text: nasty },
  { kind: 'paragraph', text: nasty },
  note('bad', nasty, nasty),
  { kind: 'facts', items: [{ key: nasty, value: nasty }] },
  { kind: 'figures', items: [{ label: nasty, value: number(12, 'ms', { interval: [11, 13] }), note: nasty }] },
  {
    kind: 'table',
    title: nasty,
    scale: 'column',
    footnotes: [nasty],
    columns: [{ label: nasty }, { label: 'p50', group: nasty, unit: 'ms' }, { label: 'p99', group: nasty, unit: 'ms' }],
    rows: [[nasty, number(1, 'ms'), number(null, 'ms', { reason: nasty })]],
  },
  {
    kind: 'chart',
    shape: 'line',
    title: nasty,
    x: { label: nasty, unit: 'ms', values: [0, 1, 2, 3] },
    series: [{ name: nasty, unit: 'ms', values: [1, null, 3, 4] }],
  },
  {
    kind: 'chart',
    shape: 'bars',
    title: nasty,
    categories: { label: nasty, names: [nasty] },
    series: [{ name: nasty, unit: 'ms', values: [0] }],
  },
  { kind: 'chart', shape: 'histogram', title: nasty, unit: 'ms', edges: [0, 1, 2], counts: [0, 0] },
  {
    kind: 'chart',
    shape: 'curves',
    title: nasty,
    x: { label: nasty, unit: 'months' },
    y: { label: nasty, unit: 'usd' },
    curves: [
      {
        name: nasty,
        form: 'steps',
        points: [
          [0, 1],
          [1, 2],
        ],
      },
    ],
    marks: [{ label: nasty, x: 0, y: 1 }],
  },
  {
    kind: 'chart',
    shape: 'tornado',
    title: nasty,
    outcome: { label: nasty, unit: 'usd' },
    base: 0,
    rows: [{ name: nasty, low: { label: nasty, outcome: -1 }, high: { label: nasty, outcome: 1 } }],
  },
  { kind: 'chart', shape: 'stacks', title: nasty, unit: 'usd', names: [nasty], parts: [{ name: nasty, values: [1] }] },
  { kind: 'code', language: 'sh', text: `${nasty}\nsecond line` },
  {
    kind: 'checks',
    title: nasty,
    placeLabel: 'in flight',
    items: [
      { place: '1', text: 'ttft.p99 < 500ms', outcome: 'met', observed: number(100, 'ms'), reason: null },
      { place: '4', text: 'ttft.p99 < 500ms', outcome: 'missed', observed: number(600, 'ms'), reason: null },
      { place: '8', text: 'ttft.p99 < 500ms', outcome: 'unknown', observed: null, reason: nasty },
    ],
  },
];
const page: Document = {
  title: nasty,
  subtitle: nasty,
  banners: [{ tone: 'warn', label: 'SIMULATED', text: nasty }],
  verdict: { tone: 'bad', label: 'INVALID', text: nasty, notes: [note('bad', 'All failed.', 'high_failures')] },
  blocks,
  rows: null,
};

/** Fails on a tag that is not closed in order; knows the void elements that the renderer uses. */
function wellFormed(text: string): string[] {
  const open: string[] = [];
  for (const [, close, name, , empty] of text.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(\/?)>/g,
  )) {
    if (empty === '/' || ['meta', 'br'].includes(name!)) continue;
    if (close === '') open.push(name!);
    else if (open.pop() !== name) return [`</${name}> closes nothing`];
  }
  return open;
}

it('is one file that loads nothing and runs nothing', () => {
  const html = renderHtml(page);
  expect(html).not.toMatch(/<(script|link|img|iframe|object)|@import|url\(/i);
  expect(html.startsWith('<!doctype html>')).toBe(true);
});

it('lets no markup and no control character of a text through, and closes every tag', () => {
  for (const text of [renderHtml(page), renderJunit(page)]) {
    expect(text).not.toContain('<img');
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    expect(text).not.toMatch(/NaN|undefined/);
    expect(wellFormed(text.replace(/<!doctype html>|<\?xml[^>]*>|<style>[\s\S]*<\/style>/g, ''))).toEqual([]);
  }
});

it('keeps the lines of code and the gap in a line', () => {
  const html = renderHtml(page);
  expect(html).toContain('\nsecond line</code>');
  expect(html.match(/<path d="M[^"]*M/)).not.toBeNull();
});

it('makes the verdict an error, a missed check a failure, an unknown one skipped', () => {
  const xml = renderJunit(page);
  expect(xml).toContain('tests="4" failures="1" errors="1" skipped="1"');
  expect(xml).toContain('<testcase classname="verdict" name="verdict"><error message="INVALID: ');
  expect(xml).toContain('name="ttft.p99 &lt; 500ms at in flight 4"><failure message="observed 600 ms" type="missed"/>');
  expect(xml).toMatch(/at in flight 8"><skipped message="nothing observed, /);
});

it('has a report with nothing to test', () => {
  expect(renderJunit({ ...page, verdict: null, blocks: [] })).toContain(
    'tests="0" failures="0" errors="0" skipped="0"',
  );
});

it('drops what XML forbids', () => {
  expect(markup('a\u0000b\ufffe\ud800c & "d"')).toBe('ab\ufffdc &amp; &quot;d&quot;');
});
