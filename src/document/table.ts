import type picocolors from 'picocolors';
import { type PrintedCell, type PrintedTable, printTable } from './cell.ts';
import type { Table } from './document.ts';
import { pad, printable, type Screen, toneColor, widthOf, wrap } from './terminal.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

const between = 2;
const narrowestText = 12;

/**
 * A table as lines of at most `screen.columns − 2` cells. Numbers are aligned on their last digit with intervals
 * beside them. What is too wide first wraps its text columns, then continues beneath with the first column repeated;
 * columns of one group stay together.
 */
export function tableLines(table: Table, screen: Screen, colors: Colors): string[] {
  const printed = asciiTable(printTable(table), screen.unicode);
  const room = screen.columns - 2;
  const widths = shrinkText(printed, measure(printed), room);
  const pieces = split(printed, widths, room);
  const lines = pieces.flatMap((piece, i) => [...(i === 0 ? [] : ['']), ...drawPiece(printed, piece, widths, colors)]);
  return [...lines, ...printed.footnotes.flatMap((text) => wrap(text, room).map((line) => colors.dim(line)))];
}

function asciiTable(table: PrintedTable, unicode: boolean): PrintedTable {
  const clean = (text: string) => printable(text, unicode);
  return {
    columns: table.columns.map((c) => ({
      ...c,
      group: c.group === null ? null : clean(c.group),
      label: clean(c.label),
      unit: clean(c.unit),
    })),
    rows: table.rows.map((row) => row.map((c) => ({ ...c, main: clean(c.main), beside: clean(c.beside) }))),
    footnotes: table.footnotes.map(clean),
  };
}

interface Widths {
  readonly main: number;
  readonly beside: number;
  /** Of the whole column, header included. */
  readonly total: number;
}

function measure(table: PrintedTable): Widths[] {
  return table.columns.map((column, i) => {
    const main = Math.max(0, ...table.rows.map((row) => widthOf(row[i]?.main ?? '')));
    const beside = Math.max(0, ...table.rows.map((row) => widthOf(row[i]?.beside ?? '')));
    const body = main + (beside > 0 ? beside + 1 : 0);
    const head = Math.max(widthOf(column.label), column.group === null ? widthOf(column.unit) : 0);
    return { main, beside, total: Math.max(body, head) };
  });
}

const sum = (widths: readonly Widths[]): number => widths.reduce((total, w) => total + w.total + between, -between);

/** Takes what is missing from the widest text column, again and again, down to a readable minimum. */
function shrinkText(table: PrintedTable, natural: readonly Widths[], room: number): Widths[] {
  const widths = [...natural];
  for (let over = sum(widths) - room; over > 0; over = sum(widths) - room) {
    const texts = widths.flatMap((w, i) => (table.columns[i]?.align === 'left' && w.total > narrowestText ? [i] : []));
    const widest = texts.reduce<number | null>(
      (best, i) => (best === null || widths[i]!.total > widths[best]!.total ? i : best),
      null,
    );
    if (widest === null) break;
    const total = Math.max(narrowestText, widths[widest]!.total - over);
    widths[widest] = { main: total, beside: 0, total };
  }
  return widths.map((w) => (w.total > room ? { main: room, beside: 0, total: room } : w));
}

/** Column indices of each piece; the first column leads every one. */
function split(table: PrintedTable, widths: readonly Widths[], room: number): number[][] {
  const units: number[][] = [];
  table.columns.forEach((column, i) => {
    const before = table.columns[i - 1];
    if (i > 1 && column.group !== null && column.group === before?.group) units.at(-1)!.push(i);
    else units.push([i]);
  });
  const [first = [], ...rest] = units;
  const pieces: number[][] = [[...first]];
  const width = (indices: readonly number[]) => sum(indices.map((i) => widths[i]!));
  for (const unit of rest) {
    const fits = width([...pieces.at(-1)!, ...unit]) <= room;
    if (fits) pieces.at(-1)!.push(...unit);
    else if (width([...first, ...unit]) <= room || unit.length === 1) pieces.push([...first, ...unit]);
    else
      for (const i of unit) {
        if (width([...pieces.at(-1)!, i]) <= room) pieces.at(-1)!.push(i);
        else pieces.push([...first, i]);
      }
  }
  return pieces;
}

function drawPiece(
  table: PrintedTable,
  indices: readonly number[],
  widths: readonly Widths[],
  colors: Colors,
): string[] {
  const header = headerLines(table, indices, widths).map((line) => colors.dim(line));
  const body = table.rows.flatMap((row) => {
    const cells = indices.map((i) => cellLines(row[i] ?? emptyCell, widths[i]!, colors));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, n) =>
      joined(cells.map((lines, k) => lines[n] ?? ' '.repeat(widths[indices[k]!]!.total))),
    );
  });
  return [...header, ...body];
}

const emptyCell: PrintedCell = { main: '', beside: '', tone: 'plain', align: 'left' };
const joined = (cells: readonly string[]): string => cells.join(' '.repeat(between)).trimEnd();

function cellLines(cell: PrintedCell, width: Widths, colors: Colors): string[] {
  const paint = (text: string) => (cell.tone === 'plain' ? text : colors[toneColor[cell.tone]](text));
  if (cell.align === 'left' && widthOf(cell.main) > width.total)
    return wrap(cell.main, width.total).map((line) => paint(pad(line, width.total, 'right')));
  const beside = width.beside === 0 ? '' : ` ${pad(cell.beside, width.beside, 'right')}`;
  const main = pad(cell.main, width.main, cell.align);
  return [pad(paint(main) + (beside === '' ? '' : colors.dim(beside)), width.total, cell.align)];
}

/** One or two lines: groups and, for columns outside a group, the name; then the label or unit. Empty ones are left out. */
function headerLines(table: PrintedTable, indices: readonly number[], widths: readonly Widths[]): string[] {
  const top: string[] = [];
  const bottom: string[] = [];
  for (let k = 0; k < indices.length; ) {
    const column = table.columns[indices[k]!]!;
    let end = k + 1;
    while (column.group !== null && end < indices.length && table.columns[indices[end]!]?.group === column.group) end++;
    const members = indices.slice(k, end);
    if (column.group === null) {
      top.push(pad(column.label, widths[indices[k]!]!.total, column.align));
      bottom.push(pad(column.unit, widths[indices[k]!]!.total, column.align));
    } else {
      const width = sum(members.map((i) => widths[i]!));
      top.push(groupName(column.group, column.unit, width));
      bottom.push(joined(members.map((i) => headOver(table, i, widths[i]!))).padEnd(width));
    }
    k = end;
  }
  return [joined(top), joined(bottom)].filter((line) => line.trim() !== '');
}

/** A label stands over the digits, not over the interval beside them. */
function headOver(table: PrintedTable, index: number, width: Widths): string {
  const { label, align } = table.columns[index]!;
  const over = width.total - (width.beside > 0 ? width.beside + 1 : 0);
  return align === 'right' && widthOf(label) <= over
    ? pad(pad(label, over, 'left'), width.total, 'right')
    : pad(label, width.total, align);
}

/** Centred-left over its columns; the unit goes along when there is room. */
function groupName(name: string, unit: string, width: number): string {
  const full = unit === '' ? name : `${name} ${unit}`;
  const shown = widthOf(full) <= width ? full : name;
  return pad(shown.length > width ? shown.slice(0, width) : shown, width, 'left');
}
