import { describe, expect, it } from 'vitest';
import {
  breakEvenApiPrice,
  breakEvenDecline,
  breakEvenGrowth,
  breakEvenServerPrice,
} from '../../src/economics/break-even-rate.ts';
import { npvOf } from '../../src/economics/cashflow.ts';
import { ownedCost } from '../../src/economics/ownership.ts';
import { usd } from '../../src/economics/quantity.ts';
import { valueIn } from './vectors/demand.ts';
import { purchaseOf } from './vectors/npv.ts';
import { deploymentOf } from './vectors/owned.ts';
import { type Data, inputsOf } from './vectors/vector.ts';

const base = inputsOf('NPV-1');
const purchase = purchaseOf(base, 0, 0.5);

describe('break-even rates', () => {
  it('have all their outcomes', () => {
    expect(breakEvenDecline(purchaseOf(base, 0, 0))).toMatchObject({ state: 'already-negative' });
    expect(breakEvenDecline(purchaseOf({ ...base, p0: 0.01, V0_req_month: 1e9 }, 0, 0))).toMatchObject({
      state: 'survives-any',
    });
    expect(breakEvenGrowth(purchaseOf({ ...base, p0: 1e-9, V0_req_month: 1 }, 0, 0))).toMatchObject({
      state: 'not-reached',
    });
    expect(breakEvenGrowth(purchaseOf({ ...base, p0: 1, V0_req_month: 1e9 }, 0, 0))).toMatchObject({
      state: 'survives-any',
    });
    expect(breakEvenApiPrice(purchaseOf({ ...base, V0_req_month: 0 }, 0, 0))).toMatchObject({ state: 'not-reached' });
    expect(
      breakEvenApiPrice({ ...purchase, capex: usd(1, 'deployment', 'once'), opex: usd(0, 'deployment', 'year') }),
    ).toMatchObject({ state: 'survives-any' });
  });

  it('give the server price to ask for', () => {
    const at = (price: Data) => {
      const cost = ownedCost({ ...deploymentOf(inputsOf('OWN-1')), price });
      return { ...purchase, capex: cost.capexTotal, residual: cost.residualTotal, opex: cost.opex };
    };
    const price = valueIn<Data>(breakEvenServerPrice(at));
    expect(price).toBeGreaterThan(285_000);
    expect(Math.abs(npvOf(at(price)))).toBeLessThan(0.01);
    expect(breakEvenServerPrice((p) => ({ ...at(p), requestsPerMonth: 0 }))).toMatchObject({
      state: 'already-negative',
    });
  });
});
