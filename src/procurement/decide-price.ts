import { attributeByRatio } from '../economics/attribution.ts';
import { hoursPerMonth, usd } from '../economics/quantity.ts';
import { blendedPrices, type TokenFlow } from '../economics/token.ts';
import type { CaseOffer } from './decide-case.ts';
import { need, type Values } from './decide-values.ts';
import { tokensByClass } from './deployment.ts';
import type { TokensPerHour, UsdPerMillion } from './offer-cost.ts';

/** Delivered tokens of a mean hour by class; null without lengths of requests. */
export function tokensOf(values: Values): TokensPerHour | null {
  const [input, output] = [values['demand.input_tokens'], values['demand.output_tokens']];
  if (input === undefined || output === undefined) return null;
  const perHour = need(values, 'demand.requests_per_month') / hoursPerMonth;
  return tokensByClass(perHour * input, perHour * output, {
    cachedShare: values['demand.cached_share'] ?? 0,
    cacheWriteShare: values['demand.cache_write_share'] ?? 0,
    reasoningShare: output > 0 ? (values['demand.reasoning_tokens'] ?? 0) / output : 0,
  });
}

const nothing: UsdPerMillion = {
  inputUncached: null,
  cacheRead: null,
  cacheWrite: null,
  outputVisible: null,
  outputReasoning: null,
  blended: null,
  outputOnly: null,
};

/**
 * USD per million tokens by class on the allocation basis (2.7, 2.8): a cost per year over all tokens delivered, split by the
 * price ratio of the register. An API has its list prices by class, times what its contract makes of them.
 */
export function pricesOf(usdPerYear: number | null, values: Values, offer: CaseOffer | null): UsdPerMillion {
  const tokens = tokensOf(values);
  if (usdPerYear === null || tokens === null) return nothing;
  const cost = usd(usdPerYear / 8760, 'deployment', 'hour');
  const flow: TokenFlow = {
    uncachedPerHour: tokens.inputUncached + tokens.cacheWrite,
    cachedPerHour: tokens.cacheRead,
    outputPerHour: tokens.outputVisible + tokens.outputReasoning,
  };
  const blended = blendedPrices(cost, flow);
  if (blended.state !== 'ok') return nothing;
  const whole = { blended: blended.value.blended, outputOnly: blended.value.allOnOutput };
  const list = offer?.listUsdPerMillion ?? null;
  if (list !== null) return { ...listed(list, tokens, usdPerYear / 8760), ...whole };
  const split = attributeByRatio(
    cost,
    flow,
    need(values, 'cost.output_input_ratio'),
    need(values, 'cost.cached_input_ratio'),
  );
  if (split.state !== 'ok') return { ...nothing, ...whole };
  const { input, cached, output } = split.value;
  return {
    inputUncached: tokens.inputUncached > 0 ? input : null,
    cacheRead: cached,
    cacheWrite: tokens.cacheWrite > 0 ? input : null,
    outputVisible: tokens.outputVisible > 0 ? output : null,
    outputReasoning: tokens.outputReasoning > 0 ? output : null,
    ...whole,
  };
}

/** List prices scaled so that they sum to what is really paid: contract, retries, tiers, fees and people included (INV-1). */
function listed(
  list: NonNullable<CaseOffer['listUsdPerMillion']>,
  tokens: TokensPerHour,
  usdPerHour: number,
): Omit<UsdPerMillion, 'blended' | 'outputOnly'> {
  const classes = Object.keys(tokens) as (keyof TokensPerHour)[];
  const atList = classes.reduce((total, name) => total + ((list[name] ?? 0) * tokens[name]) / 1e6, 0);
  const factor = atList > 0 ? usdPerHour / atList : 0;
  const priced = (name: keyof TokensPerHour) => (tokens[name] > 0 && list[name] !== null ? list[name] * factor : null);
  return {
    inputUncached: priced('inputUncached'),
    cacheRead: priced('cacheRead'),
    cacheWrite: priced('cacheWrite'),
    outputVisible: priced('outputVisible'),
    outputReasoning: priced('outputReasoning'),
  };
}
