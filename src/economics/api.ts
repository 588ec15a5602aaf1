import { sum } from 'simple-statistics';
import { UserError } from '../error/user-error.ts';
import { type Usd, usd } from './quantity.ts';
import { requireNonNegative, requirePositive, requireShare } from './range.ts';
import { type NotVerified, notVerified, type Ok, ok, type Refused, refused } from './state.ts';

/** API cost, request by request (sections 2.6 and 9). */

/** Usage of one request. `inputTokens` is the total including cache reads and writes; `outputTokens` includes reasoning. */
export interface RequestUsage {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  /** Written for 5 minutes and for 1 hour, priced apart. */
  readonly cacheWriteTokens: number;
  readonly cacheWriteHourTokens: number;
  readonly outputTokens: number;
}

/** Unix milliseconds of the request's own start; null where it was not kept. */
export interface PricedRequest {
  readonly usage: RequestUsage;
  readonly atUnixMs: number | null;
}

/** Whatever knows prices: a library, a contract, a rate card. null where it knows none for this request. */
export interface PriceSource {
  /** Whether the price depends on the size of a call or on its time; then totals may not be priced at once (E12). */
  readonly tiered: boolean;
  readonly timeOfDay: boolean;
  priceUsd(usage: RequestUsage, atUnixMs: number | null): number | null;
}

/** Rates in USD per 1,000,000 tokens. A null cache rate means that such tokens pay the full input price (API-3). */
export interface Rates {
  readonly input: number;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
  readonly cacheWriteHour: number | null;
  readonly output: number;
}

export interface RateCard {
  readonly rates: Rates;
  /** Above `aboveInputTokens` of one call every token of that call pays these rates: a cliff (API-1). Ascending. */
  readonly tiers: readonly { readonly aboveInputTokens: number; readonly rates: Rates }[];
  /** Rates between UTC times of day, end exclusive (API-2); a window that passes midnight is given as two. */
  readonly hours: readonly { readonly fromHour: number; readonly toHour: number; readonly rates: Rates }[];
}

const hourMs = 3_600_000;

/** A price source from written rates, for contracts and overrides. Prices that depend on the hour need the request's time. */
export function rateCard(card: RateCard): PriceSource {
  return {
    tiered: card.tiers.length > 0,
    timeOfDay: card.hours.length > 0,
    priceUsd(usage, atUnixMs) {
      checkUsage(usage);
      if (card.hours.length > 0 && atUnixMs === null) return null;
      const hour = atUnixMs === null ? 0 : (((atUnixMs / hourMs) % 24) + 24) % 24;
      const window = card.hours.find(({ fromHour, toHour }) => hour >= fromHour && hour < toHour);
      const tier = card.tiers.findLast(({ aboveInputTokens }) => usage.inputTokens > aboveInputTokens);
      return priceAt(usage, tier?.rates ?? window?.rates ?? card.rates);
    },
  };
}

function priceAt(usage: RequestUsage, rates: Rates): number {
  const uncached = usage.inputTokens - usage.cacheReadTokens - usage.cacheWriteTokens - usage.cacheWriteHourTokens;
  const write = rates.cacheWrite ?? rates.input;
  return (
    (uncached * rates.input +
      usage.cacheReadTokens * (rates.cacheRead ?? rates.input) +
      usage.cacheWriteTokens * write +
      usage.cacheWriteHourTokens * (rates.cacheWriteHour ?? write) +
      usage.outputTokens * rates.output) /
    1e6
  );
}

/** @throws UserError bad_usage for negative or unknown counts, or for more cached than total input */
export function checkUsage(usage: RequestUsage): void {
  for (const [name, tokens] of Object.entries(usage))
    if (!(tokens >= 0 && Number.isFinite(tokens)))
      throw new UserError('bad_usage', `Usage has ${name} = ${tokens}; a count of tokens is zero or more.`);
  const cached = usage.cacheReadTokens + usage.cacheWriteTokens + usage.cacheWriteHourTokens;
  if (cached > usage.inputTokens)
    throw new UserError(
      'bad_usage',
      `Usage has ${cached} cached tokens in an input of ${usage.inputTokens}; the input is the total, cached tokens included.`,
    );
}

export interface TraceCost {
  readonly usd: number;
  readonly requests: number;
  /** Requests that the source could not price. */
  readonly unpriced: number;
}

/**
 * Σ over requests of price(usage, time), each on its own since tiers and hours make the sum differ from a price of sums
 * (API-1), with compensated summation. A source without a price for some request, or a price of zero for tokens, leaves the
 * sum unverified; one that prices none is refused.
 */
export function priceTrace(
  source: PriceSource,
  requests: readonly PricedRequest[],
): Ok<TraceCost> | NotVerified<TraceCost> | Refused {
  const prices = requests.map(({ usage, atUnixMs }) => {
    const price = source.priceUsd(usage, atUnixMs);
    return price === 0 && usage.inputTokens + usage.outputTokens > 0 ? null : price;
  });
  const known = prices.filter((price) => price !== null);
  if (known.length === 0)
    return refused(['missing-input'], { missing: 'a price for the requests', requests: requests.length });
  const cost = { usd: sum(known), requests: requests.length, unpriced: prices.length - known.length };
  return cost.unpriced > 0 ? notVerified(cost, ['price-source-missing']) : ok(cost);
}

/** USD of a request with mean usage; only right where the price has neither tiers nor hours. */
export function pricePerRequest(rates: Rates, usage: RequestUsage): Usd<'request', 'once'> {
  checkUsage(usage);
  return usd(priceAt(usage, rates), 'request', 'once');
}

export interface ContractTerms {
  readonly negotiatedDiscount: number;
  /** 0.5 only where a batch tier is bought. */
  readonly batchFactor: number;
  readonly regionalUplift: number;
  /** Share of requests that are sent and paid again. */
  readonly retryShare: number;
  readonly fixedUsd: number;
}

/** API$ = list·(1 − d_negotiated)·batch·regional·(1 + retries) + fixed fees (API-4). */
export function contractUsd(listUsd: number, terms: ContractTerms): number {
  return (
    requireNonNegative(listUsd, 'list cost') *
      (1 - requireShare(terms.negotiatedDiscount, 'negotiated discount')) *
      requirePositive(terms.batchFactor, 'batch factor') *
      requirePositive(terms.regionalUplift, 'regional uplift') *
      (1 + requireNonNegative(terms.retryShare, 'retry share')) +
    requireNonNegative(terms.fixedUsd, 'fixed fees')
  );
}

/**
 * Usage as another tokenizer counts it: each count × the measured ratio of tokens there to tokens here. The caller flags the row:
 * `tokenizer-ratio-unmeasured` where the ratio is a guess.
 */
export function scaleUsage(usage: RequestUsage, ratio: number): RequestUsage {
  requirePositive(ratio, 'tokenizer ratio');
  return {
    inputTokens: usage.inputTokens * ratio,
    cacheReadTokens: usage.cacheReadTokens * ratio,
    cacheWriteTokens: usage.cacheWriteTokens * ratio,
    cacheWriteHourTokens: usage.cacheWriteHourTokens * ratio,
    outputTokens: usage.outputTokens * ratio,
  };
}
