import { apiCacheSaving, type CacheSaving, selfCacheSaving } from '../economics/cache.ts';
import { usd } from '../economics/quantity.ts';
import type { ShapeFit } from '../economics/regression.ts';
import type { RequestShape } from './capacity.ts';
import type { Mix } from './deployment.ts';
import type { Offer } from './offer.ts';
import type { OfferCost } from './offer-cost.ts';

/** What the cached part of the input saves of a request (section 2.13), each side by its own price: no rule of thumb holds for both. */

/** At list prices; null without cached input, or where it has no price of its own. */
export function apiCaching({ api }: Offer, shape: RequestShape, mix: Mix, date: string): OfferCost['caching'] {
  const rates = api?.ratesAt(Date.parse(`${date}T00:00:00Z`)) ?? null;
  if (rates === null || !(mix.cachedShare > 0)) return null;
  return shown(apiCacheSaving(rates, shapeOf(shape, mix)));
}

/** By the accelerator-seconds that a regression over measured shapes gives; null without cached input or without such a fit. */
export function selfCaching(
  fit: ShapeFit | null,
  usdPerAcceleratorHour: number | null,
  shape: RequestShape | null,
  mix: Mix,
): OfferCost['caching'] {
  if (fit === null || fit.cached === null || usdPerAcceleratorHour === null || shape === null || !(mix.cachedShare > 0))
    return null;
  const seconds = {
    input: fit.input.secondsPerToken,
    cached: fit.cached.secondsPerToken,
    output: fit.output.secondsPerToken,
  };
  return shown(selfCacheSaving(seconds, usd(usdPerAcceleratorHour, 'accelerator', 'hour'), shapeOf(shape, mix)));
}

const shapeOf = ({ inputTokens, outputTokens }: RequestShape, { cachedShare, cacheWriteShare }: Mix) => ({
  inputTokens,
  outputTokens,
  hitRate: cachedShare,
  writtenTokens: Math.min(cacheWriteShare, 1 - cachedShare) * inputTokens,
});

const shown = (saving: CacheSaving | null): OfferCost['caching'] =>
  saving === null || saving.savingShare === null
    ? null
    : { coldUsdPerRequest: saving.cold, warmUsdPerRequest: saving.warm, savingShare: saving.savingShare };
