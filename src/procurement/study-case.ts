import { predictability } from '../economics/demand.ts';
import type { EnergyBasis } from '../economics/energy.ts';
import { percent } from '../economics/finding.ts';
import { doubtsOf } from '../economics/state.ts';
import type { Override } from './api-override.ts';
import { assumptionIds } from './assumption.ts';
import type { MeasuredCapacity } from './capacity.ts';
import { pricesBehind } from './cost-lint.ts';
import type { CaseClass, CaseOffer, DecisionCase, Privacy, Quality, TaskValue } from './decide-case.ts';
import { evaluate } from './decide-evaluate.ts';
import { type Values, valuesOf } from './decide-values.ts';
import type { Entry, Register, Statement } from './entry.ts';
import { type Offer, offersOf } from './offer.ts';
import { type DemandProfileFile, demandStatements, readProfile, weekOf } from './profile.ts';
import { entryIn, hoursOf, numberOf, resolveRegister, withEntries, wordOf } from './register.ts';
import type { LoadedStudy } from './study.ts';
import { capacityStatements } from './study-capacity.ts';
import { listPrices, priceEntries, rangedEntries } from './study-price.ts';

/** Capacity of a run, and when it was measured. */
export interface StudyRun {
  readonly capacity: MeasuredCapacity;
  readonly startedAt: string | null;
}

/** What the command line adds to a study. */
export interface StudyFlags {
  readonly assumed: readonly Statement[];
  /** More offers, `KIND[:NAME|FILE]`. */
  readonly offers: readonly string[];
  readonly runs: readonly StudyRun[];
  readonly overrides: readonly Override[];
  /** The day that prices are asked for and ages are counted to. */
  readonly date: string;
}

/** A case with what surrounds it, for lints and for the reader. */
export interface PreparedStudy {
  readonly about: DecisionCase;
  readonly offers: readonly Offer[];
  readonly statements: readonly Statement[];
  readonly demand: DemandProfileFile | null;
  readonly notes: readonly string[];
}

/**
 * A study with its profiles, prices and runs as a case to decide. The register of the case is that of the cheapest offers of
 * each kind, so that sensitivities vary what the recommendation rests on.
 *
 * @throws UserError of profiles, offers, prices and the register, each with its place
 */
export function prepareStudy(loaded: LoadedStudy, flags: StudyFlags): PreparedStudy {
  const demand = loaded.study.demand === undefined ? null : readProfile('demand', loaded.study.demand);
  const statements = [...(demand === null ? [] : demandStatements(demand)), ...loaded.statements, ...flags.assumed];
  const common = resolveRegister(statements);
  const offers = readOffers(loaded, flags, statements, common);
  const first = caseOf(loaded, flags, demand?.data ?? null, offers, offers);
  const { own, api, options } = evaluate(first, first.values);
  const cheapestRent = options
    .filter(({ rented, usdPerYear }) => rented !== null && usdPerYear !== null)
    .sort((a, b) => a.usdPerYear! - b.usdPerYear!)[0];
  const leading = [own, api, cheapestRent].map((option) =>
    offers.findIndex((_, index) => first.offers[index] === option?.offer),
  );
  const base = [...leading.flatMap((index) => (index < 0 ? [] : [offers[index]!])), ...offers];
  const about = caseOf(loaded, flags, demand?.data ?? null, offers, base);
  const notes = [...new Set(offers.flatMap((offer) => offer.notes))];
  return { about, offers, statements, demand: demand?.data ?? null, notes };
}

function readOffers(
  loaded: LoadedStudy,
  flags: StudyFlags,
  statements: readonly Statement[],
  common: Register,
): Offer[] {
  const stated = loaded.study.offers.map((offer, index) => ({
    text: typeof offer === 'string' ? offer : offer.offer,
    name: typeof offer === 'string' ? null : (offer.name ?? null),
    own: loaded.offerStatements[index] ?? [],
  }));
  const asked = [...stated, ...flags.offers.map((text) => ({ text, name: null, own: [] as readonly Statement[] }))];
  return asked.flatMap(({ text, name, own }) => {
    const ids = new Set(own.map(({ id }) => id));
    const rest = statements.filter(({ id, layer }) => layer !== 'study' || !ids.has(id));
    const context = { overrides: flags.overrides, date: flags.date };
    const plain = offersOf([text], { ...context, statements: [...rest, ...own] });
    return plain.map((offer) => {
      const measured = runFor(offer, flags.runs);
      const all = [
        ...rest,
        ...own,
        ...(measured === null ? [] : capacityStatements(measured.capacity, common, measured.startedAt)),
      ];
      const found = measured === null ? offer : offersOf([offer.name], { ...context, statements: all })[0]!;
      const priced = withEntries(found.register, priceEntries(found, flags.date));
      const register = withEntries(priced, rangedEntries(priced));
      return { ...found, register, name: name ?? found.name };
    });
  });
}

/** The run on the hardware of an offer, else the first. */
function runFor(offer: Offer, runs: readonly StudyRun[]): StudyRun | null {
  if (offer.kind === 'api') return null;
  return (
    runs.find(({ capacity }) => capacity.hardware !== null && capacity.hardware === offer.hardware) ?? runs[0] ?? null
  );
}

/** The first of `base` of each kind gives the case its register. */
function caseOf(
  loaded: LoadedStudy,
  flags: StudyFlags,
  demand: DemandProfileFile | null,
  offers: readonly Offer[],
  base: readonly Offer[],
): DecisionCase {
  const { study } = loaded;
  const register = baseRegister(base);
  const values = valuesOf(register);
  const privacy = privacyOf(study, demand);
  const quality = qualityOf(study, demand);
  const limits = study.limits ?? {};
  return {
    study: loaded.name,
    title: study.title ?? demand?.title ?? loaded.name,
    register,
    values,
    situation: {
      shape: shapeOf(register, demand),
      powerBasis: wordOf(register, 'owned.power_basis') as EnergyBasis,
      mostServers: limits.servers ?? null,
    },
    offers: offers.map((offer) => caseOffer(offer, values, flags)),
    strategy: strategyOf(study, register),
    privacy,
    quality,
    limits: {
      capitalUsd: limits.capitalUsd ?? null,
      servers: limits.servers ?? null,
      budgetUsd: limits.budgetUsd ?? null,
    },
    classes: classesOf(study, privacy, quality),
    interruptible: study.interruptible ?? false,
    expand: limits.addServers ?? true,
    horizonRequestsPerMonth: limits.horizonRequestsPerMonth ?? null,
    weights: definedOnly(study.weights ?? {}),
    value: taskOf(study, demand),
    doubts: {
      ...capacityDoubts(offers, flags.runs),
      api:
        quality.equivalence === 'undeclared' && offers.some(({ kind }) => kind !== 'api')
          ? ['quality-equivalence-undeclared']
          : [],
    },
    simulated: flags.runs.some(({ capacity }) => capacity.simulated),
  };
}

const definedOnly = (weights: Readonly<Record<string, number | undefined>>) =>
  Object.fromEntries(
    Object.entries(weights).flatMap(([name, weight]) => (weight === undefined ? [] : [[name, weight]])),
  );

/** Own, rented and API entries from the offers that lead; all else from the first offer that has it. */
function baseRegister(base: readonly Offer[]): Register {
  const of = (...kinds: readonly string[]) => base.find(({ kind }) => kinds.includes(kind));
  const own = of('own');
  const rent = of('rent') ?? of('commit', 'spot');
  const api = of('api');
  const entries = assumptionIds.flatMap((id): Entry[] => {
    const leads = id.startsWith('api.') ? api : id.startsWith('rent.') ? rent : (own ?? rent);
    const candidates = leads === undefined || isCommon(id) ? [leads, ...base] : [leads];
    const found = candidates.flatMap((offer) => (offer === undefined ? [] : [entryIn(offer.register, id)]));
    return found.filter((entry) => entry !== null).slice(0, 1);
  });
  return withEntries({ sha256: '', entries: [] }, entries);
}
const isCommon = (id: string) => !/^(owned|rent|api)\./.test(id);

/** Ids that matter to an offer of a kind. */
const concerns = (kind: Offer['kind'], id: string): boolean =>
  kind === 'api'
    ? !/^(owned|rent|site|capacity)\./.test(id)
    : kind === 'own'
      ? !/^(rent|api)\./.test(id)
      : !/^(owned|api|site)\./.test(id);

function caseOffer(offer: Offer, base: Values, { date, runs }: StudyFlags): CaseOffer {
  const capacity = runFor(offer, runs)?.capacity ?? null;
  const values = valuesOf(offer.register);
  const differing = Object.entries(values).filter(([id, value]) => concerns(offer.kind, id) && base[id] !== value);
  const without = Object.keys(base).filter((id) => concerns(offer.kind, id) && !(id in values));
  const doubts = pricesBehind(offer, date).flatMap(({ ageDays, limitDays, source, confidence }) =>
    doubtsOf({
      ...{ capacityPoint: 'measured', priceAgeDays: ageDays, priceAgeLimitDays: limitDays },
      ...{
        priceHasSource: source !== null && confidence !== 'unverified',
        qualityEquivalence: null,
        tokenizerRatio: null,
      },
    }),
  );
  return {
    name: offer.name,
    kind: offer.kind,
    values: Object.fromEntries(differing),
    without,
    doubts: [...new Set(doubts)],
    ...(capacity?.state === 'infeasible' ? { blocked: capacity.reasons } : {}),
    listUsdPerMillion: listPrices(offer, date),
  };
}

/** Doubts about the capacity that owned and rented options share. */
function capacityDoubts(
  offers: readonly Offer[],
  runs: readonly StudyRun[],
): Pick<DecisionCase['doubts'], 'own' | 'rent'> {
  const of = (kinds: readonly string[]) => {
    const used = offers.filter(({ kind }) => kinds.includes(kind));
    if (runs.length === 0)
      return used.some(({ register }) => entryIn(register, 'capacity.requests_per_s_per_replica')?.kind !== 'measured')
        ? ['capacity-not-measured']
        : [];
    return [
      ...new Set(
        used.flatMap((offer) => {
          const { capacity } = runFor(offer, runs)!;
          return [
            ...(capacity.simulated ? ['simulated-capacity'] : []),
            ...(capacity.state === 'not-verified' ? capacity.reasons : []),
          ];
        }),
      ),
    ];
  };
  return { own: of(['own']), rent: of(['rent', 'commit', 'spot']) };
}

/** Hours of the register, else the pattern of the profile unless somebody stated another peak. */
function shapeOf(register: Register, demand: DemandProfileFile | null): readonly number[] | null {
  const hours = hoursOf(register, 'demand.hourly');
  if (hours !== null) return hours;
  const peak = entryIn(register, 'demand.peak_to_average');
  if (demand === null || (peak !== null && peak.source !== 'profile')) return null;
  return weekOf(demand, numberOf(register, 'demand.requests_per_month'));
}

function strategyOf({ strategy = {} }: LoadedStudy['study'], register: Register): DecisionCase['strategy'] {
  const declared = strategy.predictable ?? null;
  const hours = hoursOf(register, 'demand.hourly');
  const history = hours === null ? null : predictability(hours);
  const measured = history?.state === 'ok' ? history.value : null;
  const evidence =
    measured === null
      ? null
      : `hours differ from a week earlier by ${percent(measured.errorShare)} of the mean (limit 25 %)`;
  return {
    core: strategy.core ?? null,
    predictable: declared ?? measured?.predictable ?? null,
    predictableEvidence: declared === null ? evidence : null,
    modelControl: strategy.modelControl ?? null,
  };
}

function privacyOf({ privacy = {}, classes }: LoadedStudy['study'], demand: DemandProfileFile | null): Privacy {
  const sensitivity = privacy.sensitivity ?? demand?.sensitivity ?? null;
  const apiAllowed = privacy.apiAllowed ?? demand?.apiAllowed ?? true;
  const byClass = classes?.reduce((sum, one) => sum + (one.sensitive ? one.share : 0), 0);
  const bySensitivity =
    sensitivity === null ? null : sensitivity === 'confidential' || sensitivity === 'restricted' || !apiAllowed ? 1 : 0;
  return {
    sensitivity,
    apiAllowed,
    rentAllowed: privacy.rentAllowed ?? true,
    sensitiveShare: privacy.sensitiveShare ?? byClass ?? bySensitivity,
  };
}

function qualityOf({ quality = {} }: LoadedStudy['study'], demand: DemandProfileFile | null): Quality {
  return {
    floor: quality.floor ?? demand?.quality.floor ?? null,
    self: quality.self ?? null,
    api: quality.api ?? null,
    equivalence: quality.equivalence ?? demand?.quality.equivalence ?? 'undeclared',
    check: quality.check ?? demand?.quality.check ?? null,
  };
}

/** Classes as stated; where a part of the volume is sensitive and may not go to the API, that part and the rest. */
function classesOf({ classes }: LoadedStudy['study'], privacy: Privacy, quality: Quality): CaseClass[] {
  if (classes !== undefined)
    return classes.map((one) => ({
      ...{ name: one.name, share: one.share, sensitive: one.sensitive, qualityOwn: one.quality ?? quality.self },
      ...{ apiFactor: one.apiFactor, acceleratorFactor: one.acceleratorFactor },
    }));
  const { sensitiveShare, apiAllowed } = privacy;
  if (apiAllowed || sensitiveShare === null || !(sensitiveShare > 0 && sensitiveShare < 1)) return [];
  const alike = { qualityOwn: quality.self, apiFactor: 1, acceleratorFactor: 1 };
  return [
    { name: 'sensitive', share: sensitiveShare, sensitive: true, ...alike },
    { name: 'other', share: 1 - sensitiveShare, sensitive: false, ...alike },
  ];
}

function taskOf({ value = {} }: LoadedStudy['study'], demand: DemandProfileFile | null): TaskValue {
  const unit = demand?.unitOfWork;
  return {
    unit: value.unit ?? unit?.name ?? 'task',
    callsPerTask: value.callsPerTask ?? unit?.callsPerUnit ?? 1,
    usdPerTask: value.usdPerTask ?? unit?.valueUsd ?? null,
    reviewUsdPerTask: value.reviewUsdPerTask ?? unit?.reviewUsd ?? null,
    escalate: value.escalate ?? false,
    failedShare: value.failedShare ?? null,
    discardedShare: value.discardedShare ?? null,
  };
}
