import { describe, expect, it } from 'vitest';
import { type Fleet, fleetOf } from '../../src/procurement/decide-fleet.ts';
import { flatWeek, loadOf } from '../../src/procurement/decide-load.ts';
import type { Values } from '../../src/procurement/decide-values.ts';
import { type Changes, caseWith } from './decide-sample.ts';

const fleet = (changes: Changes = {}, mostServers: number | null = null): Fleet => {
  const about = caseWith(changes);
  const found = fleetOf(about.values, { ...about.situation, mostServers });
  if (found.state !== 'ok') throw new Error(found.reasons.join());
  return found.value;
};

describe('a week from a peak', () => {
  it.each([1, 1.226, 3.36, 4.2, 17, 168])('has the mean 1 and the peak %d', (peak) => {
    const week = flatWeek(peak);
    expect(week).toHaveLength(168);
    expect(week.reduce((a, b) => a + b, 0)).toBeCloseTo(168, 9);
    expect(Math.max(...week)).toBeCloseTo(peak, 9);
    expect(Math.min(...week)).toBeGreaterThanOrEqual(0);
  });

  it('follows a pattern where there is one, whatever its unit, and its peak counts', () => {
    const values: Values = { 'demand.requests_per_month': 730_000, 'demand.peak_to_average': 9 };
    const load = loadOf(values, [0, 1, 2, 1]);
    expect(load.peakToAverage).toBe(2);
    expect(load.hourly).toEqual([0, 1000, 2000, 1000].map((each) => expect.closeTo(each, 6) as number));
  });
});

describe('a fleet', () => {
  it('is the server of OWN-1 where one is enough', () => {
    const one = fleet({ 'demand.requests_per_month': 50_000_000 });
    expect(one.sizing.servers).toEqual({ needed: 1, spare: 0, bought: 1 });
    expect(one.cost.capexTotal).toBeCloseTo(335_800, 6);
    expect(one.cost.total.annuity).toBeCloseTo(187_197.768602, 5);
    expect(one.cost.perAcceleratorHour.annuity).toBeCloseTo(2.67120103598, 9);
    expect(one.fixedUsdPerYear + one.unit.usdPerYear).toBeCloseTo(one.cost.total.annuity, 6);
  });

  it('pays spares and staff whatever serves, so they are fixed', () => {
    const [plain, spared] = [fleet(), fleet({ 'owned.spare_servers': 1 })];
    expect(spared.sizing.servers.bought).toBe(plain.sizing.servers.bought + 1);
    expect(spared.fixedUsdPerYear - plain.fixedUsdPerYear).toBeCloseTo(plain.unit.usdPerYear, 6);
  });

  it('buys as many servers together as a replica spreads over', () => {
    const wide = fleet({ 'capacity.accelerators_per_replica': 16, 'capacity.requests_per_s_per_replica': 160 });
    expect(wide.unit.servers).toBe(2);
    expect(wide.unit.nominalRequestsPerMonth).toBe(160 * 2_628_000);
    expect(wide.sizing.servers.needed % 2).toBe(0);
  });

  it('is infeasible above the servers that may be bought, or where a stated fleet is too small', () => {
    const about = caseWith();
    expect(fleetOf(about.values, { ...about.situation, mostServers: 1 })).toMatchObject({ state: 'infeasible' });
    const small = caseWith({ 'owned.servers': 1 });
    expect(fleetOf(small.values, small.situation)).toMatchObject({
      state: 'infeasible',
      evidence: { serversNeeded: 2, serversGiven: 1 },
    });
    expect(fleet({ 'owned.servers': 5 }).sizing).toMatchObject({ servers: { bought: 5 }, acceleratorsBought: 40 });
  });

  it('rounds what a sensitivity walks through: months of life and counts', () => {
    const about = caseWith();
    const values = { ...about.values, 'owned.life_years': 4.03, 'owned.spare_servers': 0.6 };
    const found = fleetOf(values, about.situation);
    expect(found.state === 'ok' && found.value.sizing.servers.spare).toBe(1);
  });
});
