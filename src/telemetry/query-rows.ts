import type { RawValue, Sample } from '../record/sample.ts';
import { LineSplitter } from './lines.ts';
import { isBlank, present, siNumber } from './quantity.ts';
import { emptySample } from './stamp.ts';
import type { Output, OutputReader, Place } from './stream-source.ts';

interface Column {
  readonly name: string;
  readonly unit: string | undefined;
}

/** A tool that writes comma-separated rows, one a device and tick, with or without header and units. */
export interface RowDialect {
  /** Name of the source, and of the tool in sentences. */
  readonly source: string;
  /** A header's cell taken apart; null for a cell that is none. */
  column(cell: string): { readonly name: string; readonly unit?: string | undefined } | null;
  /** Columns by which a row is known to be a device's; a header has one of them. */
  readonly identity: readonly string[];
  /** Unit of a column whose header and cells name none. */
  unitOf(name: string): string | undefined;
  /** Unix seconds that the row stamps; null for a time that cannot be told; undefined without one. */
  stampOf(row: Row): number | null | undefined;
  /** Fills a sample; false for a row that names no device. */
  fill(sample: Sample, row: Row): boolean;
  /** A line that says that a device is gone. */
  readonly lost?: RegExp;
}

/** Cells of a row by the names of their columns. */
export class Row {
  private readonly columns: readonly Column[];
  private readonly cells: readonly string[];

  constructor(columns: readonly Column[], cells: readonly string[]) {
    this.columns = columns;
    this.cells = cells;
  }

  /** A cell as it was written; undefined without the column. */
  cell(name: string): string | undefined {
    const at = this.columns.findIndex((column) => column.name === name);
    return at < 0 ? undefined : this.cells[at];
  }

  /** Text of the first column that is there; undefined where that has no value. */
  text(...names: string[]): string | undefined {
    const cell = names.map((name) => this.cell(name)).find((found) => found !== undefined);
    return cell === undefined || isBlank(cell) ? undefined : cell;
  }

  /** Number in SI of the first column that is there; undefined where that has no value. */
  number(...names: string[]): number | undefined {
    for (const name of names) {
      const at = this.columns.findIndex((column) => column.name === name);
      if (at >= 0) return siNumber(this.cells[at]!, this.columns[at]!.unit);
    }
    return undefined;
  }

  /** Names of the columns. */
  get names(): readonly string[] {
    return this.columns.map(({ name }) => name);
  }

  get raw(): RawValue[] {
    return this.columns.map(({ name, unit }, i) => present<RawValue>({ name, value: this.cells[i]!, unit }));
  }
}

/** Cells of a line: commas split, but not inside quotes or brackets, where Python writes its lists. */
export function cellsOf(line: string): string[] {
  if (!/["[]/.test(line)) return line.split(',').map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  let brackets = 0;
  for (const char of line) {
    if (char === '"') quoted = !quoted;
    else if (char === '[') brackets++;
    else if (char === ']') brackets = Math.max(0, brackets - 1);
    if (char === ',' && !quoted && brackets === 0) {
      cells.push(cell.trim());
      cell = '';
    } else if (char !== '"') cell += char;
  }
  return [...cells, cell.trim()];
}

/** Rows of a tool to samples. A row that does not have its columns is dropped, counted and said; a repeated header is none. */
export class RowReader implements OutputReader {
  private readonly dialect: RowDialect;
  private readonly out: Output;
  private readonly place: Place;
  private readonly lines = new LineSplitter();
  private columns: readonly Column[] | null;
  /** Rows that could not be read. */
  dropped = 0;

  /** @param fields names of the columns where the output has no header */
  constructor(dialect: RowDialect, out: Output, place: Place, fields: readonly string[] | null = null) {
    this.dialect = dialect;
    this.out = out;
    this.place = place;
    this.columns = fields?.map((name) => ({ name, unit: dialect.unitOf(name) })) ?? null;
  }

  push(bytes: Buffer): void {
    for (const line of this.lines.push(bytes)) if (line.trim() !== '') this.line(line);
  }

  private line(line: string): void {
    const cells = cellsOf(line);
    const header = this.headerOf(cells);
    if (header !== null) {
      this.columns = header;
      return;
    }
    // Banners before the header are no rows.
    if (this.columns === null && cells.length < 3 && this.dialect.lost?.test(line) !== true) return;
    if (this.columns === null || cells.length !== this.columns.length || !this.row(this.columns, cells))
      this.drop(line);
  }

  private row(columns: readonly Column[], cells: readonly string[]): boolean {
    const row = new Row(columns, cells);
    const sourceS = this.dialect.stampOf(row);
    const { clock, host } = this.place;
    const jumps = clock.jumps;
    const sample = emptySample(this.dialect.source, clock.stamp(host, sourceS ?? null));
    if (sourceS === null || clock.jumps > jumps) sample.quality.push('invalid_timestamp');
    if (clock.jumps > jumps)
      this.out.note(
        'invalid_timestamp',
        `The clock of ${host} was set while ${this.dialect.source} was read: the time of receipt was taken.`,
      );
    if (!this.dialect.fill(sample, row)) return false;
    sample.raw = row.raw;
    this.out.sample(sample);
    return true;
  }

  private drop(line: string): void {
    this.dropped++;
    const { source, lost } = this.dialect;
    if (lost?.test(line) === true) this.out.note('device_vanished', `${source}: ${line.trim().slice(0, 200)}`);
    else this.out.note('malformed_output', `${source} wrote lines that could not be read; they were left out.`);
  }

  private headerOf(cells: readonly string[]): Column[] | null {
    const columns = cells.map((cell) => this.dialect.column(cell));
    if (!columns.every((column) => column !== null)) return null;
    if (!columns.some(({ name }) => this.dialect.identity.includes(name))) return null;
    return columns.map(({ name, unit }) => ({ name, unit: unit ?? this.dialect.unitOf(name) }));
  }
}

/** A header such as `power.draw [W]`, as NVIDIA's tool writes it and others after it. */
export function queryColumn(cell: string): { readonly name: string; readonly unit?: string } | null {
  const found = /^([a-z][a-z0-9_.]*)(?:\s*\[(.+)\])?$/.exec(cell);
  if (found === null) return null;
  return found[2] === undefined ? { name: found[1]! } : { name: found[1]!, unit: found[2] };
}
