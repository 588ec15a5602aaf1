import { describe, expect, it } from 'vitest';
import { internalRate, presentValue } from '../../src/economics/internal-rate.ts';
import { valueIn } from './vectors/demand.ts';

describe('internal rate', () => {
  it('is the rate at which the cash is worth nothing', () => {
    const cash = [-1000, 50, 60, 70, 80, 900];
    const rate = valueIn<number>(internalRate(cash));
    expect(Math.abs(presentValue(cash, rate))).toBeLessThan(1e-9);
  });

  it('does not exist without a change of sign and is refused with several', () => {
    expect(internalRate([-1, -2, 0])).toMatchObject({ state: 'not-reached', reasons: ['no-sign-change'] });
    expect(internalRate([1, 2])).toMatchObject({ state: 'not-reached' });
    expect(internalRate([-100, 230, -132])).toMatchObject({ state: 'refused', reasons: ['several-sign-changes'] });
  });

  it('finds very high and very low rates', () => {
    expect(valueIn<number>(internalRate([-1, 2]))).toBeCloseTo(4095, 6);
    expect(valueIn<number>(internalRate([-1e9, 1]))).toBe(-1);
  });
});
