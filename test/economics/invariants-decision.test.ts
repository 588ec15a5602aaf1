import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breakEvenDecline } from '../../src/economics/break-even-rate.ts';
import { breakEvenInServers, ownUsdPerMonth, type ServerSteps } from '../../src/economics/breakeven.ts';
import { npvOf } from '../../src/economics/cashflow.ts';
import { splitClasses } from '../../src/economics/class-split.ts';
import { burstPlan, busyShare, optimalBurst } from '../../src/economics/hybrid.ts';
import { ownedCost } from '../../src/economics/ownership.ts';
import { requests, usd } from '../../src/economics/quantity.ts';
import { monteCarlo, mulberry32, tornado } from '../../src/economics/sensitivity.ts';
import { valueIn } from './vectors/demand.ts';
import { purchaseOf } from './vectors/npv.ts';
import { deploymentOf } from './vectors/owned.ts';
import { type Data, inputsOf } from './vectors/vector.ts';

/** The same cases each time. */
fc.configureGlobal({ seed: 20261123, numRuns: 200 });

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true, noDefaultInfinity: true });
const close = (a: number, b: number, relative = 1e-9) =>
  Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b), 1e-300);
const perRequest = (value: number) => usd(value, 'request', 'once');

const deployments = fc.record({
  ...{
    P: real(1e4, 1e6),
    install: real(0, 1e5),
    f_net: real(0, 0.5),
    rho: real(0, 0.9),
    n: fc.integer({ min: 1, max: 10 }),
  },
  ...{ r: real(0.001, 0.3), G: fc.integer({ min: 1, max: 72 }), kW_it: real(0, 150), kW_prov: real(0, 150) },
  ...{ load: real(0, 1), pue: real(1, 2), p_kwh: real(0, 0.5), colo: real(0, 300), coloIncludesPower: fc.boolean() },
  ...{ m: real(0, 0.2), sw: real(0, 5000), fte_fixed: real(0, 2), fte_server: real(0, 0.2), fte_usd: real(0, 3e5) },
  ...{ N_need: fc.integer({ min: 1, max: 20 }), A: real(0.9, 1), spare: fc.integer({ min: 0, max: 3 }) },
});
const owned = (x: Data) => ownedCost(deploymentOf({ ...x, N_buy: x.N_need + x.spare }));

const npvInputs = inputsOf('NPV-1');
const purchases = fc
  .record({
    V0: real(1e6, 1e9),
    p0: real(1e-5, 1e-2),
    v: real(0, 0.2),
    d: real(0, 0.6),
    g: real(-0.3, 1),
    tau: real(0, 0.5),
    i: real(0, 0.1),
  })
  .map((x) =>
    purchaseOf({ ...npvInputs, V0_req_month: x.V0, p0: x.p0, v_self: x.v * x.p0 * 0.1, tau: x.tau, i: x.i }, x.d, x.g),
  );

const bursts = fc.record({
  hourly: fc.array(real(0, 1000), { minLength: 1, maxLength: 48 }),
  cap: real(20, 500),
  F: real(0, 100),
  p: real(1e-4, 1),
  v: real(0, 0.9),
});
const burstOf = (x: Data) => ({
  hourly: x.hourly,
  capacityPerServerHour: x.cap,
  serverHour: usd(x.F, 'server', 'hour'),
  apiPerRequest: perRequest(x.p),
  selfPerRequest: perRequest(x.p * x.v),
});

const classes = fc.array(
  fc.record({ V: fc.nat(1_000_000), s: real(0.001, 10), p: real(0, 0.1), sensitive: fc.boolean(), q: real(0, 1) }),
  { minLength: 1, maxLength: 6 },
);

const steps = fc
  .record({
    F0: real(0, 5e4),
    F1: real(100, 5e4),
    cap: real(1e4, 1e7),
    p: real(1e-5, 1e-2),
    v: real(0, 0.5),
    horizon: fc.option(real(1e5, 1e9)),
  })
  .map((x): ServerSteps => {
    return {
      fixed: usd(x.F0, 'deployment', 'month'),
      perServer: usd(x.F1, 'server', 'month'),
      capacityPerServer: requests(x.cap, 'server', 'month'),
      apiPerRequest: perRequest(x.p),
      selfPerRequest: perRequest(x.p * x.v),
      horizon: x.horizon,
      mostServers: null,
    };
  });

it('INV-9: NPV falls with d, opex and capex, and rises with g and p0 while each request saves', () => {
  fc.assert(
    fc.property(purchases, (x) => {
      const npv = npvOf(x);
      expect(npvOf({ ...x, apiDecline: x.apiDecline + 0.01 })).toBeLessThan(npv);
      expect(npvOf({ ...x, opex: usd(x.opex * 1.01, 'deployment', 'year') })).toBeLessThan(npv);
      expect(npvOf({ ...x, capex: usd(x.capex * 1.01, 'deployment', 'once') })).toBeLessThan(npv);
      expect(npvOf({ ...x, apiPerRequest: perRequest(x.apiPerRequest * 1.01) })).toBeGreaterThan(npv);
      // The API price at the end of life decides whether more volume still helps.
      const priceAtEnd = x.apiPerRequest * (1 - x.apiDecline) ** x.lifeYears;
      if (priceAtEnd > x.selfPerRequest) expect(npvOf({ ...x, growth: x.growth + 0.01 })).toBeGreaterThan(npv);
    }),
  );
});

it('INV-10: the NPV at d* is nothing', () => {
  let solved = 0;
  fc.assert(
    fc.property(purchases, (x) => {
      const outcome = breakEvenDecline(x);
      if (outcome.state === 'already-negative') expect(npvOf({ ...x, apiDecline: 0 })).toBeLessThan(0);
      else if (outcome.state === 'survives-any') expect(npvOf({ ...x, apiDecline: 0.99 })).toBeGreaterThan(0);
      else {
        solved++;
        expect(Math.abs(npvOf({ ...x, apiDecline: valueIn<number>(outcome) }))).toBeLessThan(0.01);
      }
    }),
  );
  expect(solved).toBeGreaterThan(20);
});

it('INV-11: the critical ratio finds what enumeration finds, and busy shares never rise', () => {
  fc.assert(
    fc.property(bursts, (x) => {
      const found = valueIn<Data>(optimalBurst(burstOf(x)));
      const most = Math.ceil(Math.max(...x.hourly) / x.cap) + 1;
      const totals = Array.from({ length: most + 1 }, (_, N) => burstPlan(burstOf(x), N).totalUsdPerDay);
      expect(found.optimum.totalUsdPerDay).toBeLessThanOrEqual(Math.min(...totals) * (1 + 1e-12) + 1e-12);
      const busy = Array.from({ length: most }, (_, k) => busyShare(x.hourly, x.cap, k + 1));
      expect(busy).toEqual(busy.toSorted((a, b) => b - a));
    }),
  );
});

it('INV-12: shares add up, seconds used fit what is owned, sensitive classes stay in the house', () => {
  fc.assert(
    fc.property(classes, real(1e5, 1e7), real(0, 1e5), (all, seconds, F) => {
      const outcome = splitClasses({
        classes: all.map((c, i) => ({
          name: `c${i}`,
          requestsPerMonth: c.V,
          acceleratorSPerRequest: c.s,
          apiPerRequest: perRequest(c.p),
          sensitive: c.sensitive,
          qualityOwn: c.q,
        })),
        serverMonth: usd(F, 'server', 'month'),
        acceleratorSPerServerMonth: seconds,
        leastQuality: 0.5,
        mostServers: null,
      });
      if (outcome.state === 'infeasible') return;
      const plans = valueIn<Data>(outcome)
        .plans.filter((plan: Data) => plan.state === 'ok')
        .map((plan: Data) => plan.value);
      for (const plan of plans) {
        expect(plan.acceleratorSUsed).toBeLessThanOrEqual(plan.acceleratorSOwned * (1 + 1e-9));
        const used = all.reduce((total, c, i) => total + plan.selfShare[`c${i}`] * c.V * c.s, 0);
        expect(close(used, plan.acceleratorSUsed, 1e-6) || used < 1e-6).toBe(true);
        all.forEach((c, i) => {
          const share = plan.selfShare[`c${i}`];
          expect(share >= 0 && share <= 1).toBe(true);
          if (c.sensitive && c.V > 0) expect(share).toBe(1);
          if (c.q < 0.5) expect(share).toBe(0);
        });
        expect(plan.totalUsdPerMonth).toBeGreaterThanOrEqual(valueIn<Data>(outcome).optimum.totalUsdPerMonth);
      }
    }),
  );
});

describe('break-even in whole servers', () => {
  it('agrees with the two bills at any volume', () => {
    fc.assert(
      fc.property(steps, fc.array(real(0.001, 1), { minLength: 20, maxLength: 20 }), (x, places) => {
        const outcome = breakEvenInServers(x);
        const reach = Math.min(x.horizon ?? Number.POSITIVE_INFINITY, 40 * x.capacityPerServer);
        for (const place of places) {
          const V = place * reach;
          const [own, api] = [ownUsdPerMonth(x, V), x.apiPerRequest * V];
          if (close(own, api, 1e-6)) continue;
          const inside = (i: readonly [number, number | null]) => V >= i[0] && (i[1] === null || V <= i[1]);
          const cheaper = outcome.state === 'reached' && outcome.value.selfCheaper.some(inside);
          expect([V, cheaper]).toEqual([V, own < api]);
        }
      }),
    );
  });

  it('names the first crossing, and one after which the API never wins again', () => {
    fc.assert(
      fc.property(steps, real(0.0001, 0.999), real(1.0001, 20), (x, before, after) => {
        const outcome = breakEvenInServers({ ...x, horizon: null });
        if (outcome.state !== 'reached') return;
        const { first, sustained } = outcome.value;
        const own = (V: number) => ownUsdPerMonth(x, V) - x.apiPerRequest * V;
        const slack = 1e-9 * x.apiPerRequest;
        expect(own(first.value.requestsPerMonth * before)).toBeGreaterThan(-slack * first.value.requestsPerMonth);
        const from = valueIn<Data>(sustained).requestsPerMonth;
        expect(own(from * after)).toBeLessThanOrEqual(slack * from * after);
      }),
    );
  });
});

it('INV-13: another currency scales every amount and leaves shares, volumes and rates alone', () => {
  fc.assert(
    fc.property(deployments, steps, purchases, bursts, real(0.01, 100), (x, s, purchase, burst, f) => {
      const money = {
        P: x.P * f,
        install: x.install * f,
        p_kwh: x.p_kwh * f,
        colo: x.colo * f,
        sw: x.sw * f,
        fte_usd: x.fte_usd * f,
      };
      expect(close(owned({ ...x, ...money }).total.annuity, f * owned(x).total.annuity)).toBe(true);
      const scaled = {
        ...s,
        fixed: usd(s.fixed * f, 'deployment', 'month'),
        perServer: usd(s.perServer * f, 'server', 'month'),
        apiPerRequest: perRequest(s.apiPerRequest * f),
        selfPerRequest: perRequest(s.selfPerRequest * f),
      };
      const [a, b] = [breakEvenInServers(s), breakEvenInServers(scaled)];
      if (a.state === 'reached' && b.state === 'reached')
        expect(close(a.value.first.value.requestsPerMonth, b.value.first.value.requestsPerMonth)).toBe(true);
      const dearer = {
        ...purchase,
        capex: usd(purchase.capex * f, 'deployment', 'once'),
        residual: usd(purchase.residual * f, 'deployment', 'once'),
        opex: usd(purchase.opex * f, 'deployment', 'year'),
        apiPerRequest: perRequest(purchase.apiPerRequest * f),
        selfPerRequest: perRequest(purchase.selfPerRequest * f),
      };
      expect(Math.abs(npvOf(dearer) - f * npvOf(purchase))).toBeLessThan(
        1e-9 * f * (purchase.capex + Math.abs(npvOf(purchase))),
      );
      const [d, dDearer] = [breakEvenDecline(purchase), breakEvenDecline(dearer)];
      if (d.state === 'reached' && dDearer.state === 'reached') expect(d.value).toBeCloseTo(dDearer.value, 9);
      const N = valueIn<Data>(optimalBurst(burstOf(burst)));
      const M = valueIn<Data>(optimalBurst(burstOf({ ...burst, F: burst.F * f, p: burst.p * f })));
      expect(close(M.optimum.totalUsdPerDay, f * N.optimum.totalUsdPerDay)).toBe(true);
    }),
  );
});

it('INV-18: the same inputs and seed give the same bytes', () => {
  const entries = [
    { id: 'd', low: 0, value: 0.1, high: 0.6, spread: 'pert' as const },
    { id: 'g', low: 0, value: 0.5, high: 1, spread: 'normal' as const },
  ];
  const evaluate = (values: Readonly<Record<string, number>>) =>
    npvOf(purchaseOf(npvInputs, Math.min(0.99, values['d']!), values['g']!));
  const once = (seed: number) =>
    JSON.stringify([monteCarlo(entries, evaluate, mulberry32(seed), 500), tornado(entries, evaluate)]);
  expect(once(3)).toBe(once(3));
  expect(once(3)).not.toBe(once(4));
});
