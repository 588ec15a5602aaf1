import { pricePerRequest } from '../../../src/economics/api.ts';
import { breakEvenInServers, breakEvenSingle, type ServerSteps } from '../../../src/economics/breakeven.ts';
import { requests, usd } from '../../../src/economics/quantity.ts';
import { doubtsOf, qualify, reached } from '../../../src/economics/state.ts';
import { valueIn } from './demand.ts';
import type { Data, Runner } from './vector.ts';

const perRequest = (value: number) => usd(value, 'request', 'once');
const single = (F: number, p: number, v: number, cap: number) =>
  breakEvenSingle({
    fixed: usd(F, 'deployment', 'month'),
    apiPerRequest: perRequest(p),
    selfPerRequest: perRequest(v),
    capacity: requests(cap, 'deployment', 'month'),
  });
const stepsOf = (x: Data): ServerSteps => ({
  fixed: usd(x.F0, 'deployment', 'month'),
  perServer: usd(x.F1, 'server', 'month'),
  capacityPerServer: requests(x.cap, 'server', 'month'),
  apiPerRequest: perRequest(x.p_api),
  selfPerRequest: perRequest(x.v_self),
  horizon: x.horizon_req ?? null,
  mostServers: x.N_max ?? null,
});

export const breakEvenRunners: Record<string, Runner> = {
  'BE-1': (x, out) => ({
    rows: out.rows.map((row: Data) => {
      const rates = { input: row.in, cacheRead: null, cacheWrite: null, cacheWriteHour: null, output: row.out };
      const usage = {
        inputTokens: x.I,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        cacheWriteHourTokens: 0,
        outputTokens: x.O,
      };
      const p_req = pricePerRequest(rates, usage);
      const at = valueIn<Data>(single(x.F_month, p_req, x.v_self, x.cap_req_month));
      return {
        ...{ name: row.name, in: row.in, out: row.out, p_req },
        blended_usd_M: (p_req * 1e6) / (x.I + x.O),
        V_star_req: at.requestsPerMonth,
        tokens_B: (at.requestsPerMonth * (x.I + x.O)) / 1e9,
        U_required: at.requiredUtilization,
      };
    }),
  }),
  'BE-2': (x) => {
    const at = valueIn<Data>(single(x.F_month, x.p_api, x.v_self, x.cap_req_month));
    return { V_star_req: at.requestsPerMonth, U_required: at.requiredUtilization };
  },
  'BE-3': (x) => {
    const outcome = breakEvenInServers(stepsOf(x));
    const found = valueIn<Data>(outcome);
    return {
      self_cheaper_intervals: found.selfCheaper,
      api_cheaper_between: found.apiCheaperBetween,
      first_break_even: found.first.value.requestsPerMonth,
      sustained_break_even: found.sustained.value.requestsPerMonth,
      state: outcome.state,
    };
  },
  'BE-4': (x) => {
    const outcome = breakEvenInServers(stepsOf(x)) as Data;
    return {
      api_usd_per_full_server: outcome.evidence.apiUsdPerFullServer,
      state: outcome.state,
      reason: outcome.reasons[0],
    };
  },
  'BE-5': (x) => {
    const outcome = breakEvenInServers(stepsOf(x)) as Data;
    return {
      N_real: outcome.evidence.serversReal,
      N_first: outcome.evidence.servers,
      V_first: outcome.evidence.requestsPerMonth,
      state: outcome.state,
      reason: outcome.reasons[0],
    };
  },
  'BE-6': (x) => {
    const outcome = breakEvenInServers(stepsOf(x)) as Data;
    return {
      V_star_req: outcome.evidence.requestsPerMonth,
      U_required: outcome.evidence.requiredUtilization,
      state: outcome.state,
      reason: outcome.reasons[0],
    };
  },
  'BE-7': (x) => {
    const doubts = doubtsOf({
      capacityPoint: x.capacity_point,
      priceAgeDays: x.price_age_days,
      priceAgeLimitDays: 30,
      priceHasSource: true,
      qualityEquivalence: x.quality_equivalence,
      tokenizerRatio: 'same',
    });
    const { state, reasons } = qualify(reached(1), doubts) as Data;
    return { state, reasons };
  },
};
