import {
  contractUsd,
  type PriceSource,
  priceTrace,
  type Rates,
  type RequestUsage,
  rateCard,
} from '../../../src/economics/api.ts';
import { apiCacheSaving, conversationCost, selfCacheSaving } from '../../../src/economics/cache.ts';
import { usd } from '../../../src/economics/quantity.ts';
import { valueIn } from './demand.ts';
import { type Data, inputsOf, type Runner } from './vector.ts';

const rates = (
  input: number,
  output: number,
  cacheRead: number | null = null,
  cacheWrite: number | null = null,
): Rates => ({
  input,
  cacheRead,
  cacheWrite,
  cacheWriteHour: null,
  output,
});
const usage = (x: Data): RequestUsage => ({
  inputTokens: x.input_tokens,
  cacheReadTokens: x.cache_read_tokens ?? 0,
  cacheWriteTokens: 0,
  cacheWriteHourTokens: 0,
  outputTokens: x.output_tokens,
});
const costOf = (source: PriceSource, requests: Data[], atUnixMs: number | null = null) =>
  valueIn<Data>(
    priceTrace(
      source,
      requests.map((x) => ({ usage: usage(x), atUnixMs })),
    ),
  ).usd;

/** The rates of the price library at the version that the vectors name. */
const sonnet = rateCard({
  rates: rates(3, 15),
  tiers: [{ aboveInputTokens: 200_000, rates: rates(6, 22.5) }],
  hours: [],
});
const peak = rates(0.44, 1.32);
const flash = rateCard({
  rates: rates(0.22, 0.66),
  tiers: [],
  hours: [
    { fromHour: 1, toHour: 4, rates: peak },
    { fromHour: 6, toHour: 10, rates: peak },
  ],
});

const cache: Runner = (x) => {
  const shape = { inputTokens: x.I, outputTokens: x.O, hitRate: x.hit_rate, writtenTokens: 0 };
  const api = apiCacheSaving(rates(x.api_usd_M.in, x.api_usd_M.out, x.api_usd_M.cached), shape)!;
  const seconds = { input: x.alpha, cached: x.alpha_c, output: x.beta };
  const self = selfCacheSaving(seconds, usd(x.C_gpuh, 'accelerator', 'hour'), shape);
  return {
    api_cold: api.cold,
    api_warm: api.warm,
    api_saving: api.savingShare,
    gpu_s_cold: self.coldSeconds,
    gpu_s_warm: self.warmSeconds,
    self_cold: self.cold,
    self_warm: self.warm,
    self_saving: self.savingShare,
  };
};

export const apiRunners: Record<string, Runner> = {
  'CACHE-1': cache,
  'CACHE-2': (x, out) => cache({ ...inputsOf('CACHE-1'), ...x }, out),
  'CACHE-3': (x) => {
    const all = rates(x.usd_M.in, x.usd_M.out, x.usd_M.cache_read, x.usd_M.cache_write);
    const cost = conversationCost(all, {
      inputTokens: x.input_tokens,
      sharedPrefixTokens: x.shared_prefix,
      outputTokens: x.output_tokens,
      calls: x.calls,
    });
    return {
      first_call: cost.firstCallUsd,
      next_call: cost.nextCallUsd,
      no_cache_call: cost.uncachedCallUsd,
      ten_calls: cost.totalUsd,
      ten_calls_no_cache: cost.totalUncachedUsd,
      reads_to_repay_write: cost.readsToRepayWrite,
    };
  },
  'API-1': (x) => ({
    one_request: costOf(sonnet, [x.request]),
    thousand_requests_summed: costOf(sonnet, new Array(1000).fill(x.request)),
    one_call_with_totals: costOf(sonnet, [
      { input_tokens: 1000 * x.request.input_tokens, output_tokens: 1000 * x.request.output_tokens },
    ]),
    tier_at_200000_in_1000_out: costOf(sonnet, [{ input_tokens: 200_000, output_tokens: 1000 }]),
    tier_at_200001_in_1000_out: costOf(sonnet, [{ input_tokens: 200_001, output_tokens: 1000 }]),
  }),
  'API-2': (x, out) => ({
    rows: out.rows.map(({ utc_hour }: Data) => {
      const atUnixMs = Date.parse(`${x.date}T${String(utc_hour).padStart(2, '0')}:00:00Z`);
      return { utc_hour, usd: costOf(flash, [x.usage], atUnixMs) };
    }),
  }),
  'API-3': (x) => ({
    openai_gpt_5: costOf(rateCard({ rates: rates(1.25, 10, 0.125), tiers: [], hours: [] }), [x.usage]),
    groq_llama_3_1_8b_instant: costOf(rateCard({ rates: rates(0.05, 0.08), tiers: [], hours: [] }), [x.usage]),
  }),
  'API-4': (x) => ({
    usd: contractUsd(x.list_usd, {
      negotiatedDiscount: x.d_negotiated,
      batchFactor: x.batch_factor,
      regionalUplift: x.regional_uplift,
      retryShare: x.retry_share,
      fixedUsd: x.fixed_usd,
    }),
  }),
};
