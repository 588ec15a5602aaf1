import type { Evidence, StateName } from '../economics/state.ts';
import type { CostBasis } from '../economics/token.ts';
import type { Interval } from '../measurement/summary.ts';
import type { MeasuredCapacity } from './capacity.ts';
import type { AssumptionKind, Entry, Register } from './entry.ts';

/** What `cost` says of one offer for one measured capacity. Money in USD; unknown is null, never 0. */

export const offerKinds = ['own', 'rent', 'commit', 'spot', 'api'] as const;
export type OfferKind = (typeof offerKinds)[number];

/** USD per 1,000,000 tokens by class; null for a class that has no tokens or no price. */
export interface UsdPerMillion {
  readonly inputUncached: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  readonly outputVisible: number | null;
  readonly outputReasoning: number | null;
  readonly blended: number | null;
  /** All cost on output: a label of its own, never to be added to an input price. */
  readonly outputOnly: number | null;
}

/** Delivered tokens an hour by class, of successful requests. */
export interface TokensPerHour {
  readonly inputUncached: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly outputVisible: number;
  readonly outputReasoning: number;
}

/** A line of the bill: USD per hour of the whole deployment. */
export interface CostLine {
  readonly name:
    | 'capital'
    | 'energy'
    | 'colocation'
    | 'maintenance'
    | 'licences'
    | 'staff'
    | 'other'
    | 'rental'
    | 'api'
    | 'fixed';
  readonly usdPerHour: number;
}

/** One lint as the contract prints it; `cannot-check` keeps its own severity. */
export interface PrintedLint {
  readonly id: string;
  readonly name: string;
  readonly severity: 'error' | 'warn' | 'info' | 'cannot-check';
  readonly sentence: string;
  readonly evidence: Evidence;
}

export interface OfferCost {
  readonly offer: string;
  readonly kind: OfferKind;
  /** The run or the flag that the capacity is from; null for an API that was priced without one. */
  readonly run: string | null;
  /** Whether a run measured that capacity, or somebody typed or assumed it. */
  readonly capacityOrigin: MeasuredCapacity['origin'] | null;
  readonly simulated: boolean;
  readonly state: StateName;
  readonly reasons: readonly string[];
  readonly rankable: boolean;
  /** Place by blended price among the rankable offers of the same purchase class; null where it has none. */
  readonly rank: number | null;
  readonly usdPerHour: number | null;
  readonly usdPerAcceleratorHour: { readonly annuity: number; readonly straightLine: number } | null;
  readonly usdPerMillion: UsdPerMillion;
  /** The same on the usage basis: the busy part only. */
  readonly usdPerMillionUsage: { readonly blended: number | null };
  readonly usdPerRequest: number | null;
  readonly intervals: { readonly blended: Interval };
  readonly basis: CostBasis;
  readonly attribution: string;
  readonly coefficients: Readonly<Record<string, number>>;
  readonly utilization: number | null;
  readonly tokensPerHour: TokensPerHour | null;
  /** Σ class price × tokens against the bill. */
  readonly reconciliation: {
    readonly billedUsdPerHour: number;
    readonly pricedUsdPerHour: number;
    readonly relativeError: number;
    readonly holds: boolean;
  } | null;
  readonly units: {
    readonly replicas: number;
    readonly accelerators: number;
    readonly needed: number;
    readonly spare: number;
    readonly bought: number;
    readonly acceleratorsPerUnit: number;
  } | null;
  readonly lines: readonly CostLine[];
  readonly capexUsd: number | null;
  readonly energy: {
    readonly basis: string;
    readonly usdPerMillion: number | null;
    readonly joulesPerOutputToken: number | null;
  } | null;
  /** A request without and with its cached input, and what that saves; null where nothing is cached or nobody knows. */
  readonly caching: {
    readonly coldUsdPerRequest: number;
    readonly warmUsdPerRequest: number;
    readonly savingShare: number;
  } | null;
  readonly prices: readonly PriceFactRow[];
  /** Assumptions of this offer alone, from its profiles and files; the others stand in the register of the report. */
  readonly assumptions: readonly Entry[];
  readonly lints: readonly PrintedLint[];
  readonly notes: readonly string[];
}

/** A dated price that went into an offer. */
export interface PriceFactRow {
  readonly id: string;
  readonly value: number | null;
  readonly unit: string;
  readonly source: string | null;
  readonly date: string | null;
  readonly ageDays: number | null;
  readonly limitDays: number;
  readonly confidence: string;
  /** Asked of everybody, quoted to the buyer, or nobody's word but his own. */
  readonly kind: AssumptionKind;
}

/** A limit that the command set, and whether the report keeps it. `unknown` does not pass. */
export interface CostGate {
  readonly name: 'lints' | 'max-usd-per-million' | 'max-regression' | 'max-p99';
  readonly limit: string;
  /** The offer or the run that it looks at; null for all. */
  readonly offer: string | null;
  readonly outcome: 'met' | 'missed' | 'unknown';
  readonly observed: string | null;
  readonly reason: string | null;
}

/** The document of `cost --json`. */
export interface CostReport {
  readonly schema: 'tokbench.cost/1';
  readonly simulated: boolean;
  /** The day that ages of prices are counted to. */
  readonly date: string;
  readonly priceSnapshot: { readonly package: string; readonly version: string; readonly date: string | null } | null;
  readonly offers: readonly OfferCost[];
  readonly lints: readonly PrintedLint[];
  readonly notes: readonly string[];
  readonly gates: readonly CostGate[];
  readonly register: Register;
}
