import { sum } from 'simple-statistics';
import { type Usd, usd } from './quantity.ts';
import { requireNonNegative, requirePositive, requireSome, requireWhole } from './range.ts';
import { type NotReached, notReached, type Ok, ok } from './state.ts';

/** Base load on owned servers, burst to the API (section 2.12, HYB-1). */

export interface BurstInputs {
  /** D_h in requests per hour; a load-duration curve of at least one week where weekends differ. */
  readonly hourly: readonly number[];
  /** cap: requests per server and hour at the objective. */
  readonly capacityPerServerHour: number;
  /** F_h. */
  readonly serverHour: Usd<'server', 'hour'>;
  readonly apiPerRequest: Usd<'request', 'once'>;
  readonly selfPerRequest: Usd<'request', 'once'>;
}

export interface MarginalServer {
  readonly server: number;
  /** busy_k: share of the hours × capacity that the k-th server would really work. */
  readonly busyShare: number;
  readonly avoidedUsdPerDay: number;
  readonly costUsdPerDay: number;
  readonly own: boolean;
}

export interface BurstPlan {
  readonly servers: number;
  readonly ownUsdPerDay: number;
  readonly marginalUsdPerDay: number;
  readonly apiUsdPerDay: number;
  readonly totalUsdPerDay: number;
  /** Share of requests served on owned servers; null without demand. */
  readonly selfShare: number | null;
}

export interface BurstOptimum {
  /** F_h/(cap·(p_api − v_self)); above 1: never own at this price. */
  readonly criticalBusyShare: number;
  readonly optimum: BurstPlan;
  readonly marginal: readonly MarginalServer[];
  readonly plans: readonly BurstPlan[];
}

/** busy_k = Σ_h clamp(D_h − (k−1)·cap, 0, cap)/(hours·cap); does not increase with k (INV-11). */
export function busyShare(hourly: readonly number[], capacityPerServerHour: number, server: number): number {
  const below = (server - 1) * capacityPerServerHour;
  const used = sum(hourly.map((demand) => Math.min(Math.max(demand - below, 0), capacityPerServerHour)));
  return used / (hourly.length * capacityPerServerHour);
}

/** Cost of N owned servers with the rest on the API, per mean day of the profile. */
export function burstPlan(inputs: BurstInputs, servers: number): BurstPlan {
  const capacity = requireWhole(servers, 'owned servers') * inputs.capacityPerServerHour;
  const days = inputs.hourly.length / 24;
  const self = sum(inputs.hourly.map((demand) => Math.min(demand, capacity)));
  const burst = sum(inputs.hourly.map((demand) => Math.max(0, demand - capacity)));
  const ownUsdPerDay = servers * inputs.serverHour * 24;
  const marginalUsdPerDay = (self * inputs.selfPerRequest) / days;
  const apiUsdPerDay = (burst * inputs.apiPerRequest) / days;
  return {
    servers,
    ownUsdPerDay,
    marginalUsdPerDay,
    apiUsdPerDay,
    totalUsdPerDay: ownUsdPerDay + marginalUsdPerDay + apiUsdPerDay,
    selfShare: self + burst > 0 ? self / (self + burst) : null,
  };
}

/**
 * The newsvendor rule: own server k if and only if busy_k > F_h/(cap·(p_api − v_self)). Since busy_k falls with k the optimum is
 * the last such k; enumeration finds the same (INV-11). Plans are listed from 0 to `listed` servers, by default one more than
 * the peak fills, at most 200. Not reached when an own request saves nothing.
 */
export function optimalBurst(inputs: BurstInputs, listed?: number): Ok<BurstOptimum> | NotReached {
  requireSome(inputs.hourly, 'the hourly demand');
  inputs.hourly.forEach((value, hour) => void requireNonNegative(value, `demand of hour ${hour}`));
  const cap = requirePositive(inputs.capacityPerServerHour, 'capacity of a server');
  requireNonNegative(inputs.serverHour, 'cost of a server hour');
  const saving = requireNonNegative(inputs.apiPerRequest, 'API cost per request') - inputs.selfPerRequest;
  requireNonNegative(inputs.selfPerRequest, 'own cost per request');
  if (saving <= 0) return notReached(['no-saving-per-request'], { savingUsdPerRequest: saving });
  const criticalBusyShare = inputs.serverHour / (cap * saving);
  const peak = inputs.hourly.reduce((a, b) => Math.max(a, b), 0);
  const full = Math.ceil(peak / cap);
  const servers = lastBusier(inputs.hourly, cap, criticalBusyShare, full);
  const last = listed ?? Math.min(full + 1, 200);
  const marginal = Array.from({ length: Math.min(full, last) }, (_, index): MarginalServer => {
    const busy = busyShare(inputs.hourly, cap, index + 1);
    return {
      server: index + 1,
      busyShare: busy,
      avoidedUsdPerDay: busy * 24 * cap * saving,
      costUsdPerDay: inputs.serverHour * 24,
      own: index < servers,
    };
  });
  const plans = Array.from({ length: last + 1 }, (_, count) => burstPlan(inputs, count));
  return ok({ criticalBusyShare, optimum: burstPlan(inputs, servers), marginal, plans });
}

/** The last k up to `full` with busy_k > critical, by halving since busy_k never rises; 0 where there is none. */
function lastBusier(hourly: readonly number[], cap: number, critical: number, full: number): number {
  let [low, high] = [0, full];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (busyShare(hourly, cap, middle) > critical) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Yearly cost of a plan whose day repeats. */
export const planPerYear = (plan: BurstPlan): Usd<'deployment', 'year'> =>
  usd(plan.totalUsdPerDay * 365, 'deployment', 'year');
