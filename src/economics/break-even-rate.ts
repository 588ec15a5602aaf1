import type { PurchaseCase } from './cashflow.ts';
import { npvOf } from './cashflow.ts';
import { type Usd, usd } from './quantity.ts';
import { bisect } from './root.ts';
import {
  type AlreadyNegative,
  type NotReached,
  type NotVerified,
  notReached,
  notVerified,
  type Reached,
  reached,
  type SurvivesAny,
} from './state.ts';

/** Rates and prices at which a purchase is worth nothing (section 2.11, NPV-4). A case that may add servers jumps when it does; its root is then where the sign changes. */

export type BreakEvenRate<T = number> = Reached<T> | NotReached | NotVerified<T> | AlreadyNegative | SurvivesAny;

const tolerance = 1e-9;

/** d*: the yearly API price decline at which NPV = 0, in [0, 0.99]. */
export function breakEvenDecline(purchase: PurchaseCase): BreakEvenRate {
  const npv = (apiDecline: number) => npvOf({ ...purchase, apiDecline });
  const [atNone, atMost] = [npv(0), npv(0.99)];
  if (atNone < 0) return { state: 'already-negative', npvUsd: atNone };
  if (atMost > 0) return { state: 'survives-any', npvUsd: atMost };
  return solved(npv, 0, 0.99, tolerance);
}

/**
 * g*: the yearly volume growth at which NPV = 0, in [−0.99, 10]. `survives-any` when the purchase pays even as the volume
 * vanishes; not reached when not even growth by ten times a year helps.
 */
export function breakEvenGrowth(purchase: PurchaseCase): BreakEvenRate {
  const npv = (growth: number) => npvOf({ ...purchase, growth });
  const [atLow, atHigh] = [npv(-0.99), npv(10)];
  if (atLow > 0) return { state: 'survives-any', npvUsd: atLow };
  if (atHigh < 0) return notReached(['beyond-horizon'], { growth: 10, npvUsd: atHigh });
  return solved(npv, -0.99, 10, tolerance);
}

/** p*: today's API price per request at which NPV = 0. */
export function breakEvenApiPrice(purchase: PurchaseCase): BreakEvenRate<Usd<'request', 'once'>> {
  const npv = (price: number) => npvOf({ ...purchase, apiPerRequest: usd(price, 'request', 'once'), apiFloor: null });
  const atFree = npv(0);
  if (atFree > 0) return { state: 'survives-any', npvUsd: atFree };
  const slope = npv(1) - atFree;
  if (!(slope > 0)) return notReached(['no-saving-per-request'], { npvUsd: atFree });
  // NPV is linear in the price, so the secant is the root.
  return reached(usd(-atFree / slope, 'request', 'once'));
}

/**
 * The server price at which NPV = 0, for a case that `purchaseAt` builds from a price (capex, residual and maintenance follow
 * it). `already-negative` when even a free server loses.
 */
export function breakEvenServerPrice(
  purchaseAt: (price: Usd<'server', 'once'>) => PurchaseCase,
): BreakEvenRate<Usd<'server', 'once'>> {
  const npv = (price: number) => npvOf(purchaseAt(usd(price, 'server', 'once')));
  const atFree = npv(0);
  if (atFree < 0) return { state: 'already-negative', npvUsd: atFree };
  let high = 1e6;
  while (npv(high) > 0 && high < 1e15) high *= 4;
  const outcome = solved(npv, 0, high, 1e-6);
  if (outcome.state === 'reached') return reached(usd(outcome.value, 'server', 'once'));
  if (outcome.state === 'not-verified') return notVerified(usd(outcome.value, 'server', 'once'), outcome.reasons);
  return outcome.state === 'not-reached' ? { state: 'survives-any', npvUsd: npv(high) } : outcome;
}

function solved(npv: (x: number) => number, low: number, high: number, tolerance: number): BreakEvenRate {
  const root = bisect(npv, low, high, tolerance * 1e-3);
  if (root.found === 'none') return notReached(['beyond-horizon'], { from: low, to: high });
  return root.found === 'root' ? reached(root.x) : notVerified(root.x, ['search-budget']);
}
