import { type Attribution, allocate, attributeByRatio, reconcile } from '../economics/attribution.ts';
import { usd } from '../economics/quantity.ts';
import { attributeBySeconds, fitShapes, type ShapeFit } from '../economics/regression.ts';
import type { Ok, Refused } from '../economics/state.ts';
import { blendedPrices, type TokenFlow } from '../economics/token.ts';
import type { MeasuredCapacity } from './capacity.ts';
import type { Register } from './entry.ts';
import type { OfferCost, TokensPerHour, UsdPerMillion } from './offer-cost.ts';
import { numberOf } from './register.ts';

/** Dollars per million tokens by class from dollars per hour (sections 2.7 and 2.8). */
export interface TokenPrices {
  readonly usdPerMillion: UsdPerMillion;
  readonly attribution: string;
  readonly coefficients: Readonly<Record<string, number>>;
  readonly reconciliation: OfferCost['reconciliation'];
}

export const noPrices: UsdPerMillion = {
  inputUncached: null,
  cacheRead: null,
  cacheWrite: null,
  outputVisible: null,
  outputReasoning: null,
  blended: null,
  outputOnly: null,
};

/** Cache writes are computed like uncached input and count there. */
export const flowOf = (tokens: TokensPerHour): TokenFlow => ({
  uncachedPerHour: tokens.inputUncached + tokens.cacheWrite,
  cachedPerHour: tokens.cacheRead,
  outputPerHour: tokens.outputVisible + tokens.outputReasoning,
});

/**
 * Class prices of an hourly cost on the allocation basis: by regression over measured shapes where there is a fit, else by the
 * price ratio of the register. Σ class × tokens = the bill, checked.
 */
export function pricesOf(
  usdPerHour: number,
  tokens: TokensPerHour,
  register: Register,
  fit: { readonly shapes: ShapeFit; readonly usdPerAcceleratorHour: number } | null,
): TokenPrices | null {
  const flow = flowOf(tokens);
  const cost = usd(usdPerHour, 'deployment', 'hour');
  const blended = blendedPrices(cost, flow);
  if (blended.state !== 'ok') return null;
  const attribution = (fit === null ? null : bySeconds(usdPerHour, flow, fit)) ?? byRatio(usdPerHour, flow, register);
  if (attribution === null) return null;
  const has = (count: number, price: number | null) => (count > 0 ? price : null);
  const { input, cached, output } = attribution;
  return {
    attribution: attribution.method,
    coefficients: attribution.coefficients,
    reconciliation: reconcile(cost, flow, attribution),
    usdPerMillion: {
      inputUncached: has(tokens.inputUncached, input),
      cacheRead: has(tokens.cacheRead, cached),
      cacheWrite: has(tokens.cacheWrite, input),
      outputVisible: has(tokens.outputVisible, output),
      outputReasoning: has(tokens.outputReasoning, output),
      blended: blended.value.blended,
      outputOnly: blended.value.allOnOutput,
    },
  };
}

function bySeconds(
  usdPerHour: number,
  flow: TokenFlow,
  { shapes, usdPerAcceleratorHour }: { readonly shapes: ShapeFit; readonly usdPerAcceleratorHour: number },
): Attribution | null {
  const { input, cached, output } = shapes;
  const seconds = {
    input: input.secondsPerToken,
    cached: cached?.secondsPerToken ?? null,
    output: output.secondsPerToken,
  };
  const usage = attributeBySeconds(seconds, usd(usdPerAcceleratorHour, 'accelerator', 'hour'), flow);
  const allocated = allocate(usd(usdPerHour, 'deployment', 'hour'), flow, usage);
  return allocated.state === 'ok' ? allocated.value.attribution : null;
}

function byRatio(usdPerHour: number, flow: TokenFlow, register: Register): Attribution | null {
  const found = attributeByRatio(
    usd(usdPerHour, 'deployment', 'hour'),
    flow,
    numberOf(register, 'cost.output_input_ratio'),
    numberOf(register, 'cost.cached_input_ratio'),
  );
  return found.state === 'ok' ? found.value : null;
}

/** The fit over the shapes of several runs at one objective on one hardware; null with fewer than two runs. */
export function fitOf(capacities: readonly MeasuredCapacity[]): Ok<ShapeFit> | Refused | null {
  const runs = capacities.filter(
    ({ origin, shape, requestsPerS }) => origin === 'run' && shape !== null && requestsPerS !== null,
  );
  const alike = new Set(runs.map(({ model, hardware, accelerators }) => `${model} ${hardware} ${accelerators}`));
  if (runs.length < 2 || alike.size > 1 || runs.some(({ accelerators }) => accelerators === null)) return null;
  return fitShapes(
    runs.map(({ shape, cachedShare, accelerators, requestsPerS, objectives }) => ({
      uncachedTokens: shape!.inputTokens * (1 - (cachedShare ?? 0)),
      cachedTokens: shape!.inputTokens * (cachedShare ?? 0),
      outputTokens: shape!.outputTokens,
      acceleratorSPerRequest: accelerators! / requestsPerS!,
      objective: objectives.join(', '),
    })),
  );
}
