import { describe, expect, it } from 'vitest';
import { priceTrace, rateCard, scaleUsage } from '../../src/economics/api.ts';
import { attributeByPhase, attributeByRatio } from '../../src/economics/attribution.ts';
import { apiCacheSaving } from '../../src/economics/cache.ts';
import { countedEnergy, energyPerToken, integratePower } from '../../src/economics/energy.ts';
import { capitalRecoveryFactor, lifeRows, monthsOf, ownedCost } from '../../src/economics/ownership.ts';
import {
  ofDeployment,
  per,
  perAccelerator,
  requests,
  secondToMonth,
  usd,
  usdPerMillion,
  wholeUnits,
} from '../../src/economics/quantity.ts';
import { autoscaledRental, capacityBlock, spotPrice } from '../../src/economics/rental.ts';
import { atUtilization, blendedPrices, priceInterval } from '../../src/economics/token.ts';
import { UserError } from '../../src/error/user-error.ts';
import { deploymentOf } from './vectors/owned.ts';
import { inputsOf } from './vectors/vector.ts';

describe('money with its scope', () => {
  it('changes its period only by name', () => {
    expect(per(usd(8760, 'server', 'year'), 'year', 'month')).toBe(730);
    expect(per(usd(730, 'server', 'month'), 'month', 'hour')).toBe(1);
    expect(perAccelerator(usd(16, 'server', 'hour'), 8)).toBe(2);
    expect(ofDeployment(usd(16, 'server', 'hour'), 3)).toBe(48);
    expect(secondToMonth(requests(1, 'replica', 'second'))).toBe(2_628_000);
  });

  it('does not let one scope pass for another', () => {
    const takesServer = (price: ReturnType<typeof usd<'server', 'year'>>) => price;
    // @ts-expect-error a price per accelerator is not a price per server
    takesServer(usd(1, 'accelerator', 'year'));
    // @ts-expect-error a monthly price is not a yearly one
    takesServer(usd(1, 'server', 'month'));
    // @ts-expect-error a bare number has no scope
    takesServer(1);
    // @ts-expect-error the period named must be the period it has
    per(usd(1, 'server', 'year'), 'month', 'hour');
    // @ts-expect-error an output price is not an input price
    const input: ReturnType<typeof usdPerMillion<'input'>> = usdPerMillion(1, 'output');
    expect(input).toBe(1);
  });

  it('refuses what is no amount, with a sentence', () => {
    expect(() => usd(Number.NaN, 'server', 'once')).toThrow(UserError);
    expect(() => usd(Number.POSITIVE_INFINITY, 'server', 'once')).toThrow(
      /USD per server and once must be a finite number/,
    );
  });

  it('buys whole units', () => {
    expect([0, 0.1, 1, 3.0000000001, 3.01].map(wholeUnits)).toEqual([0, 1, 1, 3, 4]);
  });
});

describe('owned hardware', () => {
  const base = deploymentOf(inputsOf('OWN-1'));

  it('has a recovery factor that does not cancel near zero', () => {
    expect(capitalRecoveryFactor(1e-12, 4)).toBeCloseTo(0.25, 10);
    expect(capitalRecoveryFactor(0, 4)).toBe(0.25);
  });

  it('has no price per accelerator-hour where nothing serves', () => {
    expect(ownedCost({ ...base, serversNeeded: 0, serversBought: 0 }).perAcceleratorHour).toEqual({
      annuity: null,
      straightLine: null,
    });
  });

  it('names what makes no sense', () => {
    expect(() => ownedCost({ ...base, serversNeeded: 3, serversBought: 2 })).toThrow(
      /servers bought must be at least the 3 needed/,
    );
    expect(() => ownedCost({ ...base, pue: 0.9 })).toThrow(/PUE must be at least 1/);
    expect(() => ownedCost({ ...base, residualShare: 1.2 })).toThrow(/residual share/);
    expect(() => ownedCost({ ...base, lifeYears: 0 })).toThrow(/life in years must be greater than zero/);
    expect(() => ownedCost({ ...base, availability: 0 })).toThrow(/availability/);
    expect(() => ownedCost({ ...base, serversBought: 1.5 })).toThrow(/whole number/);
    expect(() => ownedCost({ ...base, colocationUsdPerKwMonth: -1 })).toThrow(/colocationUsdPerKwMonth/);
    expect(() => monthsOf(3.3333)).toThrow(/whole number of months/);
  });

  it('is billed once and charged by the month', () => {
    const rows = lifeRows(base);
    expect(rows).toHaveLength(50);
    expect(rows[0]).toMatchObject({ kind: 'purchase', billed: 335_800, effective: 0 });
    expect(rows[1]!.effective).toBeCloseTo(5808.333333, 6);
    expect(rows.at(-1)).toMatchObject({ kind: 'resale', billed: -57_000, effective: 0 });
  });
});

describe('rented hardware', () => {
  it('compares the first hour with the last and starts each instance that is added', () => {
    const rental = autoscaledRental({
      ...{ hourly: [300, 50, 50, 0], capacityPerHour: 100, headroom: 0, leastInstances: 0 },
      ...{ coldStartHours: 0.5, list: usd(10, 'instance', 'hour') },
    });
    expect(rental).toMatchObject({ instances: [3, 1, 1, 0], scaleUps: 3, billedHours: 6.5 });
    expect(rental.perDay).toBeCloseTo(6.5 * 10 * 6, 9);
  });

  it('has no spot price when all work is lost, and pays a block for its window', () => {
    expect(() => spotPrice(usd(1, 'accelerator', 'hour'), 1)).toThrow(/below 1/);
    expect(capacityBlock(usd(31.464, 'instance', 'hour'), 2, 24)).toBeCloseTo(1510.272, 9);
  });
});

describe('energy', () => {
  it('is invalid over a gap or a counter that runs backwards', () => {
    expect(integratePower([0, 3, 6.1], [1, 1, 1])).toMatchObject({
      state: 'refused',
      reasons: ['trace-invalid'],
      evidence: { sample: 2 },
    });
    expect(integratePower([0, 1, 1], [1, 1, 1]).state).toBe('refused');
    expect(integratePower([0], [1]).state).toBe('refused');
    expect(integratePower([0, 1], [1, Number.NaN]).state).toBe('refused');
    expect(countedEnergy([0, 1, 2], [5, 9, 8])).toMatchObject({ state: 'refused', evidence: { sample: 2 } });
    expect(countedEnergy([0, 1, 2], [5, 9, 15])).toMatchObject({ value: { joules: 10, averageW: 5 } });
  });

  it('applies no facility factor to a figure that includes the facility', () => {
    const energy = energyPerToken({ powerW: 100, tokensPerS: 100, basis: 'all-in-utility', pue: 1.3, usdPerKwh: 0.1 });
    expect(energy.usdPerMillionFacility).toBe(energy.usdPerMillionIt);
  });
});

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

describe('API prices', () => {
  const rates = { input: 1, cacheRead: null, cacheWrite: null, cacheWriteHour: null, output: 2 };
  const usage = {
    inputTokens: 1e6,
    cacheReadTokens: 4e5,
    cacheWriteTokens: 0,
    cacheWriteHourTokens: 0,
    outputTokens: 1e6,
  };
  const day = rateCard({ rates, tiers: [], hours: [{ fromHour: 1, toHour: 4, rates: { ...rates, input: 10 } }] });

  it('do not exist for a request without a time where the price has hours', () => {
    expect(priceTrace(day, [{ usage, atUnixMs: null }])).toMatchObject({
      state: 'refused',
      reasons: ['missing-input'],
    });
    const some = priceTrace(day, [
      { usage, atUnixMs: null },
      { usage, atUnixMs: 0 },
    ]);
    expect(some).toMatchObject({
      state: 'not-verified',
      reasons: ['price-source-missing'],
      value: { unpriced: 1, usd: 3 },
    });
  });

  it('change with the hour, its end excluded', () => {
    const at = (time: string) => day.priceUsd(usage, Date.parse(`2026-11-02T${time}Z`));
    expect([at('00:59:59'), at('01:00:00'), at('03:59:59'), at('04:00:00')]).toEqual([3, 12, 12, 3]);
  });

  it('charge written cache by its life', () => {
    const card = rateCard({ rates: { ...rates, cacheWrite: 1.25, cacheWriteHour: 2 }, tiers: [], hours: [] });
    const written = { ...usage, cacheReadTokens: 0, cacheWriteTokens: 5e5, cacheWriteHourTokens: 5e5, outputTokens: 0 };
    expect(card.priceUsd(written, null)).toBeCloseTo(0.625 + 1, 12);
  });

  it('do not believe a price of zero for tokens', () => {
    const free = rateCard({ rates: { ...rates, input: 0, output: 0 }, tiers: [], hours: [] });
    expect(priceTrace(free, [{ usage, atUnixMs: 0 }]).state).toBe('refused');
  });

  it('refuse usage that cannot be', () => {
    expect(() => day.priceUsd({ ...usage, cacheReadTokens: 2e6 }, 0)).toThrow(/the input is the total/);
    expect(() => day.priceUsd({ ...usage, outputTokens: -1 }, 0)).toThrow(UserError);
    expect(() => day.priceUsd({ ...usage, outputTokens: Number.NaN }, 0)).toThrow(/outputTokens = NaN/);
  });

  it('say nothing about caching where there is no cache price', () => {
    expect(apiCacheSaving(rates, { inputTokens: 1000, outputTokens: 10, hitRate: 0.5, writtenTokens: 0 })).toBeNull();
    const shape = { inputTokens: 1000, outputTokens: 0, hitRate: 0.5, writtenTokens: 500 };
    expect(apiCacheSaving({ ...rates, cacheRead: 0.1, cacheWrite: 1.25 }, shape)!.savingShare).toBeCloseTo(
      1 - (0.05 + 0.625),
      12,
    );
    expect(() => apiCacheSaving({ ...rates, cacheRead: 0.1 }, { ...shape, writtenTokens: 501 })).toThrow(
      /at most the 500/,
    );
    expect(scaleUsage(usage, 1.2).outputTokens).toBe(1.2e6);
  });
});
