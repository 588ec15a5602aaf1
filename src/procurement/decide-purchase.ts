import { type BreakEven, breakEvenInServers } from '../economics/breakeven.ts';
import type { PurchaseCase } from '../economics/cashflow.ts';
import { requests, usd } from '../economics/quantity.ts';
import type { Infeasible, NotReached, Reached } from '../economics/state.ts';
import type { Alternative } from './decide-alternative.ts';
import { type Fleet, lifeYears } from './decide-fleet.ts';
import { need, type Values } from './decide-values.ts';

/** Owning against what it replaces, in the terms of sections 2.9 and 2.10. */

/** What both sides pay whatever the volume, netted: owning saves the fees and people of the alternative. */
function netFixed(own: number, alternative: Alternative, requestsPerYear: number) {
  const fixed = own - alternative.fixedUsdPerYear;
  // Fees beyond what owning itself costs to run are saved request by request, so that no cost becomes negative.
  return { fixed: Math.max(0, fixed), perRequest: alternative.usdPerRequest + Math.max(0, -fixed) / requestsPerYear };
}

/**
 * The purchase of a fleet instead of paying an alternative. Volume that outgrows the fleet adds servers, unless `expand` is
 * false; then the month in which it does makes the case infeasible (NPV-5).
 */
export function purchaseOf(fleet: Fleet, values: Values, alternative: Alternative, expand: boolean): PurchaseCase {
  const { cost, sizing, unit, load } = fleet;
  const needed = sizing.servers.needed / unit.servers;
  const net = netFixed(cost.opex, alternative, 12 * load.requestsPerMonth);
  return {
    capex: cost.capexTotal,
    residual: cost.residualTotal,
    decommission: usd(need(values, 'owned.decommission_usd'), 'deployment', 'once'),
    opex: usd(net.fixed, 'deployment', 'year'),
    lifeYears: lifeYears(values),
    wacc: need(values, 'finance.wacc'),
    opexEscalation: need(values, 'finance.opex_escalation'),
    tax: need(values, 'finance.tax'),
    requestsPerMonth: load.requestsPerMonth,
    apiPerRequest: usd(net.perRequest, 'request', 'once'),
    selfPerRequest: usd(need(values, 'self.usd_per_request'), 'request', 'once'),
    growth: need(values, 'demand.growth'),
    apiDecline: alternative.decline,
    apiFloor: null,
    limit: {
      requestsPerMonth: needed * unit.peakRequestsPerMonth,
      peakToAverage: load.peakToAverage,
      softwareGain: null,
      expansion: expand
        ? {
            requestsPerMonth: unit.peakRequestsPerMonth,
            capex: usd(unit.capexUsd, 'server', 'once'),
            residual: usd(unit.residualUsd, 'server', 'once'),
            opex: usd(unit.opexUsdPerYear, 'server', 'year'),
          }
        : null,
    },
    refresh: null,
  };
}

/** A crossing as its reader checks it: share of the nominal capacity of all servers bought for it, spares included. */
export interface PrintedCrossing {
  readonly requestsPerMonth: number;
  readonly servers: number;
  readonly requiredUtilization: number;
}

export interface PurchaseBreakEven {
  readonly outcome: Reached<BreakEven> | NotReached | Infeasible;
  readonly first: PrintedCrossing | null;
  readonly sustained: PrintedCrossing | null;
  /** F0, F1 in USD per month and cap in requests per month and purchase unit: the staircase of the chart. */
  readonly stairs: { readonly fixed: number; readonly perUnit: number; readonly capacityPerUnit: number };
  /** The straight line that it crosses. */
  readonly line: { readonly fixed: number; readonly perRequest: number };
}

/** Break-even in whole servers (2.9) against an alternative; monthly cost with the annuity of capital. */
export function breakEvenOf(
  fleet: Fleet,
  values: Values,
  alternative: Alternative,
  limits: { readonly horizon: number | null; readonly mostServers: number | null },
): PurchaseBreakEven {
  const { unit, load, sizing } = fleet;
  const net = netFixed(fleet.fixedUsdPerYear, alternative, 12 * load.requestsPerMonth);
  const capacityPerUnit = unit.peakRequestsPerMonth / load.peakToAverage;
  const { spare } = sizing.servers;
  const most = limits.mostServers === null ? null : Math.floor(Math.max(0, limits.mostServers - spare) / unit.servers);
  const self = need(values, 'self.usd_per_request');
  const outcome = breakEvenInServers({
    fixed: usd(net.fixed / 12, 'deployment', 'month'),
    perServer: usd(unit.usdPerYear / 12, 'server', 'month'),
    capacityPerServer: requests(capacityPerUnit, 'server', 'month'),
    apiPerRequest: usd(net.perRequest, 'request', 'once'),
    selfPerRequest: usd(self, 'request', 'once'),
    horizon: limits.horizon,
    mostServers: most,
  });
  const printed = (crossing: { readonly requestsPerMonth: number; readonly servers: number }): PrintedCrossing => {
    const servers = crossing.servers * unit.servers + spare;
    const nominal = (servers / unit.servers) * unit.nominalRequestsPerMonth;
    return { ...crossing, servers, requiredUtilization: crossing.requestsPerMonth / nominal };
  };
  const value = outcome.state === 'reached' ? outcome.value : null;
  return {
    outcome,
    first: value === null ? null : printed(value.first.value),
    sustained: value === null || value.sustained.state !== 'reached' ? null : printed(value.sustained.value),
    stairs: { fixed: fleet.fixedUsdPerYear / 12, perUnit: unit.usdPerYear / 12, capacityPerUnit },
    line: { fixed: alternative.fixedUsdPerYear / 12, perRequest: alternative.usdPerRequest - self },
  };
}
