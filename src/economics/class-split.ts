import type { Usd } from './quantity.ts';
import { requireNonNegative, requirePositive, requireShare, requireWhole } from './range.ts';
import {
  type Infeasible,
  type InfeasibleReason,
  infeasible,
  type NotVerified,
  notVerified,
  type Ok,
  ok,
} from './state.ts';

/** Which request classes run on owned servers (section 2.12, HYB-2). */

export interface RequestClass {
  readonly name: string;
  readonly requestsPerMonth: number;
  /** s_k: accelerator-seconds per request at the objective. */
  readonly acceleratorSPerRequest: number;
  readonly apiPerRequest: Usd<'request', 'once'>;
  /** Must not leave the house. */
  readonly sensitive: boolean;
  /** Acceptance share of the own (small) model; null where nobody measured it: used, but the plan is not verified. */
  readonly qualityOwn: number | null;
}

export interface ClassSplitInputs {
  readonly classes: readonly RequestClass[];
  readonly serverMonth: Usd<'server', 'month'>;
  /** Accelerator-seconds that one server gives in a month at the planned utilisation. */
  readonly acceleratorSPerServerMonth: number;
  /** q_min. */
  readonly leastQuality: number;
  /** null: as many as the classes that may move could fill. */
  readonly mostServers: number | null;
}

export interface ClassPlan {
  readonly servers: number;
  /** Share of each class on owned servers; the rest goes to the API (INV-12). */
  readonly selfShare: Readonly<Record<string, number>>;
  readonly acceleratorSUsed: number;
  readonly acceleratorSOwned: number;
  readonly ownUsdPerMonth: number;
  readonly apiUsdPerMonth: number;
  readonly totalUsdPerMonth: number;
}

export interface ClassSplit {
  readonly optimum: ClassPlan;
  /** Plans by number of servers, from 0. */
  readonly plans: readonly (Ok<ClassPlan> | Infeasible)[];
  /** p_k/s_k, USD of API cost that an accelerator-second replaces; null for a class that needs none. */
  readonly densityUsdPerAcceleratorS: Readonly<Record<string, number | null>>;
}

/**
 * Gate 1: a sensitive class is self-hosted in full, or the plan is infeasible. Gate 2: a class below the quality floor goes to
 * the API (sensitive as well: infeasible at any size). Then servers are filled by descending p_k/s_k, a class may be split,
 * and the cheapest feasible number of servers wins, the smaller at a tie.
 */
export function splitClasses(inputs: ClassSplitInputs): Ok<ClassSplit> | NotVerified<ClassSplit> | Infeasible {
  check(inputs);
  const { classes, leastQuality } = inputs;
  const below = (c: RequestClass) => c.qualityOwn !== null && c.qualityOwn < leastQuality;
  const stuck = classes.filter((c) => c.sensitive && below(c)).map(({ name }) => name);
  if (stuck.length > 0)
    return infeasible(['quality-below-floor', 'sensitive-class-needs-self-hosting'], { classes: stuck, leastQuality });
  const movable = classes.filter((c) => !below(c)).sort(byUrgency);
  const wanted = movable.reduce((total, c) => total + secondsOf(c), 0);
  const most = inputs.mostServers ?? Math.min(1000, Math.ceil(wanted / inputs.acceleratorSPerServerMonth));
  const plans = Array.from({ length: most + 1 }, (_, servers) => planFor(inputs, movable, servers));
  const feasible = plans.filter((plan) => plan.state === 'ok').map(({ value }) => value);
  if (feasible.length === 0) {
    const reason: InfeasibleReason = 'sensitive-class-needs-self-hosting';
    return infeasible([reason, 'above-capacity-at-slo'], { mostServers: most });
  }
  const optimum = feasible.reduce((best, plan) => (plan.totalUsdPerMonth < best.totalUsdPerMonth ? plan : best));
  const split = { optimum, plans, densityUsdPerAcceleratorS: byName(classes, density) };
  const unknown = movable.some((c) => c.qualityOwn === null);
  return unknown ? notVerified(split, ['quality-equivalence-undeclared']) : ok(split);
}

const secondsOf = (c: RequestClass) => c.requestsPerMonth * c.acceleratorSPerRequest;
const density = (c: RequestClass) => (c.acceleratorSPerRequest > 0 ? c.apiPerRequest / c.acceleratorSPerRequest : null);
const byName = <T>(classes: readonly RequestClass[], value: (c: RequestClass) => T): Record<string, T> =>
  Object.fromEntries(classes.map((c) => [c.name, value(c)]));

/** Sensitive classes first, then by descending density; one that needs no accelerator is served before all others. */
function byUrgency(a: RequestClass, b: RequestClass): number {
  if (a.sensitive !== b.sensitive) return a.sensitive ? -1 : 1;
  return (density(b) ?? Number.MAX_VALUE) - (density(a) ?? Number.MAX_VALUE);
}

function planFor(
  inputs: ClassSplitInputs,
  movable: readonly RequestClass[],
  servers: number,
): Ok<ClassPlan> | Infeasible {
  const owned = servers * inputs.acceleratorSPerServerMonth;
  const share: Record<string, number> = byName(inputs.classes, () => 0);
  let left = owned;
  for (const c of movable) {
    const seconds = secondsOf(c);
    const served = seconds <= left ? 1 : left / seconds;
    // With no server at all nothing is self-hosted, not even a class that takes no time.
    share[c.name] = servers === 0 ? 0 : served;
    if (c.sensitive && c.requestsPerMonth > 0 && share[c.name]! < 1)
      return infeasible(['sensitive-class-needs-self-hosting'], {
        servers,
        class: c.name,
        servedShare: share[c.name]!,
        ownUsdPerMonth: servers * inputs.serverMonth,
      });
    left = Math.max(0, left - seconds * served);
  }
  const api = inputs.classes.reduce(
    (total, c) => total + (1 - share[c.name]!) * c.requestsPerMonth * c.apiPerRequest,
    0,
  );
  const own = servers * inputs.serverMonth;
  return ok({
    servers,
    selfShare: share,
    acceleratorSUsed: servers === 0 ? 0 : owned - left,
    acceleratorSOwned: owned,
    ownUsdPerMonth: own,
    apiUsdPerMonth: api,
    totalUsdPerMonth: own + api,
  });
}

function check(inputs: ClassSplitInputs): void {
  requirePositive(inputs.acceleratorSPerServerMonth, 'accelerator-seconds of a server and month');
  requireNonNegative(inputs.serverMonth, 'cost of a server month');
  requireShare(inputs.leastQuality, 'least quality');
  if (inputs.mostServers !== null) requireWhole(inputs.mostServers, 'most servers');
  for (const c of inputs.classes) {
    requireNonNegative(c.requestsPerMonth, `requests of class ${c.name}`);
    requireNonNegative(c.acceleratorSPerRequest, `accelerator-seconds of class ${c.name}`);
    requireNonNegative(c.apiPerRequest, `API cost of class ${c.name}`);
    if (c.qualityOwn !== null) requireShare(c.qualityOwn, `quality of class ${c.name}`);
  }
}
