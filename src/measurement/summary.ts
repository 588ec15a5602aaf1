import type { RateLimit } from '../record/exchange.ts';
import type { Load } from '../record/run.ts';
import type { ServerIdentity } from '../record/server.ts';
import type { Bottleneck, EfficiencySummary, EnergySummary, HardwareSummary, ServerLoad } from './telemetry-summary.ts';

/** A pair [low, high] of a two-sided 95 % interval; null where it cannot be had. */
export type Interval = readonly [number, number] | null;
export type Verdict = 'VALID' | 'SUSPECT' | 'INVALID';

export interface Doubt {
  /** Stable, lower_snake_case. */
  readonly code: string;
  readonly severity: 'info' | 'suspect' | 'invalid';
  readonly message: string;
  readonly evidence: Readonly<Record<string, number | string | null>>;
}

export type QuantileName = 'p50' | 'p90' | 'p95' | 'p99' | 'p999';

/** A distribution; a quantile is null where the sample is too small for it, with the reason in `reasons`. */
export interface Distribution {
  readonly n: number;
  readonly mean: number | null;
  readonly stddev: number | null;
  readonly min: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
  readonly intervals: Readonly<Partial<Record<QuantileName | 'mean', Interval>>>;
  /** Quantiles of the sample plus one +∞ per failed or censored request; null stands for +∞ or withheld, see `reasons`. */
  readonly withFailures: {
    readonly p50: number | null;
    readonly p90: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  } | null;
  readonly reasons: Readonly<Record<string, string>>;
}

export interface ObjectiveResult {
  readonly text: string;
  readonly observed: number | null;
  readonly met: boolean | null;
  readonly reason: string | null;
}

export const latencyNames = [
  'ttftMs',
  'ttftDueMs',
  'ttfoMs',
  'tpotMs',
  'tpotExactMs',
  'itlMs',
  'iclMs',
  'e2eMs',
  'e2eDueMs',
  'ntpotMs',
  'queueDelayMs',
  'totalMs',
] as const;
export type LatencyName = (typeof latencyNames)[number];

/** One count on both sides; null = that side does not know it. */
export interface CounterComparison {
  readonly client: number | null;
  readonly server: number | null;
  readonly residual: number | null;
}

/**
 * Does the server's own count of tokens over the step equal what its replies said?
 * `exact`: every token. `explained`: the server counted more, and requests that failed or were given up had tokens too.
 * `unexplained`: neither. `not_exclusive`: others used the server. `counter_reset`: it was restarted meanwhile.
 * `unavailable`: it has no such counters, or the step was cut short.
 */
export interface Identity {
  readonly verdict: 'exact' | 'explained' | 'unexplained' | 'not_exclusive' | 'counter_reset' | 'unavailable';
  readonly dialect: string | null;
  readonly output: CounterComparison;
  readonly input: CounterComparison;
  /** Requests finished well, `client`: those that got an answer. */
  readonly requests: CounterComparison;
}

/** What a step met of an account's rate limits: never read as slowness. */
export interface LimitSummary {
  /** Sent, in the window. */
  readonly requestsPerMinute: number | null;
  /** Input and output, in the window. */
  readonly tokensPerMinute: number | null;
  /** Attempts refused for their rate (429), and those refused because the server was overloaded (503, 529). */
  readonly refused: number;
  readonly overloaded: number;
  /** Waits that refusals asked for; null when none did. */
  readonly retryAfterMs: { readonly min: number; readonly max: number } | null;
  /** Requests held back to keep below the limits, and the longest. */
  readonly paced: { readonly requests: number; readonly maxMs: number | null };
  readonly retried: { readonly requests: number; readonly furtherAttempts: number };
  /** Each limit as the last reply stated it, with the least that was left at any time. */
  readonly stated: readonly {
    readonly of: RateLimit['of'];
    readonly windowS: number | null;
    readonly limit: number | null;
    readonly remaining: number | null;
    readonly remainingMin: number | null;
    readonly resetMs: number | null;
  }[];
}

/** Generated text of the successes, warm-up and drain included, in characters: the yardstick across tokenizers. */
export interface TextSummary {
  readonly chars: number;
  readonly meanChars: number | null;
  readonly charsPerToken: number | null;
  /** Output tokens per second of the window in characters. */
  readonly charsPerS: number | null;
}

/** One step of the contract's `run` document. */
export interface StepSummary {
  readonly load: Load;
  readonly repeat: number;
  readonly verdict: Verdict;
  readonly doubts: readonly Doubt[];
  readonly counts: {
    readonly due: number;
    readonly sent: number;
    readonly ok: number;
    readonly failed: number;
    readonly censored: number;
    /** Every failure code met, with its count. */
    readonly outcomes: Readonly<Record<string, number>>;
    /** What the earliest failure of each name said, without secrets; only where there are failures. */
    readonly messages?: Readonly<Record<string, string>>;
    /** Finish reasons of the successes, with their counts. */
    readonly finishes: Readonly<Record<string, number>>;
    readonly flags: Readonly<Record<string, number>>;
  };
  readonly window: { readonly kind: 'steady' | 'full'; readonly startMs: number | null; readonly endMs: number | null };
  readonly latency: Readonly<Record<LatencyName, Distribution>>;
  readonly throughput: {
    readonly outputTokensPerS: number | null;
    readonly outputTokensPerSAll: number | null;
    readonly inputTokensPerS: number | null;
    readonly totalTokensPerS: number | null;
    readonly requestsPerS: number | null;
    readonly offeredPerS: number | null;
    readonly sentPerS: number | null;
    readonly goodputPerS: number | null;
    readonly goodOutputTokensPerS: number | null;
    /** Vectors or scores; only where replies hold them, and then there is no rate of output tokens. */
    readonly itemsPerS?: number;
    readonly peakOutputTokensPerS: number | null;
    readonly interactivityTokensPerS: number | null;
    readonly e2eInteractivityP90TokensPerS: number | null;
    readonly intervals: Readonly<Record<string, Interval>>;
    /** The same over the full window: first sent to last end. */
    readonly full: {
      readonly outputTokensPerS: number | null;
      readonly requestsPerS: number | null;
      readonly durationMs: number | null;
    };
  };
  readonly tokens: {
    /** Totals over every successful request of the step, warm-up and drain included: what a server's counters see. */
    readonly input: number | null;
    readonly inputCached: number | null;
    readonly output: number | null;
    readonly outputReasoning: number | null;
    readonly outputSource: string | null;
    readonly timelineSource: string | null;
    readonly tokensPerEvent: number | null;
    readonly meanInput: number | null;
    readonly meanOutput: number | null;
    readonly plannedMeanInput: number | null;
    readonly plannedMeanOutput: number | null;
    /** Vectors or scores of every successful request; only where replies hold them. */
    readonly items?: number;
  };
  readonly concurrency: {
    readonly mean: number | null;
    readonly p50: number | null;
    readonly p90: number | null;
    readonly max: number | null;
    readonly littleError: number | null;
    readonly tokensInFlightMean: number | null;
  };
  readonly client: {
    readonly cpuUsPerToken: number | null;
    readonly cpuShare: number | null;
    readonly loopLagP99Ms: number | null;
    readonly scheduleLagP99Ms: number | null;
    readonly coalescedShare: number | null;
    /** How far stamps lay behind the events at such a load, by the calibration of this client on its machine. */
    readonly timingErrorP99Ms: number | null;
    /** Why there is no timing error. */
    readonly timingErrorReason: string | null;
  };
  /** Null where neither the server nor the plan said a word of limits. */
  readonly limits?: LimitSummary | null;
  readonly text?: TextSummary;
  readonly stalls: { readonly count: number; readonly maxGapMs: number | null };
  readonly objectives: readonly ObjectiveResult[];
  readonly attainment: number | null;
  /** ≥ 20 equal slices of the step for charts: start of each, in ms after the step's start, and what fell into it. */
  readonly series: {
    readonly atMs: readonly number[];
    readonly outputTokensPerS: readonly number[];
    readonly ttftP50Ms: readonly (number | null)[];
    readonly inFlight: readonly number[];
  };
  readonly server: {
    /** Whether the server's own token counters agree with its replies. */
    readonly identity: Identity | null;
    /** Queue, cache and times as the server itself sees them; null where nothing was read. */
    readonly load: ServerLoad | null;
  };
  /** What machines did meanwhile; null without telemetry. */
  readonly hardware: HardwareSummary | null;
  readonly energy: EnergySummary | null;
  readonly efficiency: EfficiencySummary | null;
  /** Null where nothing tells. */
  readonly bottleneck: Bottleneck | null;
  readonly cost: Readonly<Record<string, unknown>> | null;
}

/** The document that `run --json` and `report --json` print. */
export interface RunSummary {
  readonly schema: 'tokbench.run/1';
  readonly directory: string;
  readonly simulated: boolean;
  readonly state: 'running' | 'finished' | 'interrupted';
  readonly verdict: Verdict;
  readonly target: {
    readonly url: string;
    readonly protocol: string;
    readonly model: string;
    readonly server: ServerIdentity;
    /** Target preset that was named; null without one. It says what was asked for, `server` what answered. */
    readonly preset: string | null;
  };
  readonly suite: string;
  readonly startedAt: string;
  readonly notes: readonly string[];
  readonly steps: readonly StepSummary[];
}
