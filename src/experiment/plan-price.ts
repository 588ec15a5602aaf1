import { UserError } from '../error/user-error.ts';
import type { SpentTokens } from '../load/budget.ts';
import { type ApiPrice, listedPrice } from '../procurement/api-price.ts';
import type { Plan } from './plan.ts';
import type { PlanOutline } from './plan-describe.ts';
import { type OwnPrice, parsePrice } from './spending.ts';

/** What a request costs at the target of a plan. */
export interface PlanPrice {
  /** What it is, for people: `openai/gpt-5, @pydantic/genai-prices 0.1.8 of 2026-11-23`. */
  readonly text: string;
  usdOf(usage: SpentTokens): number;
}

const advice = 'give it with --price input=0.15,output=0.6 (USD per million tokens) or --price PROVIDER/MODEL';

/**
 * The price at a plan's target: as the plan says, else as the price list says for its preset; null where neither knows.
 *
 * @param model as the server calls it; null while it is not known
 * @param atUnixMs the time that prices are asked for
 * @throws UserError `unknown_price` for a price that is named and not in the list
 */
export function planPrice(plan: Plan, model: string | null, atUnixMs: number): PlanPrice | null {
  const named = plan.spending?.price ?? null;
  if (named !== null) {
    const own = parsePrice(named);
    if (own !== null) return ownPrice(own);
    const at = named.indexOf('/');
    return fromList(listed(named.slice(0, at), named.slice(at + 1)), atUnixMs);
  }
  const provider = plan.target.quirks?.priceProvider ?? null;
  if (provider === null || model === null) return null;
  try {
    return fromList(listedPrice(provider, model), atUnixMs);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** The same where a price must be known. Throws UserError `unknown_price`. */
export function requiredPrice(plan: Plan, model: string | null, atUnixMs: number): PlanPrice {
  const price = planPrice(plan, model, atUnixMs);
  if (price !== null) return price;
  const what = model === null ? 'this target' : `"${model}" at ${plan.target.preset ?? 'this target'}`;
  throw new UserError('unknown_price', `A budget in USD needs a price, and none is known of ${what}: ${advice}.`);
}

function listed(provider: string, model: string): ApiPrice {
  try {
    return listedPrice(provider, model);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      'unknown_price',
      `${error.message.split(/; (?:did|give|prices)/i)[0]!.replace(/\.$/, '')}: ${advice}.`,
    );
  }
}

function fromList(price: ApiPrice, atUnixMs: number): PlanPrice | null {
  const usdOf = ({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: SpentTokens) =>
    price.priceUsd({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, cacheWriteHourTokens: 0 }, atUnixMs);
  const probe = usdOf({ inputTokens: 1000, outputTokens: 1000, cacheReadTokens: 0, cacheWriteTokens: 0 });
  if (probe === null) return null;
  const { provider, matchedModel, source, date } = price;
  return {
    text: `${provider}/${matchedModel}, ${source}${date === null ? '' : ` of ${date}`}`,
    usdOf: (usage) => usdOf(usage) ?? 0,
  };
}

function ownPrice({ input, output, cacheRead, cacheWrite }: OwnPrice): PlanPrice {
  return {
    text: `${input} USD per million input tokens, ${output} per million output tokens, as given`,
    usdOf({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }) {
      const plain = inputTokens - cacheReadTokens - cacheWriteTokens;
      const cached = cacheReadTokens * (cacheRead ?? input) + cacheWriteTokens * (cacheWrite ?? input);
      return (plain * input + cached + outputTokens * output) / 1e6;
    },
  };
}

/** What `check` says of money: the expected price, and the bounds that the plan sets. */
export interface PriceOutline {
  /** Which price; null where none is known, or the model is left to the server. */
  readonly price: string | null;
  readonly usdPerRequest: number | null;
  /** Expected of the whole plan, without warm-up; null where that depends on the server. */
  readonly usd: number | null;
  /** Where the number of requests has a bound. */
  readonly usdAtMost: number | null;
  readonly budgetUsd: number | null;
  readonly maxTokens: number | null;
}

/**
 * Prices an outlined plan at its mean request.
 *
 * @throws UserError `unknown_price` where a budget needs a price and the named model has none
 */
export function describePrice(
  plan: Plan,
  { lengths, total }: Pick<PlanOutline, 'lengths' | 'total'>,
  atUnixMs: number = Date.now(),
): PriceOutline | null {
  const { budgetUsd = null, maxTokens = null } = plan.spending ?? {};
  const { model } = plan.target;
  const must = budgetUsd !== null && (model !== null || plan.target.quirks?.priceProvider == null);
  const price = must ? requiredPrice(plan, model, atUnixMs) : planPrice(plan, model, atUnixMs);
  const paid = plan.spending !== undefined || plan.target.quirks?.priceProvider != null;
  if (price === null && !paid) return null;
  const { meanInputTokens, meanOutputTokens } = lengths;
  const known = price !== null && meanInputTokens !== null && meanOutputTokens !== null;
  const mean = { inputTokens: meanInputTokens ?? 0, outputTokens: meanOutputTokens ?? 0 };
  const usdPerRequest = known ? price.usdOf({ ...mean, cacheReadTokens: 0, cacheWriteTokens: 0 }) : null;
  return {
    price: price?.text ?? null,
    usdPerRequest,
    usd: times(usdPerRequest, total.requests),
    usdAtMost: times(usdPerRequest, total.requestsAtMost),
    budgetUsd,
    maxTokens,
  };
}

const times = (usd: number | null, requests: number | null) =>
  usd === null || requests === null ? null : usd * requests;
