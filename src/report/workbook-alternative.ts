import {
  ceiling,
  compare,
  floor,
  largest,
  minus,
  over,
  plus,
  rounded,
  type Term,
  times,
  total,
  when,
  wholeUnits,
} from '../document/formula.ts';
import { createSheet, type SheetDraft, styled } from '../document/sheet.ts';
import type { Sheet } from '../document/workbook.ts';
import { hoursPerYear, secondsPerHour } from '../economics/quantity.ts';
import type { RentalMode } from '../procurement/decide-alternative.ts';
import type { Inputs } from './workbook-assumptions.ts';
import type { DemandCells } from './workbook-demand.ts';
import { type LineOptions, linesOn } from './workbook-lines.ts';

/** What owning competes with: cost of a request that follows volume, and what is paid whatever the volume. */
export interface AlternativeCells {
  readonly name: string;
  readonly usdPerRequest: Term;
  readonly fixedUsdPerYear: Term;
  readonly usdPerYear: Term;
  /** Yearly decline of the price of a request. */
  readonly decline: Term;
  readonly lines: readonly { readonly name: string; readonly cell: Term }[];
  readonly utilization: Term | null;
  readonly usdPerAcceleratorHour: Term | null;
  /** Sheets that the lines refer to. */
  readonly sheets: readonly Sheet[];
}

/** An API at list price with the terms of its contract, fees and people (section 2.6). */
export function apiBlock(
  sheet: SheetDraft,
  name: string,
  prefix: string,
  inputs: Inputs,
  demand: DemandCells,
): AlternativeCells {
  const { title, line } = linesOn(sheet);
  const n = inputs.number;
  const put = (label: string, of: Term, id: string, options: LineOptions = {}) =>
    line(label, of, { ...options, name: `${prefix}_${id}` });
  title(`API: ${name}`);
  const contract = times(
    n('api.usd_per_request'),
    minus(1, n('api.negotiated_discount')),
    n('api.batch_factor'),
    n('api.regional_uplift'),
    plus(1, n('api.retry_share')),
  );
  const usdPerRequest = put('Cost of a request', contract, 'usd_per_request', {
    format: 'rate',
    unit: 'USD/request',
    role: 'result',
    why: 'list · (1 − d_negotiated) · batch · uplift · (1 + retries)',
  });
  const variable = put('Requests of a year', times(12, demand.requestsPerMonth, usdPerRequest), 'usage', {
    format: 'usd',
    unit: 'USD/year',
  });
  const fees = put('Fixed fees', times(12, n('api.fixed_usd_per_month')), 'fees', { format: 'usd', unit: 'USD/year' });
  const staff = put('Staff', times(n('api.fte'), n('staff.fte_usd_year')), 'staff', {
    format: 'usd',
    unit: 'USD/year',
  });
  const fixedUsdPerYear = put('Paid whatever the volume', plus(fees, staff), 'fixed', {
    format: 'usd',
    unit: 'USD/year',
  });
  const usdPerYear = put('Total', plus(variable, fixedUsdPerYear), 'usd_per_year', {
    format: 'usd',
    unit: 'USD/year',
    role: 'result',
  });
  sheet.gap();
  return {
    ...{ name, usdPerRequest, fixedUsdPerYear, usdPerYear, decline: n('api.price_decline') },
    lines: [
      { name: 'API', cell: variable },
      { name: 'fees', cell: fees },
      { name: 'staff', cell: staff },
    ],
    utilization: null,
    usdPerAcceleratorHour: null,
    sheets: [],
  };
}

/** Rented instances for the demand (section 2.5): always on, committed, spot, or on demand by the hour. */
export function rentedBlock(
  sheet: SheetDraft,
  { name, mode, prefix }: { readonly name: string; readonly mode: RentalMode; readonly prefix: string },
  inputs: Inputs,
  demand: DemandCells,
): AlternativeCells {
  const { title, line } = linesOn(sheet);
  const n = inputs.number;
  const put = (label: string, of: Term, id: string, options: LineOptions = {}) =>
    line(label, of, { ...options, name: `${prefix}_${id}` });
  title(`Rented: ${name}`);
  const g = put(
    'Accelerators of a replica',
    rounded(n('capacity.accelerators_per_replica')),
    'accelerators_per_replica',
    { format: 'whole' },
  );
  const G = put(
    'Accelerators in an instance',
    inputs.has('rent.accelerators_per_instance') ? rounded(n('rent.accelerators_per_instance')) : times(1, g),
    'accelerators_per_instance',
    { format: 'whole' },
  );
  const X = n('capacity.requests_per_s_per_replica');
  const headroom = plus(1, n('capacity.headroom'));
  const fits = compare(g, '<=', G);
  const perInstance = put(
    'Replicas on an instance',
    when(fits, floor(over(G, g)), over(1, ceiling(over(g, G), 0))),
    'replicas_per_instance',
  );
  const together = put(
    'Instances that a replica spreads over',
    when(fits, 1, ceiling(over(g, G), 0)),
    'instances_together',
    { format: 'whole' },
  );
  const replicas = put(
    'Replicas',
    wholeUnits(over(times(largest(demand.peakPerS, demand.averagePerS), headroom), X)),
    'replicas',
    { format: 'whole' },
  );
  const instances = put(
    'Instances at the peak',
    when(fits, wholeUnits(over(replicas, perInstance)), times(replicas, together)),
    'instances',
    { format: 'whole' },
  );
  const price = put('Price of an accelerator-hour', hourPrice(inputs, mode), 'usd_per_accelerator_hour', {
    format: 'price',
    unit: 'USD/accelerator-hour',
    role: 'result',
    why: whyPrice[mode],
  });
  const scaled =
    mode === 'scaled'
      ? scaledInstances(`Hours of ${prefix}`, inputs, demand, { perInstance, together, X, headroom })
      : null;
  const paid = put('Instances that are paid for on average', scaled?.mean ?? times(1, instances), 'mean_instances', {
    why: mode === 'scaled' ? '(Σ running + starts · cold start) / hours, see the sheet of hours' : 'always on',
  });
  const rental = put('Rental', times(paid, G, price, hoursPerYear), 'rental', {
    format: 'usd',
    unit: 'USD/year',
    why: 'instances · accelerators · price · 8,760',
  });
  const fixedUsdPerYear = put('Staff', times(n('rent.fte'), n('staff.fte_usd_year')), 'staff', {
    format: 'usd',
    unit: 'USD/year',
  });
  const marginal = put(
    'Marginal cost of its requests',
    times(12, demand.requestsPerMonth, n('self.usd_per_request')),
    'marginal',
    { format: 'usd', unit: 'USD/year' },
  );
  const usdPerYear = put('Total', plus(rental, fixedUsdPerYear, marginal), 'usd_per_year', {
    format: 'usd',
    unit: 'USD/year',
    role: 'result',
  });
  const usdPerRequest = put('Cost of a request', over(rental, times(12, demand.requestsPerMonth)), 'usd_per_request', {
    unit: 'USD/request',
    why: 'rental / requests of a year',
  });
  const replicasOn = when(fits, times(instances, perInstance), floor(over(instances, together)));
  const utilization = put(
    'Utilisation',
    over(demand.averagePerS, over(times(replicasOn, X, paid), instances)),
    'utilization',
    { format: 'share' },
  );
  sheet.gap();
  return {
    ...{ name, usdPerRequest, fixedUsdPerYear, usdPerYear, utilization, usdPerAcceleratorHour: price },
    decline: inputs.numberOr('rent.price_decline', 0),
    sheets: scaled === null ? [] : [scaled.sheet],
    lines: [
      { name: 'rental', cell: rental },
      { name: 'staff', cell: fixedUsdPerYear },
      { name: 'marginal', cell: marginal },
    ],
  };
}

const whyPrice: Record<RentalMode, string> = {
  'on-demand': 'list',
  scaled: 'list',
  commit: 'list · (1 − d_commit), paid whether used or not',
  spot: 'spot / (1 − lost share)',
};

function hourPrice(inputs: Inputs, mode: RentalMode): Term {
  const n = inputs.number;
  if (mode === 'commit') return times(n('rent.usd_per_accelerator_hour'), minus(1, n('rent.commit_discount')));
  if (mode === 'spot') return over(n('rent.spot_usd_per_accelerator_hour'), minus(1, n('rent.spot_lost_share')));
  return times(1, n('rent.usd_per_accelerator_hour'));
}

/**
 * Instances in a mean hour when each hour runs what it needs (RENT-2): the most of the least and the need, and paid cold starts
 * for each instance more than the hour before; the first hour follows the last. The hours get a sheet of their own.
 */
function scaledInstances(
  name: string,
  inputs: Inputs,
  demand: DemandCells,
  {
    perInstance,
    together,
    X,
    headroom,
  }: { readonly perInstance: Term; readonly together: Term; readonly X: Term; readonly headroom: Term },
): { readonly mean: Term; readonly sheet: Sheet } {
  const sheet = createSheet(name, { widths: [46, 18, 18, 18], frozen: { rows: 1, columns: 0 } });
  const { title, line } = linesOn(sheet);
  title('Instances hour by hour');
  const group = line('Requests per hour of a group', times(largest(1, perInstance), X, secondsPerHour), {
    unit: 'requests/h',
  });
  const least = line('Least groups running', rounded(inputs.numberOr('rent.least_instances', 1)), { format: 'whole' });
  sheet.row(['hour', 'requests/h', 'groups running', 'groups started'], { role: 'head' });
  const first = sheet.next;
  demand.hourlyCells.forEach((requests, hour) => {
    const row = sheet.row([hour, styled(times(1, requests), { format: 'decimal' })]);
    const running = largest(least, wholeUnits(over(times(sheet.at(row, 1), headroom), group)));
    sheet.rewrite(row, 2, styled(running, { format: 'whole' }));
  });
  const last = sheet.next - 1;
  for (let row = first; row <= last; row++) {
    const before = row === first ? last : row - 1;
    sheet.rewrite(row, 3, styled(largest(0, minus(sheet.at(row, 2), sheet.at(before, 2))), { format: 'whole' }));
  }
  const billed = plus(
    total(sheet.down(2, first, last)),
    times(total(sheet.down(3, first, last)), inputs.numberOr('rent.cold_start_hours', 0.25)),
  );
  return { mean: over(times(billed, together), last - first + 1), sheet: sheet.finish() };
}
