import { hoursPerMonth } from '../economics/quantity.ts';
import { apiAlternative, rentedFleet } from './decide-alternative.ts';
import type { DecisionCase } from './decide-case.ts';
import type { EvaluatedOption } from './decide-evaluate.ts';
import { fleetOf, lifeYears } from './decide-fleet.ts';
import { loadOf } from './decide-load.ts';
import { need, type Values } from './decide-values.ts';

/** Totals over some years of growing volume and falling prices, USD. */
export interface YearTotals {
  readonly years3: number | null;
  readonly years4: number | null;
  readonly years5: number | null;
}

const horizons = { years3: 36, years4: 48, years5: 60 } as const;

/** Both views of section 13: what the books show, and what leaves the account. */
export interface CourseTotals {
  readonly accrued: YearTotals;
  readonly cash: YearTotals;
}

const unknown: YearTotals = { years3: null, years4: null, years5: null };

/**
 * Cost over 3, 4 and 5 years month by month, with the volume of the month. Servers are added as the volume needs them and replaced
 * at the same price at the end of their life. Accrued: straight-line depreciation, running cost and bills. Cash: purchases when they
 * are made, resale at the end of a life, running cost and bills.
 */
export function totalsOf(about: DecisionCase, option: EvaluatedOption): CourseTotals {
  if (option.usdPerYear === null) return { accrued: unknown, cash: unknown };
  const cost = option.fleet?.cost ?? null;
  const lifeMonths = cost === null ? 0 : Math.round(12 * lifeYears(option.values));
  const bought = new Map<number, number>();
  const [accrued, cash] = [[0], [0]];
  let owned = 0;
  for (let month = 1; month <= horizons.years5; month++) {
    const course = courseOfMonth(about, option, month);
    if (course === null) return { accrued: summed(accrued), cash: summed(cash) };
    const { runningUsd, servers } = course;
    const more = Math.max(0, servers - owned);
    if (more > 0) bought.set(month, more);
    // On the last day of its life a server is sold; whatever is needed then is bought anew.
    const sold = bought.get(month - lifeMonths + 1) ?? 0;
    owned += more - sold;
    accrued.push(accrued.at(-1)! + runningUsd + (servers * (cost?.straightLine ?? 0)) / 12);
    cash.push(cash.at(-1)! + runningUsd + more * (cost?.capex ?? 0) - sold * (cost?.residual ?? 0));
  }
  return { accrued: summed(accrued), cash: summed(cash) };
}

const summed = (sums: readonly number[]): YearTotals => ({
  years3: sums[horizons.years3] ?? null,
  years4: sums[horizons.years4] ?? null,
  years5: sums[horizons.years5] ?? null,
});

/** Values of month m: volume grown, prices of APIs and rentals declined, from today's (2.10). */
export function inMonth(values: Values, month: number): Values {
  const y = (month - 1) / 12;
  const falling = (id: string, rate: number) => (id in values ? { [id]: values[id]! * (1 - rate) ** y } : {});
  const rental = values['rent.price_decline'] ?? 0;
  return {
    ...values,
    'demand.requests_per_month': need(values, 'demand.requests_per_month') * (1 + need(values, 'demand.growth')) ** y,
    ...falling('api.usd_per_request', need(values, 'api.price_decline')),
    ...falling('rent.usd_per_accelerator_hour', rental),
    ...falling('rent.spot_usd_per_accelerator_hour', rental),
  };
}

/** A month of an option: what is paid for running it, bills included, and the servers that are owned. */
interface MonthCourse {
  readonly runningUsd: number;
  readonly servers: number;
}

function courseOfMonth(about: DecisionCase, option: EvaluatedOption, month: number): MonthCourse | null {
  const values = inMonth(option.values, month);
  const load = loadOf(values, about.situation.shape);
  const dearer = (1 + need(values, 'finance.opex_escalation')) ** ((month - 1) / 12);
  const self = load.requestsPerMonth * need(values, 'self.usd_per_request');
  if (option.kind === 'api') {
    const { usdPerRequest, fixedUsdPerYear } = apiAlternative(values, load, option.name);
    return { runningUsd: load.requestsPerMonth * usdPerRequest + (fixedUsdPerYear / 12) * dearer, servers: 0 };
  }
  if (option.rented !== null) {
    const rented = rentedFleet(values, load, option.rented.mode, option.name);
    const bill = (rented.usdPerYear - rented.fixedUsdPerYear) / 12 + (rented.fixedUsdPerYear / 12) * dearer;
    return { runningUsd: bill + self, servers: 0 };
  }
  if (option.kind === 'own') {
    const found = fleetOf(values, { ...about.situation, mostServers: null });
    if (found.state !== 'ok') return null;
    const { cost, sizing } = found.value;
    return { runningUsd: (cost.opex * dearer) / 12 + self, servers: sizing.servers.bought };
  }
  return hybridMonth(about, option, values, month);
}

/** Requests that a hybrid plan sends to the API in month m, and what they cost there without fees; null for other options. */
export function hybridApiPart(
  about: DecisionCase,
  { fleet, hybrid, api, values }: EvaluatedOption,
  month: number,
): { readonly requests: number; readonly usd: number } | null {
  if (fleet === null || api === null || hybrid === null || hybrid.state !== 'ok') return null;
  const load = loadOf(inMonth(values, month), about.situation.shape);
  const price = (1 - api.decline) ** ((month - 1) / 12);
  if (hybrid.split !== null) {
    const grown = load.requestsPerMonth / fleet.load.requestsPerMonth;
    const bill = (hybrid.apiUsdPerYear - api.fixedUsdPerYear) / 12;
    return { requests: (1 - hybrid.selfShare) * load.requestsPerMonth, usd: bill * grown * price };
  }
  const perHour = (hybrid.servers / fleet.unit.servers) * (fleet.unit.peakRequestsPerMonth / hoursPerMonth);
  const available = hybrid.selfShare / servedShare(fleet.load.hourly, perHour);
  const requests = (1 - servedShare(load.hourly, perHour) * available) * load.requestsPerMonth;
  return { requests, usd: requests * api.usdPerRequest * price };
}

/** Of base and burst the owned part stays as it was bought and the API takes the growth; a class split grows in both parts. */
function hybridMonth(about: DecisionCase, option: EvaluatedOption, values: Values, month: number): MonthCourse | null {
  const { fleet, hybrid, api } = option;
  if (fleet === null || api === null || hybrid === null || hybrid.state !== 'ok') return null;
  const dearer = (1 + need(values, 'finance.opex_escalation')) ** ((month - 1) / 12);
  const load = loadOf(values, about.situation.shape);
  const grown = load.requestsPerMonth / fleet.load.requestsPerMonth;
  const split = hybrid.split?.optimum ?? null;
  const busy = split === null ? 0 : (hybrid.servers * grown * split.acceleratorSUsed) / split.acceleratorSOwned;
  const servers = Math.max(hybrid.servers, Math.ceil(busy));
  const perServer = fleet.unit.opexUsdPerYear / fleet.unit.servers;
  const fixed = hybrid.fixedUsdPerYear + api.fixedUsdPerYear + servers * perServer;
  const self = load.requestsPerMonth * hybrid.selfShare * need(values, 'self.usd_per_request');
  return { runningUsd: (fixed * dearer) / 12 + hybridApiPart(about, option, month)!.usd + self, servers };
}

function servedShare(hourly: readonly number[], perHour: number): number {
  const total = hourly.reduce((a, b) => a + b, 0);
  return total > 0 ? hourly.reduce((a, b) => a + Math.min(b, perHour), 0) / total : 1;
}
