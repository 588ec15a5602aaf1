import { describe, expect, it } from 'vitest';
import type { MeasuredCapacity } from '../../src/procurement/capacity.ts';
import { costReport } from '../../src/procurement/cost.ts';
import { offersOf } from '../../src/procurement/offer.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';
import { typedCapacity } from '../../src/procurement/typed-capacity.ts';

const date = '2026-11-25';
const stated = ['demand.requests_per_month=1e6', 'demand.peak_to_average=2', 'demand.input_tokens=8000'];
const cost = (names: string[], more: string[], capacities: MeasuredCapacity[] = []) => {
  const statements = [...stated, 'demand.output_tokens=500', ...more].map(assumedByFlag);
  const offers = offersOf(names, { statements, overrides: [], date });
  return costReport({ capacities, offers, traceOf: () => null, statements, declared: [], date });
};

/** Shapes of ATTR-3, whose cost is 20, 1 and 120 µs of an accelerator a token of uncached input, cached input and output. */
const runs = (
  [
    [2000, 0, 500],
    [500, 3500, 200],
    [8000, 0, 100],
    [100, 100, 1500],
    [2000, 6000, 500],
  ] as const
).map(([uncached, cached, output], index): MeasuredCapacity => {
  const seconds = uncached * 20e-6 + cached * 1e-6 + output * 120e-6;
  const shape = { inputTokens: uncached + cached, outputTokens: output };
  return {
    ...typedCapacity('input=1,output=1,scope=replica,accelerators=1'),
    ...{ origin: 'run', name: `results/${index}`, model: 'm', hardware: 'h100-sxm', objectives: ['ttft.p99 < 500ms'] },
    ...{ requestsPerS: 1 / seconds, inputTokensPerS: shape.inputTokens / seconds, outputTokensPerS: output / seconds },
    ...{ shape, cachedShare: cached / (uncached + cached) },
  };
});

describe('what cached input saves of a request', () => {
  it('is computed at the prices of an API (CACHE-1), and told', () => {
    const report = cost(['api:openai/gpt-5'], ['demand.cached_share=0.75']);
    const { caching } = report.offers[0]!;
    expect(caching?.coldUsdPerRequest).toBeCloseTo(0.015, 12);
    expect(caching?.warmUsdPerRequest).toBeCloseTo(0.00825, 12);
    expect(caching?.savingShare).toBeCloseTo(0.45, 12);
    expect(report.notes).toContain(
      'api:openai/gpt-5: cached input saves 45 % of what a request costs there without it.',
    );
  });

  it('is computed by the seconds of a regression for own servers (CACHE-1), from runs that separate them', () => {
    const [own] = cost(['own:h100-sxm'], ['demand.cached_share=0.75'], runs).offers;
    expect(own!.caching?.savingShare).toBeCloseTo(0.518181818182, 9);
  });

  it('is unknown without cached input, without a price for it, and without runs that separate it', () => {
    expect(cost(['api:openai/gpt-5'], []).offers[0]!.caching).toBeNull();
    expect(cost(['api:groq/llama-3.1-8b-instant'], ['demand.cached_share=0.75']).offers[0]!.caching).toBeNull();
    const typed = [typedCapacity('input=24000,output=6000,scope=server')];
    expect(cost(['own:h100-sxm'], ['demand.cached_share=0.75'], typed).offers[0]!.caching).toBeNull();
  });
});
