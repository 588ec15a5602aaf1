import type { RequestClass } from '../economics/class-split.ts';
import type { Factor } from '../economics/decision.ts';
import type { Situation } from './decide-fleet.ts';
import type { Values } from './decide-values.ts';
import type { Entry, Register } from './entry.ts';
import type { OfferKind, UsdPerMillion } from './offer-cost.ts';
import type { Quote } from './price-fact.ts';

/** What a decision is made from: all files read, all names resolved. Pure from here on. */
export interface DecisionCase {
  readonly study: string;
  readonly title: string;
  readonly register: Register;
  /** The register's numbers: those of the first offer of each kind are among them. */
  readonly values: Values;
  readonly situation: Situation;
  readonly offers: readonly CaseOffer[];
  readonly strategy: Strategy;
  readonly privacy: Privacy;
  readonly quality: Quality;
  readonly limits: Limits;
  /** Request classes apart; empty where all requests are alike. */
  readonly classes: readonly CaseClass[];
  /** Work that may be lost and done again: spot capacity may be ranked. */
  readonly interruptible: boolean;
  /** Whether volume that outgrows the fleet buys more servers; else the month in which it does makes owning infeasible. */
  readonly expand: boolean;
  /** Largest volume considered for break-even, requests per month; null for any. */
  readonly horizonRequestsPerMonth: number | null;
  readonly weights: Readonly<Partial<Record<Factor, number>>>;
  readonly value: TaskValue;
  /** Why figures may not be ranked, by what they are figures of. */
  readonly doubts: {
    readonly own: readonly string[];
    readonly rent: readonly string[];
    readonly api: readonly string[];
  };
  readonly simulated: boolean;
  /** What a run counted, where one was given; it replaces declared shares in the audit of tokens. */
  readonly measured?: MeasuredUsage | null;
}

/** One offer: what it says over the values of the case. */
export interface CaseOffer {
  readonly name: string;
  readonly kind: OfferKind;
  /** Where it differs from the case, and what it lacks that the case has from another offer. */
  readonly values: Values;
  readonly without: readonly string[];
  /** Where those values come from, as the register would say it; left out where nobody keeps it. */
  readonly entries?: readonly Entry[];
  readonly doubts: readonly string[];
  /** Why it cannot be had at all, such as a run that never met its objectives. */
  readonly blocked?: readonly string[];
  /** Date of its oldest price, and until when they hold; null or left out where nobody dated them. */
  readonly quote?: Quote | null;
  /** List prices of an API by class, before the terms of the contract; null where only a price per request is known. */
  readonly listUsdPerMillion: Omit<UsdPerMillion, 'blended' | 'outputOnly'> | null;
}

export interface Strategy {
  /** Declarations; null where nobody made them. */
  readonly core: boolean | null;
  readonly predictable: boolean | null;
  /** Where `predictable` is from: declared, or the error of the hourly history. */
  readonly predictableEvidence: string | null;
  readonly modelControl: 0 | 1 | 2 | 3 | null;
}

export interface Privacy {
  /** Share of volume that must not leave the house; null where nobody said. */
  readonly sensitiveShare: number | null;
  /** Whether a contract allows sensitive requests at the API, and on rented capacity. */
  readonly apiAllowed: boolean;
  readonly rentAllowed: boolean;
  readonly sensitivity: string | null;
}

/** Acceptance shares under the user's own check; never invented. */
export interface Quality {
  readonly floor: number | null;
  readonly self: number | null;
  readonly api: number | null;
  readonly equivalence: 'declared' | 'undeclared';
  readonly check: string | null;
}

export interface Limits {
  readonly capitalUsd: number | null;
  readonly servers: number | null;
  readonly budgetUsd: number | null;
}

export interface CaseClass extends Omit<RequestClass, 'requestsPerMonth' | 'apiPerRequest' | 'acceleratorSPerRequest'> {
  /** Share of all requests. */
  readonly share: number;
  /** Cost of one of its requests against the mean one: at the API, and in accelerator-seconds. */
  readonly apiFactor: number;
  readonly acceleratorFactor: number;
}

export interface TaskValue {
  /** A task as its user counts it: `posted invoice`. */
  readonly unit: string;
  readonly callsPerTask: number;
  readonly usdPerTask: number | null;
  readonly reviewUsdPerTask: number | null;
  /** Ask the API where an own answer is not accepted. */
  readonly escalate: boolean;
  /** Shares of calls that failed, were sent again, or whose answer nobody used; null where nobody knows. */
  readonly failedShare: number | null;
  readonly discardedShare: number | null;
  /** The margin that a business case claims on an accepted task, as a share; null where nobody claims one. */
  readonly claimedMargin: number | null;
}

/** Shares of tokens and requests that a run counted; null where it did not. */
export interface MeasuredUsage {
  readonly run: string;
  /** Of input that was read from a cache, of output that was reasoning, of requests that failed. */
  readonly cachedShare: number | null;
  readonly reasoningShare: number | null;
  readonly failedShare: number | null;
}

/** Whether sensitive requests would have to leave the house for an API that may not see them. */
export const apiClosed = ({ privacy }: DecisionCase): boolean => !privacy.apiAllowed && privacy.sensitiveShare !== 0;

/** The values of an offer under the values of its case. */
export function valuesFor(values: Values, { values: own, without }: CaseOffer): Values {
  const merged = { ...values, ...own };
  return without.length === 0
    ? merged
    : Object.fromEntries(Object.entries(merged).filter(([id]) => !without.includes(id)));
}
