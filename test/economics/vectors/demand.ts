import { capacityAtObjective } from '../../../src/economics/capacity.ts';
import {
  flatPeakToAverage,
  lognormalLength,
  profileDemand,
  requestsForTokens,
  tokensPerMonth,
} from '../../../src/economics/demand.ts';
import {
  averagePowerW,
  energyPerToken,
  energyPerYearKwh,
  energyUsdPerYear,
  facilityFactor,
  integratePower,
} from '../../../src/economics/energy.ts';
import { requests, usd, usdPerMillion } from '../../../src/economics/quantity.ts';
import { sizeDeployment } from '../../../src/economics/sizing.ts';
import { atUtilization, blendedPrices } from '../../../src/economics/token.ts';
import type { Data, Runner } from './vector.ts';

/** The value of an outcome that must have one. */
export function valueIn<T>(outcome: { readonly state: string } | { readonly state: string; readonly value: T }): T {
  if (!('value' in outcome)) throw new Error(`no value in state ${outcome.state}`);
  return outcome.value;
}

export const demandRunners: Record<string, Runner> = {
  'EN-1': (x) => {
    const energy = energyPerToken({
      powerW: x.avg_W,
      tokensPerS: x.out_tok_s,
      basis: 'metered-board',
      pue: x.pue,
      usdPerKwh: x.p_kwh,
    });
    return {
      J_per_tok: energy.joulesPerToken,
      kWh_per_M: energy.kwhPerMillion,
      usd_per_M_it: energy.usdPerMillionIt,
      usd_per_M_facility: energy.usdPerMillionFacility,
      tok_s_per_MW: energy.tokensPerSPerMw,
    };
  },
  'EN-2': (x) => {
    const avg = averagePowerW(x.P_idle_W, x.P_load_W, x.U);
    const [kwh, tdp] = [avg, x.tdp_W].map((watts) => energyPerYearKwh(watts, facilityFactor('all-in-it', x.pue)));
    return {
      avg_W: avg,
      kWh_y: kwh,
      usd_y: energyUsdPerYear(kwh!, x.p_kwh),
      tdp_kWh_y: tdp,
      tdp_usd_y: energyUsdPerYear(tdp!, x.p_kwh),
    };
  },
  'EN-3': (x) => {
    const right = x.utility_kW_per_gpu * facilityFactor('all-in-utility', x.pue);
    const wrong = x.utility_kW_per_gpu * facilityFactor('all-in-it', x.pue);
    return {
      it_times_pue: x.it_kW_per_gpu * facilityFactor('all-in-it', x.pue),
      wrong_utility_times_pue: wrong,
      overstatement: wrong / right - 1,
    };
  },
  'EN-4': (x) => {
    const { joules, averageW } = valueIn<{ joules: number; averageW: number }>(integratePower(x.t_s, x.W));
    return { joules, avg_W: averageW };
  },
  'UTIL-1': (x) => {
    const profile = profileDemand(x.D_req_per_h);
    const sizing = valueIn<Data>(
      sizeDeployment({
        averagePerS: requests(profile.averagePerHour / 3600, 'deployment', 'second'),
        peakPerS: requests(profile.peakPerHour / 3600, 'deployment', 'second'),
        headroom: x.headroom,
        capacityPerReplica: requests(x.cap_req_h_per_server / 3600, 'replica', 'second'),
        acceleratorsPerServer: 8,
        acceleratorsPerReplica: 8,
        spareServers: 0,
        mostServers: null,
        kwProvisionedPerServer: null,
      }),
    );
    const costPerHour = sizing.servers.bought * x.F_server_h;
    const flow = {
      uncachedPerHour: profile.averagePerHour * x.I,
      cachedPerHour: 0,
      outputPerHour: profile.averagePerHour * x.O,
    };
    const blended = (usdPerHour: number) =>
      valueIn<Data>(blendedPrices(usd(usdPerHour, 'deployment', 'hour'), flow)).blended;
    return {
      sum_day: profile.requests,
      avg_h: profile.averagePerHour,
      peak_h: profile.peakPerHour,
      peak_to_avg: profile.peakToAverage,
      cv_population: profile.coefficientOfVariation,
      N_needed: sizing.servers.needed,
      U: sizing.utilization,
      day_usd: costPerHour * 24,
      tokens_day: tokensPerMonth(profile.requests, { inputTokens: x.I, outputTokens: x.O }),
      allocation_usd_M: blended(costPerHour),
      usage_usd_M: blended(costPerHour * sizing.utilization),
    };
  },
  'UTIL-2': (x) => {
    const peak_to_avg = flatPeakToAverage(x.active_h_per_week, x.week_h);
    return { peak_to_avg, U_at_peak_sizing_no_headroom: 1 / peak_to_avg };
  },
  'UTIL-3': (x) => {
    const need = valueIn<Data>(
      requestsForTokens({ inputTokens: x.I_month, outputTokens: x.O_month }, { inputTokens: x.i, outputTokens: x.o }),
    );
    return { requests_by_input: need.byInput, requests_by_output: need.byOutput, requests_used: need.requestsPerMonth };
  },
  'UTIL-4': (x, out) =>
    Object.fromEntries(
      Object.keys(out).map((key) => {
        const utilization = Number(key.slice(2).replace('_', '.'));
        return [key, valueIn<Data>(atUtilization(usdPerMillion(x.c_blended_U1, 'blended'), utilization)).allocation];
      }),
    ),
  'CAP-1': (x) => {
    const sweep = x.offered_req_s.map((offeredPerS: number, i: number) => ({
      offeredPerS,
      completedPerS: x.completed_req_s[i],
      p99TtftMs: x.p99_ttft_ms[i],
      p99TpotMs: null,
      errorShare: null,
      goodputShare: null,
      queueGrows: null,
      rates: 'whole-run' as const,
    }));
    const objective = { p99TtftMs: x.slo.p99_ttft_ms, p99TpotMs: null, errorShare: null, goodputShare: null };
    const outcome = capacityAtObjective(sweep, objective, 'replica');
    const found = valueIn<Data>(outcome);
    const price = (completedPerS: number) =>
      valueIn<Data>(
        blendedPrices(usd(x.C_h, 'deployment', 'hour'), {
          uncachedPerHour: 0,
          cachedPerHour: 0,
          outputPerHour: completedPerS * 3600 * x.out_tokens_per_req,
        }),
      ).allOnOutput;
    const offered = (keep: (point: Data) => boolean) => found.points.filter(keep).map((p: Data) => p.point.offeredPerS);
    return {
      usd_M_out: x.completed_req_s.map(price),
      max_completed: found.highestCompletedPerS,
      passes_slo_only: offered((p) => p.objectiveFailures.length === 0),
      passes_slo_and_stable: offered((p) => p.admissible),
      X_slo: found.capacity,
      bracket_offered: found.bracketOfferedPerS,
      usd_M_at_slo: price(found.capacity),
      usd_M_saturation: price(found.highestCompletedPerS),
      penalty: price(found.capacity) / price(found.highestCompletedPerS),
      non_monotone_load: found.measureAgainPerS[0],
    };
  },
  'LN-1': (_, out) =>
    Object.fromEntries(
      Object.entries<Data>(out).map(([name, { p50, p95 }]) => {
        const { mu, sigma, meanTokens, p99Tokens } = lognormalLength(p50, p95);
        return [name, { p50, p95, mu, sigma, mean: meanTokens, p99: p99Tokens }];
      }),
    ),
};
