import type { BurnRate } from '../economics/burn.ts';
import type { Choice, Factor } from '../economics/decision.ts';
import type { MonteCarlo, TornadoRow } from '../economics/sensitivity.ts';
import type { Evidence } from '../economics/state.ts';
import type { Quality } from './decide-case.ts';
import type { YearTotals } from './decide-course.ts';
import type { Declaration } from './decide-uncertainty.ts';
import type { Audit, TaskCost } from './decide-worth.ts';
import type { Entry, Register } from './entry.ts';
import type { PrintedLint, TokensPerHour, UsdPerMillion } from './offer-cost.ts';
import type { Quote } from './price-fact.ts';

/** The document of `decide --json` (contract, Money). Unknown is null with its reason. */
export interface Decision {
  readonly schema: 'tokbench.decide/1';
  readonly study: string;
  readonly title: string;
  readonly simulated: boolean;
  /** The day that ages of prices are counted to. */
  readonly date: string;
  readonly verdict: {
    readonly choice: Choice;
    /** The option that was chosen, by name; null where nothing is feasible. */
    readonly option: string | null;
    readonly state: 'ok' | 'not-verified' | 'infeasible';
    readonly reasons: readonly string[];
    readonly sentence: string;
    readonly tests: {
      readonly massive: boolean | null;
      readonly predictable: boolean | null;
      readonly core: boolean | null;
    };
    readonly score: number | null;
    readonly reversers: readonly {
      readonly id: string;
      readonly from: number;
      readonly value: number;
      readonly choice: Choice;
      readonly distanceShare: number;
    }[];
    readonly declarations: readonly Declaration[];
    /** What costs less over the years than what was chosen by today's volume; null for nothing. */
    readonly longRun: LongRun | null;
  };
  readonly gates: readonly Gate[];
  readonly matrix: readonly {
    readonly factor: Factor;
    readonly score: number | null;
    readonly weight: number;
    readonly evidence: string;
    readonly gate: string | null;
  }[];
  readonly options: readonly OptionRow[];
  readonly breakEven: {
    readonly state: string;
    readonly reasons: readonly string[];
    readonly explanation: string | null;
    /** What owning replaces. */
    readonly against: string | null;
    readonly firstRequestsPerMonth: number | null;
    readonly firstServers: number | null;
    readonly firstUtilization: number | null;
    readonly sustainedRequestsPerMonth: number | null;
    readonly sustainedServers: number | null;
    readonly requiredUtilization: number | null;
    readonly evidence: Evidence;
    readonly selfCheaper: readonly (readonly [number, number | null])[];
    /** Monthly cost in steps of purchase units, and the line they cross. */
    readonly stairs: { readonly fixed: number; readonly perUnit: number; readonly capacityPerUnit: number } | null;
    readonly line: { readonly fixed: number; readonly perRequest: number } | null;
  };
  readonly npv: {
    readonly state: string;
    readonly reasons: readonly string[];
    readonly against: string | null;
    /** No alternative is permitted: the NPV is against an API that may not be used. */
    readonly hypothetical: boolean;
    readonly usd: number | null;
    readonly irr: number | null;
    readonly irrState: string;
    readonly irrReasons: readonly string[];
    readonly paybackMonth: number | null;
    readonly discountedPaybackMonth: number | null;
    readonly firstMonthOverCapacity: number | null;
    readonly serversAtEnd: number | null;
    readonly cumulativeUsd: readonly number[];
  };
  readonly breakEvenRates: {
    readonly apiPriceDecline: RateOutcome;
    readonly growth: RateOutcome;
    readonly apiUsdPerRequest: RateOutcome;
    readonly serverPriceUsd: RateOutcome;
  };
  readonly hybrid: {
    readonly state: string;
    readonly reasons: readonly string[];
    readonly explanation: string | null;
    readonly method: string | null;
    readonly serversOwned: number | null;
    readonly usdPerDay: number | null;
    readonly selfShare: number | null;
    readonly criticalBusyShare: number | null;
    readonly busyShares: readonly number[];
    readonly classes: readonly { readonly name: string; readonly sensitive: boolean; readonly selfShare: number }[];
  };
  readonly indifference: readonly {
    readonly offer: string;
    readonly against: string;
    readonly usdPerAcceleratorHour: number | null;
    readonly asks: number | null;
    readonly serverPriceUsd: number | null;
    /** When its prices are of, and until when they may be relied on; null where nobody dated them. */
    readonly quote: Quote | null;
    readonly state: string;
    readonly reasons: readonly string[];
  }[];
  readonly tornado: readonly TornadoRow[];
  readonly monteCarlo: (MonteCarlo & { readonly seed: number; readonly parameters: readonly string[] }) | null;
  readonly burn: (BurnPrinted & { readonly tokensPerDay: TokensPerHour | null }) | null;
  readonly task: TaskCost;
  readonly audit: Audit | null;
  readonly idleUsdPerYear: number | null;
  readonly demand: {
    readonly requestsPerMonth: number;
    readonly peakToAverage: number;
    readonly growth: number;
    readonly requestsPerMonthAtEnd: number;
    readonly inputTokens: number | null;
    readonly outputTokens: number | null;
    readonly hours: 'pattern' | 'flat';
    /** Of the owned servers today, and in the last month of their life with those that growth adds; null without any. */
    readonly ownUtilization: { readonly today: number; readonly atEnd: number | null } | null;
  };
  readonly capacity: {
    readonly requestsPerSPerReplica: number | null;
    readonly acceleratorsPerReplica: number | null;
    readonly origin: string;
    readonly runs: readonly string[];
    readonly bracket: readonly [string | null, string | null] | null;
    readonly objectives: readonly string[];
    readonly notes: readonly string[];
  };
  readonly power: {
    readonly kwProvisioned: number | null;
    readonly kwhPerYear: number | null;
    readonly basis: string;
    /** Energy over the output tokens delivered, and output tokens per second over the mean power. */
    readonly joulesPerOutputToken: number | null;
    readonly outputTokensPerSPerKw: number | null;
  } | null;
  readonly quality: Quality;
  readonly data: {
    readonly sensitivity: string | null;
    readonly sensitiveShare: number | null;
    readonly apiAllowed: boolean;
    readonly rentAllowed: boolean;
  };
  readonly commitments: Readonly<Record<string, number | string | null>>;
  readonly register: Register;
  /** What single offers say over the register: their prices, and capacities of their own. */
  readonly offerAssumptions: readonly { readonly offer: string; readonly entries: readonly Entry[] }[];
  readonly lints: readonly PrintedLint[];
  readonly notes: readonly string[];
  readonly reproduction: {
    readonly command: string;
    readonly studySha256: string;
    readonly registerSha256: string;
    readonly seed: number;
    readonly priceSnapshot: string | null;
  };
}

/** An option that costs less than the recommended one over the years, although not at today's volume. */
export interface LongRun {
  readonly years: 3 | 4 | 5;
  readonly option: string;
  readonly usd: number;
  readonly chosenUsd: number;
}

export interface BurnPrinted {
  readonly usdPerHour: number;
  readonly usdPerDay: number;
  readonly usdPerMonth: number;
  readonly usdPerYear: number;
  readonly budgetDaysLeft: number | null;
}

export const printedBurn = (burn: BurnRate): BurnPrinted => ({
  usdPerHour: burn.perHour,
  usdPerDay: burn.perDay,
  usdPerMonth: burn.perMonth,
  usdPerYear: burn.perYear,
  budgetDaysLeft: burn.budgetDaysLeft,
});

export interface Gate {
  readonly name: 'privacy' | 'capital' | 'quality';
  readonly state: 'open' | 'closed' | 'unknown';
  readonly sentence: string;
}

export interface RateOutcome {
  readonly state: string;
  readonly value: number | null;
  readonly reasons: readonly string[];
}

export interface OptionRow {
  readonly name: string;
  readonly kind: 'api' | 'rent' | 'commit' | 'spot' | 'own' | 'hybrid';
  readonly state: string;
  readonly reasons: readonly string[];
  readonly explanation: string | null;
  readonly chosen: boolean;
  readonly capexUsd: number | null;
  readonly opexUsdPerYear: number | null;
  readonly usdPerYear: { readonly annuity: number | null; readonly straightLine: number | null };
  readonly usdPerAcceleratorHour: { readonly annuity: number | null; readonly straightLine: number | null };
  readonly usdPerRequest: number | null;
  readonly usdPerMillion: UsdPerMillion;
  /** List prices of an API by class, before contract, fees and people; null for others and for a price per request. */
  readonly listUsdPerMillion: Omit<UsdPerMillion, 'blended' | 'outputOnly'> | null;
  /** Accrued, as the books show it, and cash, as it leaves the account. */
  readonly totalsUsd: YearTotals;
  readonly cashUsd: YearTotals;
  /** What the vendor asks; null where nobody dated it, and for another use of an offer that has its own row. */
  readonly quote: Quote | null;
  readonly servers: { readonly needed: number; readonly spare: number; readonly bought: number } | null;
  readonly accelerators: number | null;
  readonly utilization: number | null;
  /** A run met the objectives at this capacity; null where nobody measured it. */
  readonly sloMet: boolean | null;
  readonly selfShare: number | null;
  readonly lines: readonly { readonly name: string; readonly usdPerYear: number }[];
}
