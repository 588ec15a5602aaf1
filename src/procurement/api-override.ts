import type { Provider } from '@pydantic/genai-prices';
import * as z from 'zod';
import { UserError } from '../error/user-error.ts';
import { type ApiPrice, listedPrice, writtenPrice } from './api-price.ts';
import { readYamlFile } from './yaml-file.ts';

/** Prices of one's own contracts over those of the list: `--prices FILE` (section 9.3). */

const rate = z.number().nonnegative().max(1000, 'is above 1,000 USD per million tokens: is it in USD per token?');
const plausible = rate.refine(
  (value) => value === 0 || value >= 0.001,
  'is below 0.001 USD per million tokens: is it in USD per token?',
);
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date such as 2026-11-24');

export const overridesSchema = z
  .strictObject({
    schema: z.literal('tokbench.api-prices/1').optional(),
    overrides: z.array(
      z.strictObject({
        id: z.string(),
        provider: z.string(),
        model: z.string(),
        usd_M: z.strictObject({
          input: plausible,
          cache_read: plausible.nullable().default(null),
          cache_write: plausible.nullable().default(null),
          cache_write_1h: plausible.nullable().default(null),
          output: plausible,
        }),
        discount_negotiated: z.number().min(0).max(0.95).optional(),
        batch_factor: z.number().gt(0).max(1).optional(),
        regional_uplift: z.number().min(0.5).max(3).optional(),
        service_tier: z.enum(['standard', 'batch', 'flex', 'priority', 'provisioned']).default('standard'),
        valid_from: date.optional(),
        valid_until: date.optional(),
        source: z.strictObject({ title: z.string(), date }),
        confidence: z.enum(['high', 'medium', 'low', 'unverified']).default('medium'),
      }),
    ),
  })
  .describe('Prices of APIs by contract: --prices FILE');

/** A price by contract, and the words it answers to. */
export interface Override {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly price: ApiPrice;
}

/**
 * Reads contracts. One that is not valid on the day is refused: its price is no price.
 *
 * @param dateText the day that prices are asked for, `2026-11-25`
 * @throws UserError `bad_api_prices` with file and line
 */
export function readOverrides(path: string, dateText: string): Override[] {
  const file = readYamlFile(path, overridesSchema, 'bad_api_prices', 'API prices');
  return file.data.overrides.map((one, index): Override => {
    const place = file.placeOf(['overrides', index]);
    const { usd_M: usd } = one;
    if (usd.cache_write_1h !== null && usd.cache_write === null)
      throw new UserError(
        'bad_api_prices',
        `${place}: ${one.id} has a price for caches of one hour and none for caches of five minutes.`,
      );
    if ((one.valid_from ?? '') > dateText || (one.valid_until ?? '9999-12-31') < dateText)
      throw new UserError(
        'bad_api_prices',
        `${place}: ${one.id} is valid from ${one.valid_from ?? 'ever'} until ${one.valid_until ?? 'ever'}, not on ${dateText}.`,
      );
    const prices: Record<string, number> = { input_mtok: usd.input, output_mtok: usd.output };
    if (usd.cache_read !== null) prices['cache_read_mtok'] = usd.cache_read;
    if (usd.cache_write !== null) prices['cache_write_mtok'] = usd.cache_write;
    if (usd.cache_write_1h !== null) prices['cache_write_1h_mtok'] = usd.cache_write_1h;
    const provider: Provider = {
      id: one.provider,
      name: one.provider,
      api_pattern: '.*',
      models: [{ id: one.model, match: { equals: one.model }, prices }],
    };
    const terms = {
      negotiatedDiscount: one.discount_negotiated ?? null,
      batchFactor: one.batch_factor ?? null,
      regionalUplift: one.regional_uplift ?? null,
    };
    const validUntil = one.valid_until ?? null;
    const said = { source: one.source.title, date: one.source.date, confidence: one.confidence, terms, validUntil };
    return { id: one.id, provider: one.provider, model: one.model, price: writtenPrice(provider, said) };
  });
}

/** A contract of the name or of `provider/model`, else the listed price. @throws UserError `unknown_api_price` */
export function apiPrice(name: string, overrides: readonly Override[]): ApiPrice {
  const own = overrides.find(({ id, provider, model }) => id === name || `${provider}/${model}` === name);
  if (own !== undefined) return own.price;
  const at = name.indexOf('/');
  if (at < 1)
    throw new UserError(
      'unknown_api_price',
      `An API is named PROVIDER/MODEL, such as openai/gpt-5, or by the id of a contract; not "${name}".`,
    );
  return listedPrice(name.slice(0, at), name.slice(at + 1));
}
