import { type Usd, type UsdPerMillion, usdPerMillion } from './quantity.ts';
import { requireNonNegative, requirePositive, requireShare } from './range.ts';
import { type Infeasible, infeasible, type Ok, ok, type Refused, refused } from './state.ts';
import {
  blendedPrices,
  type ClassPrices,
  type CostBasis,
  checkFlow,
  type HourlyCost,
  nothingDelivered,
  type TokenFlow,
} from './token.ts';

/** Attribution of the cost to token classes (section 2.8). */

export type AttributionMethod = 'blended' | 'price-ratio' | 'regression' | 'phase-time' | 'disaggregated';

/** A price never travels without its method, coefficients and basis. */
export interface Attribution extends ClassPrices {
  readonly method: AttributionMethod;
  readonly basis: CostBasis;
  readonly coefficients: Readonly<Record<string, number>>;
}

/** A price of a class that has tokens, else null. */
function priced<C extends 'input' | 'cached' | 'output'>(
  value: number,
  tokens: number,
  name: C,
): UsdPerMillion<C> | null {
  return tokens > 0 ? usdPerMillion(value, name) : null;
}

function classPrices(flow: TokenFlow, input: number, cached: number, output: number): ClassPrices {
  return {
    input: priced(input, flow.uncachedPerHour, 'input'),
    cached: priced(cached, flow.cachedPerHour, 'cached'),
    output: priced(output, flow.outputPerHour, 'output'),
  };
}

/** The blended price as an attribution: the same price for each class. */
export function attributeBlended(cost: HourlyCost, flow: TokenFlow): Ok<Attribution> | Refused {
  const prices = blendedPrices(cost, flow);
  if (prices.state === 'refused') return prices;
  const each = prices.value.blended;
  return ok({ method: 'blended', basis: 'allocation', coefficients: {}, ...classPrices(flow, each, each, each) });
}

/**
 * Price ratio (2.8, ATTR-1): c_out = C_h·1e6/(in_h/ratio + out_h), c_in = c_out/ratio. `ratio` is output price over input
 * price; `cachedRatio` cached price over input price, 1 where cached input is priced as any other.
 */
export function attributeByRatio(
  cost: HourlyCost,
  flow: TokenFlow,
  ratio: number,
  cachedRatio = 1,
): Ok<Attribution> | Refused {
  checkFlow(flow);
  requirePositive(ratio, 'price ratio of output to input');
  requireShare(cachedRatio, 'price ratio of cached to uncached input');
  const weighed = (flow.uncachedPerHour + flow.cachedPerHour * cachedRatio) / ratio + flow.outputPerHour;
  if (weighed === 0) return nothingDelivered();
  const output = (requireNonNegative(cost, 'cost per hour') * 1e6) / weighed;
  return ok({
    method: 'price-ratio',
    basis: 'allocation',
    coefficients: { ratio, cachedRatio },
    ...classPrices(flow, output / ratio, (output / ratio) * cachedRatio, output),
  });
}

/** share_in = prefill/(prefill + decode), in request seconds of the same window. */
export function phaseShare(prefillS: number, decodeS: number): number {
  const total = requireNonNegative(prefillS, 'prefill seconds') + requireNonNegative(decodeS, 'decode seconds');
  return requireNonNegative(prefillS, 'prefill seconds') / requirePositive(total, 'prefill and decode seconds');
}

/**
 * Phase time (2.8, ATTR-5): the share of prefill seconds goes to uncached input, the rest to output; cached input is free
 * of charge ("effective input tokens", ATTR-9). Sums of seconds of requests, not sums of per-request means: with vLLM
 * `request_prefill_time_seconds_sum` and `request_decode_time_seconds_sum`. Refused where a phase has seconds but no tokens.
 */
export function attributeByPhase(
  cost: HourlyCost,
  flow: TokenFlow,
  prefillS: number,
  decodeS: number,
): Ok<Attribution> | Refused {
  checkFlow(flow);
  if (prefillS + decodeS === 0) return refused(['missing-input'], { missing: 'prefill and decode seconds' });
  const shareInput = phaseShare(prefillS, decodeS);
  if (shareInput > 0 && flow.uncachedPerHour === 0)
    return refused(['missing-input'], { missing: 'uncached input tokens' });
  if (shareInput < 1 && flow.outputPerHour === 0) return refused(['missing-input'], { missing: 'output tokens' });
  const million = requireNonNegative(cost, 'cost per hour') * 1e6;
  return ok({
    method: 'phase-time',
    basis: 'allocation',
    coefficients: { shareInput },
    ...classPrices(
      flow,
      (million * shareInput) / flow.uncachedPerHour,
      0,
      (million * (1 - shareInput)) / flow.outputPerHour,
    ),
  });
}

/**
 * Disaggregated serving (2.8, ATTR-6), exact: c_in = C_gpuh·N_prefill·1e6/in_h, c_out = C_gpuh·N_decode·1e6/out_h.
 * Pools in accelerators; cached input passes the prefill pool without cost.
 */
export function attributeByPool(
  acceleratorHour: Usd<'accelerator', 'hour'>,
  flow: TokenFlow,
  prefillAccelerators: number,
  decodeAccelerators: number,
): Ok<Attribution> | Refused {
  checkFlow(flow);
  requireNonNegative(prefillAccelerators, 'prefill accelerators');
  requireNonNegative(decodeAccelerators, 'decode accelerators');
  if (prefillAccelerators > 0 && flow.uncachedPerHour === 0)
    return refused(['missing-input'], { missing: 'uncached input tokens' });
  if (decodeAccelerators > 0 && flow.outputPerHour === 0)
    return refused(['missing-input'], { missing: 'output tokens' });
  const million = requireNonNegative(acceleratorHour, 'price of an accelerator hour') * 1e6;
  return ok({
    method: 'disaggregated',
    basis: 'allocation',
    coefficients: { prefillAccelerators, decodeAccelerators },
    ...classPrices(
      flow,
      (million * prefillAccelerators) / flow.uncachedPerHour,
      0,
      (million * decodeAccelerators) / flow.outputPerHour,
    ),
  });
}

export interface Reconciliation {
  /** C_h, and Σ class price × delivered tokens, both USD per hour. */
  readonly billedUsdPerHour: number;
  readonly pricedUsdPerHour: number;
  readonly relativeError: number;
  /** INV-1: within 1e-9 relative. */
  readonly holds: boolean;
}

/** The invariant of section 2.8: c_in·in_h + c_cached·cached_h + c_out·out_h = C_h·1e6 (INV-1). */
export function reconcile(cost: HourlyCost, flow: TokenFlow, prices: ClassPrices): Reconciliation {
  const pricedUsdPerHour = pricedPerHour(flow, prices);
  const relativeError =
    cost > 0 ? Math.abs(pricedUsdPerHour - cost) / cost : pricedUsdPerHour === 0 ? 0 : Number.MAX_VALUE;
  return { billedUsdPerHour: cost, pricedUsdPerHour, relativeError, holds: relativeError <= 1e-9 };
}

/** Σ class price × tokens, USD per hour. */
export function pricedPerHour(flow: TokenFlow, prices: ClassPrices): number {
  return (
    ((prices.input ?? 0) * flow.uncachedPerHour +
      (prices.cached ?? 0) * flow.cachedPerHour +
      (prices.output ?? 0) * flow.outputPerHour) /
    1e6
  );
}

/**
 * Usage prices scaled to the bill (2.8, ATTR-8): kappa = C_h·1e6/Σ(usage price · tokens); with an exact fit kappa = 1/U.
 * Infeasible when the usage alone exceeds the bill (U > 1, INV-5).
 */
export function allocate(
  cost: HourlyCost,
  flow: TokenFlow,
  usage: Attribution,
):
  | Ok<{ readonly attribution: Attribution; readonly kappa: number; readonly utilization: number }>
  | Refused
  | Infeasible {
  const used = pricedPerHour(flow, usage);
  if (used === 0) return nothingDelivered();
  const kappa = requirePositive(cost, 'cost per hour') / used;
  if (kappa < 1 - 1e-9) return infeasible(['above-capacity-at-slo'], { utilization: 1 / kappa });
  const scaled = classPrices(
    flow,
    (usage.input ?? 0) * kappa,
    (usage.cached ?? 0) * kappa,
    (usage.output ?? 0) * kappa,
  );
  const coefficients = { ...usage.coefficients, kappa };
  return ok({
    attribution: { ...usage, ...scaled, basis: 'allocation', coefficients },
    kappa,
    utilization: Math.min(1, 1 / kappa),
  });
}
