import { describe, expect, it } from 'vitest';
import { npvOf, purchaseCashFlow } from '../../src/economics/cashflow.ts';
import { usd } from '../../src/economics/quantity.ts';
import { firstMonthOverCapacity } from '../../src/economics/volume.ts';
import { valueIn } from './vectors/demand.ts';
import { purchaseOf } from './vectors/npv.ts';
import { type Data, inputsOf } from './vectors/vector.ts';

const base = inputsOf('NPV-1');
const purchase = purchaseOf(base, 0, 0.5);

describe('cash flow', () => {
  const cap = { requestsPerMonth: 623_821_500, peakToAverage: 3, softwareGain: null, expansion: null };
  const expansion = {
    requestsPerMonth: 623_821_500,
    capex: usd(335_800, 'server', 'once'),
    residual: usd(57_000, 'server', 'once'),
    opex: usd(44_462, 'server', 'year'),
  };

  it('is infeasible in the month that outgrows the capacity', () => {
    expect(purchaseCashFlow({ ...purchase, limit: cap })).toMatchObject({
      state: 'infeasible',
      reasons: ['capacity-exceeded-in-month'],
      evidence: { month: 38 },
    });
    expect(purchaseCashFlow({ ...purchase, limit: { ...cap, peakToAverage: 1.226 } }).state).toBe('ok');
  });

  it('lasts longer with a gain by software', () => {
    const gain = { month: 25, share: 0.5 };
    expect(firstMonthOverCapacity({ requestsPerMonth: 6e7, growth: 0.5 }, { ...cap, softwareGain: gain }, 120)).toBe(
      50,
    );
    expect(purchaseCashFlow({ ...purchase, limit: { ...cap, softwareGain: gain } }).state).toBe('ok');
  });

  it('buys a server where it may, paid the month before and worth its unused life at the end', () => {
    const flow = valueIn<Data>(purchaseCashFlow({ ...purchase, limit: { ...cap, expansion } }));
    expect(flow.months[36].serversAdded).toBe(0);
    expect(flow.months[37].serversAdded).toBe(1);
    expect(flow.firstMonthOverCapacity).toBeNull();
    const without = valueIn<Data>(purchaseCashFlow(purchase));
    expect(flow.cashUsd[37] - without.cashUsd[37]).toBeCloseTo(-335_800, 6);
    const book = 57_000 + ((335_800 - 57_000) * 37) / 48;
    expect(flow.cashUsd[48] - without.cashUsd[48]).toBeCloseTo(book - (44_462 / 12) * 1, 6);
    expect(flow.npvUsd).toBeLessThan(without.npvUsd);
  });

  it('stops the decline at a floor', () => {
    const falling = purchaseOf(base, 0.9, 0.5);
    const floor = usd(base.p0 * 0.8, 'request', 'once');
    expect(npvOf({ ...falling, apiFloor: floor })).toBeGreaterThan(npvOf(falling));
    for (const lift of [1, 3])
      expect(npvOf({ ...falling, apiFloor: usd(base.p0 * lift, 'request', 'once') })).toBeCloseTo(npvOf(purchase), 6);
  });

  it('replaces the fleet in the middle of its life', () => {
    const refresh = {
      month: 25,
      capex: usd(200_000, 'deployment', 'once'),
      resaleOfOld: usd(120_000, 'deployment', 'once'),
      residual: usd(80_000, 'deployment', 'once'),
      opex: usd(60_000, 'deployment', 'year'),
      requestsPerMonth: 1e9,
    };
    const flow = valueIn<Data>(purchaseCashFlow({ ...purchase, limit: cap, refresh }));
    const without = valueIn<Data>(purchaseCashFlow(purchase));
    expect(flow.cashUsd[24] - without.cashUsd[24]).toBeCloseTo(120_000 - 200_000, 6);
    expect(flow.cashUsd[30] - without.cashUsd[30]).toBeCloseTo((98_462.24832 - 60_000) / 12, 6);
    expect(flow.cashUsd[48] - without.cashUsd[48]).toBeCloseTo((98_462.24832 - 60_000) / 12 + 80_000 - 57_000, 6);
    // With tax, the new hardware is written off over the months that are left.
    const taxed = { ...purchase, tax: 0.25, refresh };
    const row = valueIn<Data>(purchaseCashFlow(taxed)).months[40];
    expect(row.operatingUsd).toBeCloseTo((row.savingUsd - row.opexUsd) * 0.75 + 0.25 * (120_000 / 24), 6);
    expect(() => npvOf({ ...purchase, refresh: { ...refresh, month: 49 } })).toThrow(/within the life of 48 months/);
  });

  it('is paid back in the first month that leaves no debt, also when later money is worth less', () => {
    const flow = valueIn<Data>(purchaseCashFlow(purchase));
    const debt = (month: number, r: number) =>
      flow.cashUsd
        .slice(0, month + 1)
        .reduce((total: number, cash: number, m: number) => total + cash * (1 + r) ** (-m / 12), 0);
    for (const [r, month] of [
      [0, flow.paybackMonth],
      [0.08, flow.discountedPaybackMonth],
    ] as const) {
      expect(debt(month - 1, r)).toBeLessThan(0);
      expect(debt(month, r)).toBeGreaterThanOrEqual(0);
    }
    const steady = { ...purchase, growth: 0, opex: usd(0, 'deployment', 'year'), wacc: 0.3 };
    expect(valueIn<Data>(purchaseCashFlow({ ...steady, capex: usd(7680 * 20, 'deployment', 'once') }))).toMatchObject({
      paybackMonth: 20,
      // −ln(1 − 20·i)/ln(1 + i) months with i = 1.3^(1/12) − 1.
      discountedPaybackMonth: 27,
    });
  });

  it('names what makes no sense', () => {
    expect(() => npvOf({ ...purchase, apiDecline: 1 })).toThrow(/API price decline must be below 1/);
    expect(() => npvOf({ ...purchase, growth: -1 })).toThrow(/volume growth/);
    expect(() => npvOf({ ...purchase, tax: 30 })).toThrow(/tax rate must be a share/);
    expect(() => purchaseCashFlow({ ...purchase, limit: { ...cap, peakToAverage: 0.5 } })).toThrow(/peak-to-average/);
  });
});
