/**
 * A spreadsheet free of any file format: sheets of cells that hold values or formulas over other cells, with what they
 * look like said in words. A renderer turns it into a file; `sheet.ts` lays sheets out, `formula.ts` writes formulas.
 */
export interface Workbook {
  readonly title: string;
  readonly description: string;
  /** When it was made, for the file's properties; the same workbook with the same date gives the same bytes. */
  readonly createdAt: Date;
  readonly sheets: readonly Sheet[];
}

export interface Sheet {
  /** At most 31 characters, none of : * ? / \ [ ]. */
  readonly name: string;
  /** Widths in characters, from the first column on. */
  readonly widths: readonly number[];
  readonly rows: readonly (readonly (SheetCell | null)[])[];
  /** Rows at the top and columns at the left that stay in view; the rows are repeated on every printed page. */
  readonly frozen: { readonly rows: number; readonly columns: number };
  readonly orientation: 'portrait' | 'landscape';
  /** Locked: only input cells can be changed. */
  readonly locked: boolean;
  readonly tone: 'input' | 'result' | 'plain';
  readonly charts: readonly SheetChart[];
  /** Cells that step back while a formula over their first row is true, such as rows that count nothing. */
  readonly faded: readonly { readonly range: string; readonly formula: string }[];
}

export type SheetValue = string | number | boolean | null;

export interface SheetCell {
  /** Of a formula: its result, so that viewers that do not calculate show it. */
  readonly value: SheetValue;
  /** Without the equals sign. */
  readonly formula: string | null;
  readonly format: NumberFormat;
  readonly role: CellRole;
  /** Name of the cell in the whole workbook, by which formulas refer to it. */
  readonly name: string | null;
  /** What may be typed; null for anything. */
  readonly limits: Limits | null;
  /** Shown when the pointer rests on the cell. */
  readonly note: string | null;
  /** Long text breaks into lines instead of running out of its column. */
  readonly wrap: boolean;
  readonly link: string | null;
}

/** `input` cells may be changed; `result` is a calculated figure that people look for. */
export type CellRole =
  | 'plain'
  | 'title'
  | 'head'
  | 'section'
  | 'label'
  | 'soft'
  | 'input'
  | 'result'
  | 'ok'
  | 'warn'
  | 'bad';

/** usd: whole dollars; price: 4 decimals; rate: up to 6 digits after the point; all keep their full value beneath. */
export type NumberFormat = 'general' | 'whole' | 'usd' | 'price' | 'rate' | 'share' | 'decimal' | 'text';

/** A number between two ends, either of which may be open, or one of a few words; `wording` says what is wrong otherwise. */
export type Limits =
  | {
      readonly low: number | null;
      readonly high: number | null;
      readonly whole: boolean;
      readonly wording: string;
    }
  | { readonly choices: readonly string[]; readonly wording: string };

/** A chart over cells of the workbook, drawn by whoever opens it. `range` texts are like `Sheet!$A$2:$A$9`. */
export interface SheetChart {
  readonly kind: 'lines' | 'columns' | 'stacked-columns' | 'bars' | 'stacked-bars';
  readonly title: string;
  readonly x: { readonly title: string; readonly format: NumberFormat };
  readonly y: { readonly title: string; readonly format: NumberFormat };
  readonly series: readonly { readonly name: string; readonly categories: string; readonly values: string }[];
  /** Upper left cell, counted from 0, and its size in cells. */
  readonly at: { readonly row: number; readonly column: number; readonly rows: number; readonly columns: number };
}

const plainCell: SheetCell = {
  value: null,
  formula: null,
  format: 'general',
  role: 'plain',
  name: null,
  limits: null,
  note: null,
  wrap: false,
  link: null,
};

export type CellStyle = Partial<Omit<SheetCell, 'value' | 'formula'>>;

/** A cell that holds a value. */
export const valueCell = (value: SheetValue, style: CellStyle = {}): SheetCell => ({ ...plainCell, ...style, value });

/** A cell that holds a formula with its result. */
export const formulaCell = (formula: string, value: SheetValue, style: CellStyle = {}): SheetCell => ({
  ...plainCell,
  ...style,
  formula,
  value,
});

/** `A`, `Z`, `AA` … of a column counted from 0. */
export function columnLetters(column: number): string {
  let letters = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return letters;
}

/** A sheet's name as formulas write it. */
export const quotedSheet = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) ? name : `'${name.replaceAll("'", "''")}'`;

/** `Sheet!$B$3` of a cell counted from 0. */
export const cellAddress = (sheet: string, row: number, column: number): string =>
  `${quotedSheet(sheet)}!$${columnLetters(column)}$${row + 1}`;

/** A dotted id as a cell name: `owned.server.price_usd` becomes `owned_server_price_usd`. */
export function cellName(id: string): string {
  const name = id.replace(/[^A-Za-z0-9_]/g, '_');
  // What reads like a cell address or a row and column number is not allowed as a name.
  return /^([A-Za-z]{1,3}\d+|[rRcC](\d*[cC]?\d*)?|\d.*)$/.test(name) ? `_${name}` : name;
}
