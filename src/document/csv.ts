import { type Options, stringify } from 'csv-stringify/sync';
import { printCell } from './cell.ts';
import type { Cell, Document, Rows, Table } from './document.ts';
import { rawNumber } from './number.ts';

type Value = string | number | boolean | null;

/**
 * RFC 4180 with LF: numbers with all their digits and a point, unknown values empty, booleans `true` and `false`.
 * Text that a spreadsheet would run as a formula gets an apostrophe in front: names come from servers.
 */
const format: Options = {
  escape_formulas: true,
  cast: {
    boolean: (value) => String(value),
    number: (value) => (rawNumber(value) === null ? '' : String(value)),
  },
};

/** Writes one flat table with a header line. */
export function csv({ columns, rows }: Rows): string {
  return stringify([[...columns], ...Array.from(rows, (row) => [...row])], format);
}

const rowsPerPiece = 256;

/** The same as text pieces of some hundred lines, for tables larger than memory. */
export async function* csvPieces(
  columns: readonly string[],
  rows: Iterable<readonly Value[]> | AsyncIterable<readonly Value[]>,
): AsyncGenerator<string> {
  let batch: Value[][] = [[...columns]];
  for await (const row of rows) {
    batch.push([...row]);
    if (batch.length < rowsPerPiece) continue;
    yield stringify(batch, format);
    batch = [];
  }
  if (batch.length > 0) yield stringify(batch, format);
}

/** A document as CSV: its flat rows; where it has none, its first table. */
export function renderCsv(document: Document): string {
  const table = document.blocks.find((block) => block.kind === 'table');
  return csv(document.rows ?? (table ? rowsOf(table) : { columns: [], rows: [] }));
}

/** A table's cells as raw values, units in the column names. */
export function rowsOf(table: Table): Rows {
  const name = (c: Table['columns'][number]) => [c.group, c.label, c.unit].filter((part) => part).join(' ');
  return { columns: table.columns.map(name), rows: table.rows.map((row) => row.map(rawCell)) };
}

function rawCell(cell: Cell): Value {
  if (cell === null || typeof cell === 'string') return cell;
  return 'value' in cell ? rawNumber(cell.value) : printCell(cell);
}
