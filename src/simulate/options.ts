import { UserError } from '../error/user-error.ts';
import { checkFaults, type FaultShares } from './fault.ts';
import { readSimulatedProfile, type SimulatedProfile } from './profile.ts';

/** Everything a simulated server can be started with; all of it is JSON, so that it can cross to a process. */
export interface SimulatorOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Name of a profile in `profiles/simulated/` or a YAML file. Default `h100-8b`. */
  readonly profile?: string | undefined;
  /** Served model name; default the profile's. */
  readonly model?: string | undefined;
  /** Default 1. Lengths, texts and faults of request k depend on (seed, k) only. */
  readonly seed?: number | undefined;
  /**
   * Exact pace instead of the engine: the first event `ttftMs` after the request was fully read, then one token each
   * `itlMs` (an event of k tokens each k × `itlMs`), whatever the load.
   */
  readonly pace?: { readonly ttftMs: number; readonly itlMs: number } | undefined;
  /** Tokens in each stream event, as speculative decoding gives them. Default 1. */
  readonly tokensPerEvent?: number | undefined;
  /** Share of the output, from its start, that is sent as reasoning. Default 0. */
  readonly reasoningShare?: number | undefined;
  /** Mean length of an answer that may stop by itself. Default 200. */
  readonly meanOutputTokens?: number | undefined;
  /** Overrides of the profile. */
  readonly maxSequences?: number | undefined;
  readonly maxModelTokens?: number | undefined;
  readonly kvCacheTokens?: number | undefined;
  /** Default true. */
  readonly prefixCaching?: boolean | undefined;
  /** `prompt_tokens_details.cached_tokens` in usage, vLLM's `--enable-prompt-tokens-details`. Default true. */
  readonly reportCached?: boolean | undefined;
  /** Name of the environment variable with the key that `/v1/*` then demands. */
  readonly apiKeyEnv?: string | undefined;
  readonly faults?: FaultShares | undefined;
  /** Delay of the fault `slow_header`. Default 2,000 ms. */
  readonly slowHeaderMs?: number | undefined;
  /** `retry-after` of the fault `rate_limited`, in seconds. Default 1. */
  readonly retryAfterS?: number | undefined;
  /** JSONL file for the truth of every request; overwritten. */
  readonly truth?: string | undefined;
}

/** Options with every default filled in and the profile read. */
export interface Simulation {
  readonly host: string;
  readonly port: number;
  readonly profile: SimulatedProfile;
  readonly model: string;
  readonly seed: number;
  readonly pace: { readonly ttftMs: number; readonly itlMs: number } | null;
  readonly tokensPerEvent: number;
  readonly reasoningShare: number;
  readonly meanOutputTokens: number;
  readonly prefixCaching: boolean;
  readonly reportCached: boolean;
  /** In memory only. */
  readonly apiKey: string | null;
  readonly faults: FaultShares;
  readonly slowHeaderMs: number;
  readonly retryAfterS: number;
  readonly truth: string | null;
}

/** Fills in the defaults. Throws UserError for anything that cannot be. */
export function resolveSimulation(options: SimulatorOptions): Simulation {
  checkFaults(options.faults ?? {});
  const profile = overridden(readSimulatedProfile(options.profile ?? 'h100-8b'), options);
  return {
    host: options.host ?? '127.0.0.1',
    port: whole('port', options.port, 0, 0, 65_535),
    profile,
    model: options.model ?? profile.model,
    seed: whole('seed', options.seed, 1, 0, 2 ** 32 - 1),
    pace: options.pace
      ? {
          ttftMs: number('pace.ttftMs', options.pace.ttftMs, 0, 0, 3_600_000),
          itlMs: number('pace.itlMs', options.pace.itlMs, 0, 0, 3_600_000),
        }
      : null,
    tokensPerEvent: whole('tokensPerEvent', options.tokensPerEvent, 1, 1, 64),
    reasoningShare: number('reasoningShare', options.reasoningShare, 0, 0, 1),
    meanOutputTokens: number('meanOutputTokens', options.meanOutputTokens, 200, 2, 1e6),
    prefixCaching: options.prefixCaching ?? true,
    reportCached: options.reportCached ?? true,
    apiKey: keyFrom(options.apiKeyEnv),
    faults: options.faults ?? {},
    slowHeaderMs: number('slowHeaderMs', options.slowHeaderMs, 2000, 0, 3_600_000),
    retryAfterS: number('retryAfterS', options.retryAfterS, 1, 0, 86_400),
    truth: options.truth ?? null,
  };
}

function overridden(profile: SimulatedProfile, options: SimulatorOptions): SimulatedProfile {
  const merged = {
    ...profile,
    maxSequences: whole('maxSequences', options.maxSequences, profile.maxSequences, 1, 1e6),
    maxModelTokens: whole('maxModelTokens', options.maxModelTokens, profile.maxModelTokens, 16, 1e8),
    kvCacheTokens: whole('kvCacheTokens', options.kvCacheTokens, profile.kvCacheTokens, 16, 1e9),
  };
  if (merged.kvCacheTokens < merged.maxModelTokens)
    throw new UserError(
      'kv_cache_too_small',
      `A KV cache of ${merged.kvCacheTokens} tokens cannot hold one request of ${merged.maxModelTokens} tokens: lower the model's context or enlarge the cache.`,
    );
  return merged;
}

function keyFrom(variable: string | undefined): string | null {
  if (variable === undefined) return null;
  const key = process.env[variable];
  if (!key) throw new UserError('missing_api_key', `The environment variable ${variable} is not set or is empty.`);
  return key;
}

function whole(name: string, value: number | undefined, fallback: number, low: number, high: number): number {
  const chosen = number(name, value, fallback, low, high);
  if (!Number.isInteger(chosen))
    throw new UserError('bad_option', `${flagOf(name)} must be a whole number, not ${chosen}.`);
  return chosen;
}

function number(name: string, value: number | undefined, fallback: number, low: number, high: number): number {
  const chosen = value ?? fallback;
  if (typeof chosen !== 'number' || !(chosen >= low && chosen <= high))
    throw new UserError('bad_option', `${flagOf(name)} must be a number from ${low} to ${high}, not ${chosen}.`);
  return chosen;
}

/** As it is typed: `--tokens-per-event`; `--pace` for either of its parts. */
const flagOf = (name: string): string =>
  `--${name.replace(/\..*$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
