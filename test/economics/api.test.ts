import { describe, expect, it } from 'vitest';
import { priceTrace, rateCard, scaleUsage } from '../../src/economics/api.ts';
import { apiCacheSaving } from '../../src/economics/cache.ts';
import { UserError } from '../../src/error/user-error.ts';

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
