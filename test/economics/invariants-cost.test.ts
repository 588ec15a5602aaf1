import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priceTrace, type Rates, type RequestUsage, rateCard } from '../../src/economics/api.ts';
import {
  allocate,
  attributeBlended,
  attributeByPhase,
  attributeByPool,
  attributeByRatio,
  reconcile,
} from '../../src/economics/attribution.ts';
import { facilityFactor, integratePower } from '../../src/economics/energy.ts';
import { lifeRows, ownedCost } from '../../src/economics/ownership.ts';
import { requests, usd } from '../../src/economics/quantity.ts';
import { attributeBySeconds } from '../../src/economics/regression.ts';
import { sizeDeployment } from '../../src/economics/sizing.ts';
import { blendedPrices } from '../../src/economics/token.ts';
import { valueIn } from './vectors/demand.ts';
import { deploymentOf } from './vectors/owned.ts';
import type { Data } from './vectors/vector.ts';

/** The same cases each time. */
fc.configureGlobal({ seed: 20261123, numRuns: 200 });

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true, noDefaultInfinity: true });
const close = (a: number, b: number, relative = 1e-9) =>
  Math.abs(a - b) <= relative * Math.max(Math.abs(a), Math.abs(b), 1e-300);
const perHour = (value: number) => usd(value, 'deployment', 'hour');
const flows = fc.record({
  uncachedPerHour: real(1e3, 1e10),
  cachedPerHour: fc.oneof(fc.constant(0), real(1, 1e10)),
  outputPerHour: real(1e3, 1e10),
});
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

const usages = fc
  .record({ input: fc.nat(300_000), cached: real(0, 1), output: fc.nat(20_000) })
  .map(({ input, cached, output }): RequestUsage => {
    return {
      inputTokens: input + 1,
      cacheReadTokens: Math.floor(cached * input),
      cacheWriteTokens: 0,
      cacheWriteHourTokens: 0,
      outputTokens: output,
    };
  });
const sumOf = (all: readonly RequestUsage[]): RequestUsage =>
  all.reduce((a, b) => ({
    inputTokens: a.inputTokens + b.inputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: 0,
    cacheWriteHourTokens: 0,
    outputTokens: a.outputTokens + b.outputTokens,
  }));
const rates = (input: number, cacheRead: number, output: number): Rates => ({
  input,
  cacheRead,
  cacheWrite: null,
  cacheWriteHour: null,
  output,
});

describe('INV-1: class prices times delivered tokens equal the bill', () => {
  it('for every attribution', () => {
    fc.assert(
      fc.property(
        flows,
        real(0.01, 1e5),
        real(0.1, 20),
        real(0, 1),
        real(1, 1e5),
        real(1, 1e5),
        (flow, C, ratio, w, p, d) => {
          const usage = attributeBySeconds(
            { input: p * 1e-9, cached: p * 1e-10, output: d * 1e-9 },
            usd(2, 'accelerator', 'hour'),
            flow,
          );
          const used = reconcile(perHour(C), flow, usage).pricedUsdPerHour;
          const bill = perHour(Math.max(C, used));
          const poolBill = perHour(2.5 * (4 + 12));
          const outcomes: [Data, number][] = [
            [attributeBlended(perHour(C), flow), C],
            [attributeByRatio(perHour(C), flow, ratio, w), C],
            [attributeByPhase(perHour(C), flow, p, d), C],
            [attributeByPool(usd(2.5, 'accelerator', 'hour'), flow, 4, 12), poolBill],
            [{ state: 'ok', value: valueIn<Data>(allocate(bill, flow, usage)).attribution }, bill],
          ];
          for (const [outcome, cost] of outcomes)
            expect(reconcile(perHour(cost), flow, valueIn(outcome)).holds).toBe(true);
        },
      ),
    );
  });

  it('but not for the two single-denominator prices together, which charge twice', () => {
    fc.assert(
      fc.property(flows, real(0.01, 1e5), (flow, C) => {
        const single = valueIn<Data>(blendedPrices(perHour(C), flow));
        const charged =
          single.allOnInput * (flow.uncachedPerHour + flow.cachedPerHour) + single.allOnOutput * flow.outputPerHour;
        expect(close(charged / 1e6, 2 * C)).toBe(true);
      }),
    );
  });
});

it('INV-2: without cost of capital annuity and straight line are the same to the last bit; with it the annuity is more', () => {
  fc.assert(
    fc.property(deployments, (x) => {
      const free = owned({ ...x, r: 0 });
      expect(free.annuity).toBe(free.straightLine);
      expect(free.total.annuity).toBe(free.total.straightLine);
      const paid = owned(x);
      if (paid.capex > paid.residual * 1.000001) expect(paid.annuity).toBeGreaterThan(paid.straightLine);
    }),
  );
});

it('INV-3: the annuity grows with r, P and falling rho, and falls with n at a fixed residual value', () => {
  fc.assert(
    fc.property(deployments, real(1.001, 2), (x, f) => {
      const { annuity, capex, residual } = owned(x);
      expect(owned({ ...x, P: x.P * f }).annuity).toBeGreaterThan(annuity);
      expect(owned({ ...x, rho: x.rho / f }).annuity).toBeGreaterThanOrEqual(annuity);
      if (capex > residual * 1.01) {
        expect(owned({ ...x, r: x.r * f }).annuity).toBeGreaterThan(annuity);
        expect(owned({ ...x, n: x.n + 1 }).annuity).toBeLessThan(annuity);
      }
    }),
  );
});

it('INV-4: what is owned costs the same at any load, except for its energy', () => {
  fc.assert(
    fc.property(deployments, real(0, 1), (x, load) => {
      const [a, b] = [owned(x), owned({ ...x, load })];
      const servers = x.N_need + x.spare;
      expect(close(a.total.annuity - servers * a.energy, b.total.annuity - servers * b.energy)).toBe(true);
    }),
  );
});

it('INV-5 and INV-6: utilisation is a share, units are whole, and spares are paid for', () => {
  fc.assert(
    fc.property(
      fc.record({ average: real(0, 1e4), peak: real(1, 5), headroom: real(0, 1), X: real(0.01, 100) }),
      fc.record({
        G: fc.integer({ min: 1, max: 16 }),
        g: fc.integer({ min: 1, max: 40 }),
        spare: fc.integer({ min: 0, max: 4 }),
      }),
      ({ average, peak, headroom, X }, { G, g, spare }) => {
        const sizing = valueIn<Data>(
          sizeDeployment({
            averagePerS: requests(average, 'deployment', 'second'),
            peakPerS: requests(average * peak, 'deployment', 'second'),
            headroom,
            capacityPerReplica: requests(X, 'replica', 'second'),
            acceleratorsPerServer: G,
            acceleratorsPerReplica: g,
            spareServers: spare,
            mostServers: null,
            kwProvisionedPerServer: 10,
          }),
        );
        const { needed, bought } = sizing.servers;
        for (const count of [sizing.replicas, needed, bought]) expect(Number.isInteger(count)).toBe(true);
        expect(bought).toBe(needed + spare);
        expect(sizing.acceleratorsBought).toBeGreaterThanOrEqual(sizing.replicas * g);
        expect(sizing.replicas * X).toBeGreaterThanOrEqual(average * peak * (1 + headroom) * (1 - 1e-6) - 1e-6);
        expect(sizing.utilization).toBeGreaterThanOrEqual(0);
        expect(sizing.utilization).toBeLessThanOrEqual(1 + 1e-6);
      },
    ),
  );
});

it('INV-5: a usage above the bill is infeasible', () => {
  const flow = { uncachedPerHour: 1e6, cachedPerHour: 0, outputPerHour: 1e6 };
  const usage = attributeBySeconds({ input: 1e-3, cached: null, output: 1e-3 }, usd(3600, 'accelerator', 'hour'), flow);
  expect(allocate(perHour(1), flow, usage).state).toBe('infeasible');
});

it('INV-7: the blended price lies between the prices of the classes', () => {
  fc.assert(
    fc.property(flows, real(0.01, 1e5), real(0.1, 20), (flow, C, ratio) => {
      const { blended } = valueIn<Data>(blendedPrices(perHour(C), flow));
      const { input, output } = valueIn<Data>(attributeByRatio(perHour(C), flow, ratio));
      expect(blended).toBeGreaterThanOrEqual(Math.min(input, output) * (1 - 1e-12));
      expect(blended).toBeLessThanOrEqual(Math.max(input, output) * (1 + 1e-12));
    }),
  );
});

it('INV-8: requests priced one by one never cost more than their sum when tiers rise; the same without tiers', () => {
  fc.assert(
    fc.property(fc.array(usages, { minLength: 1, maxLength: 30 }), (all) => {
      const flat = rateCard({ rates: rates(3, 0.3, 15), tiers: [], hours: [] });
      const tiered = rateCard({
        rates: rates(3, 0.3, 15),
        tiers: [{ aboveInputTokens: 200_000, rates: rates(6, 0.6, 22.5) }],
        hours: [],
      });
      const each = all.map((usage) => ({ usage, atUnixMs: 0 }));
      const cost = (source: typeof flat, trace: typeof each) => valueIn<Data>(priceTrace(source, trace)).usd;
      const total = [{ usage: sumOf(all), atUnixMs: 0 }];
      expect(close(cost(flat, each), cost(flat, total), 1e-9)).toBe(true);
      expect(cost(tiered, each)).toBeLessThanOrEqual(cost(tiered, total) * (1 + 1e-12));
    }),
  );
});

it('INV-14: parts of a trace add up to the whole, in money and in energy', () => {
  fc.assert(
    fc.property(
      fc.array(usages, { minLength: 2, maxLength: 30 }),
      fc.array(real(0, 1000), { minLength: 3, maxLength: 40 }),
      real(0, 1),
      (all, watts, at) => {
        const card = rateCard({
          rates: rates(3, 0.3, 15),
          tiers: [{ aboveInputTokens: 100_000, rates: rates(6, 0.6, 22.5) }],
          hours: [],
        });
        const cost = (part: readonly RequestUsage[]) =>
          valueIn<Data>(
            priceTrace(
              card,
              part.map((usage) => ({ usage, atUnixMs: null })),
            ),
          ).usd;
        const cut = 1 + Math.floor(at * (all.length - 2));
        expect(close(cost(all), cost(all.slice(0, cut)) + cost(all.slice(cut)))).toBe(true);
        const times = watts.map((_, i) => i * 0.5);
        const joules = (from: number, to: number) =>
          valueIn<Data>(integratePower(times.slice(from, to), watts.slice(from, to))).joules;
        const middle = 1 + Math.floor(at * (watts.length - 3));
        expect(Math.abs(joules(0, watts.length) - joules(0, middle + 1) - joules(middle, watts.length))).toBeLessThan(
          1e-6,
        );
      },
    ),
  );
});

it('INV-15: energy is never counted twice', () => {
  fc.assert(
    fc.property(deployments, (x) => {
      expect(owned({ ...x, coloIncludesPower: true }).energy).toBe(0);
      expect(facilityFactor('all-in-utility', x.pue)).toBe(1);
    }),
  );
});

it('INV-16: over the life of a server what is charged equals what is billed', () => {
  fc.assert(
    fc.property(deployments, (x) => {
      const rows = lifeRows(deploymentOf({ ...x, N_buy: x.N_need }));
      const [billed, effective] = [
        rows.reduce((t, row) => t + row.billed, 0),
        rows.reduce((t, row) => t + row.effective, 0),
      ];
      const { capex, residual } = owned(x);
      expect(Math.abs(billed - effective)).toBeLessThan(1e-9 * capex);
      expect(Math.abs(billed - (capex - residual))).toBeLessThan(1e-9 * capex);
    }),
  );
});
