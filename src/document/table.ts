import type picocolors from 'picocolors';
import { type PrintedCell, type PrintedTable, printTable } from './cell.ts';
import type { Table } from './document.ts';
import { type ColumnWidth, groupHead, layOut, type Piece } from './layout.ts';
import { align, printable, type Screen, toneColor, truncate, widthOf, wrap } from './terminal.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** A table that is ready to be drawn. */
interface Drawing {
  readonly table: PrintedTable;
  readonly widths: readonly ColumnWidth[];
  readonly colors: Colors;
  readonly unicode: boolean;
}

/**
 * A table as lines of at most `screen.columns − 2` cells: numbers aligned on their last digit with intervals beside
 * them, wide text wrapped, and what still does not fit continued beneath with the first column repeated.
 */
export function tableLines(table: Table, screen: Screen, colors: Colors): string[] {
  const printed = cleaned(printTable(table), screen.unicode);
  const room = screen.columns - 2;
  const { widths, pieces } = layOut(printed, room);
  const lines = pieces.flatMap((piece, i) => [
    ...(i === 0 ? [] : ['']),
    ...drawPiece(piece, { table: printed, widths, colors, unicode: screen.unicode }),
  ]);
  return [...lines, ...printed.footnotes.flatMap((text) => wrap(text, room).map((line) => colors.dim(line)))];
}

function cleaned(table: PrintedTable, unicode: boolean): PrintedTable {
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

function drawPiece(piece: Piece, drawing: Drawing): string[] {
  const { table, widths, colors } = drawing;
  const header = headerLines(piece, drawing).map((line) => colors.dim(line));
  const body = table.rows.flatMap((row) => {
    const cells = piece.columns.map((i) => cellLines(row[i] ?? emptyCell, widths[i]!, colors));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, n) =>
      joined(
        piece,
        cells.map((lines, k) => lines[n] ?? ' '.repeat(widths[piece.columns[k]!]!.total)),
      ),
    );
  });
  return [...header, ...body];
}

const emptyCell: PrintedCell = { main: '', beside: '', tone: 'plain', align: 'left' };

const joined = (piece: Piece, cells: readonly string[]): string =>
  cells.map((cell, k) => ' '.repeat(piece.gaps[k] ?? 0) + cell).join('');

function cellLines(cell: PrintedCell, width: ColumnWidth, colors: Colors): string[] {
  const paint = (text: string) => (cell.tone === 'plain' ? text : colors[toneColor[cell.tone]](text));
  const whole = cell.beside === '' ? cell.main : `${cell.main} ${cell.beside}`;
  if (width.beside === 0) return wrap(whole, width.total).map((line) => align(paint(line), width.total, cell.align));
  const main = paint(align(cell.main, width.main, cell.align));
  return [align(`${main} ${colors.dim(align(cell.beside, width.beside, 'left'))}`, width.total, cell.align)];
}

/**
 * One or two lines: the groups and, of columns outside a group, the names; then labels and units. A line without
 * words is left out.
 */
function headerLines(piece: Piece, { table, widths, unicode }: Drawing): string[] {
  let [top, bottom] = ['', ''];
  const head = (text: string, i: number) => over(text, table.columns[i]!, widths[i]!, unicode);
  for (let k = 0; k < piece.columns.length; ) {
    const index = piece.columns[k]!;
    const column = table.columns[index]!;
    const gap = ' '.repeat(piece.gaps[k]!);
    let end = k + 1;
    while (column.group !== null && table.columns[piece.columns[end] ?? -1]?.group === column.group) end++;
    const labels = piece.columns
      .slice(k, end)
      .map((i, n) => ' '.repeat(n === 0 ? 0 : piece.gaps[k + n]!) + head(table.columns[i]!.label, i));
    const under = column.group === null ? head(column.unit, index) : labels.join('');
    top += gap + (column.group === null ? head(column.label, index) : groupLine(column, under, unicode));
    bottom += gap + under;
    k = end;
  }
  return [top, bottom].filter((line) => line.trim() !== '');
}

/** A group's name stands over its first label. */
function groupLine(column: PrintedTable['columns'][number], under: string, unicode: boolean): string {
  const width = widthOf(under);
  const start = under.length - under.trimStart().length;
  const name = truncate(groupHead(column), width, unicode);
  return align(' '.repeat(Math.min(start, width - widthOf(name))) + name, width, 'left');
}

/** A head stands over the digits, not over the interval beside them. */
function over(text: string, column: PrintedTable['columns'][number], width: ColumnWidth, unicode: boolean): string {
  const digits = width.total - (width.beside > 0 ? width.beside + 1 : 0);
  const shown = truncate(text, width.total, unicode);
  if (column.align === 'right' && widthOf(shown) <= digits)
    return align(align(shown, digits, 'right'), width.total, 'left');
  return align(shown, width.total, column.align);
}
