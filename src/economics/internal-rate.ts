import { bisect } from './root.ts';
import {
  type NotReached,
  type NotVerified,
  notReached,
  notVerified,
  type Reached,
  type Refused,
  reached,
  refused,
} from './state.ts';

/** Σ cash_m/(1+r)^(m/12), month 0 first. */
export function presentValue(cashUsd: readonly number[], wacc: number): number {
  return cashUsd.reduce((total, cash, month) => total + cash / (1 + wacc) ** (month / 12), 0);
}

/**
 * IRR = (1 + monthly IRR)^12 − 1 of monthly cash, month 0 first. Refused when the cash changes its sign more than once, since
 * then several rates may fit; not reached when it never does. Solved for the discount factor, of which there is exactly one.
 */
export function internalRate(cashUsd: readonly number[]): Reached<number> | NotVerified<number> | NotReached | Refused {
  const signs = cashUsd.filter((cash) => cash !== 0).map(Math.sign);
  const changes = signs.slice(1).filter((sign, i) => sign !== signs[i]).length;
  if (changes === 0) return notReached(['no-sign-change']);
  if (changes > 1) return refused(['several-sign-changes'], { changes });
  const worth = (factor: number) => cashUsd.reduceRight((total, cash) => total * factor + cash, 0);
  let high = 1;
  while (worth(high) > 0 === worth(0) > 0 && high < 1e6) high *= 1.25;
  const root = bisect(worth, 0, high, 0);
  // A factor beyond a million a month is a rate that no double tells from -100 %.
  if (root.found === 'none') return reached(-1);
  const rate = root.x ** -12 - 1;
  return root.found === 'root' ? reached(rate) : notVerified(rate, ['search-budget']);
}
