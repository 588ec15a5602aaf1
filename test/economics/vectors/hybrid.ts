import { splitClasses } from '../../../src/economics/class-split.ts';
import { optimalBurst } from '../../../src/economics/hybrid.ts';
import { usd } from '../../../src/economics/quantity.ts';
import { valueIn } from './demand.ts';
import { type Data, type Runner, utilDay } from './vector.ts';

const burst = (x: Data, p_api: number) =>
  valueIn<Data>(
    optimalBurst(
      {
        hourly: utilDay,
        capacityPerServerHour: x.cap_req_h,
        serverHour: usd(x.F_server_h, 'server', 'hour'),
        apiPerRequest: usd(p_api, 'request', 'once'),
        selfPerRequest: usd(x.v_self, 'request', 'once'),
      },
      5,
    ),
  );

export const hybridRunners: Record<string, Runner> = {
  'HYB-1': (x, out) => {
    const found = burst(x, x.p_api);
    return {
      critical_busy_fraction: found.criticalBusyShare,
      marginal_server: found.marginal.map((m: Data) => ({
        k: m.server,
        busy_fraction: m.busyShare,
        avoided_usd_day: m.avoidedUsdPerDay,
        cost_usd_day: m.costUsdPerDay,
        own: m.own,
      })),
      totals: found.plans.map((plan: Data) => ({
        N: plan.servers,
        own_usd: plan.ownUsdPerDay,
        marginal_usd: plan.marginalUsdPerDay,
        api_usd: plan.apiUsdPerDay,
        total_usd: plan.totalUsdPerDay,
        share_self: plan.selfShare,
      })),
      optimum_N: found.optimum.servers,
      optimum_by_price: out.optimum_by_price.map(({ p_api }: Data) => {
        const at = burst(x, p_api);
        return { p_api, critical_busy_fraction: at.criticalBusyShare, N: at.optimum.servers };
      }),
    };
  },
  'HYB-2': (x) => {
    const split = valueIn<Data>(
      splitClasses({
        classes: x.classes.map((c: Data) => ({
          name: c.name,
          requestsPerMonth: c.V_month,
          acceleratorSPerRequest: c.gpu_s,
          apiPerRequest: usd(c.p_api, 'request', 'once'),
          sensitive: c.sensitive,
          qualityOwn: c.q_self,
        })),
        serverMonth: usd(x.F_server_month, 'server', 'month'),
        acceleratorSPerServerMonth: x.gpu_s_month_per_server,
        leastQuality: x.q_min,
        mostServers: 3,
      }),
    );
    return {
      density_usd_per_gpu_s: split.densityUsdPerAcceleratorS,
      rows: split.plans.map((plan: Data, N: number) =>
        plan.state === 'ok'
          ? {
              ...{ N, feasible: true, self_share: plan.value.selfShare, api_usd: plan.value.apiUsdPerMonth },
              own_usd: plan.value.ownUsdPerMonth,
              total_usd: plan.value.totalUsdPerMonth,
            }
          : {
              N,
              feasible: false,
              self_share: null,
              api_usd: null,
              own_usd: plan.evidence.ownUsdPerMonth,
              total_usd: null,
            },
      ),
      optimum_N: split.optimum.servers,
    };
  },
};
