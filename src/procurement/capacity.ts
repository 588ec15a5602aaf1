import type { Scope } from '../economics/quantity.ts';
import type { StateName } from '../economics/state.ts';
import type { Interval } from '../measurement/summary.ts';

/** What a throughput is of. A bare rate is refused: it could be of a card, a copy of the model or a box. */
export type CapacityScope = Extract<Scope, 'accelerator' | 'replica' | 'server' | 'instance' | 'deployment'>;

/** A 95 % interval on a rate as factors of it: [0.98, 1.03]; null where none can be had. */
export type RelativeInterval = Interval;

/** Tokens of a mean request, successful ones only. */
export interface RequestShape {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** Part of the output; null where nobody counted it. */
  readonly reasoningTokens: number | null;
}

/** Power while the capacity was delivered. */
export interface MeasuredPower {
  readonly powerW: number;
  readonly basis: 'metered-wall' | 'metered-board';
  readonly joulesPerOutputToken: number | null;
  readonly method: string | null;
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
  /** X_slo and token rates per `scope`; successful requests only. */
  readonly requestsPerS: number;
  readonly inputTokensPerS: number;
  readonly outputTokensPerS: number;
  readonly interval: RelativeInterval;
  /** null where rates were typed without requests: then only token prices can be had. */
  readonly shape: RequestShape | null;
  readonly cachedShare: number;
  readonly power: MeasuredPower | null;
  /** [highest admissible, lowest inadmissible) offered rate; null ends where the sweep did not go. */
  readonly bracketPerS: readonly [number, number | null] | null;
  readonly objectives: readonly string[];
}
