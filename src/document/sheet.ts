import type { Cells, Term } from './formula.ts';
import { reference } from './formula.ts';
import {
  type CellStyle,
  cellAddress,
  columnLetters,
  formulaCell,
  type Sheet,
  type SheetCell,
  type SheetChart,
  type SheetValue,
  valueCell,
} from './workbook.ts';

type AnyTerm = Term<number | string | boolean>;
/** A cell to be laid out: a bare value, a formula, a value or formula with its looks, or nothing. */
export type Draft = SheetValue | AnyTerm | Styled;
export interface Styled {
  readonly of: SheetValue | AnyTerm;
  readonly style: CellStyle;
}

/** A value or formula with its looks. */
export const styled = (of: SheetValue | AnyTerm, style: CellStyle): Styled => ({ of, style });

/** A sheet while it is being written, row by row. */
export interface SheetDraft {
  readonly name: string;
  /** Number of the next row, counted from 0. */
  readonly next: number;
  /** Writes a row and returns its number, counted from 0. */
  row(cells: readonly Draft[], style?: CellStyle): number;
  /** Writes a cell of a row that is there already, for formulas over cells to their left. */
  rewrite(row: number, column: number, draft: Draft): void;
  /** Leaves a row empty. */
  gap(): void;
  /** The cell as a term for other formulas, by its name where it has one. */
  at(row: number, column: number): Term;
  /** The same of a cell that may hold text. */
  textAt(row: number, column: number): Term<string>;
  /** Address of a cell that may not be written yet. */
  address(row: number, column: number): string;
  /** A column of numbers from one row to another, both included. */
  down(column: number, from: number, to: number): Cells;
  /** A row of numbers from one column to another, both included. */
  across(row: number, from: number, to: number): Cells;
  chart(chart: SheetChart): void;
  /** Lets rows step back while a formula over the first of them, with relative rows, is true. */
  fade(
    from: { readonly row: number; readonly column: number },
    to: { readonly row: number; readonly column: number },
    formula: string,
  ): void;
  finish(): Sheet;
}

export type SheetOptions = Omit<Sheet, 'name' | 'rows' | 'charts' | 'faded'>;

const defaults: SheetOptions = {
  widths: [],
  frozen: { rows: 0, columns: 0 },
  orientation: 'portrait',
  locked: true,
  tone: 'plain',
};

/** Starts a sheet. */
export function createSheet(name: string, options: Partial<SheetOptions> = {}): SheetDraft {
  const rows: (SheetCell | null)[][] = [];
  const charts: SheetChart[] = [];
  const faded: Sheet['faded'][number][] = [];
  const cellAt = (row: number, column: number): SheetCell => {
    const cell = rows[row]?.[column];
    if (!cell) throw new RangeError(`${cellAddress(name, row, column)} is empty`);
    return cell;
  };
  const textOf = (row: number, column: number) => cellAt(row, column).name ?? cellAddress(name, row, column);
  const rangeOf = (fromRow: number, fromColumn: number, toRow: number, toColumn: number) => {
    const last = cellAddress(name, toRow, toColumn);
    return `${cellAddress(name, fromRow, fromColumn)}:${last.slice(last.lastIndexOf('!') + 1)}`;
  };
  return {
    name,
    get next() {
      return rows.length;
    },
    row(cells, style = {}) {
      return rows.push(cells.map((draft) => cellOf(draft, style))) - 1;
    },
    rewrite(row, column, draft) {
      const cells = rows[row];
      if (!cells) throw new RangeError(`row ${row} of ${name} is not there`);
      while (cells.length < column) cells.push(null);
      cells[column] = cellOf(draft, {});
    },
    gap() {
      rows.push([]);
    },
    at(row, column) {
      const { value } = cellAt(row, column);
      return reference(textOf(row, column), typeof value === 'number' ? value : Number.NaN);
    },
    textAt(row, column) {
      return reference(textOf(row, column), String(cellAt(row, column).value ?? ''));
    },
    address: (row, column) => cellAddress(name, row, column),
    down(column, from, to) {
      const values = Array.from({ length: to - from + 1 }, (_, i) => numberOf(cellAt(from + i, column).value));
      return { text: rangeOf(from, column, to, column), values };
    },
    across(row, from, to) {
      const values = Array.from({ length: to - from + 1 }, (_, i) => numberOf(cellAt(row, from + i).value));
      return { text: rangeOf(row, from, row, to), values };
    },
    chart(chart) {
      charts.push(chart);
    },
    fade(from, to, formula) {
      faded.push({
        range: `${columnLetters(from.column)}${from.row + 1}:${columnLetters(to.column)}${to.row + 1}`,
        formula,
      });
    },
    finish: () => ({ ...defaults, ...options, name, rows, charts, faded }),
  };
}

const numberOf = (value: SheetValue): number => (typeof value === 'number' ? value : Number.NaN);

function cellOf(draft: Draft, style: CellStyle): SheetCell | null {
  if (draft === null) return null;
  if (typeof draft !== 'object') return valueCell(draft, style);
  const [of, looks] = 'of' in draft ? [draft.of, { ...style, ...draft.style }] : [draft, style];
  if (of === null || typeof of !== 'object') return valueCell(of, looks);
  return formulaCell(of.text, of.value, looks);
}
