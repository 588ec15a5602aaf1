import type { Range, Unit } from './number.ts';

/** What a mark or colour says: good, doubtful, wrong, or merely worth knowing. */
export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'plain';

/**
 * A report free of any format: what to say, in order, with numbers still numbers. Renderers decide how it looks on a
 * terminal, in Markdown, on paper; none of them needs to know what was measured.
 */
export interface Document {
  readonly title: string;
  /** One line under the title: when, from where. */
  readonly subtitle: string | null;
  /** Facts that must not be overlooked whatever the format, e.g. SIMULATED; before everything else. */
  readonly banners: readonly Banner[];
  /** The one judgement of the document, with the sentences that led to it; null where nothing is judged. */
  readonly verdict: Verdict | null;
  readonly blocks: readonly Block[];
  /** The same as one flat table of raw values, for CSV and spreadsheets; null where there is none. */
  readonly rows: Rows | null;
}

export interface Banner {
  readonly tone: Tone;
  /** One word in capitals. */
  readonly label: string;
  readonly text: string;
}

export interface Verdict extends Banner {
  readonly notes: readonly Note[];
}

export type Block = Heading | Paragraph | Note | Figures | Facts | Table | Checks | Chart | Code;

export interface Heading {
  readonly kind: 'heading';
  readonly level: 1 | 2;
  readonly text: string;
}

export interface Paragraph {
  readonly kind: 'paragraph';
  readonly text: string;
}

/** A sentence with a severity and, for scripts and searches, a stable code. */
export interface Note {
  readonly kind: 'note';
  readonly tone: Tone;
  readonly code: string | null;
  readonly text: string;
}

/** The few numbers to read first: large in HTML, one row on a terminal. */
export interface Figures {
  readonly kind: 'figures';
  readonly items: readonly { readonly label: string; readonly value: NumberCell; readonly note: string | null }[];
}

/** Keys and values. */
export interface Facts {
  readonly kind: 'facts';
  readonly items: readonly { readonly key: string; readonly value: Cell }[];
}

export interface Table {
  readonly kind: 'table';
  readonly title: string | null;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Whose numbers share a unit: those of a column (or of its group), or those of a row, which then names its unit. */
  readonly scale: 'column' | 'row';
  readonly footnotes: readonly string[];
}

export interface Column {
  readonly label: string;
  /** Columns side by side under one name, e.g. p50, p90, p99 under TTFT; they stay together and share a scale. */
  readonly group?: string;
  /** Unit of the column's numbers; a column without one holds text. */
  readonly unit?: Unit;
}

/** Text may be a bare string; `null` is a cell that has no meaning here and stays empty. */
export type Cell = string | TextCell | NumberCell | null;

export interface TextCell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface NumberCell {
  /** null prints as a dash, and its reason beneath the table. */
  readonly value: number | null;
  readonly unit: Unit;
  readonly interval?: Range | null;
  readonly reason?: string | null;
  readonly tone?: Tone;
}

/** Statements that were put to the test: objectives, gates. */
export interface Checks {
  readonly kind: 'checks';
  readonly title: string;
  /** What the places of the items are, e.g. the kind of load. */
  readonly placeLabel: string;
  readonly items: readonly Check[];
}

export interface Check {
  /** Where it was checked, e.g. the load; null when there is one place only. */
  readonly place: string | null;
  readonly text: string;
  readonly outcome: 'met' | 'missed' | 'unknown';
  readonly observed: NumberCell | null;
  /** Why it could not be told, or what was wrong. */
  readonly reason: string | null;
}

export type Chart = LineChart | BarChart | Histogram | CurveChart | TornadoChart | StackChart;

/** Values over an axis, one line a series; series of different units get panels of their own above one axis. */
export interface LineChart {
  readonly kind: 'chart';
  readonly shape: 'line';
  readonly title: string;
  readonly x: { readonly label: string; readonly unit: Unit; readonly values: readonly number[] };
  readonly series: readonly Series[];
}

/** One bar a category and series. */
export interface BarChart {
  readonly kind: 'chart';
  readonly shape: 'bars';
  readonly title: string;
  readonly categories: { readonly label: string; readonly names: readonly string[] };
  readonly series: readonly Series[];
}

export interface Series {
  readonly name: string;
  readonly unit: Unit;
  readonly values: readonly (number | null)[];
}

/** A distribution: `edges` has one entry more than `counts`. */
export interface Histogram {
  readonly kind: 'chart';
  readonly shape: 'histogram';
  readonly title: string;
  readonly unit: Unit;
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Curves over one another on common axes, for crossings. */
export interface CurveChart {
  readonly kind: 'chart';
  readonly shape: 'curves';
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly Curve[];
  /** Places worth pointing at; numbered in the drawing and told beneath it. */
  readonly marks: readonly { readonly label: string; readonly x: number; readonly y: number }[];
}

export interface Axis {
  readonly label: string;
  readonly unit: Unit;
}

export interface Curve {
  readonly name: string;
  /** Straight from point to point, or level until the next x and then upright. */
  readonly form: 'line' | 'steps';
  /** Ascending in x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What one assumption at a time does to an outcome: a bar a row from its low to its high, the widest first. */
export interface TornadoChart {
  readonly kind: 'chart';
  readonly shape: 'tornado';
  readonly title: string;
  /** Name and unit of the outcome, and its value with all assumptions at their base. */
  readonly outcome: Axis;
  readonly base: number;
  readonly rows: readonly { readonly name: string; readonly low: TornadoEnd; readonly high: TornadoEnd }[];
}

export interface TornadoEnd {
  /** The assumption's value in words. */
  readonly label: string;
  readonly outcome: number;
}

/** Amounts made of parts: one bar a name, its parts end to end. Parts are not negative. */
export interface StackChart {
  readonly kind: 'chart';
  readonly shape: 'stacks';
  readonly title: string;
  readonly unit: Unit;
  readonly names: readonly string[];
  /** Values in the order of the names; null and 0 leave no trace. */
  readonly parts: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** A command to type or a text to keep as it is. */
export interface Code {
  readonly kind: 'code';
  readonly language: string;
  readonly text: string;
}

/** Flat raw values; units stand in the column names. */
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly (string | number | boolean | null)[]>;
}

/** Turns a document into a file of one format. */
export type Render = (document: Document) => string | Uint8Array;

export const text = (value: string, tone: Tone = 'plain'): TextCell => ({ text: value, tone });

/** A number cell; `more` carries an interval, a tone, or the reason why the value is null. */
export const number = (
  value: number | null,
  unit: Unit,
  more: Pick<NumberCell, 'interval' | 'reason' | 'tone'> = {},
): NumberCell => ({ value, unit, ...more });

export const heading = (value: string, level: 1 | 2 = 1): Heading => ({ kind: 'heading', level, text: value });
export const paragraph = (value: string): Paragraph => ({ kind: 'paragraph', text: value });
export const note = (tone: Tone, value: string, code: string | null = null): Note => ({
  kind: 'note',
  tone,
  code,
  text: value,
});
