import {
  type Cells,
  call,
  compare,
  firstFlag,
  largest,
  minus,
  over,
  plus,
  power,
  presentValue,
  reference,
  sumOfProducts,
  type Term,
  times,
  total,
  when,
  words,
} from '../document/formula.ts';
import { createSheet, type SheetDraft, styled } from '../document/sheet.ts';
import type { NumberFormat, Sheet } from '../document/workbook.ts';
import { internalRate } from '../economics/internal-rate.ts';
import type { AlternativeCells } from './workbook-alternative.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import { linesOn, lineWidths } from './workbook-lines.ts';
import {
  before,
  cashRows,
  column,
  columns,
  type Flow,
  type MonthTable,
  monthRows,
  tableOn,
} from './workbook-months.ts';
import type { OwnedCells } from './workbook-owned.ts';

export interface CashFlowCells {
  readonly sheet: Sheet;
  readonly npv: Term;
}

/** What both sides pay whatever the volume, netted, as `purchaseOf` in procurement does it. */
interface Net {
  readonly opex: Term;
  readonly perRequest: Term;
}

export function netted(own: Term, alternative: AlternativeCells, demand: DemandCells): Net {
  const fixed = minus(own, alternative.fixedUsdPerYear);
  return {
    opex: largest(0, fixed),
    perRequest: plus(
      alternative.usdPerRequest,
      over(largest(0, minus(alternative.fixedUsdPerYear, own)), times(12, demand.requestsPerMonth)),
    ),
  };
}

/**
 * Buying instead of paying an alternative, month by month (section 2.10): NPV, IRR, payback. `months` rows, of which those
 * beyond the life count nothing; volume beyond the capacity buys more servers when `expand`.
 */
export function cashFlowSheet(
  inputs: Inputs,
  demand: DemandCells,
  own: OwnedCells,
  alternative: AlternativeCells,
  { months, expand }: { readonly months: number; readonly expand: boolean },
): CashFlowCells {
  const widths = [lineWidths[0], 18, ...columns.slice(2).map(() => 13)];
  const sheet = createSheet('NPV', {
    widths,
    orientation: 'landscape',
    tone: 'result',
    frozen: { rows: 1, columns: 1 },
  });
  const { title, section, line, remark } = linesOn(sheet);
  title(`NPV of ${own.name} against ${alternative.name}`);
  const flow: Flow = { inputs, demand, own, alternative, expand, ...headLines(sheet, demand, own, alternative) };
  const resultRow = sheet.next;
  for (const label of results) sheet.row([styled(label, { role: 'label' }), null]);
  remark(
    'Cash at month ends; month 0 is the purchase. A server added is paid at the end of the month before it serves.',
  );
  section('Month by month');
  const heads = columns.map(([name]) => name);
  sheet.row(heads, { role: 'head' });
  const first = sheet.next;
  for (let month = 0; month <= months; month++) sheet.row([month]);
  const table = tableOn(sheet, first, first + months);
  monthRows(table, flow);
  const kept = plus(
    minus(own.residualTotal, inputs.number('owned.decommission_usd')),
    times(own.unit.residual, total(table.down('purchases added'))),
    times(flow.depreciationEach, sumOfProducts(table.down('purchases added'), before(table.down('month')))),
  );
  const end = line('Value at the end of the life', kept, { format: 'usd', unit: 'USD', name: 'out_npv_end_value' });
  const wacc = inputs.number('finance.wacc');
  cashRows(table, { own, life: flow.life, end, wacc });
  const npv = showResults(sheet, resultRow, table, { life: flow.life, wacc, expand, months });
  draw(sheet, table, flow.life, Math.min(months, own.lifeMonths.value));
  return { sheet: sheet.finish(), npv };
}

const results = ['NPV', 'IRR', 'Payback, simple', 'Payback, discounted', 'First month over capacity'];

/** What the months are computed from. */
function headLines(
  sheet: SheetDraft,
  demand: DemandCells,
  own: OwnedCells,
  alternative: AlternativeCells,
): Pick<Flow, 'opex' | 'price' | 'limit' | 'life' | 'depreciation' | 'depreciationEach'> {
  const { line } = linesOn(sheet);
  const net = netted(own.opex, alternative, demand);
  const usd = { format: 'usd', unit: 'USD' } as const;
  const opex = line('Running cost net of what the alternative pays anyway', net.opex, { ...usd, unit: 'USD/year' });
  const price = line('Price of a request net of it', net.perRequest, { unit: 'USD/request' });
  const capacity = times(over(own.needed, own.unit.servers), own.unit.peakRequestsPerMonth);
  const limit = line('Capacity below the headroom', capacity, { format: 'whole', unit: 'requests/month' });
  const life = line('Months', own.lifeMonths, { format: 'whole' });
  const written = (whole: Term, residual: Term) => over(minus(whole, residual), life);
  const depreciation = line('Depreciation a month', written(own.capexTotal, own.residualTotal), usd);
  const each = written(own.unit.capex, own.unit.residual);
  return {
    opex,
    price,
    limit,
    life,
    depreciation,
    depreciationEach: line('Depreciation of one purchase added', each, usd),
  };
}

/** NPV, IRR and paybacks of the table; a life beyond its rows has none. */
function showResults(
  sheet: SheetDraft,
  row: number,
  { first, at, down }: MonthTable,
  {
    life,
    wacc,
    expand,
    months,
  }: { readonly life: Term; readonly wacc: Term; readonly expand: boolean; readonly months: number },
): Term {
  const later = (name: string) => down(name, first + 1);
  const monthly = minus(power(plus(1, wacc), over(1, 12)), 1);
  const npv = plus(at(first, 'cash'), presentValue(monthly, later('cash')));
  const shown: readonly (readonly [Term<number | string>, name: string, format: NumberFormat, unit: string])[] = [
    [npv, 'out_npv_usd', 'usd', 'USD'],
    [
      irr(down('cash'), total(down('sign changed'))),
      'out_npv_irr',
      'share',
      'a year; none unless the cash changes its sign just once',
    ],
    [firstFlag(later('paid back'), 'never'), 'out_npv_payback_month', 'whole', 'month'],
    [firstFlag(later('paid back discounted'), 'never'), 'out_npv_discounted_payback_month', 'whole', 'month'],
    [
      firstFlag(later('over capacity'), expand ? 'not within the life' : 'none'),
      'out_npv_first_month_over_capacity',
      'whole',
      expand ? 'month of the fleet as bought; servers are added' : 'month',
    ],
  ];
  shown.forEach(([of, name, format, unit], i) => {
    const within = when(compare(life, '<=', months), of, words(`beyond ${months} months`));
    sheet.rewrite(row + i, 1, styled(within, { name, format, role: 'result' }));
    sheet.rewrite(row + i, 2, styled(unit, { role: 'soft' }));
  });
  return reference('out_npv_usd', npv.value);
}

/** Months beyond the life are there for a longer one; in the drawing they would only be a level end. */
function draw(sheet: SheetDraft, { first, last }: MonthTable, life: Term, months: number): void {
  const lived = (name: string) => sheet.down(column[name]!, first, first + months).text;
  sheet.fade({ row: first, column: 0 }, { row: last, column: columns.length - 1 }, `$A${first + 1}>${life.text}`);
  sheet.chart({
    kind: 'lines',
    title: 'Cumulative cash',
    x: { title: 'month', format: 'whole' },
    y: { title: 'USD', format: 'usd' },
    series: [
      { name: 'simple', categories: lived('month'), values: lived('cumulative, without the end') },
      { name: 'discounted', categories: lived('month'), values: lived('the same discounted') },
    ],
    at: { row: 1, column: 4, rows: 13, columns: 9 },
  });
}

/** (1 + monthly IRR)^12 − 1 where the cash changes its sign once, else there is none or more than one. */
function irr(cash: Cells, changes: Term): Term<number | string> {
  const found = internalRate(cash.values);
  const rate = 'value' in found ? found.value : Number.NaN;
  const monthly = call('IRR', [cash, { text: '0.01' }], (1 + rate) ** (1 / 12) - 1);
  const yearly = minus(power(plus(1, monthly), 12), 1);
  return when(compare(changes, '=', 1), yearly, words('none'));
}
