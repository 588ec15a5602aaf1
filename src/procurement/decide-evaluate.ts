import { type PurchaseCase, purchaseCashFlow } from '../economics/cashflow.ts';
import type { MatrixGates } from '../economics/decision.ts';
import { usd } from '../economics/quantity.ts';
import type { Candidate } from '../economics/verdict.ts';
import type { AssumptionId } from './assumption.ts';
import {
  type Alternative,
  apiAlternative,
  apiIds,
  type RentalMode,
  type RentedFleet,
  rentedFleet,
  rentIds,
} from './decide-alternative.ts';
import { apiClosed, type CaseOffer, type DecisionCase, valuesFor } from './decide-case.ts';
import { type Fleet, fleetOf, ownedIds } from './decide-fleet.ts';
import { burstHybrid, type Hybrid, splitHybrid } from './decide-hybrid.ts';
import { type Load, loadOf } from './decide-load.ts';
import { purchaseOf } from './decide-purchase.ts';
import { lacking, need, type Values } from './decide-values.ts';
import type { OfferKind } from './offer-cost.ts';

/** One option under one set of values; figures are null where it has none. */
export interface EvaluatedOption {
  readonly name: string;
  readonly kind: OfferKind | 'hybrid';
  readonly state: Candidate['state'];
  readonly reasons: readonly string[];
  /** Ids that it would need. */
  readonly missing: readonly string[];
  readonly usdPerYear: number | null;
  readonly values: Values;
  readonly offer: CaseOffer | null;
  readonly fleet: Fleet | null;
  readonly rented: RentedFleet | null;
  readonly api: Alternative | null;
  readonly hybrid: Hybrid | null;
}

/** All options under one set of values. */
export interface Evaluation {
  readonly load: Load;
  readonly options: readonly EvaluatedOption[];
  /** Cheapest owned option that is feasible, else the first with figures. */
  readonly own: EvaluatedOption | null;
  /** Cheapest API; also where a gate closes it, since its price is still what others are measured by. */
  readonly api: EvaluatedOption | null;
  /** What owning would replace: the cheapest permitted API or rental. */
  readonly alternative: Alternative | null;
  /** No permitted one exists: `alternative` is what an API that may not be used would cost. */
  readonly alternativeIsHypothetical: boolean;
}

/** Computes every offer and the hybrid plan. */
export function evaluate(about: DecisionCase, values: Values): Evaluation {
  const load = loadOf(values, about.situation.shape);
  const offers = about.offers.flatMap((offer) => optionsOf(about, offer, valuesFor(values, offer)));
  const own = cheapest(offers.filter(({ kind }) => kind === 'own'));
  const api = cheapest(offers.filter(({ kind }) => kind === 'api'));
  const open = offers.filter((o) => o.kind !== 'own' && isOpen(o) && !gateClosed(about, o));
  const replaced = cheapest(open);
  const alternative = replaced?.api ?? replaced?.rented ?? api?.api ?? null;
  const hybrid = hybridOption(about, own, api);
  return {
    load,
    options: hybrid === null ? offers : [...offers, hybrid],
    own,
    api,
    alternative,
    alternativeIsHypothetical: replaced === null && alternative !== null,
  };
}

export const isOpen = ({ state, usdPerYear }: Pick<EvaluatedOption, 'state' | 'usdPerYear'>): boolean =>
  (state === 'ok' || state === 'not-verified') && usdPerYear !== null;

/** The cheapest of those that may be chosen, else the cheapest with figures, else the first. */
function cheapest(options: readonly EvaluatedOption[]): EvaluatedOption | null {
  const byCost = (list: readonly EvaluatedOption[]) =>
    list.filter(({ usdPerYear }) => usdPerYear !== null).sort((a, b) => a.usdPerYear! - b.usdPerYear!)[0];
  return byCost(options.filter(isOpen)) ?? byCost(options) ?? options[0] ?? null;
}

const candidateKind = { own: 'own', api: 'api', rent: 'rent', commit: 'rent', spot: 'rent', hybrid: 'hybrid' } as const;

/** Options as they compete (14.2). Spot capacity competes only for work that may be lost. */
export function candidatesOf(about: DecisionCase, options: readonly EvaluatedOption[]): Candidate[] {
  return options
    .filter(({ kind }) => kind !== 'spot' || about.interruptible)
    .map(({ kind, usdPerYear, state, reasons }) => ({ kind: candidateKind[kind], usdPerYear, state, reasons }));
}

/** Gates of section 14.2. The capital limit is a state of each option, since a hybrid plan needs less of it. */
export function gatesOf(about: DecisionCase): MatrixGates {
  const { floor, self } = about.quality;
  return {
    ownWithinCapital: true,
    apiAllowed: !apiClosed(about),
    ownQualityEnough: floor === null || self === null || self >= floor,
  };
}

function gateClosed(about: DecisionCase, option: EvaluatedOption): boolean {
  const gates = gatesOf(about);
  if (option.kind === 'api') return !gates.apiAllowed;
  return !gates.ownQualityEnough || (option.kind === 'spot' && !about.interruptible);
}

const modes: Readonly<Record<'rent' | 'commit' | 'spot', readonly RentalMode[]>> = {
  rent: ['on-demand', 'scaled'],
  commit: ['commit'],
  spot: ['spot'],
};

function optionsOf(about: DecisionCase, offer: CaseOffer, values: Values): EvaluatedOption[] {
  const { name, kind, blocked = [] } = offer;
  if (blocked.length > 0)
    return [{ name, kind, values, offer, ...none, missing: [], state: 'infeasible', reasons: blocked }];
  if (offer.kind === 'own') return [ownOption(about, offer, values)];
  if (offer.kind === 'api') return [apiOption(about, offer, values)];
  const scales = values['rent.scales'] !== 0;
  const options = modes[offer.kind]
    .filter((mode) => mode !== 'scaled' || scales)
    .map((mode) => rentOption(about, offer, values, mode));
  // Where the fewest instances that may run are as many as the peak needs, there is nothing to give back.
  return options.filter(({ rented }) => rented?.mode !== 'scaled' || rented.meanInstances < rented.instances);
}

const none = { fleet: null, rented: null, api: null, hybrid: null, usdPerYear: null } as const;

function refused(offer: CaseOffer, values: Values, missing: readonly string[]): EvaluatedOption {
  const { name, kind } = offer;
  return { name, kind, values, offer, ...none, state: 'refused', reasons: ['missing-input'], missing };
}

function ownOption(about: DecisionCase, offer: CaseOffer, values: Values): EvaluatedOption {
  const missing = lacking(values, ownedIds);
  if (missing.length > 0) return refused(offer, values, missing);
  const found = fleetOf(values, about.situation);
  const base = { name: offer.name, kind: offer.kind, values, offer, ...none, missing: [] };
  if (found.state === 'infeasible') return { ...base, state: 'infeasible', reasons: found.reasons };
  const fleet = found.value;
  const usdPerYear = fleet.cost.total.annuity + selfUsdPerYear(fleet.load, values);
  const { capitalUsd } = about.limits;
  const reasons: string[] = [];
  if (capitalUsd !== null && fleet.cost.capexTotal > capitalUsd) reasons.push('capital-limit-exceeded');
  if (outgrown(about, fleet, values)) reasons.push('capacity-exceeded-in-month');
  if (!gatesOf(about).ownQualityEnough) reasons.push('quality-below-floor');
  return { ...base, fleet, usdPerYear, ...judged(reasons, [...about.doubts.own, ...offer.doubts]) };
}

const selfUsdPerYear = (load: Load, values: Values) =>
  12 * load.requestsPerMonth * need(values, 'self.usd_per_request');

/** A fleet that may not grow and runs over within its life (NPV-5). */
function outgrown(about: DecisionCase, fleet: Fleet, values: Values): boolean {
  if (about.expand) return false;
  const nothing = { kind: 'api', name: '', usdPerRequest: 0, fixedUsdPerYear: 0, usdPerYear: 0, decline: 0 } as const;
  return purchaseCashFlow(purchaseOf(fleet, values, nothing, false)).state === 'infeasible';
}

const judged = (reasons: readonly string[], doubts: readonly string[]): Pick<EvaluatedOption, 'state' | 'reasons'> =>
  reasons.length > 0
    ? { state: 'infeasible', reasons }
    : doubts.length > 0
      ? { state: 'not-verified', reasons: [...new Set(doubts)] }
      : { state: 'ok', reasons: [] };

function apiOption(about: DecisionCase, offer: CaseOffer, values: Values): EvaluatedOption {
  const missing = lacking(values, apiIds);
  if (missing.length > 0) return refused(offer, values, missing);
  const api = apiAlternative(values, loadOf(values, about.situation.shape), offer.name);
  const { floor, api: quality } = about.quality;
  const reasons = floor !== null && quality !== null && quality < floor ? ['quality-below-floor'] : [];
  const closed = apiClosed(about) ? ['sensitive-class-needs-self-hosting'] : [];
  return {
    ...{ name: offer.name, kind: offer.kind, values, offer, ...none, missing: [], api, usdPerYear: api.usdPerYear },
    ...judged([...closed, ...reasons], [...about.doubts.api, ...offer.doubts]),
  };
}

function rentOption(about: DecisionCase, offer: CaseOffer, values: Values, mode: RentalMode): EvaluatedOption {
  const name = mode === 'scaled' ? `${offer.name}, scaled by the hour` : offer.name;
  const more: Readonly<Partial<Record<RentalMode, readonly AssumptionId[]>>> = {
    commit: ['rent.commit_discount'],
    spot: ['rent.spot_usd_per_accelerator_hour', 'rent.spot_lost_share'],
  };
  const missing = lacking(values, [...rentIds, ...(more[mode] ?? [])]);
  if (missing.length > 0) return refused({ ...offer, name }, values, missing);
  const load = loadOf(values, about.situation.shape);
  const rented = rentedFleet(values, load, mode, name);
  const usdPerYear = rented.usdPerYear + selfUsdPerYear(load, values);
  const reasons: string[] = [];
  if (!about.privacy.rentAllowed && about.privacy.sensitiveShare !== 0)
    reasons.push('sensitive-class-needs-own-servers');
  if (!gatesOf(about).ownQualityEnough) reasons.push('quality-below-floor');
  const doubts = [...about.doubts.rent, ...offer.doubts];
  if (mode === 'spot' && !about.interruptible) doubts.push('spot-may-be-reclaimed');
  return {
    ...{ name, kind: offer.kind, values, offer, ...none, missing: [], rented, usdPerYear },
    ...judged(reasons, doubts),
  };
}

/** The better of base-and-burst and class split, between the cheapest owned option and the cheapest API. */
function hybridOption(
  about: DecisionCase,
  own: EvaluatedOption | null,
  api: EvaluatedOption | null,
): EvaluatedOption | null {
  if (own === null || api === null) return null;
  const base = { name: 'hybrid', kind: 'hybrid' as const, values: own.values, offer: own.offer, ...none };
  const { fleet } = own;
  if (own.state === 'infeasible' && fleet === null)
    return { ...base, state: 'infeasible', reasons: own.reasons, missing: [] };
  if (fleet === null || api.api === null)
    return { ...base, state: 'refused', reasons: ['missing-input'], missing: [...own.missing, ...api.missing] };
  const plans = hybridsOf(about, fleet, own.values, api.api);
  const feasible = plans.filter((plan) => plan.state === 'ok').sort((a, b) => a.usdPerYear - b.usdPerYear)[0];
  const chosen = feasible ?? plans[0]!;
  const shown = { ...base, fleet, api: api.api, hybrid: chosen, missing: [] };
  if (chosen.state !== 'ok') return { ...shown, state: chosen.state, reasons: chosen.reasons };
  if (!gatesOf(about).ownQualityEnough && chosen.method === 'base-and-burst')
    return { ...shown, state: 'infeasible', reasons: ['quality-below-floor'] };
  const doubts = [...about.doubts.own, ...about.doubts.api, ...(own.offer?.doubts ?? []), ...(api.offer?.doubts ?? [])];
  return { ...shown, usdPerYear: chosen.usdPerYear, ...judged([], doubts) };
}

function hybridsOf(about: DecisionCase, fleet: Fleet, values: Values, api: Alternative): Hybrid[] {
  const mostServers = mostHybridServers(about, fleet);
  const inputs = { fleet, values, api, mostServers };
  const plans: Hybrid[] = [];
  if (about.classes.length > 0) {
    const G = need(values, 'capacity.accelerators_per_replica');
    const seconds = G / need(values, 'capacity.requests_per_s_per_replica');
    const classes = about.classes.map(({ share, apiFactor, acceleratorFactor, name, sensitive, qualityOwn }) => ({
      ...{ name, qualityOwn, requestsPerMonth: share * fleet.load.requestsPerMonth },
      sensitive: sensitive && !about.privacy.apiAllowed,
      apiPerRequest: usd(apiFactor * api.usdPerRequest, 'request', 'once'),
      acceleratorSPerRequest: acceleratorFactor * seconds,
    }));
    plans.push(splitHybrid(inputs, classes, about.quality.floor ?? 0));
  }
  // A burst would send requests of every class to the API.
  if (apiClosed(about))
    plans.push({ state: 'infeasible', reasons: ['sensitive-class-needs-self-hosting'], criticalBusyShare: null });
  else plans.push(burstHybrid(inputs));
  return plans;
}

function mostHybridServers(about: DecisionCase, fleet: Fleet): number | null {
  const { capitalUsd, servers } = about.limits;
  const byCapital = capitalUsd === null ? null : Math.floor(capitalUsd / fleet.cost.capex);
  if (byCapital === null) return servers;
  return servers === null ? byCapital : Math.min(servers, byCapital);
}

/** Buying instead of the alternative; null where one of them cannot be had. */
export function purchaseCase(about: DecisionCase, evaluation: Evaluation): PurchaseCase | null {
  const { own, alternative } = evaluation;
  if (own === null || own.fleet === null || alternative === null) return null;
  return purchaseOf(own.fleet, own.values, alternative, about.expand);
}
