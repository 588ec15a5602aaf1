import { hoursPerMonth } from '../economics/quantity.ts';
import { apiAlternative, rentedFleet } from '../procurement/decide-alternative.ts';
import type { DecisionCase } from '../procurement/decide-case.ts';
import { hybridApiPart, inMonth } from '../procurement/decide-course.ts';
import type { EvaluatedOption } from '../procurement/decide-evaluate.ts';
import { deploymentOf, type Fleet } from '../procurement/decide-fleet.ts';
import { loadOf } from '../procurement/decide-load.ts';
import { tokensOf } from '../procurement/decide-price.ts';
import type { Values } from '../procurement/decide-values.ts';
import type { Charge } from './focus.ts';
import {
  type ApiMeter,
  apiCharges,
  ownedCharges,
  type RentedMonth,
  type RunningCost,
  rentedCharges,
} from './focus-charge.ts';

/** The months of an option: volume and prices of each, as charges. */

/** A cost of a request beside what is bought: power that follows the load, or whatever the study says it is. */
function marginal(values: Values, share: number): RunningCost[] {
  const usdPerYear = 12 * share * (values['demand.requests_per_month'] ?? 0) * (values['self.usd_per_request'] ?? 0);
  return usdPerYear > 0 ? [{ meter: 'Marginal Cost of Requests', usdPerYear, metered: null }] : [];
}

const running = (meter: string, usdPerYear: number): RunningCost => ({ meter, usdPerYear, metered: null });

/** Servers of an owned option as bought. */
export function ownedMonths(about: DecisionCase, { fleet, values }: EvaluatedOption): Charge[] {
  if (fleet === null) return [];
  const { cost, sizing } = fleet;
  const { other } = deploymentOf(values, about.situation, sizing);
  const fixed = [running('Staff', cost.staff), running('Other', other), ...marginal(values, 1)];
  return serverMonths(about, { fleet, values }, sizing.servers.bought, fixed);
}

/** The owned part of a hybrid plan: its servers, and what is paid for owning at all. */
export function hybridOwnedMonths(about: DecisionCase, { fleet, values, hybrid }: EvaluatedOption): Charge[] {
  if (fleet === null || hybrid?.state !== 'ok') return [];
  const { fteUsdPerYear, ftePerServer } = deploymentOf(values, about.situation, fleet.sizing);
  const staff = hybrid.fixedUsdPerYear + hybrid.servers * ftePerServer * fteUsdPerYear;
  const fixed = [running('Staff and Other', staff), ...marginal(values, hybrid.selfShare)];
  return serverMonths(about, { fleet, values }, hybrid.servers, fixed);
}

/** Purchase, amortisation, running cost and resale of so many servers; `fixed` is what they share. */
function serverMonths(
  about: DecisionCase,
  { fleet, values }: { readonly fleet: Fleet; readonly values: Values },
  servers: number,
  fixed: readonly RunningCost[],
): Charge[] {
  const { cost, sizing, energyKwhPerYear } = fleet;
  const purchase = deploymentOf(values, about.situation, sizing);
  const kwh = (energyKwhPerYear / sizing.servers.bought) * servers;
  return ownedCharges({
    purchase,
    servers,
    acceleratorsPerServer: purchase.acceleratorsPerServer,
    running: [
      { ...running('Energy', servers * cost.energy), metered: { quantity: kwh, unit: 'Kilowatt-Hours' } },
      running('Colocation', servers * cost.colocation),
      running('Maintenance', servers * cost.maintenance),
      running('Licences', servers * cost.licencesPerServer),
      ...fixed,
    ],
    decommissionUsd: values['owned.decommission_usd'] ?? 0,
    escalation: values['finance.opex_escalation'] ?? 0,
  });
}

export function rentedMonths(
  about: DecisionCase,
  option: EvaluatedOption,
  kind: 'rent' | 'commit' | 'spot',
  months: number,
) {
  const { rented, values, name } = option;
  if (rented === null) return [];
  const each = monthly(months, (month): RentedMonth => {
    const then = inMonth(values, month);
    const fleet = rentedFleet(then, loadOf(then, about.situation.shape), rented.mode, name);
    return {
      acceleratorHours: fleet.meanInstances * fleet.acceleratorsPerInstance * hoursPerMonth,
      listUsdPerHour: then['rent.usd_per_accelerator_hour'] ?? fleet.usdPerAcceleratorHour,
      contractedUsdPerHour: fleet.usdPerAcceleratorHour,
    };
  });
  const fixed = [running('Staff', rented.fixedUsdPerYear), ...marginal(values, 1)];
  return rentedCharges(kind, each, fixed, values['finance.opex_escalation'] ?? 0);
}

/** An API for all requests. */
export function apiMonths(about: DecisionCase, option: EvaluatedOption, months: number): Charge[] {
  const { values, offer, name, api } = option;
  if (api === null) return [];
  const each = monthly(months, (month): ApiMeter[] => {
    const then = inMonth(values, month);
    const load = loadOf(then, about.situation.shape);
    const paid = apiAlternative(then, load, name).usdPerRequest;
    const listed = then['api.usd_per_request'] ?? paid;
    const decline = listed / (values['api.usd_per_request'] ?? listed);
    return (
      tokenMeters(then, offer?.listUsdPerMillion ?? null, decline, load.requestsPerMonth * paid) ?? [
        { meter: 'Requests', count: load.requestsPerMonth, listUsd: listed, contractedUsd: paid },
      ]
    );
  });
  return apiCharges(each, [running('Fees and Staff', api.fixedUsdPerYear)], values['finance.opex_escalation'] ?? 0);
}

/** The API part of a hybrid plan: its requests at what they cost there, since classes and bursts are no mean request. */
export function hybridApiMonths(about: DecisionCase, option: EvaluatedOption, months: number): Charge[] {
  const { values, api } = option;
  if (api === null) return [];
  const each = monthly(months, (month): ApiMeter[] => {
    const part = hybridApiPart(about, option, month);
    if (part === null || !(part.requests > 0)) return [];
    const usd = part.usd / part.requests;
    return [{ meter: 'Requests', count: part.requests, listUsd: usd, contractedUsd: usd }];
  });
  return apiCharges(each, [running('Fees and Staff', api.fixedUsdPerYear)], values['finance.opex_escalation'] ?? 0);
}

/** Meters of tokens at list prices, contracted at the share of them that makes up the month's bill; null without either. */
function tokenMeters(
  values: Values,
  list: NonNullable<EvaluatedOption['offer']>['listUsdPerMillion'],
  decline: number,
  billUsd: number,
): ApiMeter[] | null {
  const perHour = tokensOf(values);
  if (list === null || perHour === null) return null;
  const count = (name: keyof typeof perHour) => perHour[name] * hoursPerMonth;
  const output = count('outputVisible') + count('outputReasoning');
  const [visible, reasoning] = [list.outputVisible ?? 0, list.outputReasoning ?? list.outputVisible ?? 0];
  const mixed = output > 0 ? (visible * count('outputVisible') + reasoning * count('outputReasoning')) / output : 0;
  const meters = [
    { meter: 'Input Tokens' as const, count: count('inputUncached'), list: list.inputUncached },
    { meter: 'Cache Read Tokens' as const, count: count('cacheRead'), list: list.cacheRead ?? list.inputUncached },
    { meter: 'Cache Write Tokens' as const, count: count('cacheWrite'), list: list.cacheWrite ?? list.inputUncached },
    { meter: 'Output Tokens' as const, count: output, list: mixed },
  ].map((one) => ({ ...one, list: (one.list ?? 0) * decline }));
  const atList = meters.reduce((total, one) => total + (one.list * one.count) / 1e6, 0);
  if (!(atList > 0)) return null;
  return meters.map((one) => ({
    meter: one.meter,
    count: one.count,
    listUsd: one.list,
    contractedUsd: one.list * (billUsd / atList),
  }));
}

const monthly = <T>(months: number, of: (month: number) => T): T[] =>
  Array.from({ length: months }, (_, i) => of(i + 1));
