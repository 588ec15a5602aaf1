import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { calcPrice, findProvider, type ModelInfo, type Provider } from '@pydantic/genai-prices';
import { closest } from 'fastest-levenshtein';
import { checkUsage, type PriceSource, type Rates, type RequestUsage } from '../economics/api.ts';
import { UserError } from '../error/user-error.ts';
import type { Confidence } from './entry.ts';

/** Prices of APIs by request, from the bundled list of genai-prices or from a contract of one's own (section 9). */

/** Where the list is from: package, version, day of the snapshot (null for a version whose day nobody noted), SHA-256 of its data. */
export interface PriceSnapshot {
  readonly package: string;
  readonly version: string;
  readonly date: string | null;
  readonly sha256: string;
}

/** The package carries no date of its own. */
const snapshotDates: Readonly<Record<string, string>> = { '0.1.8': '2026-11-23' };
const packageName = '@pydantic/genai-prices';
let snapshot: PriceSnapshot | null = null;

export function priceSnapshot(): PriceSnapshot {
  if (snapshot !== null) return snapshot;
  const main = new URL(import.meta.resolve(packageName));
  const { version } = JSON.parse(readFileSync(new URL('../package.json', main), 'utf8')) as { version: string };
  const sha256 = createHash('sha256')
    .update(readFileSync(fileURLToPath(main)))
    .digest('hex');
  snapshot = { package: packageName, version, date: snapshotDates[version] ?? null, sha256 };
  return snapshot;
}

/** A price source with what must be said about it. */
export interface ApiPrice extends PriceSource {
  readonly provider: string;
  readonly requestedModel: string;
  /** What the list matched: a prefix or a pattern may have taken a name that does not exist (`gpt-5-nano-anything`). */
  readonly matchedModel: string;
  /** Rates at a time for small calls, for tables; null where there are none then. */
  ratesAt(atUnixMs: number): Rates | null;
  readonly hasCachePrice: boolean;
  readonly source: string;
  readonly date: string | null;
  readonly confidence: Confidence;
  readonly terms: PriceTerms | null;
  /** Last day of a contract; null for a list, which holds until it changes, and for a contract without an end. */
  readonly validUntil: string | null;
  readonly comment: string | null;
}

/** Factors that a contract states; null ones are left to the register. */
export interface PriceTerms {
  readonly negotiatedDiscount: number | null;
  readonly batchFactor: number | null;
  readonly regionalUplift: number | null;
}

/**
 * The listed price of `provider/model`.
 *
 * @throws UserError `unknown_api_price`, with the nearest model of the provider; a price is never guessed
 */
export function listedPrice(providerId: string, model: string): ApiPrice {
  const provider = findProvider({ providerId });
  if (provider === undefined)
    throw new UserError(
      'unknown_api_price',
      `The price list has no provider "${providerId}"; give your own prices with --prices FILE or api.usd_per_request.`,
    );
  const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, model, { providerId, timestamp: new Date(0) });
  if (found === null) {
    const near = closest(
      model,
      provider.models.map(({ id }) => id),
    );
    throw new UserError(
      'unknown_api_price',
      `The price list has no model "${model}" of ${providerId}; did you mean "${near}"? Prices of your own come with --prices FILE or api.usd_per_request.`,
    );
  }
  const { version, date } = priceSnapshot();
  return sourceOf(
    found.model,
    model,
    { providerId: found.provider.id },
    {
      provider: found.provider.id,
      source: `${packageName} ${version}`,
      date,
      confidence: 'medium',
      terms: null,
      validUntil: null,
    },
  );
}

/** The same engine for prices that somebody wrote down, so that tiers and caches are computed alike. */
export function writtenPrice(provider: Provider, said: Omit<Said, 'provider'>): ApiPrice {
  const [model] = provider.models;
  return sourceOf(model!, model!.id, { provider }, { provider: provider.id, ...said });
}

type Lookup = { readonly providerId: string } | { readonly provider: Provider };
type Said = Pick<ApiPrice, 'provider' | 'source' | 'date' | 'confidence' | 'terms' | 'validUntil'>;

function sourceOf(model: ModelInfo, requested: string, lookup: Lookup, said: Said): ApiPrice {
  const priced = Array.isArray(model.prices) ? model.prices.map(({ prices }) => prices) : [model.prices];
  const timeOfDay =
    Array.isArray(model.prices) && model.prices.some(({ constraint }) => constraint?.type === 'time_of_date');
  const tiered = priced.some((prices) => Object.values(prices).some((price) => typeof price === 'object'));
  const ratesAt = (atUnixMs: number): Rates | null => {
    const found = calcPrice({ input_tokens: 1, output_tokens: 1 }, requested, {
      ...lookup,
      timestamp: new Date(atUnixMs),
    });
    if (found === null) return null;
    const rate = (key: string) => {
      const price = found.model_price[key];
      return price === undefined ? null : typeof price === 'number' ? price : price.base;
    };
    const [input, output] = [rate('input_mtok'), rate('output_mtok')];
    if (input === null || output === null) return null;
    return {
      input,
      output,
      cacheRead: rate('cache_read_mtok'),
      cacheWrite: rate('cache_write_mtok'),
      cacheWriteHour: rate('cache_write_1h_mtok'),
    };
  };
  return {
    ...said,
    requestedModel: requested,
    matchedModel: model.id,
    tiered,
    timeOfDay,
    ratesAt,
    hasCachePrice: priced.some((prices) => prices['cache_read_mtok'] !== undefined),
    comment: model.price_comments ?? null,
    priceUsd(usage, atUnixMs) {
      checkUsage(usage);
      // Without a time the library takes the present one: the price would depend on when the report is made.
      if (atUnixMs === null && (timeOfDay || Array.isArray(model.prices))) return null;
      const timestamp = new Date(atUnixMs ?? 0);
      return calcPrice(usageOf(usage), requested, { ...lookup, timestamp })?.total_price ?? null;
    },
  };
}

/** Keys of the library: a misspelt one would be ignored and priced at 0. Its written cache is the total, the hour's part of it. */
function usageOf(usage: RequestUsage): Record<string, number> {
  const hour = usage.cacheWriteHourTokens;
  return {
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens + hour,
    ...(hour > 0 ? { cache_write_1h_tokens: hour } : {}),
    output_tokens: usage.outputTokens,
  };
}

/** Mean price of a request over the 24 hours of a day (UTC): for a mean request that has no time of its own. */
export function dayPriceUsd(price: PriceSource, usage: RequestUsage, dayUnixMs: number): number | null {
  const hours = price.timeOfDay ? 24 : 1;
  let total = 0;
  for (let hour = 0; hour < hours; hour++) {
    const usd = price.priceUsd(usage, dayUnixMs + hour * 3_600_000);
    if (usd === null || (usd === 0 && usage.inputTokens + usage.outputTokens > 0)) return null;
    total += usd;
  }
  return total / hours;
}
