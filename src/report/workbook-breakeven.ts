import {
  both,
  ceiling,
  compare,
  constant,
  floor,
  largest,
  minus,
  over,
  plus,
  reference,
  rounded,
  smallest,
  type Term,
  times,
  when,
  words,
} from '../document/formula.ts';
import { createSheet, styled } from '../document/sheet.ts';
import type { Sheet } from '../document/workbook.ts';
import type { AlternativeCells } from './workbook-alternative.ts';
import type { Inputs } from './workbook-assumptions.ts';
import { netted } from './workbook-cashflow.ts';
import type { DemandCells } from './workbook-demand.ts';
import { linesOn, lineWidths } from './workbook-lines.ts';
import type { OwnedCells } from './workbook-owned.ts';

export interface BreakEvenCells {
  readonly sheet: Sheet;
  readonly first: Term<number | string>;
  readonly sustained: Term<number | string>;
  readonly requiredUtilization: Term<number | string>;
}

export interface BreakEvenLimits {
  /** Largest volume considered, requests per month; null for any. */
  readonly horizon: number | null;
  /** Most servers that may be bought, spares included; null for any. */
  readonly mostServers: number | null;
}

/** More than any volume or number of servers that is meant. */
const endless = 1e15;
const never = words('never');
/** Rows that a chart between lines takes. */
const chartRows = 20;
/** As the model compares: the decisive case must not hang on the last bit of a product. */
const bit = 1e-12;

/** Crossings in whole servers (section 2.9), and the curves that cross, at the edges of the steps. */
export function breakEvenSheet(
  inputs: Inputs,
  demand: DemandCells,
  own: OwnedCells,
  alternative: AlternativeCells,
  limits: BreakEvenLimits,
): BreakEvenCells {
  const sheet = createSheet('BreakEven', { widths: [...lineWidths], tone: 'result', frozen: { rows: 1, columns: 0 } });
  const { title, section, line } = linesOn(sheet);
  title(`Break-even of ${own.name} against ${alternative.name}`);
  const month = { format: 'usd', unit: 'USD/month' } as const;
  const net = netted(own.fixedUsdPerYear, alternative, demand);
  const F0 = line('Paid whatever the volume', over(net.opex, 12), {
    ...month,
    why: 'F0, net of what the alternative pays anyway',
  });
  const F1 = line('One more purchase of servers', over(own.unit.usdPerYear, 12), {
    ...month,
    why: 'F1, with the annuity',
  });
  const cap = line('Requests that it serves', over(own.unit.peakRequestsPerMonth, demand.peakToAverage), {
    format: 'whole',
    unit: 'requests/month',
    why: 'cap: below headroom, spread as the demand is',
  });
  const saving = line('Saved with each request', minus(net.perRequest, inputs.number('self.usd_per_request')), {
    unit: 'USD/request',
    why: 'p − v_self',
  });
  const product = times(saving, cap);
  const tied = compare(minus(largest(product, F1), smallest(product, F1)), '<=', times(bit, F1));
  const k = line('Saved by a full purchase', when(tied, F1, product), {
    ...month,
    why: 'k; owning can win for good only above F1',
  });
  const spare = rounded(inputs.number('owned.spare_servers'));
  const mostUnits =
    limits.mostServers === null ? endless : floor(over(largest(0, minus(limits.mostServers, spare)), own.unit.servers));
  // Where nothing limits, a number that no volume reaches stands in the formulas and nothing is shown.
  const most =
    limits.mostServers === null ? constant(endless) : line('Most purchases allowed', mostUnits, { format: 'whole' });
  const volume = smallest(limits.horizon ?? endless, times(most, cap));
  const limit =
    limits.mostServers === null && limits.horizon === null
      ? constant(endless)
      : line('Largest volume considered', volume, { format: 'whole', unit: 'requests/month' });
  const gain = minus(k, F1);
  const start = (purchases: Term) =>
    largest(over(plus(F0, times(F1, purchases)), saving), times(minus(purchases, 1), cap));

  section('Crossings');
  const possible = both(compare(saving, '>', 0), compare(k, '>', F1));
  const firstN = line(
    'Purchases at the first',
    when(possible, largest(1, ceiling(largest(0, over(F0, gain)), bit)), 0),
    { format: 'whole' },
  );
  const firstV = when(possible, start(firstN), endless);
  const firstExists = both(possible, both(compare(firstN, '<=', most), compare(firstV, '<=', limit)));
  const show = { format: 'whole', unit: 'requests/month', role: 'result' } as const;
  line('First crossing', when(firstExists, firstV, never), {
    ...show,
    name: 'out_be_first_requests',
    why: 'from here on owning is cheaper at least for a while',
  });
  const forever = line(
    'Purchases from which it stays so',
    when(possible, largest(1, minus(ceiling(over(plus(F0, k), gain), bit), 1)), 0),
    { format: 'whole' },
  );
  const atLimit = largest(1, ceiling(over(limit, cap), bit));
  const sustainedN = line('Purchases at the lasting one', when(compare(atLimit, '>=', forever), forever, atLimit), {
    format: 'whole',
  });
  const sustainedV = when(possible, start(sustainedN), endless);
  const sustainedExists = both(firstExists, compare(sustainedV, '<=', limit));
  line('Lasting crossing', when(sustainedExists, sustainedV, never), {
    ...show,
    name: 'out_be_sustained_requests',
    why: 'from here on owning stays cheaper',
  });
  const servers = (purchases: Term) => plus(times(purchases, own.unit.servers), spare);
  const used = (volume: Term, purchases: Term) =>
    over(volume, times(over(servers(purchases), own.unit.servers), own.unit.nominalRequestsPerMonth));
  line('Utilisation required at the first', when(firstExists, used(firstV, firstN), never), {
    format: 'share',
    role: 'result',
    name: 'out_be_required_utilization',
    why: 'of all servers bought for it, spares included: check it against your own',
  });
  line('Utilisation required at the lasting one', when(sustainedExists, used(sustainedV, sustainedN), never), {
    format: 'share',
    name: 'out_be_sustained_utilization',
  });
  line('Demand today', demand.requestsPerMonth, { format: 'whole', unit: 'requests/month' });

  const drawing = sheet.next + 1;
  for (let row = 0; row < chartRows + 2; row++) sheet.gap();
  section('Cost a month at the edges of the steps');
  sheet.row(['purchases', 'requests a month', own.name, alternative.name], { role: 'head' });
  const from = sheet.next;
  const edges = edgeCount(own, demand, firstN.value, sustainedN.value);
  for (let purchases = 1; purchases <= edges; purchases++)
    for (const volume of [times(purchases - 1, cap), times(purchases, cap)]) {
      const row = sheet.row([purchases, styled(volume, { format: 'whole' })]);
      const requests = sheet.at(row, 1);
      const ownCost = plus(
        over(own.fixedUsdPerYear, 12),
        times(F1, purchases),
        times(inputs.number('self.usd_per_request'), requests),
      );
      sheet.rewrite(row, 2, styled(ownCost, { format: 'usd' }));
      sheet.rewrite(
        row,
        3,
        styled(plus(over(alternative.fixedUsdPerYear, 12), times(alternative.usdPerRequest, requests)), {
          format: 'usd',
        }),
      );
    }
  const last = sheet.next - 1;
  const x = sheet.down(1, from, last).text;
  sheet.chart({
    kind: 'lines',
    title: 'Cost a month',
    x: { title: 'requests a month', format: 'whole' },
    y: { title: 'USD a month', format: 'usd' },
    series: [own, alternative].map(({ name }, i) => ({
      name,
      categories: x,
      values: sheet.down(2 + i, from, last).text,
    })),
    at: { row: drawing, column: 0, rows: chartRows, columns: 4 },
  });
  const cell = (name: string, value: number | string) => reference(name, value);
  return {
    sheet: sheet.finish(),
    first: cell('out_be_first_requests', firstExists.value ? firstV.value : 'never'),
    sustained: cell('out_be_sustained_requests', sustainedExists.value ? sustainedV.value : 'never'),
    requiredUtilization: cell('out_be_required_utilization', firstExists.value ? used(firstV, firstN).value : 'never'),
  };
}

/** Steps to draw: beyond the demand and the crossings, but not more than can be told apart. */
function edgeCount(own: OwnedCells, demand: DemandCells, first: number, sustained: number): number {
  const today = own.needed.value / own.unit.servers.value;
  const wanted = [today * 2, first + 2, sustained + 2].filter((count) => Number.isFinite(count) && count < 40);
  return Math.min(40, Math.max(4, Math.ceil(Math.max(...wanted, demand.peakToAverage.value > 0 ? 4 : 1))));
}
