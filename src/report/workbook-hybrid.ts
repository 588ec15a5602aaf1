import {
  ceiling,
  compare,
  floor,
  highest,
  largest,
  minus,
  over,
  plus,
  rounded,
  smallest,
  type Term,
  times,
  total,
  when,
} from '../document/formula.ts';
import { createSheet, type SheetDraft, styled } from '../document/sheet.ts';
import type { Sheet } from '../document/workbook.ts';
import { busyShare } from '../economics/hybrid.ts';
import { secondsPerHour, secondsPerMonth } from '../economics/quantity.ts';
import type { AlternativeCells } from './workbook-alternative.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import { linesOn, lineWidths } from './workbook-lines.ts';
import type { OwnedCells } from './workbook-owned.ts';

export interface HybridCells {
  readonly sheet: Sheet;
  readonly usdPerYear: Term;
  readonly servers: Term;
  readonly capex: Term;
  readonly opex: Term;
  readonly straightLine: Term;
  readonly lines: readonly { readonly name: string; readonly cell: Term }[];
}

/** More servers than are meant. */
const endless = 1e9;

/** Availability of servers without a spare, where spares made it 1: as `burstHybrid` in procurement takes it. */
const sparelessAvailability = 0.995;

/** Base load on owned servers, the rest at the API (section 2.12): a server is owned while it is busy enough. */
export function hybridSheet(
  inputs: Inputs,
  demand: DemandCells,
  own: OwnedCells,
  api: AlternativeCells,
  limits: { readonly servers: number | null; readonly capitalUsd: number | null },
): HybridCells {
  const sheet = createSheet('Hybrid', { widths: [...lineWidths], tone: 'result', frozen: { rows: 1, columns: 0 } });
  const { title, section, line } = linesOn(sheet);
  const n = inputs.number;
  title(`Base load on ${own.name}, the rest at ${api.name}`);
  const cap = line(
    'Requests an hour of a purchase',
    times(over(own.unit.peakRequestsPerMonth, secondsPerMonth), secondsPerHour),
    { unit: 'requests/h', why: 'below the headroom' },
  );
  const hour = line('Cost of an hour of it', over(own.unit.usdPerYear, 8760), { format: 'price', unit: 'USD/h' });
  const stated = n('capacity.availability');
  const spared = compare(rounded(n('owned.spare_servers')), '>', 0);
  const A = line(
    'Availability without spares',
    when(spared, when(compare(stated, '=', 1), sparelessAvailability, stated), stated),
    { format: 'share', why: 'the API stands in for spares' },
  );
  const self = line(
    'Cost of an own request',
    plus(times(A, n('self.usd_per_request')), times(minus(1, A), api.usdPerRequest)),
    { unit: 'USD/request', why: 'A · v_self + (1 − A) · p_api' },
  );
  const critical = line('Critical busy share', over(hour, times(cap, minus(api.usdPerRequest, self))), {
    format: 'share',
    name: 'out_hybrid_critical_busy_share',
    why: 'F_h / (cap · (p_api − v_self)); above it a server is worth owning; above 100 % none ever is',
  });

  section('How busy each purchase would be');
  sheet.row(['purchase', 'busy share', 'worth owning'], { role: 'head' });
  const from = sheet.next;
  const listed = Math.min(60, Math.max(12, Math.ceil(Math.max(...demand.hourly.values) / cap.value) + 2));
  for (let purchase = 1; purchase <= listed; purchase++) {
    const row = sheet.row([purchase, styled(busy(demand, cap, purchase), { format: 'share' })]);
    const worth = when(compare(api.usdPerRequest, '>', self), when(compare(sheet.at(row, 1), '>', critical), 1, 0), 0);
    sheet.rewrite(row, 2, styled(worth, { format: 'whole' }));
  }
  const worth = sheet.down(2, from, sheet.next - 1);

  section('The plan');
  const best = line('Purchases worth owning', total(worth), { format: 'whole' });
  const most = smallest(
    limits.servers ?? endless,
    limits.capitalUsd === null ? endless : floor(over(limits.capitalUsd, own.capex)),
  );
  const full = line('Purchases that the whole peak would need', ceiling(over(highest(demand.hourly), cap), 1e-9), {
    format: 'whole',
    why: 'a plan of so many is the purchase itself, so a hybrid plan has fewer',
  });
  const allowed = largest(0, smallest(best, floor(over(most, own.unit.servers)), minus(full, 1)));
  const units = line('Purchases in the plan', times(1, allowed), {
    format: 'whole',
    why: 'no more than may be bought',
  });
  line('Servers', times(units, own.unit.servers), {
    format: 'whole',
    role: 'result',
    name: 'out_hybrid_servers',
  });
  const served = line(
    'Share of requests below their capacity',
    over(capped(demand, times(units, cap)), total(demand.hourly)),
    { format: 'share' },
  );
  const selfShare = line('Share answered on own servers', times(served, A), {
    format: 'share',
    role: 'result',
    name: 'out_hybrid_self_share',
  });
  const perYear = times(12, demand.requestsPerMonth);
  const atApi = plus(times(minus(1, selfShare), perYear, api.usdPerRequest), api.fixedUsdPerYear);
  return { ...planLines(sheet, { inputs, demand, own, units, selfShare, atApi }), sheet: sheet.finish() };
}

/** What a plan of so many purchases costs, whatever decided on them. */
export function planLines(
  sheet: SheetDraft,
  plan: {
    readonly inputs: Inputs;
    readonly demand: DemandCells;
    readonly own: OwnedCells;
    readonly units: Term;
    readonly selfShare: Term;
    /** USD a year, fees included. */
    readonly atApi: Term;
  },
): Omit<HybridCells, 'sheet'> {
  const { inputs, demand, own, units, selfShare } = plan;
  const { line } = linesOn(sheet);
  const usd = { format: 'usd', unit: 'USD/year' } as const;
  const apiCost = line('Paid to the API', plan.atApi, usd);
  const spares = over(times(minus(own.bought, own.needed), own.unit.usdPerYear), own.unit.servers);
  const fixed = line('Paid whatever the number of servers', minus(own.fixedUsdPerYear, spares), {
    ...{ ...usd, why: 'without spares' },
  });
  const asked = times(selfShare, times(12, demand.requestsPerMonth), inputs.number('self.usd_per_request'));
  const running = plus(fixed, times(units, own.unit.opexPerYear), asked);
  const opex = line('Opex', plus(running, apiCost), usd);
  const capital = times(units, minus(own.unit.usdPerYear, own.unit.opexPerYear));
  const usdPerYear = line('All that it costs', plus(capital, opex), {
    ...{ ...usd, role: 'result', name: 'out_hybrid_usd_per_year' },
  });
  const capex = line('Capex', times(units, own.unit.capex), { format: 'usd', unit: 'USD', name: 'out_hybrid_capex' });
  const servers = times(units, own.unit.servers);
  return {
    ...{ usdPerYear, servers, capex, opex },
    straightLine: plus(times(servers, own.straightLine), opex),
    lines: [
      { name: 'capital (annuity)', cell: capital },
      { name: 'running cost of its servers', cell: running },
      { name: 'API', cell: apiCost },
    ],
  };
}

/** Σ_h clamp(D_h − (k−1)·cap, 0, cap) / (hours · cap), in one cell. */
function busy(demand: DemandCells, cap: Term, purchase: number): Term {
  const above = `(${demand.hourly.text}-${purchase - 1}*${cap.text})`;
  const text = `SUMPRODUCT((${above}>0)*((${above}<${cap.text})*${above}+(${above}>=${cap.text})*${cap.text}))`;
  const hours = demand.hourly.values.length;
  const share = busyShare(demand.hourly.values, cap.value, purchase);
  return over({ text, value: share * hours * cap.value, binds: 4 }, times(hours, cap));
}

/** Σ_h min(D_h, capacity). */
function capped(demand: DemandCells, capacity: Term): Term {
  const { text, values } = demand.hourly;
  const inner = `(${text}<(${capacity.text}))*${text}+(${text}>=(${capacity.text}))*(${capacity.text})`;
  return {
    text: `SUMPRODUCT(${inner})`,
    value: values.reduce((sum, v) => sum + Math.min(v, largest(0, capacity).value), 0),
    binds: 4,
  };
}
