import type { Cell, Column, NumberCell, Table, Tone } from './document.ts';
import { absent, chooseScale, formatInterval, formatQuantity, formatScaled, type Scale, type Unit } from './number.ts';

/** A cell as words: the number and what stands beside it are apart, so that numbers can be aligned. */
export interface PrintedCell {
  readonly main: string;
  /** Interval or footnote mark. */
  readonly beside: string;
  readonly tone: Tone;
  readonly align: 'left' | 'right';
}

export interface PrintedColumn {
  readonly group: string | null;
  readonly label: string;
  /** Symbol of the unit that the whole column shares, else empty. */
  readonly unit: string;
  readonly align: 'left' | 'right';
}

/** A table with its numbers scaled and written, for renderers that print text. */
export interface PrintedTable {
  readonly columns: readonly PrintedColumn[];
  readonly rows: readonly (readonly PrintedCell[])[];
  /** Why cells are empty, then the table's own footnotes. */
  readonly footnotes: readonly string[];
}

const isNumber = (cell: Cell | undefined): cell is NumberCell =>
  typeof cell === 'object' && cell !== null && 'value' in cell;

/** A cell on its own, unit included. */
export function printCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return cell;
  if (!isNumber(cell)) return cell.text;
  const words = formatQuantity(cell.value, cell.unit, cell.interval);
  return cell.value === null && cell.reason ? `${words} (${cell.reason})` : words;
}

export const toneOf = (cell: Cell): Tone =>
  typeof cell === 'object' && cell !== null ? (cell.tone ?? 'plain') : 'plain';

/** Writes a table's cells: one scale a column, group or row, and each reason for an empty cell once, beneath. */
export function printTable(table: Table): PrintedTable {
  const reasons = [
    ...new Set(table.rows.flat().flatMap((c) => (isNumber(c) && c.value === null && c.reason ? [c.reason] : []))),
  ];
  const byRow = table.scale === 'row';
  const rowScales = table.rows.map((cells) => sharedScale(unitOf(cells), cells));
  const columnScales = table.columns.map((column, index) =>
    sharedScale(column.unit ?? null, cellsBeside(table, index)),
  );
  const rows = table.rows.map((cells, row) => {
    const printed = table.columns.map((column, index) => {
      const shared = byRow ? rowScales[row] : columnScales[index];
      return print(cells[index] ?? null, column, shared ?? noScale, reasons);
    });
    return byRow ? [...printed, unitCell(rowScales[row] ?? noScale)] : printed;
  });
  const columns = table.columns.map((column, index) =>
    printColumn(table, column, byRow ? noScale : columnScales[index]),
  );
  return {
    columns: byRow ? [...columns, { group: null, label: '', unit: '', align: 'left' }] : columns,
    rows,
    footnotes: [...reasons.map((reason, i) => `${absent}${markOf(i, reasons.length)} ${reason}`), ...table.footnotes],
  };
}

/** Columns of a group that differ in unit carry it in their labels. */
function printColumn(table: Table, column: Column, shared: SharedScale = noScale): PrintedColumn {
  const { symbol } = shared.scale;
  const align = column.unit ? 'right' : 'left';
  const group = column.group ?? null;
  const mixed = group !== null && table.columns.some((c) => c.group === group && c.unit !== column.unit);
  const label = mixed && symbol !== '' ? `${column.label} ${symbol}` : column.label;
  return { group, label, unit: mixed ? '' : symbol, align };
}

/** The unit and scale that cells share; cells of another unit are written with their own. */
interface SharedScale {
  readonly unit: Unit | null;
  readonly scale: Scale;
}
const noScale: SharedScale = { unit: null, scale: { symbol: '', per: 1 } };

function sharedScale(unit: Unit | null, cells: readonly (Cell | undefined)[]): SharedScale {
  if (unit === null) return noScale;
  const values = cells.flatMap((c) => (isNumber(c) && c.unit === unit ? [c.value] : []));
  return { unit, scale: chooseScale(unit, values) };
}

/** The cells of a column and of those that share its group and unit. */
function cellsBeside(table: Table, index: number): (Cell | undefined)[] {
  const own = table.columns[index];
  const together = table.columns.flatMap((c, i) =>
    i === index || (own?.group !== undefined && c.group === own.group && c.unit === own.unit) ? [i] : [],
  );
  return together.flatMap((i) => table.rows.map((row) => row[i]));
}

const marks = '¹²³⁴⁵⁶⁷⁸⁹';
/** One reason needs no number: the dash says it. */
const markOf = (index: number, count: number): string => (count < 2 ? '' : (marks[index] ?? `(${index + 1})`));

function print(cell: Cell, column: Column, shared: SharedScale, reasons: readonly string[]): PrintedCell {
  const style = { tone: toneOf(cell), align: column.unit ? ('right' as const) : ('left' as const) };
  if (!isNumber(cell)) return { main: printCell(cell), beside: '', ...style };
  if (cell.value === null) {
    const index = cell.reason ? reasons.indexOf(cell.reason) : -1;
    return { main: absent, beside: index < 0 ? '' : markOf(index, reasons.length), ...style };
  }
  if (cell.unit !== shared.unit) return { main: formatQuantity(cell.value, cell.unit), beside: '', ...style };
  return {
    main: formatScaled(cell.value, cell.unit, shared.scale),
    beside: formatInterval(cell.value, cell.interval, cell.unit, shared.scale),
    ...style,
  };
}

const unitOf = (cells: readonly Cell[]): Unit | null => cells.find(isNumber)?.unit ?? null;

const unitCell = ({ scale }: SharedScale): PrintedCell => ({
  main: scale.symbol,
  beside: '',
  tone: 'plain',
  align: 'left',
});
