import { breakEvenApiPrice, breakEvenDecline, breakEvenGrowth } from '../../../src/economics/break-even-rate.ts';
import { npvOf, type PurchaseCase, purchaseCashFlow } from '../../../src/economics/cashflow.ts';
import { internalRate } from '../../../src/economics/internal-rate.ts';
import { ownedCost } from '../../../src/economics/ownership.ts';
import { usd } from '../../../src/economics/quantity.ts';
import { monteCarlo, mulberry32, tornado } from '../../../src/economics/sensitivity.ts';
import { firstMonthOverCapacity, volumeOfMonth } from '../../../src/economics/volume.ts';
import { valueIn } from './demand.ts';
import { deploymentOf } from './owned.ts';
import { type Data, inputsOf, type Runner } from './vector.ts';

export function purchaseOf(x: Data, d: number, g: number): PurchaseCase {
  return {
    capex: usd(x.capex, 'deployment', 'once'),
    residual: usd(x.RV, 'deployment', 'once'),
    decommission: usd(x.decommission, 'deployment', 'once'),
    opex: usd(x.opex_y, 'deployment', 'year'),
    lifeYears: x.n,
    wacc: x.r,
    opexEscalation: x.i,
    tax: x.tau,
    requestsPerMonth: x.V0_req_month,
    apiPerRequest: usd(x.p0, 'request', 'once'),
    selfPerRequest: usd(x.v_self, 'request', 'once'),
    growth: g,
    apiDecline: d,
    apiFloor: null,
    limit: null,
    refresh: null,
  };
}

const decimal = (text: string) => Number(text.replace('_', '.'));
const ratesOf = (key: string) => {
  const [, d, g] = /^d(\d(?:_\d+)?)_g(\d(?:_\d+)?)$/.exec(key)!;
  return [decimal(d!), decimal(g!)] as const;
};
const cashOf = (purchase: PurchaseCase) => {
  const flow = valueIn<Data>(purchaseCashFlow(purchase));
  return {
    npv: flow.npvUsd,
    payback_month: flow.paybackMonth,
    discounted_payback_month: flow.discountedPaybackMonth,
    irr: valueIn<number>(internalRate(flow.cashUsd)),
    depreciation_month: flow.depreciationPerMonthUsd,
  };
};

/** TOR-1 varies the inputs of OWN-1 as well: names of its rows, and how a value enters. */
const tornadoNames: Readonly<Record<string, string>> = {
  'volume growth g': 'g',
  'API price decline d': 'd',
  'API price p0': 'p0',
  'staff FTE': 'fte_fixed',
  'server price P': 'P',
  'residual rho': 'rho',
  'kWh price': 'p_kwh',
  'colo $/kW-mo': 'colo',
  'WACC r': 'r',
  PUE: 'pue',
};

export const npvRunners: Record<string, Runner> = {
  'NPV-1': (x, out) => Object.fromEntries(Object.keys(out).map((key) => [key, cashOf(purchaseOf(x, ...ratesOf(key)))])),
  // A month later in both factors is the wrong exponent: the right functions give its numbers only for other inputs.
  'NPV-2': (x, out) =>
    Object.fromEntries(
      Object.keys(out).map((key) => {
        const [d, g] = ratesOf(key);
        const later = { ...x, V0_req_month: x.V0_req_month * (1 + g) ** (1 / 12), p0: x.p0 * (1 - d) ** (1 / 12) };
        return [key, npvOf(purchaseOf(later, d, g))];
      }),
    ),
  'NPV-3': (x) => cashOf(purchaseOf(x, x.d, x.g)),
  'NPV-4': (x) => {
    const never = breakEvenDecline(purchaseOf(x, 0, 0));
    return {
      d_star_at_g0_5: valueIn(breakEvenDecline(purchaseOf(x, 0, 0.5))),
      g_star_at_d0: valueIn(breakEvenGrowth(purchaseOf(x, 0, 0))),
      g_star_at_d0_3: valueIn(breakEvenGrowth(purchaseOf(x, 0.3, 0))),
      p_star_at_d0_g0: valueIn(breakEvenApiPrice(purchaseOf(x, 0, 0))),
      d_star_at_g0: 'value' in never ? never.value : null,
      d_star_at_g0_state: never.state,
      d_star_at_g0_with_p0_6_4e_4: valueIn(breakEvenDecline(purchaseOf({ ...x, p0: 6.4e-4 }, 0, 0))),
    };
  },
  'NPV-5': (x) => {
    const over = (peakToAverage: number) =>
      firstMonthOverCapacity(
        { requestsPerMonth: x.V0_req_month, growth: x.g },
        { requestsPerMonth: x.cap_req_month, peakToAverage, softwareGain: null },
        120,
      );
    return {
      volume_month_48: volumeOfMonth(x.V0_req_month, x.g, 48),
      first_month_over_capacity_pta_1_226: over(1.226),
      first_month_over_capacity_pta_3: over(3),
    };
  },
  'TOR-1': (x, out) => {
    const base: Data = { ...inputsOf('OWN-1'), d: x.d, g: x.g, p0: x.p0 };
    const valueAt = (id: string, text: string) =>
      text.endsWith('%') ? base[id] * (1 + Number(text.slice(0, -1)) / 100) : Number(text);
    const entries = out.rows.map((row: Data) => {
      const id = tornadoNames[row.parameter]!;
      const ends = [valueAt(id, row.worse), valueAt(id, row.better)].sort((a, b) => a - b);
      return { id, value: base[id], low: ends[0]!, high: ends[1]!, spread: 'none' as const };
    });
    const evaluate = (values: Readonly<Record<string, number>>) => {
      const all = { ...base, ...values };
      const cost = ownedCost(deploymentOf(all));
      const purchase = { ...x, ...all, capex: cost.capexTotal, RV: cost.residualTotal, opex_y: cost.opex };
      return npvOf(purchaseOf(purchase, all.d, all.g));
    };
    const base_npv = evaluate({});
    return {
      base_npv,
      rows: tornado(entries, evaluate).map((row) => {
        const given = out.rows.find((r: Data) => tornadoNames[r.parameter] === row.id);
        const npvs = [row.low.npvUsd, row.high.npvUsd];
        return { ...given, npv_worse: Math.min(...npvs), npv_better: Math.max(...npvs), swing: row.swingUsd };
      }),
    };
  },
  'MC-1': (x) => {
    const uniforms = mulberry32(42);
    const draws: Data[] = [];
    const entries = x.order.map((id: string) => ({
      id,
      low: x[id].a,
      value: x[id].c,
      high: x[id].b,
      spread: 'triangular' as const,
    }));
    const evaluate = (values: Readonly<Record<string, number>>) => {
      const npv = npvOf(purchaseOf(x, values['d']!, values['g']!));
      if (draws.length < 3) draws.push({ ...values, npv });
      return npv;
    };
    const result = monteCarlo(entries.toReversed(), evaluate, mulberry32(42), x.draws);
    return {
      first_five_uniforms: Array.from({ length: 5 }, uniforms),
      first_three_draws: draws,
      share_npv_positive: result.shareNpvPositive,
      mean: result.mean,
      P10: result.p10,
      P50: result.p50,
      P90: result.p90,
    };
  },
};
