import type { RequestUsage } from '../economics/api.ts';
import { type Distribution, parseDistribution } from '../random/distribution.ts';
import { readWorkloadProfile } from '../workload/profile.ts';
import type { ApiPrice } from './api-price.ts';
import { dayPriceUsd } from './api-price.ts';
import type { RequestShape } from './capacity.ts';
import type { Mix } from './deployment.ts';
import type { DemandProfileFile } from './profile.ts';

/** Input lengths of the requests of a demand, where it names a workload that ships or a file; read when a price depends on them. */
export const inputLengths = (demand: DemandProfileFile | null): (() => Distribution | null) =>
  demand === null ? () => null : () => parseDistribution(readWorkloadProfile(demand.workload).inputTokens);

/** Usage of a request of mean size. */
export const usageOf = (shape: RequestShape, mix: Mix): RequestUsage => ({
  inputTokens: shape.inputTokens,
  cacheReadTokens: shape.inputTokens * mix.cachedShare,
  cacheWriteTokens: shape.inputTokens * mix.cacheWriteShare,
  cacheWriteHourTokens: 0,
  outputTokens: shape.outputTokens,
});

/** Enough for a tail of one request in two hundred to count. */
const parts = 400;

/**
 * List price of a request of production, mean over the hours of the day (section 2.6). Where the price has tiers, the mean request
 * hides those beyond them: its price is taken times E[price(length)] / price(E[length]) over the lengths of the workload.
 *
 * @param lengths null where nobody knows them: the price is that of the mean request
 * @returns null where the list has no price on that day
 */
export function requestPriceUsd(
  api: ApiPrice,
  shape: RequestShape,
  mix: Mix,
  { lengths, date }: { readonly lengths: Distribution | null; readonly date: string },
): number | null {
  const day = Date.parse(`${date}T00:00:00Z`);
  const priceAt = (inputTokens: number) => dayPriceUsd(api, usageOf({ ...shape, inputTokens }, mix), day);
  const atMean = priceAt(shape.inputTokens);
  if (atMean === null || lengths === null || !api.tiered) return atMean;
  const sample = Array.from({ length: parts }, (_, i) => lengths.quantile((i + 0.5) / parts));
  const mean = sample.reduce((total, length) => total + length, 0) / parts;
  const prices = sample.map(priceAt);
  const ofMean = priceAt(mean);
  if (ofMean === null || ofMean === 0 || prices.some((price) => price === null)) return atMean;
  return (atMean * prices.reduce<number>((total, price) => total + price!, 0)) / parts / ofMean;
}
