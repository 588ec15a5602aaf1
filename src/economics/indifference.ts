import { type OwnedDeployment, ownedCost } from './ownership.ts';
import { type Requests, type Usd, usd } from './quantity.ts';
import { requireNonNegative, requirePositive } from './range.ts';
import { type NotReached, notReached, type Reached, reached } from './state.ts';

/** The price at which a second vendor ties the first (section 2.15, IND-1). */

/** C_b* = C_a · X_b/X_a: USD per accelerator-hour, both rates per accelerator at the same objective. */
export function indifferencePrice(
  priceA: Usd<'accelerator', 'hour'>,
  rateA: Requests<'accelerator', 'second'>,
  rateB: Requests<'accelerator', 'second'>,
): Usd<'accelerator', 'hour'> {
  requireNonNegative(priceA, 'price of vendor A');
  requireNonNegative(rateB, 'rate of vendor B');
  return usd((priceA * rateB) / requirePositive(rateA, 'rate of vendor A'), 'accelerator', 'hour');
}

/**
 * P_b*: the server price at which owning `deployment` costs `target` per accelerator-hour (annuity). The owned model is linear in P,
 * so two evaluations give it. Not reached when even a free server costs more: its energy, space and staff alone exceed the tie.
 */
export function serverPriceFor(
  deployment: OwnedDeployment,
  target: Usd<'accelerator', 'hour'>,
): Reached<Usd<'server', 'once'>> | NotReached {
  const at = (price: number) =>
    ownedCost({ ...deployment, price: usd(price, 'server', 'once') }).perAcceleratorHour.annuity;
  const [free, million] = [at(0), at(1e6)];
  if (free === null || million === null || !(million > free)) return notReached(['beyond-horizon'], { servers: 0 });
  if (target < free) return notReached(['no-saving-per-request'], { usdPerAcceleratorHourOfFreeServer: free });
  return reached(usd(((target - free) / (million - free)) * 1e6, 'server', 'once'));
}
