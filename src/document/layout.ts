import type { PrintedTable } from './cell.ts';
import { widthOf } from './terminal.ts';

/** Width of a table's column in character cells. */
export interface ColumnWidth {
  readonly main: number;
  /** Of what stands beside the numbers; 0 when nothing does or when the column was narrowed. */
  readonly beside: number;
  /** Of the whole column, header included. */
  readonly total: number;
}

/** Columns that are drawn together, with the spaces in front of each. */
export interface Piece {
  readonly columns: readonly number[];
  readonly gaps: readonly number[];
  readonly width: number;
}

const between = 2;
const betweenGroups = 3;
const narrowestText = 12;

/**
 * Fits a table into `room` cells: text columns are narrowed first, then the table continues beneath with the first
 * column repeated. No piece is wider than `room`.
 */
export function layOut(table: PrintedTable, room: number): { widths: ColumnWidth[]; pieces: Piece[] } {
  const all = table.columns.map((_, i) => i);
  const natural = fitGroups(table, measure(table));
  const overOf = (widths: readonly ColumnWidth[]) => pieceOf(table, widths, all).width - room;
  const narrow = narrowText(table, natural, overOf);
  // Narrow text is worth its wrapping only where it saves the table from being split.
  const narrowed = overOf(narrow) <= 0 ? narrow : natural;
  const first = cap(narrowed[0], Math.floor(room / 2));
  const widths = narrowed.map((width, i) => (i === 0 ? first : cap(width, room - first.total - betweenGroups)));
  return { widths, pieces: split(table, widths, room) };
}

function measure(table: PrintedTable): ColumnWidth[] {
  return table.columns.map((_, i) => {
    const main = Math.max(0, ...table.rows.map((row) => widthOf(row[i]?.main ?? '')));
    const beside = Math.max(0, ...table.rows.map((row) => widthOf(row[i]?.beside ?? '')));
    return { main, beside, total: Math.max(main + (beside > 0 ? beside + 1 : 0), headWidth(table, i)) };
  });
}

const headWidth = (table: PrintedTable, i: number): number => {
  const column = table.columns[i]!;
  return Math.max(widthOf(column.label), column.group === null ? widthOf(column.unit) : 0);
};

/** Widens the first column of a group whose name is wider than its columns. */
function fitGroups(table: PrintedTable, natural: readonly ColumnWidth[]): ColumnWidth[] {
  const widths = [...natural];
  for (const unit of unitsOf(table)) {
    const head = table.columns[unit[0]!]!;
    if (head.group === null) continue;
    const missing = widthOf(groupHead(head)) - pieceOf(table, widths, unit).width;
    const first = widths[unit[0]!]!;
    if (missing > 0) widths[unit[0]!] = { ...first, main: first.main + missing, total: first.total + missing };
  }
  return widths;
}

/** The name of a group with the unit that its columns share. */
export const groupHead = ({ group, unit }: PrintedTable['columns'][number]): string =>
  unit === '' ? (group ?? '') : `${group ?? ''} ${unit}`;

/** Takes what is missing from the widest text column, again and again, down to a readable minimum. */
function narrowText(
  table: PrintedTable,
  natural: readonly ColumnWidth[],
  overOf: (widths: readonly ColumnWidth[]) => number,
): ColumnWidth[] {
  const widths = [...natural];
  const least = table.columns.map((_, i) => Math.max(narrowestText, headWidth(table, i)));
  for (let over = overOf(widths); over > 0; over = overOf(widths)) {
    const texts = widths.flatMap((w, i) => (table.columns[i]?.align === 'left' && w.total > least[i]! ? [i] : []));
    const widest = texts.reduce((best, i) => (best < 0 || widths[i]!.total > widths[best]!.total ? i : best), -1);
    if (widest < 0) break;
    widths[widest] = cap(widths[widest], Math.max(least[widest]!, widths[widest]!.total - over));
  }
  return widths;
}

const cap = (width: ColumnWidth | undefined, total: number): ColumnWidth =>
  width === undefined || width.total > total ? { main: total, beside: 0, total } : width;

/** Columns that stay together: those of one group; the first column stands alone. */
function unitsOf(table: PrintedTable): number[][] {
  const units: number[][] = [];
  table.columns.forEach((column, i) => {
    if (i > 1 && column.group !== null && column.group === table.columns[i - 1]?.group) units.at(-1)?.push(i);
    else units.push([i]);
  });
  return units;
}

function split(table: PrintedTable, widths: readonly ColumnWidth[], room: number): Piece[] {
  const [first = [], ...rest] = unitsOf(table);
  const fits = (columns: readonly number[]) => pieceOf(table, widths, columns).width <= room;
  const lists: number[][] = [[...first]];
  for (const unit of rest) {
    const together = fits([...first, ...unit]) ? [unit] : unit.map((column) => [column]);
    for (const columns of together) {
      if (fits([...lists.at(-1)!, ...columns])) lists.at(-1)!.push(...columns);
      else lists.push([...first, ...columns]);
    }
  }
  return lists.map((columns) => pieceOf(table, widths, columns));
}

function pieceOf(table: PrintedTable, widths: readonly ColumnWidth[], columns: readonly number[]): Piece {
  const gaps = columns.map((column, k) => {
    const [own, before] = [table.columns[column]?.group ?? null, table.columns[columns[k - 1] ?? -1]?.group ?? null];
    return k === 0 ? 0 : own === before ? between : betweenGroups;
  });
  const width = columns.reduce((total, column, k) => total + (widths[column]?.total ?? 0) + gaps[k]!, 0);
  return { columns, gaps, width };
}
