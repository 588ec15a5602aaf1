import { presentValue } from './internal-rate.ts';
import { monthsOf } from './ownership.ts';
import type { Usd } from './quantity.ts';
import {
  outOfRange,
  requireFinite,
  requireNonNegative,
  requirePositive,
  requireRate,
  requireShare,
  requireWhole,
} from './range.ts';
import { type Infeasible, infeasible, type Ok, ok } from './state.ts';
import { type CapacityLimit, shortfall, volumeOfMonth } from './volume.ts';

/** Buying against paying an API: cash flow, NPV, payback, IRR (section 2.10). */

export interface PurchaseCase {
  readonly capex: Usd<'deployment', 'once'>;
  /** RV, and what removal costs, at the end of life. */
  readonly residual: Usd<'deployment', 'once'>;
  readonly decommission: Usd<'deployment', 'once'>;
  readonly opex: Usd<'deployment', 'year'>;
  readonly lifeYears: number;
  /** r; after tax where tax > 0. */
  readonly wacc: number;
  /** i: yearly escalation of opex; tau. */
  readonly opexEscalation: number;
  readonly tax: number;
  /** V0 in requests per month, p0 and v_self in USD per request, today. */
  readonly requestsPerMonth: number;
  readonly apiPerRequest: Usd<'request', 'once'>;
  readonly selfPerRequest: Usd<'request', 'once'>;
  /** g and d, per year. */
  readonly growth: number;
  readonly apiDecline: number;
  /** The API price never falls below this; null for no floor. */
  readonly apiFloor: Usd<'request', 'once'> | null;
  /** null where capacity is not looked at. */
  readonly limit: CapacityLimit | null;
  /** New hardware in the middle of the life; null for none. */
  readonly refresh: HardwareRefresh | null;
}

/** Replaces the whole fleet, paid and the old one sold at the end of the month before `month`, the first it serves. */
export interface HardwareRefresh {
  readonly month: number;
  readonly capex: Usd<'deployment', 'once'>;
  readonly resaleOfOld: Usd<'deployment', 'once'>;
  /** Residual value of the new hardware at the end of the whole life. */
  readonly residual: Usd<'deployment', 'once'>;
  readonly opex: Usd<'deployment', 'year'>;
  /** Capacity from then on, requests per month; null where it stays the same. */
  readonly requestsPerMonth: number | null;
}

export interface MonthRow {
  readonly month: number;
  readonly requests: number;
  readonly apiPerRequestUsd: number;
  readonly savingUsd: number;
  readonly opexUsd: number;
  readonly serversAdded: number;
  readonly overCapacity: boolean;
  /** cf_m: after tax; without residual value, removal and purchases. */
  readonly operatingUsd: number;
}

export interface CashFlow {
  readonly npvUsd: number;
  /** Everything paid and received, from month 0 (the purchase) to 12·n. */
  readonly cashUsd: readonly number[];
  readonly months: readonly MonthRow[];
  readonly paybackMonth: number | null;
  readonly discountedPaybackMonth: number | null;
  readonly firstMonthOverCapacity: number | null;
  readonly depreciationPerMonthUsd: number;
}

/**
 * Cash flow of a purchase (2.10, NPV-1, NPV-3): saving_m = V0·(1+g)^y·(p0·(1−d)^y − v_self) with y = (m−1)/12,
 * cf_m = (saving_m − opex/12·(1+i)^y)·(1−tau) + tau·SL/12, at month end,
 * NPV = −capex + Σ cf_m/(1+r)^(m/12) + (RV − decommission)/(1+r)^n.
 * A server that the model adds is paid at the end of the month before it serves, is depreciated over the rest of the life,
 * and keeps its residual value plus the straight-line book value of the months it has not lived.
 * A sale of old hardware is untaxed, like the residual value (NPV-3).
 * Without leave to add servers, a month over capacity makes the case infeasible; the figures stand in the evidence.
 */
export function purchaseCashFlow(inputs: PurchaseCase): Ok<CashFlow> | Infeasible {
  const flow = computeCashFlow(inputs);
  if (flow.firstMonthOverCapacity !== null && inputs.limit?.expansion == null)
    return infeasible(['capacity-exceeded-in-month'], { month: flow.firstMonthOverCapacity, npvUsd: flow.npvUsd });
  return ok(flow);
}

/**
 * NPV in USD whatever the capacity says: what solvers and sensitivities vary. A case that may add servers still adds them.
 */
export function npvOf(inputs: PurchaseCase): number {
  return computeCashFlow(inputs).npvUsd;
}

function computeCashFlow(inputs: PurchaseCase): CashFlow {
  check(inputs);
  const months = monthsOf(inputs.lifeYears);
  const expansion = inputs.limit?.expansion ?? null;
  const paid = new Array<number>(months + 1).fill(0);
  paid[0] = inputs.capex;
  let atEnd = inputs.residual - inputs.decommission;
  const ownDepreciation = (inputs.capex - inputs.residual) / months;
  let depreciation = ownDepreciation;
  const refresh = inputs.refresh;
  let added = 0;
  const rows: MonthRow[] = [];
  for (let month = 1; month <= months; month++) {
    const y = (month - 1) / 12;
    const requests = volumeOfMonth(inputs.requestsPerMonth, inputs.growth, month);
    if (refresh?.month === month) {
      paid[month - 1]! += refresh.capex - refresh.resaleOfOld;
      atEnd += refresh.residual - inputs.residual;
      depreciation += (refresh.capex - refresh.residual) / (months - month + 1) - ownDepreciation;
    }
    const now = refresh !== null && month >= refresh.month ? refresh : inputs;
    const short = shortfall(limitOf(inputs, now === refresh ? refresh : null), requests, month, added);
    if (short > 0 && expansion) {
      const perMonth = (expansion.capex - expansion.residual) / months;
      paid[month - 1]! += short * expansion.capex;
      atEnd += short * (expansion.residual + perMonth * (month - 1));
      depreciation += short * perMonth;
      added += short;
    }
    const price = apiPriceAfter(inputs, y);
    const savingUsd = requests * (price - inputs.selfPerRequest);
    const opexUsd = ((now.opex + added * (expansion?.opex ?? 0)) / 12) * (1 + inputs.opexEscalation) ** y;
    const operatingUsd = (savingUsd - opexUsd) * (1 - inputs.tax) + inputs.tax * depreciation;
    const overCapacity = short > 0 && !expansion;
    rows.push({
      month,
      requests,
      apiPerRequestUsd: price,
      savingUsd,
      opexUsd,
      serversAdded: added,
      overCapacity,
      operatingUsd,
    });
  }
  const cashUsd = paid.map((price, month) => (rows[month - 1]?.operatingUsd ?? 0) - price);
  const beforeEnd = [...cashUsd];
  cashUsd[months]! += atEnd;
  return {
    npvUsd: presentValue(cashUsd, inputs.wacc),
    cashUsd,
    months: rows,
    paybackMonth: firstBalanced(beforeEnd, 0),
    discountedPaybackMonth: firstBalanced(beforeEnd, inputs.wacc),
    firstMonthOverCapacity: rows.find((row) => row.overCapacity)?.month ?? null,
    depreciationPerMonthUsd: ownDepreciation,
  };
}

/** p0·(1−d)^y, no lower than the floor; a floor stops a decline, it never lifts today's price. */
function apiPriceAfter(inputs: PurchaseCase, years: number): number {
  const floor = Math.min(inputs.apiFloor ?? 0, inputs.apiPerRequest);
  return Math.max(inputs.apiPerRequest * (1 - inputs.apiDecline) ** years, floor);
}

function limitOf(inputs: PurchaseCase, refresh: HardwareRefresh | null): CapacityLimit | null {
  if (inputs.limit === null || refresh === null) return inputs.limit;
  return { ...inputs.limit, requestsPerMonth: refresh.requestsPerMonth ?? inputs.limit.requestsPerMonth };
}

/** First month m with Σ cf ≥ capex, that is with no debt left; the value at the end of life does not count. */
function firstBalanced(cashUsd: readonly number[], wacc: number): number | null {
  let balance = cashUsd[0]!;
  for (let month = 1; month < cashUsd.length; month++) {
    balance += cashUsd[month]! * (1 + wacc) ** (-month / 12);
    if (balance >= 0) return month;
  }
  return null;
}

function check(inputs: PurchaseCase): void {
  requireNonNegative(inputs.capex, 'capex');
  requireNonNegative(inputs.residual, 'residual value');
  requireNonNegative(inputs.decommission, 'removal cost');
  requireNonNegative(inputs.opex, 'opex');
  requireNonNegative(inputs.wacc, 'cost of capital');
  requireRate(inputs.opexEscalation, 'opex escalation');
  requireShare(inputs.tax, 'tax rate');
  requireNonNegative(inputs.requestsPerMonth, 'requests per month');
  requireNonNegative(inputs.apiPerRequest, 'API cost per request');
  requireNonNegative(inputs.selfPerRequest, 'own cost per request');
  requireRate(inputs.growth, 'volume growth');
  requireFinite(inputs.apiDecline, 'API price decline');
  if (!(inputs.apiDecline < 1)) outOfRange('API price decline', 'below 1 (100 % a year)', inputs.apiDecline);
  if (inputs.refresh) {
    const { month, capex, resaleOfOld, residual, opex } = inputs.refresh;
    if (requireWhole(month, 'month of the refresh', 2) > monthsOf(inputs.lifeYears))
      outOfRange('month of the refresh', `within the life of ${monthsOf(inputs.lifeYears)} months`, month);
    for (const amount of [capex, resaleOfOld, residual, opex]) requireNonNegative(amount, 'cost of the refresh');
  }
  if (inputs.limit === null) return;
  requireNonNegative(inputs.limit.requestsPerMonth, 'capacity in requests per month');
  if (!(inputs.limit.peakToAverage >= 1)) outOfRange('peak-to-average', 'at least 1', inputs.limit.peakToAverage);
  if (inputs.limit.softwareGain) requireWhole(inputs.limit.softwareGain.month, 'month of the software gain', 1);
  if (inputs.limit.expansion) requirePositive(inputs.limit.expansion.requestsPerMonth, 'capacity of one more server');
}
