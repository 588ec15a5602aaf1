/**
 * Money and rates that carry their scope in the type (section 1). A branded value is a number at run time, so it can be
 * read, printed and compared as one, but a price per server cannot be passed where a price per accelerator is asked for:
 * only the named conversions below change a scope or a period.
 */
import { requireFinite, requirePositive } from './range.ts';

/** A year of the model: no leap days. */
export const hoursPerYear = 8760;
/** A month of the model: exactly one twelfth of a year. */
export const hoursPerMonth = 730;
export const secondsPerHour = 3600;
export const secondsPerMonth = 2_628_000;

/** accelerator: one GPU or chip · replica: one serving copy · server: one purchasable box · instance: one rentable box. */
export type Scope = 'accelerator' | 'replica' | 'server' | 'instance' | 'deployment' | 'request';
export type Period = 'once' | 'hour' | 'day' | 'month' | 'year';
export type PriceClass = 'input' | 'cached' | 'output' | 'blended' | 'all-on-input' | 'all-on-output';

declare const unit: unique symbol;
/** US dollars per scope and period; `once` for a price paid once. */
export type Usd<S extends Scope, P extends Period> = number & { readonly [unit]: readonly ['USD', S, P] };
/** US dollars per 1,000,000 tokens of one class; two classes are never added. */
export type UsdPerMillion<C extends PriceClass> = number & { readonly [unit]: readonly ['USD/M', C] };
/** Completed requests per period and scope. */
export type Requests<S extends Scope, P extends 'second' | 'hour' | 'month'> = number & {
  readonly [unit]: readonly ['requests', S, P];
};

/** Says of a bare number which scope and period it has. @throws UserError out_of_range when it is not finite. */
export function usd<S extends Scope, P extends Period>(value: number, scope: S, period: P): Usd<S, P> {
  return requireFinite(value, `USD per ${scope} and ${period}`) as Usd<S, P>;
}

/** Says of a bare number, in USD per 1,000,000 tokens, which class of token it prices. */
export function usdPerMillion<C extends PriceClass>(value: number, priceClass: C): UsdPerMillion<C> {
  return requireFinite(value, `USD per million tokens (${priceClass})`) as UsdPerMillion<C>;
}

/** Says of a bare number which scope and period its requests have. */
export function requests<S extends Scope, P extends 'second' | 'hour' | 'month'>(
  value: number,
  scope: S,
  period: P,
): Requests<S, P> {
  return requireFinite(value, `requests per ${scope} and ${period}`) as Requests<S, P>;
}

type Recurring = Exclude<Period, 'once'>;
const hoursOf: Record<Recurring, number> = { hour: 1, day: 24, month: hoursPerMonth, year: hoursPerYear };

/** The same money per another period: 1 year = 12 months = 8,760 h (section 1). `from` must be the period it has. */
export function per<S extends Scope, P extends Recurring, Q extends Recurring>(
  value: Usd<S, P>,
  from: NoInfer<P>,
  to: Q,
): Usd<S, Q> {
  return ((value * hoursOf[to]) / hoursOf[from]) as Usd<S, Q>;
}

/** Price of a box as the price of one of its accelerators. */
export function perAccelerator<S extends 'server' | 'instance' | 'replica', P extends Period>(
  value: Usd<S, P>,
  accelerators: number,
): Usd<'accelerator', P> {
  return (value / requirePositive(accelerators, 'accelerators')) as Usd<'accelerator', P>;
}

/** Price of one unit as the price of `count` of them, which is what the deployment pays. */
export function ofDeployment<S extends Exclude<Scope, 'deployment' | 'request'>, P extends Period>(
  value: Usd<S, P>,
  count: number,
): Usd<'deployment', P> {
  return (value * count) as Usd<'deployment', P>;
}

/** Requests per second as requests per hour. */
export const secondToHour = <S extends Scope>(value: Requests<S, 'second'>): Requests<S, 'hour'> =>
  (value * secondsPerHour) as Requests<S, 'hour'>;
/** Requests per second as requests per month (2,628,000 s). */
export const secondToMonth = <S extends Scope>(value: Requests<S, 'second'>): Requests<S, 'month'> =>
  (value * secondsPerMonth) as Requests<S, 'month'>;

/**
 * Smallest whole number of units that covers `amount`: servers, replicas and instances are bought whole (INV-6).
 * A quotient that exceeds an integer by rounding error only (1e-9 relative) does not cost another unit.
 */
export function wholeUnits(amount: number): number {
  requireFinite(amount, 'amount of units');
  return Math.max(0, Math.ceil(amount - 1e-9 * Math.max(1, Math.abs(amount))));
}
