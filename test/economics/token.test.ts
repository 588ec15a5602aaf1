import { describe, expect, it } from 'vitest';
import { attributeByPhase, attributeByRatio } from '../../src/economics/attribution.ts';
import { usd, usdPerMillion } from '../../src/economics/quantity.ts';
import { atUtilization, blendedPrices, priceInterval } from '../../src/economics/token.ts';

describe('token prices', () => {
  const cost = usd(10, 'deployment', 'hour');

  it('do not exist for a class without tokens', () => {
    expect(blendedPrices(cost, { uncachedPerHour: 0, cachedPerHour: 0, outputPerHour: 0 })).toMatchObject({
      state: 'refused',
    });
    expect(blendedPrices(cost, { uncachedPerHour: 1e6, cachedPerHour: 0, outputPerHour: 0 })).toMatchObject({
      value: { blended: 10, allOnOutput: null },
    });
    const flow = { uncachedPerHour: 1e6, cachedPerHour: 0, outputPerHour: 0 };
    expect(attributeByRatio(cost, flow, 4)).toMatchObject({ value: { input: 10, cached: null, output: null } });
    expect(attributeByPhase(cost, flow, 1, 1)).toMatchObject({
      state: 'refused',
      evidence: { missing: 'output tokens' },
    });
    expect(attributeByPhase(cost, flow, 0, 0).state).toBe('refused');
  });

  it('price cached input by its own ratio', () => {
    const flow = { uncachedPerHour: 1e6, cachedPerHour: 1e6, outputPerHour: 1e6 };
    expect(attributeByRatio(cost, flow, 2, 0)).toMatchObject({ value: { cached: 0 } });
  });

  it('are infeasible above full load and absent at none', () => {
    const price = usdPerMillion(1, 'blended');
    expect(atUtilization(price, 1.01)).toMatchObject({ state: 'infeasible', reasons: ['above-capacity-at-slo'] });
    expect(atUtilization(price, 0).state).toBe('refused');
  });

  it('carry the interval of the throughput, turned round', () => {
    expect(priceInterval(usdPerMillion(2, 'blended'), 100, [80, 125])).toEqual([1.6, 2.5]);
    expect(() => priceInterval(usdPerMillion(2, 'blended'), 100, [80, 70])).toThrow(/at least 80/);
  });
});
