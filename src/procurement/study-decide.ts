import { lint } from '../economics/lint.ts';
import { priceSnapshot } from './api-price.ts';
import { costReport } from './cost.ts';
import { printed } from './cost-lint.ts';
import { decide } from './decide.ts';
import { apiIds, rentIds } from './decide-alternative.ts';
import type { DecisionCase } from './decide-case.ts';
import { ownedIds } from './decide-fleet.ts';
import type { Decision } from './decide-result.ts';
import { has, valuesOf } from './decide-values.ts';
import { reviewedUsd } from './decide-worth.ts';
import type { Offer } from './offer.ts';
import type { PrintedLint } from './offer-cost.ts';
import { entryIn } from './register.ts';
import type { LoadedStudy } from './study.ts';
import { type PreparedStudy, prepareStudy, type StudyFlags } from './study-case.ts';
import { assumedCapacity } from './typed-capacity.ts';

/** How a study is decided. */
export interface StudyOptions extends StudyFlags {
  readonly seed: number;
  readonly draws?: number;
  /** The command that repeats it. */
  readonly command: string;
}

/** A decision, and the case it was made from for documents that compute again. */
export interface Decided {
  readonly decision: Decision;
  readonly about: DecisionCase;
}

/** A study decided, with everything that its documents show. @throws UserError of its inputs, each with its place */
export function decideStudy(loaded: LoadedStudy, options: StudyOptions): Decided {
  const prepared = prepareStudy(loaded, options);
  const { about } = prepared;
  const computed = decide(about, options);
  const usesList = prepared.offers.some(({ api }) => api !== null);
  const snapshot = usesList ? priceSnapshot() : null;
  const { commitments = {} } = loaded.study;
  const decision: Decision = {
    ...computed,
    capacity: capacityPart(prepared, options),
    commitments: {
      termMonths: commitments.termMonths ?? null,
      noticeMonths: commitments.noticeMonths ?? null,
      minimumUsdPerMonth: commitments.minimumUsdPerMonth ?? null,
      upfrontShare: commitments.upfrontShare ?? null,
      lockInMonths: commitments.lockInMonths ?? null,
      note: commitments.note ?? null,
    },
    lints: [...lintsOf(prepared, options), ...marginLint(about, computed.task)],
    notes: prepared.notes,
    reproduction: {
      command: options.command,
      studySha256: loaded.sha256,
      registerSha256: about.register.sha256,
      seed: options.seed,
      priceSnapshot:
        snapshot === null ? null : `${snapshot.package} ${snapshot.version}, ${snapshot.date ?? 'day unknown'}`,
    },
  };
  return { decision, about };
}

function capacityPart({ about, demand }: PreparedStudy, { runs }: StudyOptions): Decision['capacity'] {
  const entry = entryIn(about.register, 'capacity.requests_per_s_per_replica');
  const [run] = runs;
  return {
    requestsPerSPerReplica: typeof entry?.value === 'number' ? entry.value : null,
    acceleratorsPerReplica: about.values['capacity.accelerators_per_replica'] ?? null,
    origin: entry === null ? 'not given' : entry.kind === 'measured' ? 'measured' : `${entry.kind} (${entry.origin})`,
    runs: runs.map(({ capacity }) => capacity.name),
    bracket: run?.capacity.bracket ?? null,
    objectives: run?.capacity.objectives ?? demand?.objectives ?? [],
    notes: [...new Set(runs.flatMap(({ capacity }) => capacity.notes))],
  };
}

/** Cost lints of every offer that has its prices (section 8). Unlike purchase classes are what a decision compares. */
function lintsOf({ offers, statements, about }: PreparedStudy, { runs, date }: StudyOptions): PrintedLint[] {
  const assumed = assumedCapacity(about.register);
  const capacities = runs.length > 0 ? runs.map(({ capacity }) => capacity) : assumed === null ? [] : [assumed];
  const priced = offers.filter((offer) => canBePriced(offer, capacities.length > 0));
  if (priced.length === 0) return [];
  const declared =
    about.quality.equivalence === 'declared' ? (['purchase', 'quality'] as const) : (['purchase'] as const);
  const ofKind = (api: boolean) => priced.filter(({ kind }) => (kind === 'api') === api);
  const lints = [
    { offers: ofKind(false), capacities },
    { offers: ofKind(true), capacities: [] },
  ].flatMap((part) =>
    part.offers.length === 0 ? [] : costReport({ ...part, traceOf: () => null, statements, declared, date }).lints,
  );
  return lints;
}

/** Whether a claimed margin is one: of what an accepted task is worth, against what it costs with its review (E16). */
function marginLint({ value }: DecisionCase, { usdPerAccepted }: Decision['task']): PrintedLint[] {
  const { claimedMargin: margin, usdPerTask: price } = value;
  if (margin === null) return [];
  const cost = usdPerAccepted === null ? null : reviewedUsd(usdPerAccepted, value);
  return lint({ E16: { margin, price, cost } }).flatMap(printed);
}

function canBePriced({ kind, register, api }: Offer, hasCapacity: boolean): boolean {
  const values = valuesOf(register);
  if (kind === 'api') return api !== null || has(values, ...apiIds);
  if (!hasCapacity) return false;
  return kind === 'own'
    ? has(values, ...ownedIds)
    : has(
        values,
        ...rentIds,
        ...(kind === 'commit' ? (['rent.commit_discount'] as const) : []),
        ...(kind === 'spot' ? (['rent.spot_lost_share'] as const) : []),
      );
}
