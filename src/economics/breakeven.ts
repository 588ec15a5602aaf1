import type { Requests, Usd } from './quantity.ts';
import { requireNonNegative, requirePositive, requireWhole } from './range.ts';
import { type Infeasible, infeasible, type NotReached, notReached, type Reached, reached } from './state.ts';

/** Break-even between owning and an API (section 2.9). Volumes V in requests per month. */

export interface SingleStep {
  readonly requestsPerMonth: number;

  readonly requiredUtilization: number;
}

/**
 * One indivisible deployment (BE-1, BE-2): V* = F/(p_api − v_self); required utilisation = V* / cap. Not reached when a request
 * saves nothing; infeasible when V* lies above the capacity (BE-6).
 */
export function breakEvenSingle(inputs: {
  readonly fixed: Usd<'deployment', 'month'>;
  readonly apiPerRequest: Usd<'request', 'once'>;
  readonly selfPerRequest: Usd<'request', 'once'>;
  readonly capacity: Requests<'deployment', 'month'>;
}): Reached<SingleStep> | NotReached | Infeasible {
  const saving = requireNonNegative(inputs.apiPerRequest, 'API cost per request') - inputs.selfPerRequest;
  requireNonNegative(inputs.selfPerRequest, 'own cost per request');
  requireNonNegative(inputs.fixed, 'fixed cost');
  requirePositive(inputs.capacity, 'capacity');
  if (saving <= 0) return notReached(['no-saving-per-request'], { savingUsdPerRequest: saving });
  const requestsPerMonth = inputs.fixed / saving;
  const requiredUtilization = requestsPerMonth / inputs.capacity;
  if (requiredUtilization > 1) return infeasible(['above-capacity-at-slo'], { requestsPerMonth, requiredUtilization });
  return reached({ requestsPerMonth, requiredUtilization });
}

export interface ServerSteps {
  /** F0: fixed cost of the deployment; F1: cost of one more server. */
  readonly fixed: Usd<'deployment', 'month'>;
  readonly perServer: Usd<'server', 'month'>;
  readonly capacityPerServer: Requests<'server', 'month'>;
  readonly apiPerRequest: Usd<'request', 'once'>;
  readonly selfPerRequest: Usd<'request', 'once'>;
  /** Largest volume considered, requests per month; null for any. */
  readonly horizon: number | null;
  /** Most servers that may be bought; null for any. */
  readonly mostServers: number | null;
}

export interface Crossing {
  readonly requestsPerMonth: number;
  readonly servers: number;
  /** Report this first: the number that a reader can check against his own demand. */
  readonly requiredUtilization: number;
}

export interface BreakEven {
  readonly first: Reached<Crossing>;
  /** Start of the interval that runs to the horizon without a gap. */
  readonly sustained: Reached<Crossing> | NotReached;
  /** Volumes at which owning is cheaper, [from, to]; `to` is null where it never ends. At most `listed` of them. */
  readonly selfCheaper: readonly (readonly [number, number | null])[];
  /** Gaps between them: more volume makes the API cheaper again (BE-3). */
  readonly apiCheaperBetween: readonly (readonly [number, number])[];
  readonly listComplete: boolean;
}

/** self(V) = F0 + F1·⌈V/cap⌉ + v_self·V, USD per month. */
export function ownUsdPerMonth(steps: ServerSteps, requestsPerMonth: number): number {
  const servers = Math.ceil(requestsPerMonth / steps.capacityPerServer);
  return steps.fixed + steps.perServer * servers + steps.selfPerRequest * requestsPerMonth;
}

/**
 * Crossings in whole servers (BE-3 to BE-6). On ((N−1)·cap, N·cap] owning wins from V_N = (F0 + F1·N)/(p − v) if
 * V_N ≤ N·cap; touching intervals merge. A sustained crossing exists only if k = (p − v)·cap > F1, and an interval is won as
 * a whole from N ≥ (F0 + k)/(k − F1), so both crossings are found without a search.
 */
export function breakEvenInServers(steps: ServerSteps, listed = 1000): Reached<BreakEven> | NotReached | Infeasible {
  const saving = requireNonNegative(steps.apiPerRequest, 'API cost per request') - steps.selfPerRequest;
  requireNonNegative(steps.selfPerRequest, 'own cost per request');
  const F0 = requireNonNegative(steps.fixed, 'fixed cost');
  const F1 = requireNonNegative(steps.perServer, 'cost of a server');
  const cap = requirePositive(steps.capacityPerServer, 'capacity of a server');
  if (steps.mostServers !== null) requireWhole(steps.mostServers, 'most servers');
  if (saving <= 0) return notReached(['no-saving-per-request'], { savingUsdPerRequest: saving });
  // The decisive case of k = F1 must not hang on the last bit of a product.
  const k = Math.abs(saving * cap - F1) <= 1e-12 * F1 ? F1 : saving * cap;
  const evidence = { apiUsdPerFullServer: k, serverUsdPerMonth: F1, requestsPerMonthSingle: (F0 + F1) / saving };
  const most = steps.mostServers ?? Number.POSITIVE_INFINITY;
  // At k = F1 full servers only tie; where the number of servers is limited, that limit is the answer (BE-6).
  if (k < F1 || (k === F1 && (F0 === 0 || most === Number.POSITIVE_INFINITY)))
    return notReached(['api-per-full-server-below-server-cost'], evidence);
  const firstReal = F0 === 0 ? 0 : F0 / (k - F1);
  const firstN = Math.max(1, ceil(firstReal));
  const start = (n: number) => Math.max((F0 + F1 * n) / saving, (n - 1) * cap);
  const limit = Math.min(steps.horizon ?? Number.POSITIVE_INFINITY, most * cap);
  if (firstN > most) {
    const V = (F0 + F1 * most) / saving;
    return infeasible(['above-capacity-at-slo'], {
      ...evidence,
      requestsPerMonth: V,
      requiredUtilization: most > 0 ? V / (most * cap) : null,
    });
  }
  const first = start(firstN);
  if (first > limit)
    return notReached(['beyond-horizon'], {
      ...evidence,
      serversReal: firstReal,
      servers: firstN,
      requestsPerMonth: first,
    });
  const crossing = (n: number): Reached<Crossing> =>
    reached({ requestsPerMonth: start(n), servers: n, requiredUtilization: start(n) / (n * cap) });
  const sustainedN = lastGapEnds(F0, F1, k, cap, limit, start);
  const sustained = sustainedN === null ? notReached(['beyond-horizon'], evidence) : crossing(sustainedN);
  return reached({ first: crossing(firstN), sustained, ...list(firstN, cap, limit, start, sustainedN, listed) });
}

/** The N on whose interval the stretch begins that runs to `limit`; null when the API is cheaper at `limit`. */
function lastGapEnds(F0: number, F1: number, k: number, cap: number, limit: number, start: (n: number) => number) {
  // From this N on intervals are won as a whole; the one before is won in its tail.
  const wholeFrom = ceil((F0 + k) / (k - F1));
  const forever = Math.max(1, wholeFrom - 1);
  if (limit === Number.POSITIVE_INFINITY) return forever;
  const atLimit = Math.max(1, ceil(limit / cap));
  if (atLimit >= forever) return start(forever) <= limit ? forever : null;
  return start(atLimit) <= limit ? atLimit : null;
}

function list(
  firstN: number,
  cap: number,
  limit: number,
  start: (n: number) => number,
  sustainedN: number | null,
  listed: number,
): Pick<BreakEven, 'selfCheaper' | 'apiCheaperBetween' | 'listComplete'> {
  const selfCheaper: [number, number | null][] = [];
  const end = (to: number) => (to === Number.POSITIVE_INFINITY ? null : to);
  const lastN = sustainedN ?? Math.max(firstN, ceil(limit / cap));
  let n = firstN;
  for (; n <= lastN && selfCheaper.length < listed; n++) {
    const [from, to] = [start(n), n === sustainedN ? limit : Math.min(n * cap, limit)];
    if (from > to) continue;
    const before = selfCheaper.at(-1);
    if (before && before[1] !== null && from <= before[1] * (1 + 1e-12)) before[1] = end(to);
    else selfCheaper.push([from, end(to)]);
  }
  const apiCheaperBetween = selfCheaper.slice(1).map(([from], i): [number, number] => [selfCheaper[i]![1]!, from]);
  return { selfCheaper, apiCheaperBetween, listComplete: n > lastN };
}

/** Smallest integer ≥ x, where x exceeds an integer by more than rounding. */
const ceil = (x: number) => (Number.isFinite(x) ? Math.ceil(x - 1e-12 * Math.max(1, Math.abs(x))) : x);
