import {
  both,
  type Cells,
  ceiling,
  compare,
  minus,
  over,
  plus,
  power,
  type Term,
  times,
  when,
} from '../document/formula.ts';
import { type SheetDraft, styled } from '../document/sheet.ts';
import type { NumberFormat } from '../document/workbook.ts';
import type { AlternativeCells } from './workbook-alternative.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import type { OwnedCells } from './workbook-owned.ts';

/** The months of a purchase as rows of a sheet: one formula a column (section 2.10). */

export const columns: readonly (readonly [name: string, format: NumberFormat])[] = [
  ['month', 'whole'],
  ['requests', 'whole'],
  ['price of a request replaced', 'rate'],
  ['saving', 'usd'],
  ['purchases added', 'whole'],
  ['purchases added so far', 'whole'],
  ['running cost', 'usd'],
  ['depreciation', 'usd'],
  ['cash of the month after tax', 'usd'],
  ['purchases paid', 'usd'],
  ['value at the end', 'usd'],
  ['cash', 'usd'],
  ['cumulative, without the end', 'usd'],
  ['the same discounted', 'usd'],
  ['paid back', 'whole'],
  ['paid back discounted', 'whole'],
  ['sign', 'whole'],
  ['sign changed', 'whole'],
  ['over capacity', 'whole'],
];
export const column = Object.fromEntries(columns.map(([name], i) => [name, i])) as Record<string, number>;

/** Cells of the table by row and column name. */
export interface MonthTable {
  readonly first: number;
  readonly last: number;
  at(row: number, name: string): Term;
  put(row: number, name: string, of: Term<number | string>): void;
  down(name: string, from?: number): Cells;
}

export function tableOn(sheet: SheetDraft, first: number, last: number): MonthTable {
  return {
    first,
    last,
    at: (row, name) => sheet.at(row, column[name]!),
    put: (row, name, of) => sheet.rewrite(row, column[name]!, styled(of, { format: columns[column[name]!]![1] })),
    down: (name, from = first) => sheet.down(column[name]!, from, last),
  };
}

/** What the months are computed from. */
export interface Flow {
  readonly inputs: Inputs;
  readonly demand: DemandCells;
  readonly own: OwnedCells;
  readonly alternative: AlternativeCells;
  readonly opex: Term;
  readonly price: Term;
  readonly limit: Term;
  readonly life: Term;
  readonly depreciation: Term;
  readonly depreciationEach: Term;
  readonly expand: boolean;
}

/** The columns up to the cash of each month; those beyond the life stay 0. */
export function monthRows({ first, last, at, put }: MonthTable, flow: Flow): void {
  const { inputs, demand, own, alternative, life } = flow;
  const n = inputs.number;
  for (let row = first; row <= last; row++) {
    const month = at(row, 'month');
    const lives = both(compare(month, '>=', 1), compare(month, '<=', life));
    const alive = (of: Term) => when(lives, of, 0);
    const years = over(minus(month, 1), 12);
    put(row, 'requests', alive(times(demand.requestsPerMonth, power(plus(1, n('demand.growth')), years))));
    put(row, 'price of a request replaced', alive(times(flow.price, power(minus(1, alternative.decline), years))));
    put(
      row,
      'saving',
      times(at(row, 'requests'), minus(at(row, 'price of a request replaced'), n('self.usd_per_request'))),
    );
    const asked = times(at(row, 'requests'), demand.peakToAverage);
    const soFar = row === first ? null : at(row - 1, 'purchases added so far');
    const room = soFar === null ? flow.limit : plus(flow.limit, times(soFar, own.unit.peakRequestsPerMonth));
    const short = over(minus(asked, room), own.unit.peakRequestsPerMonth);
    put(
      row,
      'purchases added',
      flow.expand ? when(both(lives, compare(asked, '>', room)), ceiling(short, 0), 0) : times(0, 1),
    );
    put(
      row,
      'purchases added so far',
      soFar === null ? times(1, at(row, 'purchases added')) : plus(soFar, at(row, 'purchases added')),
    );
    const running = over(plus(flow.opex, times(at(row, 'purchases added so far'), own.unit.opexPerYear)), 12);
    put(row, 'running cost', alive(times(running, power(plus(1, n('finance.opex_escalation')), years))));
    const written = plus(flow.depreciation, times(at(row, 'purchases added so far'), flow.depreciationEach));
    put(row, 'depreciation', alive(written));
    const taxed = times(minus(at(row, 'saving'), at(row, 'running cost')), minus(1, n('finance.tax')));
    put(row, 'cash of the month after tax', alive(plus(taxed, times(n('finance.tax'), at(row, 'depreciation')))));
    put(row, 'over capacity', when(both(lives, compare(asked, '>', flow.limit)), 1, 0));
  }
}

/** The columns that look at the month after: purchases paid, cash, sums and flags. */
export function cashRows(
  { first, last, at, put }: MonthTable,
  { own, life, end, wacc }: { readonly own: OwnedCells; readonly life: Term; readonly end: Term; readonly wacc: Term },
): void {
  for (let row = first; row <= last; row++) {
    const month = at(row, 'month');
    const later = row === last ? times(0, 1) : times(at(row + 1, 'purchases added'), own.unit.capex);
    put(row, 'purchases paid', row === first ? plus(own.capexTotal, later) : later);
    put(row, 'value at the end', when(compare(month, '=', life), end, 0));
    const plain = minus(at(row, 'cash of the month after tax'), at(row, 'purchases paid'));
    put(row, 'cash', plus(plain, at(row, 'value at the end')));
    const discount = power(plus(1, wacc), over(times(-1, month), 12));
    const sum = (name: string, of: Term) => (row === first ? of : plus(at(row - 1, name), of));
    put(row, 'cumulative, without the end', sum('cumulative, without the end', plain));
    put(row, 'the same discounted', sum('the same discounted', times(plain, discount)));
    const lives = both(compare(month, '>=', 1), compare(month, '<=', life));
    const flag = (name: string) => when(both(lives, compare(at(row, name), '>=', 0)), 1, 0);
    put(row, 'paid back', flag('cumulative, without the end'));
    put(row, 'paid back discounted', flag('the same discounted'));
    const cash = at(row, 'cash');
    const sign = when(
      compare(cash, '>', 0),
      1,
      when(compare(cash, '<', 0), -1, row === first ? 0 : at(row - 1, 'sign')),
    );
    put(row, 'sign', sign);
    if (row === first) put(row, 'sign changed', times(0, 1));
    else {
      const was = at(row - 1, 'sign');
      put(row, 'sign changed', when(both(compare(was, '<>', 0), compare(at(row, 'sign'), '<>', was)), 1, 0));
    }
  }
}

/** Months before each: m − 1 for SUMPRODUCT. */
export const before = (cells: Cells): Cells => ({
  text: `(${cells.text}-1)`,
  values: cells.values.map((value) => value - 1),
});
