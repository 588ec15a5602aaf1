import type { EnergyBasis } from '../economics/energy.ts';
import { assumptionIds } from './assumption.ts';
import type { DecisionCase, MeasuredUsage, Quality } from './decide-case.ts';
import { evaluate } from './decide-evaluate.ts';
import { valuesOf } from './decide-values.ts';
import type { Entry, Register, Statement } from './entry.ts';
import type { Offer } from './offer.ts';
import { type DemandProfileFile, demandStatements, readProfile, weekOf } from './profile.ts';
import { entryIn, hoursOf, numberOf, withEntries, wordOf } from './register.ts';
import type { LoadedStudy } from './study.ts';
import { caseOffer } from './study-case-offer.ts';
import { classesOf, privacyOf, qualityOf, strategyOf, taskOf } from './study-declaration.ts';
import { readOffers, type StudyFlags, type StudyOffer, type StudyRun } from './study-offer.ts';

export type { StudyFlags, StudyRun } from './study-offer.ts';

/** A case with what surrounds it, for lints and for the reader. */
export interface PreparedStudy {
  readonly about: DecisionCase;
  readonly offers: readonly StudyOffer[];
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
  const offers = readOffers(loaded, flags, statements, demand?.data ?? null);
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

/** The first of `base` of each kind gives the case its register. */
function caseOf(
  loaded: LoadedStudy,
  flags: StudyFlags,
  demand: DemandProfileFile | null,
  offers: readonly StudyOffer[],
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
    offers: offers.map((offer) => caseOffer(offer, values, flags.date)),
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
    doubts: { own: [], rent: [], api: compared(quality, offers) ? ['quality-equivalence-undeclared'] : [] },
    measured: measuredUsage(flags.runs),
    simulated: flags.runs.some(({ capacity }) => capacity.simulated),
  };
}

/** Whether an API is compared with a model that nobody declared equal to it. One below the quality floor is out of the comparison. */
function compared({ equivalence, floor, self }: Quality, offers: readonly Offer[]): boolean {
  const hosted = offers.some(({ kind }) => kind !== 'api') && (floor === null || self === null || self >= floor);
  return equivalence === 'undeclared' && hosted;
}

/** What the first run counted of the tokens of its requests; null where nothing was measured. */
function measuredUsage(runs: readonly StudyRun[]): MeasuredUsage | null {
  const capacity = runs.find((run) => run.capacity.origin === 'run')?.capacity;
  if (capacity === undefined || capacity.state === 'infeasible') return null;
  const { name: run, cachedShare, reasoningShare, evidence } = capacity;
  return { run, cachedShare, reasoningShare, failedShare: evidence?.failedShare ?? null };
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

/** Hours of the register, else the pattern of the profile unless somebody stated another peak. */
function shapeOf(register: Register, demand: DemandProfileFile | null): readonly number[] | null {
  const hours = hoursOf(register, 'demand.hourly');
  if (hours !== null) return hours;
  const peak = entryIn(register, 'demand.peak_to_average');
  if (demand === null || (peak !== null && peak.source !== 'profile')) return null;
  return weekOf(demand, numberOf(register, 'demand.requests_per_month'));
}
