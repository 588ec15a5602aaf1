import { secondsPerHour, secondsPerMonth } from '../economics/quantity.ts';
import { UserError } from '../error/user-error.ts';
import type { ApiTrace } from './api-trace.ts';
import { apiBill, type Bill, contractPerRequest } from './bill.ts';
import type { MeasuredCapacity, RequestShape } from './capacity.ts';
import { type Mix, mixOf, productionShape, stated, tokensByClass } from './deployment.ts';
import { requestPriceUsd } from './length-price.ts';
import type { Offer } from './offer.ts';
import type { TokensPerHour, UsdPerMillion } from './offer-cost.ts';
import { missing, numberOrNull } from './register.ts';
import { noPrices, pricesOf, type TokenPrices } from './token-price.ts';

/** An API for a demand: what a request costs, then what a month of them does (section 2.6). */
export interface ApiCost {
  readonly usdPerRequest: number;
  /** Each request of a run, the lengths of the workload, or the mean request. */
  readonly pricedBy: 'request' | 'lengths' | 'mean';
  /** null where no demand says how many requests there are. */
  readonly bill: Bill | null;
  readonly tokens: TokensPerHour;
  readonly prices: TokenPrices;
  readonly notes: readonly string[];
}

/**
 * Prices an API at production's mean request where that is stated, else request by request over the run (`trace`).
 *
 * @param date the day of the prices, for prices that depend on the hour
 * @throws UserError `missing_assumption`, `unknown_api_price` where the list has no price on that day
 */
export function apiCost(
  offer: Offer,
  capacity: MeasuredCapacity | null,
  trace: ApiTrace | null,
  date: string,
): ApiCost {
  const { register, api } = offer;
  const shape = traced(offer, trace) ?? productionShape(capacity, register);
  const mix = mixOf(register, capacity);
  const perMonth = numberOrNull(register, 'demand.requests_per_month');
  const perHour = perMonth === null ? 1 : (perMonth / secondsPerMonth) * secondsPerHour;
  const tokens = tokensByClass(shape.inputTokens * perHour, shape.outputTokens * perHour, mix);
  const byRequest = traced(offer, trace) !== null;
  const list = byRequest ? trace!.usd / trace!.requests : listPerRequest(offer, shape, mix, date);
  const usdPerRequest = contractPerRequest(register, list);
  // Without a demand the class prices are those of one request: fees and staff have nothing to be spread over.
  const bill = perMonth === null ? null : apiBill(register, usdPerRequest, perHour);
  const total = bill?.usdPerHour ?? usdPerRequest;
  const prices = api === null ? pricesOf(total, tokens, register, null) : listedClasses(offer, total, tokens, date);
  if (prices === null)
    throw new UserError('bad_offer', `${offer.name}: a request without tokens has no price per token.`);
  const notes: string[] = [];
  if (api !== null && mix.cachedShare > 0 && !api.hasCachePrice)
    notes.push(`${offer.name} has no price for cached input: it pays the full price, and nothing is saved.`);
  if (byRequest && trace!.unpriced > 0)
    notes.push(`${trace!.unpriced} requests of the run report no usage and are not priced.`);
  return {
    usdPerRequest,
    pricedBy: byRequest ? 'request' : offer.lengths !== null ? 'lengths' : 'mean',
    bill,
    tokens,
    prices,
    notes,
  };
}

/** The mean request of the trace, unless production's is stated. */
function traced(offer: Offer, trace: ApiTrace | null): RequestShape | null {
  if (offer.api === null || trace === null || trace.requests === 0) return null;
  if (stated(offer.register, 'demand.input_tokens') !== null || stated(offer.register, 'demand.output_tokens') !== null)
    return null;
  return {
    inputTokens: trace.usage.inputTokens / trace.requests,
    outputTokens: trace.usage.outputTokens / trace.requests,
  };
}

function listPerRequest({ api, name, register, lengths }: Offer, shape: RequestShape, mix: Mix, date: string): number {
  if (api === null)
    return numberOrNull(register, 'api.usd_per_request') ?? missing(['api.usd_per_request'], 'An API offer');
  const usd = requestPriceUsd(api, shape, mix, { lengths, date });
  if (usd === null) throw new UserError('unknown_api_price', `The price list has no price of ${name} for ${date}.`);
  return usd;
}

/** List rates by class, scaled together so that Σ class × tokens is the bill: contract factors, fees, tiers and hours in one. */
function listedClasses(offer: Offer, total: number, tokens: TokensPerHour, date: string): TokenPrices | null {
  const rates = meanRates(offer, date);
  const output = tokens.outputVisible + tokens.outputReasoning;
  const all = tokens.inputUncached + tokens.cacheRead + tokens.cacheWrite + output;
  if (rates === null || all === 0) return null;
  const priced =
    (tokens.inputUncached * rates.input +
      tokens.cacheRead * rates.cacheRead +
      tokens.cacheWrite * rates.cacheWrite +
      output * rates.output) /
    1e6;
  const factor = priced > 0 ? total / priced : 0;
  const of = (count: number, rate: number) => (count > 0 ? rate * factor : null);
  const usdPerMillion: UsdPerMillion = {
    ...noPrices,
    inputUncached: of(tokens.inputUncached, rates.input),
    cacheRead: of(tokens.cacheRead, rates.cacheRead),
    cacheWrite: of(tokens.cacheWrite, rates.cacheWrite),
    outputVisible: of(tokens.outputVisible, rates.output),
    outputReasoning: of(tokens.outputReasoning, rates.output),
    blended: (total * 1e6) / all,
    outputOnly: output > 0 ? (total * 1e6) / output : null,
  };
  const pricedUsdPerHour = priced * factor;
  const relativeError = total > 0 ? Math.abs(pricedUsdPerHour - total) / total : 0;
  return {
    usdPerMillion,
    attribution: 'list',
    coefficients: { inputUsdPerMillion: rates.input, outputUsdPerMillion: rates.output, factor },
    reconciliation: { billedUsdPerHour: total, pricedUsdPerHour, relativeError, holds: relativeError <= 1e-9 },
  };
}

/** List rates of the day, mean over its hours where they differ. A class without its own rate pays the input's. */
function meanRates({ api }: Offer, date: string) {
  const hours = api!.timeOfDay ? 24 : 1;
  const sum = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };
  for (let hour = 0; hour < hours; hour++) {
    const rates = api!.ratesAt(Date.parse(`${date}T00:00:00Z`) + hour * 3_600_000);
    if (rates === null) return null;
    sum.input += rates.input / hours;
    sum.cacheRead += (rates.cacheRead ?? rates.input) / hours;
    sum.cacheWrite += (rates.cacheWrite ?? rates.input) / hours;
    sum.output += rates.output / hours;
  }
  return sum;
}
