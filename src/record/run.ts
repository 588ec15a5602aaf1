import type { CalibrationFact } from './calibration.ts';
import type { HardwareFact, ModelCard } from './hardware.ts';
import type { ServerCounters, ServerFeatures, ServerIdentity } from './server.ts';
import type { StepTelemetry, TelemetryRecord } from './telemetry.ts';

/** The load of one step, as the contract prints it. */
export type Load =
  | { readonly kind: 'concurrency'; readonly value: number }
  /** `value` is the mean rate where a `shape` (such as `ramp(1,3,10s)`) makes it vary; absent = constant. */
  | { readonly kind: 'rate'; readonly value: number; readonly arrivals: string; readonly shape?: string }
  | { readonly kind: 'trace'; readonly value: number; readonly file: string };

/**
 * Facts of one step that no exchange carries: its marks on the run's clock and what the client itself went through.
 * Rewritten on disk at every mark, so that a run killed at any moment can still be read.
 */
export interface StepRecord {
  readonly load: Load;
  /** Repeat of the same load, from 0. */
  readonly repeat: number;
  /** Seed of this step's prompts and arrivals: hash(user seed, step, repeat). */
  readonly seed: number;
  /** First due time of the step. */
  readonly startMs: number;
  /** End of the warm-up; equals `startMs` without one; null while it still goes on. */
  readonly warmupEndMs: number | null;
  /** No request starts from here on; null while they still do. */
  readonly stopMs: number | null;
  /** Drained; null while the step goes on. */
  readonly endMs: number | null;
  /**
   * What ended the arrivals (`failures`: the server served nobody any more; `objectives`: a search had seen enough;
   * `budget`: a further request might have cost more than was allowed; `thread_lost`: a thread of the client crashed;
   * `disk_full`, `disk_failed`: what was measured could not be kept any more);
   * null while they go on.
   */
  readonly stoppedBy:
    | 'duration'
    | 'requests'
    | 'precision'
    | 'workload'
    | 'failures'
    | 'objectives'
    | 'budget'
    | 'interrupted'
    | 'thread_lost'
    | 'disk_full'
    | 'disk_failed'
    | null;
  /** In closed loop the target concurrency, in open loop the cap on requests in flight (null = none). */
  readonly maxInFlight: number | null;
  /** Requests due in the schedule of an open-loop step up to `stopMs`; null in closed loop. */
  readonly scheduled: number | null;
  /**
   * SHA-256 over (index, offset, prompt, max_tokens) of the sessions that came due, see `scheduleHash`; absent in closed
   * loop. Without a `version` it is of the first, which had no max_tokens.
   */
  readonly schedule?: { readonly sha256: string; readonly sessions: number; readonly version?: number };
  readonly client: ClientRecord | null;
  /** The server's own counters before the first request and after the last; null where it has none. */
  readonly counters: { readonly before: ServerCounters | null; readonly after: ServerCounters | null } | null;
  /** The workload shares prefixes on purpose, so that cached input is part of what is measured; absent = no. */
  readonly sharedPrefix?: boolean;
  /** The server was made to produce exactly the planned output length; absent = no. */
  readonly forcedLength?: boolean;
  /** Requests were held below the account's rate limits; absent = no. */
  readonly paced?: boolean;
  /** Further attempts that a failed request got; absent = none. */
  readonly retries?: number;
  /** Share of their values to which percentiles and output rate were to be known; absent = nobody asked. */
  readonly precision?: number;
  /** Absent without telemetry, and while the step goes on. */
  readonly telemetry?: StepTelemetry;
}

/** The client process over one step. */
export interface ClientRecord {
  /** User + system CPU time of this process over the step, all threads, without what it spun before due times. */
  readonly cpuUs: number;
  readonly wallMs: number;
  /** Event-loop delay beyond its sampling resolution. */
  readonly loopLagP50Ms: number;
  readonly loopLagP99Ms: number;
  readonly loopLagMaxMs: number;
  readonly rssMaxBytes: number;
  /** Connections opened during the step. */
  readonly connectionsOpened: number;
  /** Threads that drove the load. */
  readonly threads: number;
  /** CPU time of the busiest of several threads, without what it spun; absent with one and where Node cannot tell. */
  readonly busiestThreadCpuUs?: number;
}

/** `run.json`: the plan as resolved, where it ran, and how far it got. */
export interface RunRecord {
  readonly schema: 'tokbench.run-record/1';
  readonly version: string;
  readonly suite: string;
  readonly state: 'running' | 'finished' | 'interrupted';
  /** Unix milliseconds of 0 on the run's clock. */
  readonly startedUnixMs: number;
  /** `process.hrtime` of the same moment, ns as text: other processes of the machine join their stamps by it. */
  readonly startedNs?: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly simulated: boolean;
  readonly seed: number;
  /** The resolved plan without secrets, as data: what `--json` of `check` prints. */
  readonly plan: unknown;
  /** SHA-256 of the canonical JSON of `plan`. */
  readonly planSha256: string;
  readonly objectives: readonly string[];
  readonly target: {
    readonly url: string;
    readonly protocol: string;
    readonly model: string;
    readonly server: ServerIdentity;
  };
  /** What the server said it can do. */
  readonly features: ServerFeatures;
  /** How prompts reached their length, see `LengthRecord`. */
  readonly lengths: LengthRecord | null;
  readonly environment: Environment;
  /** How well this client is known to time on this machine; absent in records of before. */
  readonly calibration?: CalibrationFact;
  readonly steps: readonly StepRecord[];
  /** Sentences a reader of the run must see: facts noticed while it ran. */
  readonly notes: readonly string[];
  /** Absent without telemetry. */
  readonly telemetry?: TelemetryRecord;
  /** Absent where the user does not name the hardware. */
  readonly hardware?: HardwareFact;
  /** Absent without a model's `config.json`. */
  readonly modelCard?: ModelCard;
  /** What a `sweep` looks for; its steps tell how it went. Absent in a run of given loads. */
  readonly search?: SearchRecord;
}

/** The search of a sweep: for the highest load inside the objectives of the run. */
export interface SearchRecord {
  readonly kind: 'concurrency' | 'rate';
  /** How requests are spread in time; null in closed loop. */
  readonly arrivals: string | null;
  /** First load, and the bounds that are never crossed. */
  readonly start: number;
  readonly least: number;
  readonly most: number;
  /** The bracket is narrowed until highest passing and lowest failing load differ by no more than this share. */
  readonly resolution: number;
}

/** How the prompts' token lengths were made to fit the server's own count. */
export interface LengthRecord {
  /** `tokenize` route, learnt from the server's `usage`, a local tokenizer file, or not at all (`estimate`). */
  readonly method: 'tokenize' | 'usage' | 'tokenizer' | 'estimate';
  /** Tokens that the chat template adds to one user message; null when unknown. */
  readonly overheadTokens: number | null;
  /** Mean of achieved / wanted over the check prompts; null when it was not checked. */
  readonly achievedShare: number | null;
  /** Largest |achieved / wanted − 1| of the check prompts. */
  readonly worstError: number | null;
  readonly checked: number;
}

export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly hostname: string;
  /** systeminformation's static inventory; null when it could not be had, with the reason beside it. */
  readonly inventory: unknown;
}
