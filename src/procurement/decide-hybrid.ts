import { type ClassSplit, type RequestClass, splitClasses } from '../economics/class-split.ts';
import { type BurstOptimum, optimalBurst } from '../economics/hybrid.ts';
import { secondsPerHour, secondsPerMonth, usd } from '../economics/quantity.ts';
import type { InfeasibleReason, NotReachedReason } from '../economics/state.ts';
import type { Alternative } from './decide-alternative.ts';
import type { Fleet } from './decide-fleet.ts';
import { need, type Values } from './decide-values.ts';

/** Part of the load on owned servers, the rest at the API (2.12). */
export interface HybridPlan {
  readonly method: 'base-and-burst' | 'class-split';
  /** Servers owned; the API stands in for spares. */
  readonly servers: number;
  readonly usdPerYear: number;
  /** Share of requests that owned servers answer. */
  readonly selfShare: number;
  readonly capexUsd: number;
  readonly opexUsdPerYear: number;
  readonly straightLineUsdPerYear: number;
  /** What of `usdPerYear` goes to the API, and what is paid for owning at all: people and the like. */
  readonly apiUsdPerYear: number;
  readonly fixedUsdPerYear: number;
  /** Of base and burst: above it a server is worth owning. */
  readonly criticalBusyShare: number | null;
  readonly burst: BurstOptimum | null;
  readonly split: ClassSplit | null;
}

export interface NoHybrid {
  readonly state: 'not-reached' | 'infeasible';
  readonly reasons: readonly (
    | NotReachedReason
    | InfeasibleReason
    | 'no-server-worth-owning'
    | 'all-load-on-one-side'
  )[];
  readonly criticalBusyShare: number | null;
}
export type Hybrid = ({ readonly state: 'ok' } & HybridPlan) | NoHybrid;

export interface HybridInputs {
  readonly fleet: Fleet;
  readonly values: Values;
  readonly api: Alternative;
  /** Most servers by purchase limit and capital limit. */
  readonly mostServers: number | null;
}

/** Fixed cost of owning at all: staff and the like, without the spares that the API makes needless. */
const withoutSpares = ({ fixedUsdPerYear, sizing, unit }: Fleet) =>
  fixedUsdPerYear - (sizing.servers.spare * unit.usdPerYear) / unit.servers;

/**
 * Base load owned, burst to the API. A server that fails sends its requests to the API, so an own request costs
 * A·v_self + (1 − A)·p_api; headroom is kept as for a fleet without an API.
 */
export function burstHybrid({ fleet, values, api, mostServers }: HybridInputs): Hybrid {
  const { unit, load } = fleet;
  const availability = failureShare(fleet, values);
  const selfPerRequest = availability * need(values, 'self.usd_per_request') + (1 - availability) * api.usdPerRequest;
  const found = optimalBurst(
    {
      hourly: load.hourly,
      capacityPerServerHour: (unit.peakRequestsPerMonth / secondsPerMonth) * secondsPerHour,
      serverHour: usd(unit.usdPerYear / 8760, 'server', 'hour'),
      apiPerRequest: usd(api.usdPerRequest, 'request', 'once'),
      selfPerRequest: usd(selfPerRequest, 'request', 'once'),
    },
    12,
  );
  if (found.state !== 'ok') return { state: 'not-reached', reasons: found.reasons, criticalBusyShare: null };
  const { optimum, criticalBusyShare } = found.value;
  const most = mostServers === null ? optimum.servers : Math.floor(mostServers / unit.servers);
  // Cost is convex in the number of servers: below the optimum the largest allowed is the best. A plan that owns the whole peak
  // is the purchase itself, which has its own tests; the hybrid one leaves the peak to the API.
  const peak = load.hourly.reduce((a, b) => Math.max(a, b), 0);
  const full = Math.ceil(peak / ((unit.peakRequestsPerMonth / secondsPerMonth) * secondsPerHour) - 1e-9);
  const units = Math.min(optimum.servers, most, full - 1);
  if (optimum.servers === 0) return { state: 'not-reached', reasons: ['no-server-worth-owning'], criticalBusyShare };
  if (most === 0) return { state: 'infeasible', reasons: ['capital-limit-exceeded'], criticalBusyShare };
  if (units === 0) return { state: 'not-reached', reasons: ['all-load-on-one-side'], criticalBusyShare };
  const capacity = units * (unit.peakRequestsPerMonth / secondsPerMonth) * secondsPerHour;
  const total = sum(load.hourly);
  const served = sum(load.hourly.map((demand) => Math.min(demand, capacity))) / total;
  const perYear = 12 * load.requestsPerMonth;
  const selfShare = served * availability;
  const apiUsdPerYear = (1 - selfShare) * perYear * api.usdPerRequest + api.fixedUsdPerYear;
  const selfUsd = selfShare * perYear * need(values, 'self.usd_per_request');
  return plan(fleet, units, { selfShare, apiUsdPerYear, selfUsd, criticalBusyShare }, found.value, null);
}

/** Availability of servers without a spare; where spares made it 1, the spare-less plan has what is normal. */
function failureShare(fleet: Fleet, values: Values): number {
  const stated = need(values, 'capacity.availability');
  return fleet.sizing.servers.spare > 0 && stated === 1 ? sparelessAvailability : stated;
}
/** Base of `capacity.availability`, section 3. */
const sparelessAvailability = 0.995;

/** Split by class (HYB-2): sensitive ones at home, the rest where it is cheaper. */
export function splitHybrid(
  { fleet, values, api, mostServers }: HybridInputs,
  classes: readonly RequestClass[],
  leastQuality: number,
): Hybrid {
  const { unit, load } = fleet;
  const G = Math.round(need(values, 'owned.server.accelerators'));
  const share = unit.peakRequestsPerMonth / unit.nominalRequestsPerMonth / load.peakToAverage;
  const found = splitClasses({
    classes,
    serverMonth: usd(unit.usdPerYear / unit.servers / 12, 'server', 'month'),
    acceleratorSPerServerMonth: G * secondsPerMonth * share,
    leastQuality,
    mostServers,
  });
  if (found.state === 'infeasible') return { state: 'infeasible', reasons: found.reasons, criticalBusyShare: null };
  const { optimum } = found.value;
  const volume = sum(classes.map((c) => c.requestsPerMonth));
  const self = sum(classes.map((c) => c.requestsPerMonth * (optimum.selfShare[c.name] ?? 0)));
  if (optimum.servers === 0 || self >= volume * (1 - 1e-9))
    return { state: 'not-reached', reasons: ['all-load-on-one-side'], criticalBusyShare: null };
  const units = Math.ceil(optimum.servers / unit.servers);
  const cost = {
    selfShare: self / volume,
    apiUsdPerYear: 12 * optimum.apiUsdPerMonth + api.fixedUsdPerYear,
    selfUsd: 12 * self * need(values, 'self.usd_per_request'),
    criticalBusyShare: null,
  };
  return plan(fleet, units, cost, null, found.value);
}

function plan(
  fleet: Fleet,
  units: number,
  cost: Pick<HybridPlan, 'selfShare' | 'apiUsdPerYear' | 'criticalBusyShare'> & { readonly selfUsd: number },
  burst: BurstOptimum | null,
  split: ClassSplit | null,
): Hybrid {
  const { unit } = fleet;
  const running = withoutSpares(fleet) + units * unit.opexUsdPerYear + cost.selfUsd;
  const opexUsdPerYear = running + cost.apiUsdPerYear;
  const annuity = units * (unit.usdPerYear - unit.opexUsdPerYear);
  return {
    state: 'ok',
    method: burst === null ? 'class-split' : 'base-and-burst',
    servers: units * unit.servers,
    usdPerYear: annuity + opexUsdPerYear,
    selfShare: cost.selfShare,
    capexUsd: units * unit.capexUsd,
    opexUsdPerYear,
    straightLineUsdPerYear: units * unit.servers * fleet.cost.straightLine + opexUsdPerYear,
    apiUsdPerYear: cost.apiUsdPerYear,
    fixedUsdPerYear: withoutSpares(fleet),
    criticalBusyShare: cost.criticalBusyShare,
    burst,
    split,
  };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
