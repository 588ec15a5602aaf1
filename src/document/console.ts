import picocolors from 'picocolors';
import { printCell, toneOf } from './cell.ts';
import { drawChart } from './chart.ts';
import { checksTable } from './check.ts';
import type { Banner, Block, Checks, Document, Facts, Figures, Note, Tone } from './document.ts';
import { chooseScale, formatInterval, formatScaled } from './number.ts';
import { tableLines } from './table.ts';
import { align, printable, type Screen, toneColor, widthOf, wrap } from './terminal.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** What the block writers share: the screen and its colours. */
interface Pen {
  readonly screen: Screen;
  readonly colors: Colors;
}

const indent = '  ';

/**
 * A document for a terminal: no line is wider than the screen, colour repeats what words already say, and without
 * Unicode everything is ASCII. Ends with a newline.
 */
export function renderConsole(document: Document, screen: Screen): string {
  const pen: Pen = { screen, colors: picocolors.createColors(screen.color) };
  const banners = [...document.banners, ...(document.verdict ? [document.verdict] : [])];
  const lines = titleLines(document, pen);
  if (banners.length > 0) lines.push('', ...banners.flatMap((banner) => bannerLines(banner, pen)));
  document.blocks.forEach((block, i) => {
    const before = document.blocks[i - 1];
    const tight = before?.kind === 'heading' || (before?.kind === 'note' && block.kind === 'note');
    lines.push(...(tight ? [] : ['']), ...blockLines(block, pen));
  });
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function titleLines({ title, subtitle }: Document, { screen, colors }: Pen): string[] {
  const lines = wrap(printable(title, screen.unicode), screen.columns).map((line) => colors.bold(line));
  const under = subtitle === null ? [] : wrap(printable(subtitle, screen.unicode), screen.columns);
  return [...lines, ...under.map((line) => colors.dim(line))];
}

/** The label stands out by inversion where there is colour and by brackets where there is none. */
function bannerLines(banner: Banner & { readonly notes?: readonly Note[] }, pen: Pen): string[] {
  const { screen, colors } = pen;
  const word = printable(banner.label, screen.unicode);
  const label = screen.color ? colors.inverse(colors.bold(colors[toneColor[banner.tone]](` ${word} `))) : `[${word}]`;
  const width = widthOf(word) + 2;
  const body = wrap(printable(banner.text, screen.unicode), screen.columns - width - 1);
  const lines = body.map((line, i) => (i === 0 ? `${label} ${line}` : ' '.repeat(width + 1) + line));
  return [...lines, ...(banner.notes ?? []).flatMap((note) => noteLines(note, pen))];
}

const toneMark: Record<Tone, readonly [unicode: string, ascii: string]> = {
  ok: ['✓', '+'],
  warn: ['!', '!'],
  bad: ['✗', 'x'],
  info: ['·', '-'],
  plain: ['·', '-'],
};

function noteLines(note: Note, { screen, colors }: Pen): string[] {
  const mark = toneMark[note.tone][screen.unicode ? 0 : 1];
  return wrap(printable(note.text, screen.unicode), screen.columns - 4).map((line, i) =>
    i === 0 ? `${indent}${colors[toneColor[note.tone]](mark)} ${line}` : `${indent}  ${line}`,
  );
}

function blockLines(block: Block, pen: Pen): string[] {
  const { screen, colors } = pen;
  const clean = (text: string) => printable(text, screen.unicode);
  switch (block.kind) {
    case 'heading':
      return wrap(clean(block.text), screen.columns).map((line) =>
        colors.bold(block.level === 1 ? colors.underline(line) : line),
      );
    case 'paragraph':
      return wrap(clean(block.text), screen.columns);
    case 'note':
      return noteLines(block, pen);
    case 'figures':
      return figureLines(block, pen);
    case 'facts':
      return factLines(block, pen);
    case 'checks':
      return checkLines(block, pen);
    case 'code':
      return block.text.split('\n').map((line) => indent + clean(line));
    case 'table':
      return [
        ...(block.title ? [colors.bold(clean(block.title))] : []),
        ...tableLines(block, screen, colors).map((line) => indent + line),
      ];
    case 'chart': {
      const paint = { data: colors.cyan, frame: colors.dim };
      const title = block.shape === 'histogram' ? [] : [colors.bold(clean(block.title))];
      const lines = drawChart(block, { width: screen.columns - 2, unicode: screen.unicode, paint });
      return [...title, ...lines.map((line) => indent + line)];
    }
  }
}

/** Label, number, and what stands beside it, in columns; as many beside each other as fit. */
function figureLines({ items }: Figures, { screen, colors }: Pen): string[] {
  const cells = items.map(({ label, value, note }) => {
    const scale = chooseScale(value.unit, [value.value]);
    const symbol = value.value === null ? '' : scale.symbol;
    const number = printable(`${formatScaled(value.value, value.unit, scale)} ${symbol}`.trim(), screen.unicode);
    const besides = [
      formatInterval(value.value, value.interval, value.unit, scale),
      note ?? (value.value === null ? value.reason : null),
    ];
    const beside = printable(besides.filter((part) => part).join(' '), screen.unicode);
    return { label: printable(label, screen.unicode), number, beside, tone: value.tone ?? 'plain' };
  });
  const room = screen.columns - 2;
  const widths = cells.map((c) =>
    Math.min(room, Math.max(widthOf(c.label), widthOf(c.number), Math.min(widthOf(c.beside), 28))),
  );
  const lines: string[] = [];
  for (let first = 0; first < cells.length; ) {
    let [last, used] = [first, widths[first] ?? 0];
    while (last + 1 < cells.length && used + 3 + (widths[last + 1] ?? 0) <= room) used += 3 + (widths[++last] ?? 0);
    const shown = cells
      .slice(first, last + 1)
      .map((c, i) => ({ ...c, width: widths[first + i] ?? 0, notes: wrap(c.beside, widths[first + i] ?? 1) }));
    const height = Math.max(...shown.map((c) => (c.beside === '' ? 0 : c.notes.length)));
    const row = (part: (c: (typeof shown)[number]) => string) =>
      indent + shown.map((c) => align(part(c), c.width, 'left')).join('   ');
    if (first > 0) lines.push('');
    lines.push(
      row((c) => colors.dim(c.label)),
      row((c) => colors.bold(colors[toneColor[c.tone]](c.number))),
    );
    for (let i = 0; i < height; i++) lines.push(row((c) => colors.dim(c.notes[i] ?? '')));
    first = last + 1;
  }
  return lines;
}

function factLines({ items }: Facts, { screen, colors }: Pen): string[] {
  const keys = items.map((item) => printable(item.key, screen.unicode));
  const margin = Math.min(Math.floor(screen.columns / 3), Math.max(0, ...keys.map(widthOf)));
  return items.flatMap(({ value }, i) => {
    const lines = wrap(printable(printCell(value), screen.unicode), screen.columns - margin - 4);
    return lines.map((line, n) => {
      const key = n === 0 ? align(keys[i] ?? '', margin, 'left') : ' '.repeat(margin);
      return `${indent}${colors.dim(key)}  ${colors[toneColor[toneOf(value)]](line)}`;
    });
  });
}

/** One place: a line a check. Several places: one row each, a column a check. */
function checkLines(checks: Checks, { screen, colors }: Pen): string[] {
  const table = checksTable(checks);
  return [
    colors.bold(printable(checks.title, screen.unicode)),
    ...tableLines(table, screen, colors).map((line) => indent + line),
  ];
}
