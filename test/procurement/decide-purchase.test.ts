import { describe, expect, it } from 'vitest';
import { npvOf, purchaseCashFlow } from '../../src/economics/cashflow.ts';
import type { Alternative } from '../../src/procurement/decide-alternative.ts';
import { type Fleet, fleetOf } from '../../src/procurement/decide-fleet.ts';
import { breakEvenOf, purchaseOf } from '../../src/procurement/decide-purchase.ts';
import { type Changes, caseWith } from './decide-sample.ts';

const api = (usdPerRequest: number, more: Partial<Alternative> = {}): Alternative => ({
  ...{ kind: 'api', name: 'api', usdPerRequest, fixedUsdPerYear: 0, usdPerYear: 0, decline: 0 },
  ...more,
});
function bought(changes: Changes = {}) {
  const { values, situation } = caseWith(changes);
  const found = fleetOf(values, situation);
  if (found.state !== 'ok') throw new Error('infeasible');
  return { values, fleet: found.value };
}

describe('a purchase', () => {
  const small = { 'demand.requests_per_month': 60_000_000, 'demand.peak_to_average': 1.226 };

  it.each([
    [0, 0, -315_531.884162],
    [0, 0.5, 116_356.98681],
    [0.1, 0.5, -45_790.8127487],
    [0.9, 0, -589_393.496629],
  ])('is worth what NPV-1 says at d = %d, g = %d', (decline, growth, npv) => {
    const { fleet, values } = bought({ ...small, 'demand.growth': growth, 'capacity.requests_per_s_per_replica': 40 });
    expect(npvOf(purchaseOf(fleet, values, api(0.000128, { decline }), true))).toBeCloseTo(npv, 3);
  });

  it('is infeasible when it may not grow and a month runs over', () => {
    const { fleet, values } = bought({ ...small, 'demand.growth': 2 });
    expect(purchaseCashFlow(purchaseOf(fleet, values, api(0.000128), false))).toMatchObject({
      state: 'infeasible',
      reasons: ['capacity-exceeded-in-month'],
    });
    expect(purchaseCashFlow(purchaseOf(fleet, values, api(0.000128), true)).state).toBe('ok');
  });

  it('saves the fees and people of what it replaces, also those beyond its own running cost', () => {
    const { fleet, values } = bought(small);
    const at = (fixedUsdPerYear: number) => npvOf(purchaseOf(fleet, values, api(0.000128, { fixedUsdPerYear }), true));
    const factor = (at(20_000) - at(0)) / 20_000;
    expect(factor).toBeGreaterThan(3);
    expect(at(200_000) - at(0)).toBeCloseTo(200_000 * factor, 3);
  });
});

describe('break-even in whole servers', () => {
  /** BE-3. */
  const fleet = {
    load: { requestsPerMonth: 100_000_000, peakToAverage: 1 },
    sizing: { servers: { needed: 2, spare: 0, bought: 2 } },
    unit: { servers: 1, usdPerYear: 120_000, peakRequestsPerMonth: 50_000_000, nominalRequestsPerMonth: 50_000_000 },
    fixedUsdPerYear: 24_000,
  } as unknown as Fleet;
  const values = { 'self.usd_per_request': 0 };
  const limits = { horizon: 400_000_000, mostServers: null };

  it('has the crossings of BE-3', () => {
    const found = breakEvenOf(fleet, values, api(0.0003), limits);
    expect(found.first).toMatchObject({ requestsPerMonth: 40_000_000, servers: 1, requiredUtilization: 0.8 });
    expect(found.sustained?.requestsPerMonth).toBeCloseTo(106_666_666.667, 2);
    expect(found.stairs).toEqual({ fixed: 2000, perUnit: 10_000, capacityPerUnit: 50_000_000 });
  });

  it('is never reached at the price of BE-4', () => {
    expect(breakEvenOf(fleet, values, api(0.00018), limits).outcome).toMatchObject({
      state: 'not-reached',
      reasons: ['api-per-full-server-below-server-cost'],
    });
  });

  it('counts spares into the servers and the utilisation that a reader checks', () => {
    const spared = { ...fleet, sizing: { servers: { needed: 2, spare: 1, bought: 3 } } } as unknown as Fleet;
    expect(breakEvenOf(spared, values, api(0.0003), limits).first).toMatchObject({
      servers: 2,
      requiredUtilization: 0.4,
    });
  });

  it('takes a peak off what a server can serve in a month', () => {
    const peaky = { ...fleet, load: { requestsPerMonth: 1e8, peakToAverage: 2 } } as unknown as Fleet;
    expect(breakEvenOf(peaky, values, api(0.0006), limits).stairs.capacityPerUnit).toBe(25_000_000);
  });
});
