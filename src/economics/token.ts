import { type Usd, type UsdPerMillion, usdPerMillion } from './quantity.ts';
import { outOfRange, requireNonNegative, requirePositive } from './range.ts';
import { type Infeasible, infeasible, type Ok, ok, type Refused, refused } from './state.ts';

/** Dollars per million tokens of one denominator, on both cost bases (section 2.7). */

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

/** Prices by class; null where no token of the class was delivered, since nothing can be priced by nothing. */
export interface ClassPrices {
  readonly input: UsdPerMillion<'input'> | null;
  readonly cached: UsdPerMillion<'cached'> | null;
  readonly output: UsdPerMillion<'output'> | null;
}

/** Cost of the deployment per hour, C_h. */
export type HourlyCost = Usd<'deployment', 'hour'>;

/** @throws UserError out_of_range for a negative or unknown count */
export function checkFlow(flow: TokenFlow): void {
  requireNonNegative(flow.uncachedPerHour, 'uncached input tokens per hour');
  requireNonNegative(flow.cachedPerHour, 'cached input tokens per hour');
  requireNonNegative(flow.outputPerHour, 'output tokens per hour');
}

const inputOf = (flow: TokenFlow) => flow.uncachedPerHour + flow.cachedPerHour;

/** There is no price of nothing. */
export const nothingDelivered = () => refused(['missing-input'], { missing: 'delivered tokens' });

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
