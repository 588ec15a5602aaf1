import { type Usd, type UsdPerMillion, usdPerMillion } from './quantity.ts';
import { outOfRange, requireNonNegative, requirePositive, requireShare } from './range.ts';
import { type Infeasible, infeasible, type Ok, ok, type Refused, refused } from './state.ts';

/** Dollars per million tokens and their attribution to token classes (sections 2.7 and 2.8). */

/**
 * Delivered tokens of successful requests, per hour. `uncached` and `cached` together are the input; cache writes are
 * computed like uncached input and count there. `output` is billed output: visible and reasoning.
 */
export interface TokenFlow {
  readonly uncachedPerHour: number;
  readonly cachedPerHour: number;
  readonly outputPerHour: number;
}

/** allocation reconciles to the bill, idle time included; usage prices the busy part only. APIs compare to allocation. */
export type CostBasis = 'allocation' | 'usage';
export type AttributionMethod = 'blended' | 'price-ratio' | 'regression' | 'phase-time' | 'disaggregated';

/** Prices by class; null where no token of the class was delivered, since nothing can be priced by nothing. */
export interface ClassPrices {
  readonly input: UsdPerMillion<'input'> | null;
  readonly cached: UsdPerMillion<'cached'> | null;
  readonly output: UsdPerMillion<'output'> | null;
}

/** A price never travels without its method, coefficients and basis. */
export interface Attribution extends ClassPrices {
  readonly method: AttributionMethod;
  readonly basis: CostBasis;
  readonly coefficients: Readonly<Record<string, number>>;
}

/** Cost of the deployment per hour, C_h. */
export type HourlyCost = Usd<'deployment', 'hour'>;

function checkFlow(flow: TokenFlow): void {
  requireNonNegative(flow.uncachedPerHour, 'uncached input tokens per hour');
  requireNonNegative(flow.cachedPerHour, 'cached input tokens per hour');
  requireNonNegative(flow.outputPerHour, 'output tokens per hour');
}

const inputOf = (flow: TokenFlow) => flow.uncachedPerHour + flow.cachedPerHour;

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

const nothingDelivered = () => refused(['missing-input'], { missing: 'delivered tokens' });

/** c_b = C_h·1e6/(in_h + out_h), and the two labelled single-denominator figures, which may never be added. */
export interface BlendedPrices {
  readonly blended: UsdPerMillion<'blended'>;
  /** All cost on input; null without input. */
  readonly allOnInput: UsdPerMillion<'all-on-input'> | null;
  /** All cost on output; null without output. */
  readonly allOnOutput: UsdPerMillion<'all-on-output'> | null;
}

/** The three denominators of section 2.7 (ATTR-1). Refused when nothing was delivered. */
export function blendedPrices(cost: HourlyCost, flow: TokenFlow): Ok<BlendedPrices> | Refused {
  checkFlow(flow);
  const [input, output, million] = [inputOf(flow), flow.outputPerHour, requireNonNegative(cost, 'cost per hour') * 1e6];
  if (input + output === 0) return nothingDelivered();
  return ok({
    blended: usdPerMillion(million / (input + output), 'blended'),
    allOnInput: input > 0 ? usdPerMillion(million / input, 'all-on-input') : null,
    allOnOutput: output > 0 ? usdPerMillion(million / output, 'all-on-output') : null,
  });
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

export interface BothBases<C extends 'blended' | 'all-on-output' | 'input' | 'cached' | 'output'> {
  readonly allocation: UsdPerMillion<C>;
  readonly usage: UsdPerMillion<C>;
}

/** Both bases of a price that was computed at full load (2.7, UTIL-4): allocation = price/U, usage = price. */
export function atUtilization<C extends 'blended' | 'all-on-output' | 'input' | 'cached' | 'output'>(
  atFullLoad: UsdPerMillion<C>,
  utilization: number,
): Ok<BothBases<C>> | Infeasible | Refused {
  requireNonNegative(utilization, 'utilisation');
  if (utilization === 0) return nothingDelivered();
  if (utilization > 1) return infeasible(['above-capacity-at-slo'], { utilization });
  return ok({ allocation: (atFullLoad / utilization) as UsdPerMillion<C>, usage: atFullLoad });
}

/** U = usage/allocation (2.7). */
export function utilizationOf(usageUsd: number, allocationUsd: number): number {
  return usageUsd / requirePositive(allocationUsd, 'allocation cost');
}

/** Interval of a price from the interval of the rate under it: a cost over [low, high] tokens lies in [c/high, c/low]. */
export function priceInterval<C extends 'blended' | 'all-on-input' | 'all-on-output' | 'input' | 'cached' | 'output'>(
  price: UsdPerMillion<C>,
  rate: number,
  interval: readonly [number, number],
): readonly [UsdPerMillion<C>, UsdPerMillion<C>] {
  const [low, high] = interval;
  requirePositive(low, 'low end of the rate');
  if (!(high >= low)) outOfRange('high end of the rate', `at least ${low}`, high);
  return [((price * rate) / high) as UsdPerMillion<C>, ((price * rate) / low) as UsdPerMillion<C>];
}
