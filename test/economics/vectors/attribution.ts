import {
  allocate,
  attributeByPhase,
  attributeByPool,
  attributeByRatio,
  phaseShare,
  pricedPerHour,
  reconcile,
} from '../../../src/economics/attribution.ts';
import { requests, usd } from '../../../src/economics/quantity.ts';
import { attributeBySeconds, fitShapes } from '../../../src/economics/regression.ts';
import { blendedPrices } from '../../../src/economics/token.ts';
import { valueIn } from './demand.ts';
import type { Data, Runner } from './vector.ts';

const perHour = (value: number) => usd(value, 'deployment', 'hour');
const perGpuHour = (value: number) => usd(value, 'accelerator', 'hour');
const flowOf = (input: number, output: number, cached = 0) => ({
  uncachedPerHour: input,
  cachedPerHour: cached,
  outputPerHour: output,
});
const shapesOf = (rows: Data[]) =>
  rows.map((row) => ({
    uncachedTokens: row.i ?? row.i_uncached,
    cachedTokens: row.cached ?? 0,
    outputTokens: row.o,
    acceleratorSPerRequest: row.y_gpu_s,
    objective: 'ttft.p99 < 500ms',
  }));

export const attributionRunners: Record<string, Runner> = {
  'ATTR-1': (x, out) => {
    const perSecond = requests(x.X_req_s_per_gpu, 'accelerator', 'second');
    const flow = flowOf(x.in_h, x.out_h);
    const single = valueIn<Data>(blendedPrices(perHour(x.C_h), flow));
    const byRatio = (ratio: number) => valueIn<Data>(attributeByRatio(perHour(x.C_h), flow, ratio));
    const ratio = Object.keys(out.ratio).map((key) => {
      const { input, output } = byRatio(Number(key.slice(1).replace('_', '.')));
      return [key, { c_in: input, c_out: output }];
    });
    return {
      req_h: perSecond * x.G * 3600,
      c_blended: single.blended,
      c_input_only: single.allOnInput,
      c_output_only: single.allOnOutput,
      ratio: Object.fromEntries(ratio),
      sum_check_usd_h: reconcile(perHour(x.C_h), flow, byRatio(4)).pricedUsdPerHour,
      both_single_denominators_usd_h: (single.allOnInput * x.in_h + single.allOnOutput * x.out_h) / 1e6,
    };
  },
  'ATTR-2': (x) => {
    const fit = valueIn<Data>(fitShapes(shapesOf(x.rows)));
    const seconds = { input: fit.input.secondsPerToken, cached: null, output: fit.output.secondsPerToken };
    const prices = attributeBySeconds(seconds, perGpuHour(x.C_gpuh), flowOf(1, 1));
    return {
      alpha: fit.input.secondsPerToken,
      beta: fit.output.secondsPerToken,
      ratio: fit.ratio,
      weighted_rss: fit.weightedRss,
      r2_uncentred: fit.r2Uncentred,
      se_alpha: fit.input.standardError,
      se_beta: fit.output.standardError,
      t_975_df4: fit.studentT975,
      ci95_alpha: fit.input.interval95,
      ci95_beta: fit.output.interval95,
      cosine: fit.cosine,
      c_in: prices.input,
      c_out: prices.output,
    };
  },
  'ATTR-3': (x) => {
    const fit = valueIn<Data>(fitShapes(shapesOf(x.rows)));
    const [alpha, alpha_c, beta] = [fit.input, fit.cached, fit.output].map((c) => c.secondsPerToken);
    const prices = attributeBySeconds(
      { input: alpha, cached: alpha_c, output: beta },
      perGpuHour(x.C_gpuh),
      flowOf(1, 1, 1),
    );
    return { alpha, alpha_c, beta, c_in: prices.input, c_cached: prices.cached, c_out: prices.output };
  },
  'ATTR-4': (x) => {
    const outcome = fitShapes(shapesOf(x.rows));
    if (outcome.state !== 'refused') throw new Error('not refused');
    return { cosine: outcome.evidence['cosine'], state: outcome.state, reason: outcome.reasons[0] };
  },
  'ATTR-5': (x) => {
    const flow = flowOf(x.in_h, x.out_h);
    const prices = valueIn<Data>(attributeByPhase(perHour(x.C_h), flow, x.prefill_s, x.decode_s));
    const sumOfMeans = x.decode_s / 256;
    return {
      share_in: phaseShare(x.prefill_s, x.decode_s),
      c_in: prices.input,
      c_out: prices.output,
      sum_check_usd_h: pricedPerHour(flow, prices),
      wrong_metric_sum_tpot_s: sumOfMeans,
      wrong_metric_share_in: phaseShare(x.prefill_s, sumOfMeans),
    };
  },
  'ATTR-6': (x) => {
    const flow = flowOf(x.in_h, x.out_h);
    const prices = valueIn<Data>(attributeByPool(perGpuHour(x.C_gpuh), flow, x.N_prefill, x.N_decode));
    return { c_in: prices.input, c_out: prices.output, sum_check_usd_h: pricedPerHour(flow, prices) };
  },
  'ATTR-7': (x) => {
    const requestsPerHour = 3600 / x.gpu_s_per_req;
    const flow = flowOf(x.I * requestsPerHour, x.O * requestsPerHour);
    const single = valueIn<Data>(blendedPrices(perHour(x.C_gpuh), flow));
    const paid = x.C_gpuh / requestsPerHour;
    const charged = (single.allOnInput * x.I + single.allOnOutput * x.O) / 1e6;
    return {
      true_usd_req: paid,
      c_in_full: single.allOnInput,
      c_out_full: single.allOnOutput,
      priced_usd_req: charged,
      overstatement_factor: charged / paid,
    };
  },
  'ATTR-8': (x) => {
    const flow = flowOf(x.in_h, x.out_h);
    const C_h = x.C_gpuh * x.G;
    const usage = attributeBySeconds({ input: x.alpha, cached: null, output: x.beta }, perGpuHour(x.C_gpuh), flow);
    const scaled = valueIn<Data>(allocate(perHour(C_h), flow, usage));
    return {
      c_in_usage: usage.input,
      c_out_usage: usage.output,
      usage_usd_h: pricedPerHour(flow, usage),
      C_h,
      U: scaled.utilization,
      kappa: scaled.kappa,
      c_in_allocation: scaled.attribution.input,
      c_out_allocation: scaled.attribution.output,
      sum_check_usd_h: pricedPerHour(flow, scaled.attribution),
    };
  },
  'ATTR-9': (x) => {
    const flow = flowOf(x.prompt_tokens - x.cached_tokens, x.generation_tokens, x.cached_tokens);
    const prices = valueIn<Data>(attributeByPhase(perHour(x.C_h), flow, x.prefill_s, x.decode_s));
    return {
      c_blended: valueIn<Data>(blendedPrices(perHour(x.C_h), flow)).blended,
      c_in_effective: prices.input,
      c_out: prices.output,
      sum_check_usd_h: pricedPerHour(flow, prices),
    };
  },
};
