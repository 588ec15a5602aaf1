import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import init, { Model } from '@ironcalc/wasm';
import { readXlsx } from 'hucre/xlsx';

const wasm = createRequire(import.meta.url)
  .resolve('@ironcalc/wasm')
  .replace(/wasm\.js$/, 'wasm_bg.wasm');
const ready = init({ module_or_path: readFileSync(wasm) });

export interface Recalculated {
  /** Value of a named cell. */
  named(name: string): number | string;
  /** Value of a cell like `Sheet!B3`. */
  cell(address: string): number | string;
  /** What was typed into a named cell: a value, or a formula with its equals sign. */
  typed(name: string): string;
  /** Types a value into a named cell and recalculates. */
  change(values: Readonly<Record<string, number | string | boolean>>): void;
  /** Every formula cell: its address, formula, the value stored in the file, and the one calculated now. */
  formulas(): { address: string; formula: string; cached: unknown; value: number | string }[];
  readonly names: readonly string[];
}

/**
 * Opens an XLSX file in IronCalc, a spreadsheet engine that shares no code with ours: the file is read cell by cell,
 * formulas are typed in, results are read with all their digits.
 */
export async function recalculate(file: Uint8Array): Promise<Recalculated> {
  await ready;
  const workbook = await readXlsx(file);
  const model = new Model('test', 'en', 'UTC', 'en');
  model.pauseEvaluation();
  const sheets = workbook.sheets.map(({ name }) => name);
  sheets.forEach((name, sheet) => {
    if (sheet > 0) model.newSheet();
    model.renameSheet(sheet, name);
  });
  // The engine looks names up slowly, a thousand times slower than cells: they become the cells that they stand for.
  const names = new Map((workbook.namedRanges ?? []).map(({ name, range }) => [name, range]));
  const formulaCells: { sheet: number; row: number; column: number; formula: string; cached: unknown }[] = [];
  workbook.sheets.forEach((source, sheet) => {
    source.rows.forEach((row, r) => {
      row.forEach((value, c) => {
        const cell = source.cells?.get(`${r},${c}`);
        if (cell?.formula !== undefined)
          formulaCells.push({
            sheet,
            row: r + 1,
            column: c + 1,
            formula: cell.formula,
            cached: cell.formulaResult ?? value,
          });
        else if (value !== null)
          model.setUserInput(sheet, r + 1, c + 1, typeof value === 'string' ? `'${value}` : inputOf(value));
      });
    });
  });
  for (const { sheet, row, column, formula } of formulaCells)
    model.setUserInput(sheet, row, column, `=${resolved(formula, names)}`);
  // The general format rounds to ten digits; seventeen are all there are.
  workbook.sheets.forEach((source, sheet) => {
    const height = source.rows.length;
    const width = Math.max(1, ...source.rows.map((row) => row.length));
    model.updateRangeStyle(
      { sheet, row: 1, column: 1, width, height: Math.max(1, height) },
      'num_fmt',
      '0.0000000000000000E+00',
    );
  });
  model.resumeEvaluation();
  model.evaluate();
  const place = (address: string): [number, number, number] => {
    const found = /^'?((?:[^']|'')+?)'?!\$?([A-Z]+)\$?(\d+)$/.exec(address);
    if (!found) throw new Error(`no cell ${address}`);
    const column = [...found[2]!].reduce((total, letter) => total * 26 + letter.charCodeAt(0) - 64, 0);
    return [sheets.indexOf(found[1]!.replaceAll("''", "'")), Number(found[3]), column];
  };
  const read = (sheet: number, row: number, column: number): number | string => {
    const text = model.getFormattedCellValue(sheet, row, column);
    const number = Number(text.replaceAll(',', ''));
    return text !== '' && Number.isFinite(number) ? number : text;
  };
  const rangeOf = (name: string): string => {
    const range = names.get(name);
    if (range === undefined) throw new Error(`no cell is named ${name}`);
    return range;
  };
  return {
    names: [...names.keys()],
    cell: (address) => read(...place(address)),
    named: (name) => read(...place(rangeOf(name))),
    typed: (name) => model.getCellContent(...place(rangeOf(name))),
    change(values) {
      model.pauseEvaluation();
      for (const [name, value] of Object.entries(values)) model.setUserInput(...place(rangeOf(name)), inputOf(value));
      model.resumeEvaluation();
      model.evaluate();
    },
    formulas: () =>
      formulaCells.map(({ sheet, row, column, formula, cached }) => ({
        address: `${sheets[sheet]}!${String.fromCharCode(64 + column)}${row}`,
        formula,
        cached,
        value: read(sheet, row, column),
      })),
  };
}

/** Names outside of quoted texts and sheet names replaced by their cells. */
function resolved(formula: string, names: ReadonlyMap<string, string>): string {
  return formula
    .split(/("(?:[^"]|"")*"|'(?:[^']|'')*'!)/)
    .map((part, i) =>
      i % 2 === 1
        ? part
        : part.replace(/[A-Za-z_][A-Za-z0-9_.]*(?![A-Za-z0-9_.!(])/g, (word) => names.get(word) ?? word),
    )
    .join('');
}

/** A formula, a text as it is, or a number; what looks like a number stays one. */
const inputOf = (value: unknown): string => {
  if (typeof value !== 'string') return String(value).toUpperCase();
  return value.startsWith('=') || (value !== '' && Number.isFinite(Number(value))) || /^(TRUE|FALSE)$/.test(value)
    ? value
    : `'${value}`;
};
