import { monthsOf } from '../economics/ownership.ts';
import { hoursPerMonth } from '../economics/quantity.ts';
import { apiAlternative, rentedFleet } from '../procurement/decide-alternative.ts';
import type { DecisionCase } from '../procurement/decide-case.ts';
import { inMonth } from '../procurement/decide-course.ts';
import { type EvaluatedOption, evaluate } from '../procurement/decide-evaluate.ts';
import { deploymentOf } from '../procurement/decide-fleet.ts';
import { loadOf } from '../procurement/decide-load.ts';
import { tokensOf } from '../procurement/decide-price.ts';
import type { Decision } from '../procurement/decide-result.ts';
import type { Values } from '../procurement/decide-values.ts';
import type { CostReport } from '../procurement/offer-cost.ts';
import { caseName, costCase } from './cost-case.ts';
import type { FocusOption, FocusStatement } from './focus.ts';
import {
  type ApiMeter,
  apiCharges,
  ownedCharges,
  type RentedMonth,
  type RunningCost,
  rentedCharges,
} from './focus-charge.ts';

/** What the rows name beside the decision. */
export interface StatementOptions {
  /** Who owns the hardware and pays the bills. */
  readonly organisation: string;
  /** First day of the first month; null: the month after the decision. */
  readonly start: string | null;
}

/**
 * A decision as FOCUS rows: every owned, rented and API option with figures, month by month over the life of owned servers, with
 * the volume and the prices of each month. Owned rows are those of the fleet as bought; servers that growth would add are not in
 * them. A hybrid plan is the sum of an owned and an API option in other proportions and has no rows of its own.
 */
export function decisionStatement(about: DecisionCase, decision: Decision, options: StatementOptions): FocusStatement {
  const evaluation = evaluate(about, about.values);
  const life = evaluation.own?.values['owned.life_years'] ?? about.values['owned.life_years'] ?? 4;
  const months = monthsOf(Math.max(1, Math.round(12 * life)) / 12);
  const rows = evaluation.options.flatMap((option) => focusOption(about, option, months, options.organisation));
  const [run] = decision.capacity.runs;
  return {
    organisation: options.organisation,
    scenario: decision.study,
    start: options.start ?? monthAfter(decision.date),
    // A leading @ would be taken for a formula.
    priceSnapshot: decision.reproduction.priceSnapshot?.replace(/^@/, '') ?? null,
    tags: { study: decision.study, register: decision.register.sha256.slice(0, 12), simulated: decision.simulated },
    options: rows.map((row) => ({ ...row, runId: run ?? null })),
  };
}

/** A cost report as FOCUS rows: the same month of every offer, over the life of owned servers. @throws UserError `needs_demand` */
export function costStatement(report: CostReport, options: StatementOptions): FocusStatement {
  const about = costCase(report);
  const months = monthsOf(about.values['owned.life_years'] ?? 1);
  const rows = evaluate(about, about.values).options.flatMap((option) =>
    focusOption(about, option, months, options.organisation),
  );
  const snapshot = report.priceSnapshot;
  return {
    organisation: options.organisation,
    scenario: 'cost',
    start: options.start ?? monthAfter(report.date),
    priceSnapshot: snapshot === null ? null : `${snapshot.package} ${snapshot.version}`.replace(/^@/, ''),
    tags: { register: report.register.sha256.slice(0, 12), simulated: report.simulated },
    options: rows.map((row) => ({
      ...row,
      runId: report.offers.find((one) => caseName(report, one) === row.option)?.run ?? null,
    })),
  };
}

/** The first day of the month after a day. */
export function monthAfter(date: string): string {
  const [year = 2000, month = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}

function focusOption(
  about: DecisionCase,
  option: EvaluatedOption,
  months: number,
  organisation: string,
): FocusOption[] {
  const { kind, name, state, values } = option;
  if (kind === 'hybrid' || option.usdPerYear === null) return [];
  const ratio = { output_input_ratio: values['cost.output_input_ratio'] ?? null };
  const base = {
    option: name,
    kind,
    runId: null,
    state,
    sloMet: state === 'ok' ? true : state === 'infeasible' ? false : null,
    costBasis: 'allocation',
  };
  const vendor = vendorOf(name);
  const provider = kind === 'own' ? organisation : vendor.provider;
  const service = kind === 'own' ? 'Own model serving' : vendor.service;
  if (kind === 'api')
    return [
      {
        ...{ ...base, provider, service, resource: null, utilization: null },
        attribution: { method: option.offer?.listUsdPerMillion ? 'list' : 'per-request', details: {} },
        sku: { id: name, details: { x_Model: vendor.service } },
        charges: apiMonths(about, option, months),
      },
    ];
  const charges = kind === 'own' ? ownedMonths(about, option) : rentedMonths(about, option, kind, months);
  const accelerators = kind === 'own' ? values['owned.server.accelerators'] : option.rented?.acceleratorsPerInstance;
  return [
    {
      ...{ ...base, provider, service, charges },
      utilization: (kind === 'own' ? option.fleet?.sizing.utilization : option.rented?.utilization) ?? null,
      attribution: { method: 'price-ratio', details: ratio },
      sku: { id: name, details: { GpuCount: accelerators ?? null } },
      resource: { name, type: kind === 'own' ? 'Owned server' : 'Rented instance' },
    },
  ];
}

/** `api:openai/gpt-5` is of openai; `rent:lambda/h100` of lambda; a bare kind names nobody. */
function vendorOf(name: string): { readonly provider: string; readonly service: string } {
  const [, text = name] = /^[a-z]+:(.*)$/.exec(name) ?? [];
  const [provider, ...rest] = text.split('/');
  return { provider: provider || name, service: rest.join('/') || text };
}

/** A cost of a request beside what is bought: power that follows the load, or whatever the study says it is. */
function marginal(values: Values): RunningCost[] {
  const usdPerYear = 12 * (values['demand.requests_per_month'] ?? 0) * (values['self.usd_per_request'] ?? 0);
  return usdPerYear > 0 ? [{ meter: 'Marginal Cost of Requests', usdPerYear, metered: null }] : [];
}

const running = (meter: string, usdPerYear: number): RunningCost => ({ meter, usdPerYear, metered: null });

function ownedMonths(about: DecisionCase, { fleet, values }: EvaluatedOption) {
  if (fleet === null) return [];
  const { cost, sizing, energyKwhPerYear } = fleet;
  const purchase = deploymentOf(values, about.situation, sizing);
  const servers = sizing.servers.bought;
  return ownedCharges({
    purchase,
    servers,
    acceleratorsPerServer: purchase.acceleratorsPerServer,
    running: [
      {
        meter: 'Energy',
        usdPerYear: servers * cost.energy,
        metered: { quantity: energyKwhPerYear, unit: 'Kilowatt-Hours' },
      },
      running('Colocation', servers * cost.colocation),
      running('Maintenance', servers * cost.maintenance),
      running('Licences', servers * cost.licencesPerServer),
      running('Staff', cost.staff),
      running('Other', purchase.other),
      ...marginal(values),
    ],
    decommissionUsd: values['owned.decommission_usd'] ?? 0,
    escalation: values['finance.opex_escalation'] ?? 0,
  });
}

function rentedMonths(about: DecisionCase, option: EvaluatedOption, kind: 'rent' | 'commit' | 'spot', months: number) {
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
  return rentedCharges(kind, each, [running('Staff', rented.fixedUsdPerYear), ...marginal(values)]);
}

function apiMonths(about: DecisionCase, option: EvaluatedOption, months: number) {
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
  return apiCharges(each, [running('Fees and Staff', api.fixedUsdPerYear)]);
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
