import { UserError } from '../error/user-error.ts';
import type { AssumptionId } from './assumption.ts';
import type { CaseOffer } from './decide-case.ts';
import { mixOf, productionShape } from './deployment.ts';
import type { Entry, Register } from './entry.ts';
import { requestPriceUsd } from './length-price.ts';
import type { Offer } from './offer.ts';
import { entryIn, resolveRegister } from './register.ts';

/** Prices of a study that follow from lists, and the ranges that prices have where nobody stated one. */

/** What the list price of a mean request comes to, as an entry; nothing for offers without a list. */
export function priceEntries(offer: Offer, date: string): Entry[] {
  if (offer.api === null) return [];
  const { api, name, register } = offer;
  const shape = productionShape(null, register);
  const mix = mixOf(register, null);
  const usd = requestPriceUsd(api, shape, mix, { lengths: offer.lengths, date });
  if (usd === null) throw new UserError('unknown_api_price', `The price list has no price of ${name} for ${date}.`);
  const id: AssumptionId = 'api.usd_per_request';
  const stated = resolveRegister([
    {
      ...{ id, value: usd, layer: 'profile', origin: name, kind: 'list', date: api.date, confidence: api.confidence },
      sourceText: api.source,
      note: `${api.matchedModel}: a mean request of ${Math.round(shape.inputTokens)} input and ${Math.round(shape.outputTokens)} output tokens${offer.lengths === null ? '' : ', over the lengths of the workload'}`,
    },
  ]);
  return [entryIn(stated, id)!];
}

/** List prices by class in USD per million tokens, mean over the hours of the day; null where only a price per request is known. */
export function listPrices({ api }: Offer, date: string): CaseOffer['listUsdPerMillion'] {
  if (api === null) return null;
  const hours = api.timeOfDay ? 24 : 1;
  const rates = Array.from({ length: hours }, (_, hour) =>
    api.ratesAt(Date.parse(`${date}T00:00:00Z`) + hour * 3_600_000),
  ).flatMap((rate) => (rate === null ? [] : [rate]));
  if (rates.length === 0) return null;
  const mean = (of: (rate: (typeof rates)[number]) => number) =>
    rates.reduce((total, rate) => total + of(rate), 0) / rates.length;
  const output = mean((rate) => rate.output);
  return {
    inputUncached: mean((rate) => rate.input),
    cacheRead: mean((rate) => rate.cacheRead ?? rate.input),
    cacheWrite: mean((rate) => rate.cacheWrite ?? rate.input),
    outputVisible: output,
    outputReasoning: output,
  };
}

/** Prices and capacities without a stated range vary by this much either way, as in the tornado of section 6.7. */
const share = 0.3;
const ranged: readonly AssumptionId[] = [
  'owned.server.price_usd',
  'rent.usd_per_accelerator_hour',
  'api.usd_per_request',
  'capacity.requests_per_s_per_replica',
];

/** Entries that get a range of 30 % either way because nobody stated one; a measured capacity keeps its own. */
export function rangedEntries(register: Register): Entry[] {
  return ranged.flatMap((id): Entry[] => {
    const entry = entryIn(register, id);
    if (entry === null || entry.range !== null || typeof entry.value !== 'number' || entry.kind === 'measured')
      return [];
    const note = [entry.note, 'range assumed: 30 % either way'].filter((part) => part !== null).join('; ');
    return [{ ...entry, range: [(1 - share) * entry.value, (1 + share) * entry.value], spread: 'triangular', note }];
  });
}
