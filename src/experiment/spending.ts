import * as z from 'zod';
import { UserError } from '../error/user-error.ts';
import { count, parsed, text } from './suite-clause.ts';

/** What a run may cost, and what it does at the limits of an account; as it stands in a plan. */
export interface Spending {
  readonly budgetUsd: number | null;
  /** Input and output tokens of the whole run, warm-up included. */
  readonly maxTokens: number | null;
  /** `PROVIDER/MODEL` of the price list, or `input=0.15,output=0.6`; null = by the preset. */
  readonly price: string | null;
  /** Further attempts of a request that failed for a while only. */
  readonly retries: number;
  /** Keep below the rate limits that replies state. */
  readonly respectLimits: boolean;
}

/** Prices of one's own, USD per million tokens; a cached or written token costs as an input token where nothing is said. */
export interface OwnPrice {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number | null;
  readonly cacheWrite: number | null;
}

const budgetExample = 'must be an amount such as 5usd or 0.50usd';

/** `5usd`, `$0.50`. Throws UserError `bad_budget`. */
export function parseBudget(value: string): number {
  const match = /^\s*(?:\$\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*usd)\s*$/i.exec(value);
  const usd = Number(match?.[1] ?? match?.[2] ?? Number.NaN);
  if (usd > 0 && usd <= 1e9) return usd;
  throw new UserError('bad_budget', `The budget "${value}" ${budgetExample}.`);
}

/** Prices written out, or null for `PROVIDER/MODEL`. Throws UserError `bad_price`. */
export function parsePrice(value: string): OwnPrice | null {
  const refuse = (): never => {
    throw new UserError(
      'bad_price',
      `The price "${value}" must be written as input=0.15,output=0.6 (USD per million tokens; also cacheRead=, cacheWrite=), or as PROVIDER/MODEL of the price list, such as openai/gpt-5.`,
    );
  };
  if (!value.includes('=')) return /^[^/\s]+\/\S+$/.test(value.trim()) ? null : refuse();
  const rates: Record<string, number> = {};
  for (const part of value.split(',')) {
    const match = /^\s*(input|output|cacheRead|cacheWrite)\s*=\s*(\d+(?:\.\d+)?)\s*$/.exec(part);
    if (match === null || rates[match[1]!] !== undefined) return refuse();
    rates[match[1]!] = Number(match[2]);
  }
  const { input, output, cacheRead = null, cacheWrite = null } = rates;
  if (input === undefined || output === undefined) return refuse();
  return { input, output, cacheRead, cacheWrite };
}

/** Keys of a suite. */
export const spendingKeys = {
  budget: parsed(text('an amount such as 5usd'), parseBudget)
    .optional()
    .describe('The run stops before it costs more: 5usd; the price is by the preset, or by price'),
  maxTokensTotal: count('a number of tokens', 1e15)
    .optional()
    .describe('The run stops before it uses more input and output tokens'),
  price: parsed(text('a price such as input=0.15,output=0.6'), parsePrice)
    .optional()
    .describe('Of the target: input=0.15,output=0.6 in USD per million tokens, or PROVIDER/MODEL of the price list'),
  retries: count('a whole number of attempts', 100, 0)
    .optional()
    .describe(
      'Further attempts of a request that was refused for a while only; latencies then count from its due time',
    ),
  respectLimits: z
    .boolean({ error: 'must be true or false' })
    .optional()
    .describe('Keep below the rate limits that replies state'),
};

export interface SpendingKeys {
  readonly budget?: string | undefined;
  readonly maxTokensTotal?: number | undefined;
  readonly price?: string | undefined;
  readonly retries?: number | undefined;
  readonly respectLimits?: boolean | undefined;
  readonly threads?: number | 'auto' | undefined;
}

/**
 * What the keys say; absent where they say nothing, so that plans of before keep their hash. Limits of an account hold
 * for all threads together, so that one drives the load.
 *
 * @throws UserError `bad_plan` for several threads
 */
export function spendingOf(keys: SpendingKeys): { readonly spending?: Spending; readonly threads?: 1 } {
  const { budget, maxTokensTotal, price, retries = 0, respectLimits = false, threads = 'auto' } = keys;
  const holds = budget !== undefined || maxTokensTotal !== undefined || retries > 0 || respectLimits;
  if (!holds && price === undefined) return {};
  if (holds && threads !== 'auto' && threads !== 1)
    throw new UserError(
      'bad_plan',
      `${threads} threads cannot keep one budget or one limit together: leave threads out, or budget, maxTokensTotal, retries and respectLimits.`,
    );
  return {
    spending: {
      budgetUsd: budget === undefined ? null : parseBudget(budget),
      maxTokens: maxTokensTotal ?? null,
      price: price?.trim() ?? null,
      retries,
      respectLimits,
    },
    ...(holds ? { threads: 1 } : {}),
  };
}
