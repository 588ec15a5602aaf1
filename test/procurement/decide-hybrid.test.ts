import { describe, expect, it } from 'vitest';
import type { Alternative } from '../../src/procurement/decide-alternative.ts';
import type { Fleet } from '../../src/procurement/decide-fleet.ts';
import { burstHybrid, splitHybrid } from '../../src/procurement/decide-hybrid.ts';
import type { Values } from '../../src/procurement/decide-values.ts';

/** Servers of HYB-1 and the day of UTIL-1. */
const hourly = [
  ...[40000, 30000, 25000, 20000, 20000, 30000, 60000, 110000, 180000, 240000, 280000, 300000],
  ...[310000, 300000, 290000, 280000, 260000, 230000, 190000, 150000, 120000, 90000, 70000, 50000],
];
const requestsPerMonth = (3_675_000 / 24) * 730;
const usdPerYear = 21.3696082879 * 8760;
const fleet = {
  load: { hourly, requestsPerMonth, peakToAverage: 310_000 / 153_125 },
  unit: {
    servers: 1,
    peakRequestsPerMonth: 100_000 * 730,
    nominalRequestsPerMonth: 100_000 * 730,
    capexUsd: 300_000,
    opexUsdPerYear: 0.4 * usdPerYear,
    usdPerYear,
  },
  fixedUsdPerYear: 0,
  sizing: { servers: { needed: 4, spare: 0, bought: 4 } },
  cost: { straightLine: 50_000 },
} as unknown as Fleet;
const values: Values = {
  'capacity.availability': 1,
  'self.usd_per_request': 0.00001,
  'owned.server.accelerators': 8,
};
const api = (usdPerRequest: number): Alternative => ({
  ...{ kind: 'api', name: 'api', usdPerRequest, fixedUsdPerYear: 0, usdPerYear: 0, decline: 0 },
});

describe('base owned, burst to the API', () => {
  it('is the optimum of HYB-1', () => {
    const plan = burstHybrid({ fleet, values, api: api(0.0004), mostServers: null });
    expect(plan).toMatchObject({ state: 'ok', servers: 1, method: 'base-and-burst' });
    if (plan.state !== 'ok') return;
    expect(plan.criticalBusyShare).toBeCloseTo(0.547938674048, 9);
    expect(plan.usdPerYear / 365).toBeCloseTo(1267.22059891, 4);
    expect(plan.selfShare).toBeCloseTo(0.499319727891, 9);
    expect(plan.apiUsdPerYear / 365).toBeCloseTo(736, 4);
  });

  it.each([
    [0.0002, 'no-server-worth-owning'],
    [0.000005, 'no-saving-per-request'],
  ])('has none at a price of %d', (price, reason) => {
    expect(burstHybrid({ fleet, values, api: api(price), mostServers: null })).toMatchObject({
      state: 'not-reached',
      reasons: [reason],
    });
  });

  it('leaves the peak to the API even where the last server would pay: owning all of it is the purchase', () => {
    expect(burstHybrid({ fleet, values, api: api(1), mostServers: null })).toMatchObject({ servers: 3 });
    const flat = { ...fleet, load: { ...fleet.load, hourly: hourly.map(() => 90_000) } };
    expect(burstHybrid({ fleet: flat, values, api: api(1), mostServers: null })).toMatchObject({
      state: 'not-reached',
      reasons: ['all-load-on-one-side'],
    });
  });

  it('owns no more than may be bought', () => {
    expect(burstHybrid({ fleet, values, api: api(0.001), mostServers: 2 })).toMatchObject({ servers: 2 });
    expect(burstHybrid({ fleet, values, api: api(0.001), mostServers: 0 })).toMatchObject({
      state: 'infeasible',
      reasons: ['capital-limit-exceeded'],
    });
  });

  it('sends what a failed server leaves to the API', () => {
    const frail = burstHybrid({
      fleet,
      values: { ...values, 'capacity.availability': 0.9 },
      api: api(0.0004),
      mostServers: null,
    });
    expect(frail.state === 'ok' && frail.selfShare).toBeCloseTo(0.9 * 0.499319727891, 9);
  });
});

describe('a split by class', () => {
  const classes = [
    {
      name: 'notes',
      requestsPerMonth: 800_000,
      acceleratorSPerRequest: 2.2,
      apiPerRequest: 0.0042,
      sensitive: true,
      qualityOwn: 0.95,
    },
    {
      name: 'legal',
      requestsPerMonth: 30_000,
      acceleratorSPerRequest: 14,
      apiPerRequest: 0.21,
      sensitive: false,
      qualityOwn: 0.62,
    },
  ] as unknown as Parameters<typeof splitHybrid>[1];
  const inputs = { fleet, values, api: api(0.001), mostServers: null };

  it('keeps the sensitive class at home and sends the one below the floor away', () => {
    const plan = splitHybrid(inputs, classes, 0.9);
    expect(plan).toMatchObject({ state: 'ok', method: 'class-split', servers: 1 });
    if (plan.state !== 'ok') return;
    expect(plan.split?.optimum.selfShare).toEqual({ notes: 1, legal: 0 });
    expect(plan.apiUsdPerYear).toBeCloseTo(12 * 6300, 6);
  });

  it('is infeasible where a class is sensitive and below the floor', () => {
    expect(splitHybrid(inputs, classes, 0.99)).toMatchObject({
      state: 'infeasible',
      reasons: ['quality-below-floor', 'sensitive-class-needs-self-hosting'],
    });
  });
});
