import type { StateName } from '../economics/state.ts';
import type { Interval } from '../measurement/summary.ts';

/** What a throughput is of. A bare rate is refused: it could be of a card, a copy of the model or a box. */
export const capacityScopes = ['accelerator', 'replica', 'server', 'instance', 'deployment'] as const;
export type CapacityScope = (typeof capacityScopes)[number];

/** Mean tokens of a successful request. */
export interface RequestShape {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Power while the capacity was delivered. */
export interface MeasuredPower {
  readonly powerW: number;
  readonly basis: 'metered-wall' | 'metered-board';
  readonly method: string | null;
}

/** 99th percentiles in ms at the load of the capacity; null where the run cannot say. */
export interface MeasuredP99 {
  readonly ttftMs: number | null;
  readonly tpotMs: number | null;
  readonly e2eMs: number | null;
}

/** What a run saw that lints look at; null where it did not. */
export interface RunEvidence {
  readonly offeredPerS: number | null;
  readonly completedPerS: number | null;
  readonly highestCompletedPerS: number | null;
  readonly objectivesMissed: readonly string[] | null;
  readonly loads: readonly { readonly offeredPerS: number; readonly p99Ms: number }[] | null;
  readonly windowStartMs: number | null;
  readonly warmupEndMs: number | null;
  readonly sentPerS: number | null;
  readonly cpuShare: number | null;
  readonly loopLagP99Ms: number | null;
  /** Whether a higher load failed, so that the rate is called the most it can do. */
  readonly saturationClaimed: boolean;
  /** Requests and tokens in the numerator of the throughput, and those of them that succeeded. */
  readonly countedRequests: number | null;
  readonly succeededRequests: number | null;
  /** Share of requests that ended in a failure. */
  readonly failedShare: number | null;
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly hitRate: number | null;
  readonly sharedPrefix: boolean | null;
}

/** What one replica (or accelerator, server …) delivers inside the objectives, whoever says so. */
export interface MeasuredCapacity {
  readonly origin: 'run' | 'typed' | 'assumed';
  /** Directory of the run, or the flag. */
  readonly name: string;
  readonly simulated: boolean;
  readonly model: string | null;
  readonly state: StateName;
  readonly reasons: readonly string[];
  readonly scope: CapacityScope;
  /** Accelerators in that scope; null where only the scope is known. */
  readonly accelerators: number | null;
  /** Hardware profile that it was measured on; null when unknown. */
  readonly hardware: string | null;
  /** Per second and `scope`, successful requests only; requests are null where rates of tokens were typed. 0 when infeasible. */
  readonly requestsPerS: number | null;
  readonly inputTokensPerS: number;
  readonly outputTokensPerS: number;
  /** 95 % interval of the output rate as factors of it, such as [0.98, 1.03]; null where none can be had. */
  readonly interval: Interval;
  readonly shape: RequestShape | null;
  /** Shares of input that was read from a cache, and of output that is reasoning; null where nobody counted. */
  readonly cachedShare: number | null;
  readonly reasoningShare: number | null;
  readonly power: MeasuredPower | null;
  readonly p99: MeasuredP99 | null;
  /** Highest admissible load and lowest inadmissible one above it, in words: `16 in flight`, `9.5 req/s`. */
  readonly bracket: readonly [string | null, string | null];
  readonly objectives: readonly string[];
  readonly evidence: RunEvidence | null;
  readonly notes: readonly string[];
}
