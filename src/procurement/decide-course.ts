import { hoursPerMonth } from '../economics/quantity.ts';
import { apiAlternative, rentedFleet } from './decide-alternative.ts';
import type { DecisionCase } from './decide-case.ts';
import type { EvaluatedOption } from './decide-evaluate.ts';
import { fleetOf } from './decide-fleet.ts';
import { loadOf } from './decide-load.ts';
import { need, type Values } from './decide-values.ts';

/** Totals over some years of growing volume and falling prices, as an income statement sees them. */
export interface YearTotals {
  readonly years3: number | null;
  readonly years4: number | null;
  readonly years5: number | null;
}

const horizons = { years3: 36, years4: 48, years5: 60 } as const;

/**
 * Accrued cost over 3, 4 and 5 years: straight-line depreciation, running cost and bills, month by month, with the volume of the
 * month. Owned servers that reach the end of their life are replaced at the same price; servers are added as the volume needs them.
 */
export function totalsOf(about: DecisionCase, option: EvaluatedOption): YearTotals {
  if (option.usdPerYear === null) return { years3: null, years4: null, years5: null };
  const sums: number[] = [0];
  for (let month = 1; month <= horizons.years5; month++) {
    const accrued = accruedOfMonth(about, option, month);
    sums.push(accrued === null ? Number.NaN : sums.at(-1)! + accrued);
  }
  const at = (months: number) => (Number.isNaN(sums[months]!) ? null : sums[months]!);
  return { years3: at(horizons.years3), years4: at(horizons.years4), years5: at(horizons.years5) };
}

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

function accruedOfMonth(about: DecisionCase, option: EvaluatedOption, month: number): number | null {
  const values = inMonth(option.values, month);
  const load = loadOf(values, about.situation.shape);
  const dearer = (1 + need(values, 'finance.opex_escalation')) ** ((month - 1) / 12);
  const self = load.requestsPerMonth * need(values, 'self.usd_per_request');
  if (option.kind === 'api') {
    const { usdPerRequest, fixedUsdPerYear } = apiAlternative(values, load, option.name);
    return load.requestsPerMonth * usdPerRequest + (fixedUsdPerYear / 12) * dearer;
  }
  if (option.rented !== null) {
    const rented = rentedFleet(values, load, option.rented.mode, option.name);
    return (rented.usdPerYear - rented.fixedUsdPerYear) / 12 + (rented.fixedUsdPerYear / 12) * dearer + self;
  }
  if (option.kind === 'own') {
    const found = fleetOf(values, { ...about.situation, mostServers: null });
    if (found.state !== 'ok') return null;
    const { cost, sizing } = found.value;
    return (sizing.servers.bought * cost.straightLine + cost.opex * dearer) / 12 + self;
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
function hybridMonth(about: DecisionCase, option: EvaluatedOption, values: Values, month: number): number | null {
  const { fleet, hybrid, api } = option;
  if (fleet === null || api === null || hybrid === null || hybrid.state !== 'ok') return null;
  const y = (month - 1) / 12;
  const dearer = (1 + need(values, 'finance.opex_escalation')) ** y;
  const load = loadOf(values, about.situation.shape);
  const grown = load.requestsPerMonth / fleet.load.requestsPerMonth;
  const atApi = hybridApiPart(about, option, month)!.usd;
  const perServer = fleet.cost.straightLine + (fleet.unit.opexUsdPerYear / fleet.unit.servers) * dearer;
  const fixed = (hybrid.fixedUsdPerYear + api.fixedUsdPerYear) * dearer;
  const self = load.requestsPerMonth * hybrid.selfShare * need(values, 'self.usd_per_request');
  if (hybrid.split !== null) {
    const { acceleratorSUsed, acceleratorSOwned } = hybrid.split.optimum;
    const servers = Math.max(
      hybrid.servers,
      Math.ceil((hybrid.servers * grown * acceleratorSUsed) / acceleratorSOwned),
    );
    return (fixed + servers * perServer) / 12 + atApi + self;
  }
  return (fixed + hybrid.servers * perServer) / 12 + atApi + self;
}

function servedShare(hourly: readonly number[], perHour: number): number {
  const total = hourly.reduce((a, b) => a + b, 0);
  return total > 0 ? hourly.reduce((a, b) => a + Math.min(b, perHour), 0) / total : 1;
}
