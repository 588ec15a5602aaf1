import type { ApiPrice } from './api-price.ts';
import type { AssumptionId } from './assumption.ts';
import type { AssumptionKind, Entry } from './entry.ts';
import type { Offer } from './offer.ts';
import type { OfferKind, PriceFactRow } from './offer-cost.ts';
import { entryIn } from './register.ts';

/** What a vendor asks: how much, whether it is a list price or a quote, of which day, and how long it may be relied on. */
export interface Quote {
  /** Of a server or an accelerator-hour; null for an API, which has a price by class. */
  readonly usd: number | null;
  readonly unit: string;
  readonly kind: AssumptionKind;
  readonly date: string;
  readonly validUntil: string;
}

/** Dated prices that an offer stands on, and how old they are. */

const priceIds: Readonly<Record<OfferKind, readonly AssumptionId[]>> = {
  own: ['owned.server.price_usd', 'owned.server.install_usd'],
  rent: ['rent.usd_per_accelerator_hour'],
  commit: ['rent.usd_per_accelerator_hour'],
  spot: ['rent.usd_per_accelerator_hour', 'rent.spot_usd_per_accelerator_hour'],
  api: ['api.usd_per_request'],
};

/** The dated prices that an offer stands on. A value typed on the command line is of the day. */
export function pricesBehind(offer: Offer, date: string): PriceFactRow[] {
  const rows = priceIds[offer.kind].flatMap((id): PriceFactRow[] => {
    const entry = entryIn(offer.register, id);
    if (entry === null || entry.source === 'default' || (id === 'api.usd_per_request' && offer.api !== null)) return [];
    return [rowOf(entry, date)];
  });
  const { api } = offer;
  if (api === null) return rows;
  const { source, confidence } = api;
  return [
    {
      ...{ id: offer.name, value: null, unit: 'USD/Mtok', source, date: api.date, confidence },
      ageDays: api.date === null ? null : daysBetween(api.date, date),
      limitDays: limitOf(api),
      kind: api.terms === null ? 'list' : 'quoted',
    },
  ];
}

/** A list is asked anew every month; a contract holds until it ends, and for a year where it names no end. */
function limitOf({ terms, date, validUntil }: ApiPrice): number {
  if (terms === null || date === null) return 30;
  return validUntil === null ? 365 : daysBetween(date, validUntil);
}

function rowOf(entry: Entry, date: string): PriceFactRow {
  const { id, value, unit, sourceText: source, confidence, kind } = entry;
  const ageDays = entry.source === 'flag' ? 0 : entry.date === null ? null : daysBetween(entry.date, date);
  return {
    ...{ id, unit, source, confidence, kind, ageDays, date: entry.source === 'flag' ? date : entry.date },
    value: typeof value === 'number' ? value : null,
    limitDays: entry.expiresAfterDays ?? 180,
  };
}

/** What an offer asks, and the day until which all its prices may rank; null where one has no date. */
export function quoteOf(prices: readonly PriceFactRow[]): Quote | null {
  const [asked] = prices;
  if (asked === undefined || prices.some(({ date }) => date === null)) return null;
  const ends = prices.map(({ date, limitDays }) => dayAfter(date!, limitDays)).sort();
  const { value: usd, unit, kind, date } = asked;
  return { usd, unit, kind, date: date!, validUntil: ends[0]! };
}

const dayAfter = (date: string, days: number): string =>
  new Date(Date.parse(`${date.length === 7 ? `${date}-01` : date}T00:00:00Z`) + days * 86_400_000)
    .toISOString()
    .slice(0, 10);

/** Whole days from a date to another; a month without a day counts from its first. */
export function daysBetween(from: string, to: string): number {
  const at = (text: string) => Date.parse(`${text.length === 7 ? `${text}-01` : text}T00:00:00Z`);
  return Math.max(0, Math.round((at(to) - at(from)) / 86_400_000));
}
