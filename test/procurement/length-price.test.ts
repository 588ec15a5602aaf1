import { describe, expect, it } from 'vitest';
import { listedPrice } from '../../src/procurement/api-price.ts';
import { costReport } from '../../src/procurement/cost.ts';
import { inputLengths, requestPriceUsd } from '../../src/procurement/length-price.ts';
import { offersOf } from '../../src/procurement/offer.ts';
import { readProfile } from '../../src/procurement/profile.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';
import { loadStudy } from '../../src/procurement/study.ts';
import { prepareStudy } from '../../src/procurement/study-case.ts';
import { parseDistribution } from '../../src/random/distribution.ts';

const date = '2026-11-25';
const mix = { cachedShare: 0, cacheWriteShare: 0, reasoningShare: 0 };
const shape = { inputTokens: 100_000, outputTokens: 1000 };
const tiered = listedPrice('anthropic', 'claude-sonnet-4-5');

describe('the price of a request of production', () => {
  it('counts the requests beyond a tier: half of them pay twice for their input and more for their output', () => {
    // Lengths from 10,000 to 300,000 tokens, mean 155,000: 3 USD/M in and 15 out below 200,000, 6 and 22.5 above.
    const lengths = parseDistribution('U(10000,300000)');
    const mean = (10_000 + 300_000) / 2;
    const price = requestPriceUsd(tiered, { ...shape, inputTokens: mean }, mix, { lengths, date })!;
    const part = (from: number, to: number, input: number, output: number) =>
      ((to - from) / 290_000) * ((((from + to) / 2) * input + 1000 * output) / 1e6);
    expect(price).toBeCloseTo(part(10_000, 200_000, 3, 15) + part(200_000, 300_000, 6, 22.5), 2);
    expect(price).toBeGreaterThan(
      1.3 * requestPriceUsd(tiered, { ...shape, inputTokens: mean }, mix, { lengths: null, date })!,
    );
  });

  it('is that of the mean request where no request reaches a tier, and where there is none', () => {
    const lengths = parseDistribution('U(50000,150000)');
    const plain = requestPriceUsd(tiered, shape, mix, { lengths: null, date })!;
    expect(requestPriceUsd(tiered, shape, mix, { lengths, date })).toBeCloseTo(plain, 12);
    const flat = listedPrice('openai', 'gpt-5-mini');
    const wide = parseDistribution('U(10000,300000)');
    expect(requestPriceUsd(flat, shape, mix, { lengths: wide, date })).toBe(
      requestPriceUsd(flat, shape, mix, { lengths: null, date }),
    );
  });

  it('follows the stated mean where that differs from the mean of the workload', () => {
    const lengths = parseDistribution('U(10000,300000)');
    const at = (inputTokens: number) =>
      requestPriceUsd(tiered, { inputTokens, outputTokens: 0 }, mix, { lengths, date })!;
    expect(at(50_000) / at(100_000)).toBeCloseTo(0.5, 9);
  });

  it('has its lengths from the workload of the demand, in cost and in decide', () => {
    const demand = readProfile('demand', 'contract-review').data;
    expect(inputLengths(demand)()!.text).toBe('LN(20000,80000)[1000,200000]');
    const statements = ['demand.requests_per_month=1000', 'demand.input_tokens=28528', 'demand.output_tokens=6071'];
    const context = { statements: statements.map(assumedByFlag), overrides: [], date };
    const names = ['api:anthropic/claude-sonnet-4-5'];
    const lints = (lengths: boolean) =>
      costReport({
        ...{ ...context, capacities: [], traceOf: () => null, declared: [] },
        offers: offersOf(names, { ...context, ...(lengths ? { lengths: inputLengths(demand) } : {}) }),
      }).offers[0]!.lints.find(({ id }) => id === 'E12');
    expect(lints(true)).toBeUndefined();
    expect(lints(false)).toMatchObject({ severity: 'cannot-check' });
    const loaded = loadStudy('contract-review', '/');
    const flags = { assumed: [], offers: names, runs: [], overrides: [], date };
    const offer = prepareStudy(loaded, flags).offers.find(({ name }) => name === names[0])!;
    expect(offer.lengths?.text).toBe('LN(20000,80000)[1000,200000]');
    const entry = offer.register.entries.find(({ id }) => id === 'api.usd_per_request');
    expect(entry?.note).toContain('over the lengths of the workload');
  });
});
