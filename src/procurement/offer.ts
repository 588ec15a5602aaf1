import { closest } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import type { Distribution } from '../random/distribution.ts';
import { apiPrice, type Override, readOverrides } from './api-override.ts';
import type { ApiPrice } from './api-price.ts';
import type { Register, Statement } from './entry.ts';
import { type OfferKind, offerKinds } from './offer-cost.ts';
import { ownedFacts, type PricedOffer, rentedFacts } from './offer-fact.ts';
import { resolveRegister } from './register.ts';

/** Something to buy: its kind, and the assumptions that hold for it. */
export interface Offer {
  /** `own`, `own:h100-sxm`, `rent:lambda/h100-sxm`, `api:openai/gpt-5`. */
  readonly name: string;
  readonly kind: OfferKind;
  readonly register: Register;
  /** The price of an API by request; null where `api.usd_per_request` states it, and for other kinds. */
  readonly api: ApiPrice | null;
  /** The accelerator, where a profile names it. */
  readonly hardware: string | null;
  /** Input lengths of the requests, where the price of an API depends on them; null where nobody knows them. */
  readonly lengths: Distribution | null;
  readonly notes: readonly string[];
}

/** What holds for every offer of a command. */
export interface OfferContext {
  /** Runs, demand, study and flags; the facts of an offer come between them by their layer. */
  readonly statements: readonly Statement[];
  readonly overrides: readonly Override[];
  /** The day that prices are asked for, `2026-11-25`. */
  readonly date: string;
  /** Input lengths of the demand's requests; asked for only where a price depends on them. */
  readonly lengths?: () => Distribution | null;
}

/**
 * `--offer KIND[:NAME|FILE]` as offers. Without a name the assumptions describe it; a name of an accelerator that several
 * providers rent gives an offer a provider.
 *
 * @throws UserError `bad_offer`, `unknown_profile`, `unknown_api_price`, and those of the register
 */
export function offersOf(texts: readonly string[], context: OfferContext): Offer[] {
  const offers = texts.flatMap((text) => offersFrom(text, context));
  const twice = offers.find(({ name }, index) => offers.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw new UserError('bad_offer', `The offer ${twice.name} is given twice.`);
  return offers;
}

function offersFrom(text: string, context: OfferContext): Offer[] {
  const at = text.indexOf(':');
  const [word, name] = at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (!(offerKinds as readonly string[]).includes(word))
    throw new UserError(
      'bad_offer',
      `--offer ${text}: "${word}" is not a kind of offer; did you mean "${closest(word, [...offerKinds])}"? The kinds are ${offerKinds.join(', ')}.`,
    );
  const kind = word as OfferKind;
  if (at >= 0 && name === '') throw new UserError('bad_offer', `--offer ${text}: the name after the colon is missing.`);
  const offer = (facts: PricedOffer): Offer => ({
    name: facts.name === '' ? kind : `${kind}:${facts.name}`,
    kind,
    register: resolveRegister([...context.statements, ...facts.statements]),
    api: null,
    hardware: facts.hardware,
    lengths: null,
    notes: facts.notes,
  });
  if (name === '') return [offer({ name: '', statements: [], hardware: null, notes: [] })];
  if (kind === 'api') return [apiOffer(name, context)];
  return (kind === 'own' ? [ownedFacts(name)] : rentedFacts(kind, name, context.date)).map(offer);
}

function apiOffer(name: string, context: OfferContext): Offer {
  const own = /\.ya?ml$/i.test(name) ? readOverrides(name, context.date) : null;
  if (own !== null && own.length !== 1)
    throw new UserError(
      'bad_offer',
      `${name} has ${own.length} prices; name one with --prices ${name} --offer api:ID.`,
    );
  const price = own === null ? apiPrice(name, context.overrides) : own[0]!.price;
  const { terms } = price;
  const stated = (id: string, value: number | null): Statement[] =>
    value === null
      ? []
      : [{ id, value, layer: 'profile', origin: price.source, sourceText: price.source, date: price.date }];
  const statements = [
    ...stated('api.negotiated_discount', terms?.negotiatedDiscount ?? null),
    ...stated('api.batch_factor', terms?.batchFactor ?? null),
    ...stated('api.regional_uplift', terms?.regionalUplift ?? null),
  ];
  const notes: string[] = [];
  if (price.matchedModel !== price.requestedModel)
    notes.push(
      `The price list has no "${price.requestedModel}" of its own: the price is that of "${price.matchedModel}".`,
    );
  return {
    name: `api:${name}`,
    kind: 'api',
    register: resolveRegister([...context.statements, ...statements]),
    api: price,
    hardware: null,
    lengths: price.tiered ? (context.lengths?.() ?? null) : null,
    notes,
  };
}
