import { pricePerRequest, type Rates } from './api.ts';
import { type Usd, usd } from './quantity.ts';
import { outOfRange, requireNonNegative, requireShare, requireWhole } from './range.ts';
import type { TokenSeconds } from './regression.ts';

/** Cached input priced on both sides (section 2.13): which side gains more depends on the shape, so both are computed. */

export interface CachedShape {
  /** I and O, tokens per request; h, the hit rate as a share of the input. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly hitRate: number;
  /** Of the input that misses, tokens that are written to the cache and pay the write price instead of the input price. */
  readonly writtenTokens: number;
}

export interface CacheSaving {
  /** Without and with hits. */
  readonly cold: Usd<'request', 'once'>;
  readonly warm: Usd<'request', 'once'>;
  /** 1 − warm/cold; null where a request costs nothing anyway. */
  readonly savingShare: number | null;
}

const saving = (cold: number, warm: number): CacheSaving => ({
  cold: usd(cold, 'request', 'once'),
  warm: usd(warm, 'request', 'once'),
  savingShare: cold > 0 ? 1 - warm / cold : null,
});

function check(shape: CachedShape): void {
  requireNonNegative(shape.inputTokens, 'input tokens');
  requireNonNegative(shape.outputTokens, 'output tokens');
  requireShare(shape.hitRate, 'hit rate');
  requireNonNegative(shape.writtenTokens, 'written tokens');
  const missed = (1 - shape.hitRate) * shape.inputTokens;
  if (shape.writtenTokens > missed)
    outOfRange('written tokens', `at most the ${missed} that miss`, shape.writtenTokens);
}

/**
 * API side (CACHE-1): (1−h)·I·p_in + h·I·p_cached + writes·(p_write − p_in) + O·p_out against I·p_in + O·p_out. Without a cache
 * rate there is no saving to speak of: null.
 */
export function apiCacheSaving(rates: Rates, shape: CachedShape): CacheSaving | null {
  check(shape);
  if (rates.cacheRead === null) return null;
  const { inputTokens, outputTokens } = shape;
  const price = (cacheReadTokens: number, cacheWriteTokens: number) =>
    pricePerRequest(rates, { inputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteHourTokens: 0, outputTokens });
  return saving(price(0, 0), price(shape.hitRate * inputTokens, shape.writtenTokens));
}

/** Own side (CACHE-1): ((1−h)·I·alpha + h·I·alpha_c + O·beta) accelerator-seconds · C_gpuh/3600. */
export function selfCacheSaving(
  seconds: TokenSeconds & { readonly cached: number },
  acceleratorHour: Usd<'accelerator', 'hour'>,
  shape: CachedShape,
): CacheSaving & { readonly coldSeconds: number; readonly warmSeconds: number } {
  check(shape);
  const spent = (h: number) =>
    (1 - h) * shape.inputTokens * seconds.input +
    h * shape.inputTokens * seconds.cached +
    shape.outputTokens * seconds.output;
  const [coldSeconds, warmSeconds] = [spent(0), spent(shape.hitRate)];
  const price = requireNonNegative(acceleratorHour, 'price of an accelerator hour') / 3600;
  return { ...saving(coldSeconds * price, warmSeconds * price), coldSeconds, warmSeconds };
}

export interface ConversationCost {
  readonly firstCallUsd: number;
  readonly nextCallUsd: number;
  readonly uncachedCallUsd: number;
  readonly totalUsd: number;
  readonly totalUncachedUsd: number;
  /** Reads that earn back what writing the prefix costs more than plain input; null where a read saves nothing. */
  readonly readsToRepayWrite: number | null;
}

/** A conversation that writes a shared prefix once and reads it with each later call (CACHE-3). */
export function conversationCost(
  rates: Rates,
  conversation: {
    readonly inputTokens: number;
    readonly sharedPrefixTokens: number;
    readonly outputTokens: number;
    readonly calls: number;
  },
): ConversationCost {
  const { inputTokens, sharedPrefixTokens, outputTokens } = conversation;
  const calls = requireWhole(conversation.calls, 'calls of a conversation', 1);
  const price = (cacheReadTokens: number, cacheWriteTokens: number) =>
    pricePerRequest(rates, { inputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteHourTokens: 0, outputTokens });
  const [first, next, uncached] = [price(0, sharedPrefixTokens), price(sharedPrefixTokens, 0), price(0, 0)];
  const readSaves = rates.input - (rates.cacheRead ?? rates.input);
  return {
    firstCallUsd: first,
    nextCallUsd: next,
    uncachedCallUsd: uncached,
    totalUsd: first + (calls - 1) * next,
    totalUncachedUsd: calls * uncached,
    readsToRepayWrite: readSaves > 0 ? Math.max(0, (rates.cacheWrite ?? rates.input) - rates.input) / readSaves : null,
  };
}
