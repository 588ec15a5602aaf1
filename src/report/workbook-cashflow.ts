import {
  both,
  type Cells,
  call,
  ceiling,
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
import { createSheet, styled } from '../document/sheet.ts';
import type { NumberFormat, Sheet } from '../document/workbook.ts';
import { internalRate } from '../economics/internal-rate.ts';
import type { AlternativeCells } from './workbook-alternative.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import { linesOn, lineWidths } from './workbook-lines.ts';
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

const columns: readonly (readonly [name: string, format: NumberFormat])[] = [
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
const column = Object.fromEntries(columns.map(([name], i) => [name, i])) as Record<string, number>;

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
  const n = inputs.number;
  title(`NPV of ${own.name} against ${alternative.name}`);
  const net = netted(own.opex, alternative, demand);
  const usd = { format: 'usd', unit: 'USD' } as const;
  const opex = line('Running cost net of what the alternative pays anyway', net.opex, { ...usd, unit: 'USD/year' });
  const price = line('Price of a request net of it', net.perRequest, { unit: 'USD/request' });
  const limit = line(
    'Capacity below the headroom',
    times(over(own.needed, own.unit.servers), own.unit.peakRequestsPerMonth),
    { format: 'whole', unit: 'requests/month' },
  );
  const life = line('Months', own.lifeMonths, { format: 'whole' });
  const depreciation = line('Depreciation a month', over(minus(own.capexTotal, own.residualTotal), life), usd);
  const depreciationEach = line(
    'Depreciation of one purchase added',
    over(minus(own.unit.capex, own.unit.residual), life),
    usd,
  );
  const npvRow = sheet.next;
  const results = ['NPV', 'IRR', 'Payback, simple', 'Payback, discounted', 'First month over capacity'];
  for (const label of results) sheet.row([styled(label, { role: 'label' }), null]);
  remark(
    'Cash at month ends; month 0 is the purchase. A server added is paid at the end of the month before it serves.',
  );
  section('Month by month');
  sheet.row(
    columns.map(([name]) => name),
    { role: 'head' },
  );
  const first = sheet.next;
  for (let month = 0; month <= months; month++) sheet.row([month]);
  const put = (row: number, name: string, of: Term<number | string>) =>
    sheet.rewrite(row, column[name]!, styled(of, { format: columns[column[name]!]![1] }));
  const at = (row: number, name: string) => sheet.at(row, column[name]!);
  const last = first + months;
  const down = (name: string, from = first): Cells => sheet.down(column[name]!, from, last);
  monthsOf(first, last, at, put, {
    inputs,
    demand,
    own,
    alternative,
    opex,
    price,
    limit,
    life,
    depreciation,
    depreciationEach,
    expand,
  });
  const kept = plus(
    minus(own.residualTotal, n('owned.decommission_usd')),
    times(own.unit.residual, total(down('purchases added'))),
    times(depreciationEach, sumOfProducts(down('purchases added'), before(down('month')))),
  );
  const end = line('Value at the end of the life', kept, { ...usd, name: 'out_npv_end_value' });
  finish(first, last, at, put, { own, life, end, wacc: n('finance.wacc') });
  const monthly = minus(power(plus(1, n('finance.wacc')), over(1, 12)), 1);
  const npv = plus(at(first, 'cash'), presentValue(monthly, down('cash', first + 1)));
  const show = (offset: number, of: Term<number | string>, name: string, format: NumberFormat, unit: string) => {
    // A longer life than there are rows for would count too little.
    const within = when(compare(life, '<=', months), of, words(`beyond ${months} months`));
    sheet.rewrite(npvRow + offset, 1, styled(within, { name, format, role: 'result' }));
    sheet.rewrite(npvRow + offset, 2, styled(unit, { role: 'soft' }));
  };
  show(0, npv, 'out_npv_usd', 'usd', 'USD');
  show(
    1,
    irr(down('cash'), total(down('sign changed'))),
    'out_npv_irr',
    'share',
    'a year; none unless the cash changes its sign just once',
  );
  show(2, firstFlag(down('paid back', first + 1), 'never'), 'out_npv_payback_month', 'whole', 'month');
  show(
    3,
    firstFlag(down('paid back discounted', first + 1), 'never'),
    'out_npv_discounted_payback_month',
    'whole',
    'month',
  );
  show(
    4,
    firstFlag(down('over capacity', first + 1), expand ? 'servers are added' : 'none'),
    'out_npv_first_month_over_capacity',
    'whole',
    'month',
  );
  // Months beyond the life are there for a longer one; in the drawing they would only be a level end.
  const lived = (name: string) => sheet.down(column[name]!, first, first + Math.min(months, own.lifeMonths.value)).text;
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
  return { sheet: sheet.finish(), npv: reference('out_npv_usd', npv.value) };
}

type At = (row: number, name: string) => Term;
type Put = (row: number, name: string, of: Term<number | string>) => void;

interface Flow {
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
function monthsOf(first: number, last: number, at: At, put: Put, flow: Flow): void {
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
function finish(
  first: number,
  last: number,
  at: At,
  put: Put,
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
const before = (cells: Cells): Cells => ({ text: `(${cells.text}-1)`, values: cells.values.map((value) => value - 1) });

/** (1 + monthly IRR)^12 − 1 where the cash changes its sign once, else there is none or more than one. */
function irr(cash: Cells, changes: Term): Term<number | string> {
  const found = internalRate(cash.values);
  const rate = 'value' in found ? found.value : Number.NaN;
  const monthly = call('IRR', [cash, { text: '0.01' }], (1 + rate) ** (1 / 12) - 1);
  const yearly = minus(power(plus(1, monthly), 12), 1);
  return when(compare(changes, '=', 1), yearly, words('none'));
}
