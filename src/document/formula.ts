import { cellName } from './workbook.ts';

/**
 * Formulas that know their result: each operation writes the text and computes the value in one go, so that what a
 * viewer without a calculator shows is what the formula gives. Numbers are IEEE doubles on both sides.
 */
export interface Term<T extends number | string | boolean = number> {
  readonly text: string;
  readonly value: T;
  /** Binding strength of the outermost operator: 0 comparison, 1 sum, 2 product, 3 power, 4 atom. */
  readonly binds: number;
}

/** Cells side by side or beneath each other. */
export interface Cells {
  readonly text: string;
  readonly values: readonly number[];
}

export type Operand = Term | number;

const atom = <T extends number | string | boolean>(text: string, value: T): Term<T> => ({ text, value, binds: 4 });

/** Negative numbers are put in brackets: in a spreadsheet −2^2 is 4. */
function termOf(value: Operand): Term {
  if (typeof value !== 'number') return value;
  return value < 0 || Object.is(value, -0)
    ? atom(`(${String(value)})`, value)
    : atom(String(value).toUpperCase(), value);
}

export const constant = (value: number): Term => termOf(value);
export const words = (value: string): Term<string> => atom(`"${value.replaceAll('"', '""')}"`, value);
/** A cell by its address or name. */
export const reference = <T extends number | string | boolean>(text: string, value: T): Term<T> => atom(text, value);
/** A named cell by the dotted id that it belongs to. */
export const named = (id: string, value: number): Term => atom(cellName(id), value);

const inside = (term: Term<number | string | boolean>, binds: number): string =>
  term.binds < binds ? `(${term.text})` : term.text;

function chain(
  operands: readonly Operand[],
  sign: '+' | '*',
  binds: number,
  fold: (a: number, b: number) => number,
): Term {
  const terms = operands.map(termOf);
  const [first = termOf(sign === '+' ? 0 : 1)] = terms;
  if (terms.length < 2) return first;
  const value = terms.slice(1).reduce((total, term) => fold(total, term.value), first.value);
  return { text: terms.map((term) => inside(term, binds)).join(sign), value, binds };
}

export const plus = (...operands: readonly Operand[]): Term => chain(operands, '+', 1, (a, b) => a + b);
export const times = (...operands: readonly Operand[]): Term => chain(operands, '*', 2, (a, b) => a * b);

export function minus(a: Operand, b: Operand): Term {
  const [left, right] = [termOf(a), termOf(b)];
  return { text: `${inside(left, 1)}-${inside(right, 2)}`, value: left.value - right.value, binds: 1 };
}

export function over(a: Operand, b: Operand): Term {
  const [left, right] = [termOf(a), termOf(b)];
  return { text: `${inside(left, 2)}/${inside(right, 3)}`, value: left.value / right.value, binds: 2 };
}

export function power(a: Operand, b: Operand): Term {
  const [base, exponent] = [termOf(a), termOf(b)];
  return { text: `${inside(base, 4)}^${inside(exponent, 4)}`, value: base.value ** exponent.value, binds: 3 };
}

type Sign = '<' | '<=' | '>' | '>=' | '=' | '<>';
const holds: Record<Sign, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
};

export function compare(a: Operand, sign: Sign, b: Operand): Term<boolean> {
  const [left, right] = [termOf(a), termOf(b)];
  return {
    text: `${inside(left, 1)}${sign}${inside(right, 1)}`,
    value: holds[sign](left.value, right.value),
    binds: 0,
  };
}

export const both = (a: Term<boolean>, b: Term<boolean>): Term<boolean> =>
  atom(`AND(${a.text},${b.text})`, a.value && b.value);
export const either = (a: Term<boolean>, b: Term<boolean>): Term<boolean> =>
  atom(`OR(${a.text},${b.text})`, a.value || b.value);

type Branch = Operand | Term<string> | Term<number | string>;

/** IF: the branch that is not taken may be without a value, as division by zero is. */
export function when(condition: Term<boolean>, yes: Operand, no: Operand): Term;
export function when(condition: Term<boolean>, yes: Branch, no: Branch): Term<number | string>;
export function when(condition: Term<boolean>, yes: Branch, no: Branch): Term<number | string> {
  const [then, otherwise] = [yes, no].map((v) => (typeof v === 'number' ? termOf(v) : v)) as [Term, Term];
  return atom(`IF(${condition.text},${then.text},${otherwise.text})`, condition.value ? then.value : otherwise.value);
}

const list = (operands: readonly Operand[]): readonly Term[] => operands.map(termOf);
const texts = (terms: readonly { readonly text: string }[]): string => terms.map(({ text }) => text).join(',');

export function smallest(...operands: readonly Operand[]): Term {
  const terms = list(operands);
  return atom(`MIN(${texts(terms)})`, Math.min(...terms.map(({ value }) => value)));
}

export function largest(...operands: readonly Operand[]): Term {
  const terms = list(operands);
  return atom(`MAX(${texts(terms)})`, Math.max(...terms.map(({ value }) => value)));
}

/** Smallest whole number of units that covers an amount; an excess of 1e-9 is rounding, not another unit. */
export function wholeUnits(amount: Operand): Term {
  const term = termOf(amount);
  const excess = `1E-9*MAX(1,ABS(${term.text}))`;
  const value = Math.max(0, Math.ceil(term.value - 1e-9 * Math.max(1, Math.abs(term.value))));
  return atom(`MAX(0,ROUNDUP(${inside(term, 1)}-${excess},0))`, value);
}

/** Smallest integer that is not below an amount from 0 up, where an excess of `tolerance` (relative) is rounding. */
export function ceiling(amount: Operand, tolerance: number): Term {
  const term = termOf(amount);
  if (tolerance === 0) return atom(`ROUNDUP(${term.text},0)`, Math.ceil(term.value));
  const value = Math.ceil(term.value - tolerance * Math.max(1, Math.abs(term.value)));
  return atom(`ROUNDUP(${inside(term, 1)}-${termOf(tolerance).text}*MAX(1,ABS(${term.text})),0)`, value);
}

/** To the nearest integer; halves go up, for amounts from 0 up. */
export const rounded = (amount: Operand): Term =>
  atom(`ROUND(${termOf(amount).text},0)`, Math.round(termOf(amount).value));

export const absolute = (amount: Operand): Term => atom(`ABS(${termOf(amount).text})`, Math.abs(termOf(amount).value));

export const floor = (amount: Operand): Term => atom(`INT(${termOf(amount).text})`, Math.floor(termOf(amount).value));

/** −PMT(rate, years, capex, −residual): the yearly annuity of a purchase; at rate 0 the straight line. */
export function annuity(rate: Operand, years: Operand, present: Operand, residual: Operand): Term {
  const [r, n, p, f] = [termOf(rate), termOf(years), termOf(present), termOf(residual)];
  const factor = r.value === 0 ? 1 / n.value : r.value / -Math.expm1(-n.value * Math.log1p(r.value));
  const value = r.value === 0 ? (p.value - f.value) / n.value : (p.value - f.value / (1 + r.value) ** n.value) * factor;
  return { text: `0-PMT(${r.text},${n.text},${p.text},0-${inside(f, 2)})`, value, binds: 1 };
}

/** SLN: straight-line depreciation a year. */
export function straightLine(present: Operand, residual: Operand, years: Operand): Term {
  const [p, f, n] = [termOf(present), termOf(residual), termOf(years)];
  return atom(`SLN(${p.text},${f.text},${n.text})`, (p.value - f.value) / n.value);
}

export const total = (cells: Cells): Term =>
  atom(
    `SUM(${cells.text})`,
    cells.values.reduce((a, b) => a + b, 0),
  );
export const highest = (cells: Cells): Term => atom(`MAX(${cells.text})`, Math.max(...cells.values));
export const average = (cells: Cells): Term =>
  atom(`AVERAGE(${cells.text})`, cells.values.reduce((a, b) => a + b, 0) / cells.values.length);

export function sumOfProducts(a: Cells, b: Cells): Term {
  const value = a.values.reduce((sum, left, i) => sum + left * (b.values[i] ?? 0), 0);
  return atom(`SUMPRODUCT(${a.text},${b.text})`, value);
}

/** NPV(rate a period, cells): the first cell is one period away. */
export function presentValue(rate: Operand, cells: Cells): Term {
  const r = termOf(rate);
  const value = cells.values.reduce((sum, cash, i) => sum + cash / (1 + r.value) ** (i + 1), 0);
  return atom(`NPV(${r.text},${cells.text})`, value);
}

/**
 * The first number of `where` for which the cell beside it in `cells` meets a condition, else the text `none`. Cells that
 * do not meet it are counted by COUNTIF, so only runs that stay met from some place on, or first flags of 1, may be asked.
 */
export function firstFlag(flags: Cells, none: string): Term<number | string> {
  const at = flags.values.indexOf(1);
  return atom(`IFERROR(MATCH(1,${flags.text},0),${words(none).text})`, at < 0 ? none : at + 1);
}

/** Any other function, with the value that the caller vouches for. */
export const call = <T extends number | string | boolean>(
  name: string,
  args: readonly { readonly text: string }[],
  value: T,
): Term<T> => atom(`${name}(${texts(args)})`, value);
