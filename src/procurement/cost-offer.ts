import { energyPerToken } from '../economics/energy.ts';
import { type AnyState, isRankable, type NotVerifiedReason, qualify, reasonsOf } from '../economics/state.ts';
import { UserError } from '../error/user-error.ts';
import type { Interval } from '../measurement/summary.ts';
import { type ApiCost, apiCost } from './api-cost.ts';
import { type Bill, boxOf, ownedBill, rentedBill, requireOffer } from './bill.ts';
import { apiCaching, selfCaching } from './caching.ts';
import type { MeasuredCapacity } from './capacity.ts';
import { doubtsAbout, groundNotes } from './cost-doubt.ts';
import type { Context } from './cost-input.ts';
import { lintOffer } from './cost-lint.ts';
import { type Deployment, deploy, mixOf, productionShape, replicaOf } from './deployment.ts';
import type { Offer } from './offer.ts';
import type { OfferCost, OfferKind } from './offer-cost.ts';
import { pricesBehind } from './price-fact.ts';
import { entryIn, numberOf } from './register.ts';
import { noPrices, pricesOf, type TokenPrices } from './token-price.ts';

/** What is known of a row before lints and rank. */
interface Priced {
  readonly outcome: AnyState;
  readonly deployment: Deployment | null;
  readonly bill: Bill | null;
  readonly prices: TokenPrices | null;
  readonly usdPerRequest: number | null;
  readonly interval: Interval;
  readonly api: ApiCost | null;
}

/** One offer for one capacity: its bill, its prices by class, what speaks against them. */
export function costOf(offer: Offer, capacity: MeasuredCapacity | null, context: Context): OfferCost {
  const priced = offer.kind === 'api' ? apiPriced(offer, capacity, context) : capacityPriced(offer, capacity, context);
  const prices = pricesBehind(offer, context.date);
  const outcome = qualify(
    priced.outcome,
    doubtsAbout(offer, { capacity, deployment: priced.deployment, prices }, context),
  );
  const { deployment, bill } = priced;
  const tokens = priced.api?.tokens ?? deployment?.tokens ?? null;
  const usdPerMillion = priced.prices?.usdPerMillion ?? noPrices;
  const hasDemand = priced.api === null || priced.api.bill !== null;
  const lints = lintOffer({
    ...{ offer, capacity, deployment, tokens, usdPerMillion, prices, usedToRank: context.ranked },
    bill: bill ?? perRequestBill(priced.api),
    pricedBy: priced.api?.pricedBy ?? null,
  });
  const utilization = deployment?.utilization ?? null;
  const blended = usdPerMillion.blended;
  return {
    offer: offer.name,
    kind: offer.kind,
    run: capacity?.name ?? null,
    capacityOrigin: capacity?.origin ?? null,
    simulated: capacity?.simulated ?? false,
    state: outcome.state,
    reasons: reasonsOf(outcome),
    rankable: isRankable(outcome) && blended !== null && !lints.some(({ severity }) => severity === 'error'),
    rank: null,
    usdPerHour: bill?.usdPerHour ?? null,
    usdPerAcceleratorHour: bill?.usdPerAcceleratorHour ?? null,
    usdPerMillion,
    usdPerMillionUsage: { blended: blended === null || utilization === null ? null : blended * utilization },
    usdPerRequest: priced.usdPerRequest,
    intervals: { blended: priced.interval },
    basis: 'allocation',
    attribution: priced.prices?.attribution ?? 'none',
    coefficients: priced.prices?.coefficients ?? {},
    utilization,
    tokensPerHour: hasDemand ? tokens : null,
    reconciliation: priced.prices?.reconciliation ?? null,
    units: unitsOf(deployment),
    lines: bill?.lines ?? [],
    capexUsd: bill?.capexUsd ?? null,
    energy: energyOf(offer, capacity, deployment, bill),
    caching: cachingOf(offer, capacity, priced, context),
    prices,
    assumptions: offer.register.entries.filter(({ id, value }) => entryIn(context.register, id)?.value !== value),
    lints,
    notes: [
      ...offer.notes,
      ...groundNotes(offer, capacity, deployment),
      ...(capacity?.notes ?? []),
      ...(priced.api?.notes ?? []),
    ],
  };
}

/** Owned and rented: whole boxes for the demand, their bill over what they deliver; again at both ends of the capacity's interval. */
function capacityPriced(offer: Offer, capacity: MeasuredCapacity | null, context: Context): Priced {
  const nothing = { deployment: null, bill: null, prices: null, usdPerRequest: null, interval: null, api: null };
  if (capacity === null) throw needsCapacity(offer);
  if (capacity.state === 'infeasible')
    return { ...nothing, outcome: { state: 'infeasible', reasons: ['slo-never-met'], evidence: {} } };
  const kind = offer.kind as Exclude<OfferKind, 'api'>;
  requireOffer(kind, offer.name, offer.register);
  const box = boxOf(kind, offer.register, replicaOf(capacity, offer.register));
  const at = (scale: number) => {
    const deployed = deploy(capacity, offer.register, box, scale);
    if (deployed.state !== 'ok') return deployed;
    const deployment = deployed.value;
    const bill = kind === 'own' ? ownedBill(offer.register, deployment) : rentedBill(kind, offer.register, deployment);
    const usdPerAcceleratorHour = bill.usdPerAcceleratorHour?.annuity ?? null;
    const fit =
      context.fit === null || usdPerAcceleratorHour === null ? null : { shapes: context.fit, usdPerAcceleratorHour };
    return {
      state: 'ok' as const,
      deployment,
      bill,
      prices: pricesOf(bill.usdPerHour, deployment.tokens, offer.register, fit),
    };
  };
  const found = at(1);
  if (found.state !== 'ok') return { ...nothing, outcome: found };
  const ends = (capacity.interval ?? [])
    .map(at)
    .flatMap((end) => (end.state === 'ok' && end.prices !== null ? [end.prices.usdPerMillion.blended!] : []));
  const { deployment, bill, prices } = found;
  const requestsPerHour = deployment.requestsPerHour;
  return {
    outcome: stateOf(capacity),
    deployment,
    bill,
    prices,
    usdPerRequest: requestsPerHour === null || requestsPerHour === 0 ? null : bill.usdPerHour / requestsPerHour,
    interval: ends.length === 2 ? [Math.min(...ends), Math.max(...ends)] : null,
    api: null,
  };
}

function apiPriced(offer: Offer, capacity: MeasuredCapacity | null, context: Context): Priced {
  const trace = capacity === null ? null : context.traceOf(capacity, offer);
  const api = apiCost(offer, capacity, trace, context.date);
  return {
    outcome: { state: 'ok', value: api.usdPerRequest },
    deployment: null,
    bill: api.bill,
    prices: api.prices,
    usdPerRequest: api.usdPerRequest,
    // A price list has no spread; the capacity of a run has no part in it.
    interval: null,
    api,
  };
}

const stateOf = (capacity: MeasuredCapacity): AnyState =>
  capacity.state === 'not-verified'
    ? { state: 'not-verified', reasons: capacity.reasons as NotVerifiedReason[], value: null }
    : { state: 'ok', value: null };

/** Without a demand an API's prices are those of one request, which is then the bill to reconcile with. */
function perRequestBill(api: ApiCost | null): Bill | null {
  if (api === null) return null;
  const nothing = {
    usdPerAcceleratorHour: null,
    lines: [],
    capexUsd: null,
    energyUsdPerHour: null,
    energyBasis: null,
    averageKw: null,
    pueApplied: null,
  };
  return { ...nothing, usdPerHour: api.usdPerRequest };
}

function cachingOf(
  offer: Offer,
  capacity: MeasuredCapacity | null,
  { deployment, bill }: Priced,
  { fit, date }: Context,
): OfferCost['caching'] {
  const mix = mixOf(offer.register, capacity);
  if (offer.kind === 'api') return apiCaching(offer, productionShape(capacity, offer.register), mix, date);
  return selfCaching(fit, bill?.usdPerAcceleratorHour?.annuity ?? null, deployment?.shape ?? null, mix);
}

function unitsOf(deployment: Deployment | null): OfferCost['units'] {
  if (deployment === null) return null;
  const { replicas, replica, needed, bought, box } = deployment;
  return {
    ...{ replicas, needed, bought, spare: bought - needed, acceleratorsPerUnit: box.accelerators },
    accelerators: replicas * replica.accelerators,
  };
}

/** Energy of the tokens: by measured power where there is a measurement, else the energy line of an owned bill. */
function energyOf(
  offer: Offer,
  capacity: MeasuredCapacity | null,
  deployment: Deployment | null,
  bill: Bill | null,
): OfferCost['energy'] {
  if (deployment === null || bill === null) return null;
  const { tokens } = deployment;
  const output = tokens.outputVisible + tokens.outputReasoning;
  const all = output + tokens.inputUncached + tokens.cacheRead + tokens.cacheWrite;
  const perMillion = bill.energyUsdPerHour === null || all === 0 ? null : (bill.energyUsdPerHour * 1e6) / all;
  const measured = measuredEnergy(offer, capacity, perMillion);
  if (measured !== null) return measured;
  if (offer.kind !== 'own' || bill.averageKw === null) return null;
  const joules = output > 0 ? (bill.averageKw * 3.6e6) / output : null;
  return { basis: bill.energyBasis ?? 'unknown', usdPerMillion: perMillion, joulesPerOutputToken: joules };
}

/**
 * Energy as it was measured with the load, priced by itself: a nameplate of the bill has another scope and is never mixed
 * with it. Where power costs nothing of its own, as in a rented box, its joules stay without a price.
 */
function measuredEnergy(
  { register }: Offer,
  capacity: MeasuredCapacity | null,
  billedPerMillion: number | null,
): OfferCost['energy'] {
  const power = capacity?.power ?? null;
  const output = capacity?.outputTokensPerS ?? 0;
  if (capacity === null || power === null || !(output > 0)) return null;
  const { powerW, basis } = power;
  const priced = billedPerMillion !== null && billedPerMillion > 0;
  const { usdPerMillionFacility } = energyPerToken({
    ...{ powerW, basis, tokensPerS: output + capacity.inputTokensPerS },
    pue: priced ? numberOf(register, 'site.pue') : 1,
    usdPerKwh: priced ? numberOf(register, 'site.usd_per_kwh') : 0,
  });
  return {
    basis: `measured ${basis}`,
    usdPerMillion: priced ? usdPerMillionFacility : billedPerMillion,
    joulesPerOutputToken: powerW / output,
  };
}

function needsCapacity({ name }: Offer): UserError {
  return new UserError(
    'missing_throughput',
    `${name} needs a capacity: name a run, type it with --throughput 'input=4800,output=1200,scope=server', or assume capacity.requests_per_s_per_replica, demand.input_tokens and demand.output_tokens.`,
  );
}
