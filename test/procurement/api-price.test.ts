import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { priceTrace, type RequestUsage } from '../../src/economics/api.ts';
import { apiPrice, readOverrides } from '../../src/procurement/api-override.ts';
import { dayPriceUsd, listedPrice, priceSnapshot } from '../../src/procurement/api-price.ts';
import { offersOf } from '../../src/procurement/offer.ts';
import { pricesBehind, quoteOf } from '../../src/procurement/price-fact.ts';

const usage = (inputTokens: number, outputTokens: number, more: Partial<RequestUsage> = {}): RequestUsage => ({
  ...{ inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWriteHourTokens: 0 },
  ...more,
});
const now = Date.UTC(2026, 10, 25);

describe('listed prices, golden cases through the library', () => {
  const sonnet = listedPrice('anthropic', 'claude-sonnet-4-5');

  it('API-1: prices request by request, since tiers are a cliff on one call', () => {
    const one = { usage: usage(512, 256), atUnixMs: now };
    const summed = priceTrace(
      sonnet,
      Array.from({ length: 1000 }, () => one),
    );
    expect(summed).toMatchObject({ state: 'ok', value: { requests: 1000, unpriced: 0 } });
    if (summed.state !== 'ok') return;
    expect(summed.value.usd).toBeCloseTo(5.376, 9);
    expect(sonnet.priceUsd(usage(512_000, 256_000), now)).toBeCloseTo(8.832, 9);
    expect(sonnet.priceUsd(usage(200_000, 1000), now)).toBeCloseTo(0.615, 9);
    expect(sonnet.priceUsd(usage(200_001, 1000), now)).toBeCloseTo(1.222506, 9);
    expect(sonnet.tiered).toBe(true);
    expect(sonnet.timeOfDay).toBe(false);
  });

  it('API-2: prices at the time of the request', () => {
    const flash = listedPrice('deepseek', 'deepseek-v4-flash');
    expect(flash.timeOfDay).toBe(true);
    const at = (hour: number) => flash.priceUsd(usage(1e5, 1e5), Date.UTC(2026, 10, 2, hour));
    const peaks = [2, 6, 8];
    for (const hour of [0, 2, 4, 5, 6, 8, 10, 12])
      expect(at(hour)).toBeCloseTo(peaks.includes(hour) ? 0.176 : 0.088, 9);
    expect(flash.priceUsd(usage(1, 1), null)).toBeNull();
    expect(dayPriceUsd(flash, usage(1e5, 1e5), Date.UTC(2026, 10, 2))).toBeCloseTo((17 * 0.088 + 7 * 0.176) / 24, 9);
  });

  it('API-3: cached tokens without a price of their own pay the full input price', () => {
    const cached = usage(1000, 100, { cacheReadTokens: 600 });
    const gpt = listedPrice('openai', 'gpt-5');
    const llama = listedPrice('groq', 'llama-3.1-8b-instant');
    expect(gpt.priceUsd(cached, now)).toBeCloseTo(0.001575, 12);
    expect(llama.priceUsd(cached, now)).toBeCloseTo(0.000058, 12);
    expect([gpt.hasCachePrice, llama.hasCachePrice]).toEqual([true, false]);
  });

  it('CACHE-3: prices written and read caches, of five minutes and of an hour', () => {
    expect(sonnet.priceUsd(usage(10_000, 400, { cacheWriteTokens: 8000 }), now)).toBeCloseTo(0.042, 12);
    expect(sonnet.priceUsd(usage(10_000, 400, { cacheReadTokens: 8000 }), now)).toBeCloseTo(0.0144, 12);
    const both = usage(1000, 0, { cacheWriteTokens: 400, cacheWriteHourTokens: 200 });
    expect(sonnet.priceUsd(both, now)).toBeCloseTo((400 * 3 + 400 * 3.75 + 200 * 6) / 1e6, 12);
    expect(sonnet.ratesAt(now)).toEqual({ input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, cacheWriteHour: 6 });
  });

  it('keeps what was asked for and what was matched, and never guesses', () => {
    expect(listedPrice('openai', 'gpt-5-nano-anything')).toMatchObject({
      requestedModel: 'gpt-5-nano-anything',
      matchedModel: 'gpt-5-nano',
    });
    expect(() => listedPrice('openai', 'gtp-5')).toThrow(/no model "gtp-5" of openai; did you mean "gpt-5"/);
    expect(() => listedPrice('opnai', 'gpt-5')).toThrow(/no provider "opnai"/);
    expect(() => sonnet.priceUsd(usage(10, 1, { cacheReadTokens: 11 }), now)).toThrow(/11 cached tokens/);
    expect(() => sonnet.priceUsd(usage(-1, 1), now)).toThrow(/inputTokens = -1/);
  });

  it('says which list it is', () => {
    expect(priceSnapshot()).toMatchObject({ package: '@pydantic/genai-prices', version: '0.1.8', date: '2026-11-23' });
    expect(priceSnapshot().sha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('prices by contract', () => {
  const file = (text: string) => {
    const path = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'prices.yaml');
    writeFileSync(path, text);
    return path;
  };
  const contract = `overrides:
  - id: contract-llama8b
    provider: aws
    model: meta.llama3-1-8b-instruct-v1:0
    usd_M: {input: 0.22, cache_read: null, output: 0.22}
    discount_negotiated: 0.15
    valid_from: 2026-09-01
    valid_until: 2027-08-31
    source: {title: "Contract order form", date: 2026-09-01}
    confidence: high
`;

  it('override the list, by their id and by provider/model', () => {
    const overrides = readOverrides(file(contract), '2026-11-25');
    for (const name of ['contract-llama8b', 'aws/meta.llama3-1-8b-instruct-v1:0']) {
      const price = apiPrice(name, overrides);
      expect(price.priceUsd(usage(1e6, 1e6), now)).toBeCloseTo(0.44, 12);
      expect(price).toMatchObject({
        source: 'Contract order form',
        terms: { negotiatedDiscount: 0.15, batchFactor: null },
      });
    }
    expect(apiPrice('openai/gpt-5', overrides).source).toContain('genai-prices');
    expect(() => apiPrice('gpt-5', overrides)).toThrow(/PROVIDER\/MODEL/);
  });

  it('are refused outside their validity, in the wrong unit, and with half a cache price', () => {
    const [long] = readOverrides(file(contract), '2026-11-25');
    expect(long!.price.validUntil).toBe('2027-08-31');
    // Older than a list may be, and still good: a contract holds until it ends.
    const [offer] = offersOf(['api:contract-llama8b'], { statements: [], overrides: [long!], date: '2026-11-25' });
    expect(quoteOf(pricesBehind(offer!, '2026-11-25'))).toMatchObject({
      ...{ kind: 'quoted', date: '2026-09-01', validUntil: '2027-08-31' },
    });
    expect(pricesBehind(offer!, '2026-11-25')).toMatchObject([{ ageDays: 85, limitDays: 364 }]);
    expect(() => readOverrides(file('a: 1'), '2026-11-25')).toThrow(/prices\.yaml/);
    expect(() => readOverrides(file('schema: tokbench.api-prices/1'), '2026-11-25')).toThrow(
      /prices\.yaml overrides is missing\.$/,
    );
    expect(() => readOverrides(file('overrides: 3'), '2026-11-25')).toThrow(
      /:1 overrides must be a list, not a number\.$/,
    );
    expect(() => readOverrides(file(contract), '2027-09-01')).toThrow(/prices\.yaml:2: contract-llama8b is valid from/);
    expect(() => readOverrides(file(contract.replace('input: 0.22', 'input: 0.00000022')), '2026-11-25')).toThrow(
      /prices\.yaml:5 .*USD per token/,
    );
    expect(() => readOverrides(file(contract.replace('output:', 'cache_write_1h: 1, output:')), '2026-11-25')).toThrow(
      /one hour and none for caches of five minutes/,
    );
  });
});
