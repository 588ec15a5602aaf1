import { lintUnlikeOffers } from '../economics/lint-price.ts';
import type { ShapeFit } from '../economics/regression.ts';
import { type AnyState, doubtsOf, isRankable, type NotVerifiedReason, qualify, reasonsOf } from '../economics/state.ts';
import { UserError } from '../error/user-error.ts';
import type { Interval } from '../measurement/summary.ts';
import { type ApiCost, apiCost } from './api-cost.ts';
import { priceSnapshot } from './api-price.ts';
import type { ApiTrace } from './api-trace.ts';
import { type Bill, boxOf, ownedBill, rentedBill, requireOffer } from './bill.ts';
import type { MeasuredCapacity } from './capacity.ts';
import { lintOffer, pricesBehind, printed } from './cost-lint.ts';
import { type Deployment, deploy, replicaOf, shapeNotes } from './deployment.ts';
import type { Register, Statement } from './entry.ts';
import type { Offer } from './offer.ts';
import type { CostReport, OfferCost, OfferKind, PriceFactRow, PrintedLint } from './offer-cost.ts';
import { entryIn, numberOrNull, resolveRegister } from './register.ts';
import { fitOf, noPrices, pricesOf, type TokenPrices } from './token-price.ts';

/** Declarations of the user that let unlike things be ranked together. */
export const declarations = ['quality', 'purchase'] as const;
export type Declaration = (typeof declarations)[number];

export interface CostInputs {
  /** Capacities of runs, typed or assumed; empty where only APIs are priced. */
  readonly capacities: readonly MeasuredCapacity[];
  readonly offers: readonly Offer[];
  /** What the requests of a capacity cost at an API, by `capacity.name` and offer name; null where no run was priced. */
  readonly traceOf: (capacity: MeasuredCapacity, offer: Offer) => ApiTrace | null;
  /** What holds for all offers, for the register of the report. */
  readonly statements: readonly Statement[];
  readonly declared: readonly Declaration[];
  readonly date: string;
}

/** Every offer for every capacity, cheapest first (section 2.7), with the lints of section 8. */
export function costReport(inputs: CostInputs): CostReport {
  const { offers, date, declared } = inputs;
  const capacities = inputs.capacities.map((capacity) => anchored(capacity, offers));
  const traceOf: CostInputs['traceOf'] = (capacity, offer) =>
    inputs.traceOf(inputs.capacities[capacities.indexOf(capacity)] ?? capacity, offer);
  const fit = fitOf(capacities);
  const ranked = offers.length * Math.max(1, capacities.length) > 1;
  const register = resolveRegister(inputs.statements);
  const context: Context = { ...inputs, register, traceOf, fit: fit?.state === 'ok' ? fit.value : null, ranked };
  const rows = offers.flatMap((offer) =>
    capacities.length === 0
      ? [costOf(offer, null, context)]
      : capacities.map((capacity) => costOf(offer, capacity, context)),
  );
  const sorted = place(rows, declared);
  const unlike = printed(
    lintUnlikeOffers({
      offers: rows.map((row) => ({ name: row.offer, purchaseClass: purchaseClass(row.kind), precision: null })),
      declared: declared.includes('purchase'),
    }),
  );
  return {
    schema: 'tokbench.cost/1',
    simulated: capacities.some(({ simulated }) => simulated),
    date,
    priceSnapshot: offers.some(({ api }) => api !== null) ? priceSnapshot() : null,
    offers: sorted,
    lints: [...unlike, ...together(sorted)],
    notes: notesOf(inputs, rows, fit === null || fit.state === 'ok' ? null : fit.reasons.join(', ')),
    register,
  };
}

interface Context extends CostInputs {
  readonly fit: ShapeFit | null;
  readonly ranked: boolean;
  readonly register: Register;
}

/**
 * A rate of one server is of so many accelerators whoever sells them: those of the only server or instance among the offers,
 * where the rate does not say.
 */
function anchored(capacity: MeasuredCapacity, offers: readonly Offer[]): MeasuredCapacity {
  if (capacity.accelerators !== null || (capacity.scope !== 'server' && capacity.scope !== 'instance')) return capacity;
  const [id, other] =
    capacity.scope === 'server'
      ? (['owned.server.accelerators', 'rent.accelerators_per_instance'] as const)
      : (['rent.accelerators_per_instance', 'owned.server.accelerators'] as const);
  for (const key of [id, other]) {
    const counts = new Set(offers.flatMap(({ register }) => numberOrNull(register, key) ?? []));
    if (counts.size === 1) return { ...capacity, accelerators: [...counts][0]! };
    if (counts.size > 1)
      throw new UserError(
        'bad_throughput',
        `${capacity.name}: the offers have ${[...counts].join(' and ')} accelerators in a ${capacity.scope}; say which the rate is of, with accelerators=N.`,
      );
  }
  return capacity;
}

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

function costOf(offer: Offer, capacity: MeasuredCapacity | null, context: Context): OfferCost {
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
    prices,
    assumptions: offer.register.entries.filter(({ id, value }) => entryIn(context.register, id)?.value !== value),
    lints,
    notes: [
      ...offer.notes,
      ...hardwareNotes(offer, capacity, deployment),
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

function doubtsAbout(offer: Offer, { capacity, deployment, prices }: Grounds, context: Context): NotVerifiedReason[] {
  const compared = context.offers.some(({ kind }) => kind !== 'api');
  const undeclared = offer.kind === 'api' && compared && !context.declared.includes('quality');
  return [
    ...new Set([
      ...prices.flatMap(({ ageDays, limitDays, source, confidence }) =>
        doubtsOf({
          capacityPoint: 'measured',
          priceAgeDays: ageDays,
          priceAgeLimitDays: limitDays,
          priceHasSource: source !== null && confidence !== 'unverified',
          qualityEquivalence: null,
          tokenizerRatio: null,
        }),
      ),
      ...(otherHardware(offer, capacity) || torn(deployment) ? (['capacity-extrapolated'] as const) : []),
      ...(undeclared ? (['quality-equivalence-undeclared'] as const) : []),
    ]),
  ];
}

interface Grounds {
  readonly capacity: MeasuredCapacity | null;
  readonly deployment: Deployment | null;
  readonly prices: readonly PriceFactRow[];
}

/** A capacity is that of the hardware it was measured on. */
const otherHardware = (offer: Offer, capacity: MeasuredCapacity | null): boolean =>
  offer.hardware !== null && capacity !== null && capacity.hardware !== null && offer.hardware !== capacity.hardware;
/** A replica over several boxes pays for their network, which a measurement inside of one did not. */
const torn = (deployment: Deployment | null): boolean =>
  deployment !== null && deployment.box.accelerators < deployment.replica.accelerators;

function hardwareNotes(offer: Offer, capacity: MeasuredCapacity | null, deployment: Deployment | null): string[] {
  const notes: string[] = deployment === null ? [] : shapeNotes(capacity, deployment);
  if (otherHardware(offer, capacity))
    notes.push(
      `The capacity is that of ${capacity!.hardware}; ${offer.name} is ${offer.hardware}, which may deliver more or less.`,
    );
  if (torn(deployment))
    notes.push(
      `${offer.name} spreads a replica of ${deployment!.replica.accelerators} accelerators over boxes of ${deployment!.box.accelerators}, which nobody measured.`,
    );
  return notes;
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
  if (capacity?.power) {
    const { powerW, basis } = capacity.power;
    const rate = capacity.outputTokensPerS;
    return {
      basis: `measured ${basis}`,
      usdPerMillion: perMillion,
      joulesPerOutputToken: rate > 0 ? powerW / rate : null,
    };
  }
  if (offer.kind !== 'own' || bill.averageKw === null) return null;
  const joules = output > 0 ? (bill.averageKw * 3.6e6) / output : null;
  return { basis: bill.energyBasis ?? 'unknown', usdPerMillion: perMillion, joulesPerOutputToken: joules };
}

/** Cheapest first: those that may be ranked, then the others; places are within a purchase class unless declared alike. */
function place(rows: readonly OfferCost[], declared: readonly Declaration[]): OfferCost[] {
  const price = (row: OfferCost) => row.usdPerMillion.blended ?? Number.POSITIVE_INFINITY;
  const sorted = [...rows].sort(
    (a, b) => Number(b.rankable) - Number(a.rankable) || price(a) - price(b) || a.offer.localeCompare(b.offer),
  );
  const counts = new Map<string, number>();
  return sorted.map((row) => {
    if (!row.rankable) return row;
    const group = declared.includes('purchase') ? 'all' : purchaseClass(row.kind);
    const rank = (counts.get(group) ?? 0) + 1;
    counts.set(group, rank);
    return { ...row, rank };
  });
}

const classes = { own: 'own', rent: 'on-demand', commit: 'committed', spot: 'spot', api: 'api' } as const;
export const purchaseClass = (kind: OfferKind): (typeof classes)[OfferKind] => classes[kind];

function notesOf({ offers, capacities }: CostInputs, rows: readonly OfferCost[], refused: string | null): string[] {
  const notes: string[] = [];
  if (refused !== null)
    notes.push(`The runs do not separate the cost of input and output (${refused}): classes are priced by a ratio.`);
  const devices = [...new Set(offers.flatMap(({ hardware }) => hardware ?? []))];
  const unnamed = rows.some(({ run }) => run !== null) && capacities.some(({ hardware }) => hardware === null);
  if (devices.length > 1 && unnamed)
    notes.push(`One throughput is applied to ${devices.join(', ')}: it holds for one of them at most.`);
  if (offers.some(({ kind }) => kind === 'rent' || kind === 'spot'))
    notes.push('Rented instances count as always on, sized for the peak; decide also scales them by the hour.');
  const owned = rows.find(({ kind }) => kind === 'own');
  const staff = owned?.lines.find(({ name }) => name === 'staff')?.usdPerHour ?? 0;
  if (staff > 0 && offers.some(({ kind }) => kind !== 'own'))
    notes.push(
      `Owning includes staff of ${staff.toFixed(2)} USD/h (staff.fte); renting and APIs count the people stated in rent.fte and api.fte, by default none.`,
    );
  return notes;
}

/** The same finding of several offers is told once. */
function together(rows: readonly OfferCost[]): PrintedLint[] {
  const found = new Map<string, { lint: PrintedLint; offers: string[] }>();
  for (const row of rows)
    for (const lint of row.lints) {
      const key = `${lint.id} ${lint.severity} ${lint.sentence}`;
      const known = found.get(key) ?? { lint, offers: [] };
      found.set(key, { lint, offers: [...known.offers.filter((name) => name !== row.offer), row.offer] });
    }
  const order = { error: 0, warn: 1, info: 2, 'cannot-check': 3 } as const;
  return [...found.values()]
    .map(({ lint, offers }) => ({ ...lint, evidence: { ...lint.evidence, offers } }))
    .sort((a, b) => order[a.severity] - order[b.severity] || Number(a.id.slice(1)) - Number(b.id.slice(1)));
}

/** Lints at error, for a gate. */
export const errorsOf = (report: { readonly lints: readonly PrintedLint[] }): PrintedLint[] =>
  report.lints.filter(({ severity }) => severity === 'error');

function needsCapacity({ name }: Offer): UserError {
  return new UserError(
    'missing_throughput',
    `${name} needs a capacity: name a run, type it with --throughput 'input=4800,output=1200,scope=server', or assume capacity.requests_per_s_per_replica, demand.input_tokens and demand.output_tokens.`,
  );
}
