import { describe, expect, it } from 'vitest';
import { capacityAtObjective, type LoadPoint } from '../../src/economics/capacity.ts';
import { monotoneCurve } from '../../src/economics/interpolation.ts';
import { requests } from '../../src/economics/quantity.ts';
import { sizeDeployment } from '../../src/economics/sizing.ts';

const objective = { p99TtftMs: 500, p99TpotMs: 50, errorShare: 0.01, goodputShare: null };
const point = (offeredPerS: number, change: Partial<LoadPoint> = {}): LoadPoint => ({
  offeredPerS,
  completedPerS: offeredPerS,
  p99TtftMs: 100,
  p99TpotMs: 20,
  errorShare: 0,
  goodputShare: null,
  queueGrows: false,
  rates: 'steady',
  ...change,
});

describe('capacity at the objective', () => {
  it('is the highest admissible load, bracketed by the next that fails', () => {
    const sweep = [point(20, { p99TtftMs: 900 }), point(5), point(10)];
    expect(capacityAtObjective(sweep, objective, 'replica')).toMatchObject({
      state: 'ok',
      value: { capacity: 10, bracketOfferedPerS: [10, 20], measureAgainPerS: [] },
    });
  });

  it('is a lower bound when no load failed, also when random arrivals completed a little less than was planned', () => {
    const sweep = [point(5, { completedPerS: 4.99 }), point(10, { completedPerS: 9.93 })];
    expect(capacityAtObjective(sweep, objective, 'replica')).toMatchObject({
      state: 'not-verified',
      reasons: ['capacity-lower-bound'],
      value: { capacity: 9.93, bracketOfferedPerS: [10, null] },
    });
  });

  it('is not verified, with a careful reading beside it, when a lower load failed', () => {
    const sweep = [point(1), point(5, { p99TtftMs: 580 }), point(10), point(20, { queueGrows: true })];
    expect(capacityAtObjective(sweep, objective, 'replica')).toMatchObject({
      state: 'not-verified',
      reasons: ['sweep-non-monotone'],
      value: { capacity: 10, measureAgainPerS: [5], carefulPerS: 1 },
    });
  });

  it('is infeasible when the objective is never met', () => {
    expect(capacityAtObjective([point(1, { errorShare: 0.02 })], objective, 'replica')).toMatchObject({
      state: 'infeasible',
      reasons: ['slo-never-met'],
    });
  });

  it.each<[string, Partial<LoadPoint>]>([
    ['an unmeasured term', { p99TpotMs: null }],
    ['a late token', { p99TpotMs: 51 }],
    ['fewer completed than offered', { completedPerS: 9.7 }],
    ['a growing queue', { queueGrows: true }],
    ['an offer above what was ever completed', { completedPerS: 9.99, rates: 'whole-run' }],
  ])('does not admit %s', (_, fault) => {
    expect(capacityAtObjective([point(5), point(10, fault)], objective, 'replica')).toMatchObject({
      value: { bracketOfferedPerS: [5, 10] },
    });
  });

  it('refuses an empty sweep with a sentence', () => {
    expect(() => capacityAtObjective([], objective, 'replica')).toThrow(/the sweep must be/);
  });
});

describe('sizing', () => {
  const demand = {
    averagePerS: requests(10, 'deployment', 'second'),
    peakPerS: requests(25, 'deployment', 'second'),
    headroom: 0.2,
    capacityPerReplica: requests(3, 'replica', 'second'),
    acceleratorsPerServer: 8,
    acceleratorsPerReplica: 2,
    spareServers: 1,
    mostServers: null,
    kwProvisionedPerServer: 11,
  };

  it('counts whole replicas and servers, spares included', () => {
    expect(sizeDeployment(demand)).toEqual({
      state: 'ok',
      value: {
        replicas: 10,
        acceleratorsServing: 20,
        acceleratorsBought: 32,
        servers: { needed: 3, spare: 1, bought: 4 },
        utilization: 10 / 48,
        powerKw: 44,
      },
    });
  });

  it('spreads a replica over several servers', () => {
    expect(sizeDeployment({ ...demand, acceleratorsPerReplica: 12 })).toMatchObject({
      value: { replicas: 10, servers: { needed: 20, bought: 21 }, utilization: 10 / 30 },
    });
  });

  it('leaves accelerators idle that do not make a replica', () => {
    expect(sizeDeployment({ ...demand, acceleratorsPerReplica: 3, spareServers: 0 })).toMatchObject({
      value: { acceleratorsServing: 30, acceleratorsBought: 40, servers: { needed: 5 } },
    });
  });

  it('does not buy a server for a rounding error', () => {
    const exact = {
      ...demand,
      headroom: 0.1,
      peakPerS: requests(30, 'deployment', 'second'),
      capacityPerReplica: requests(1.1, 'replica', 'second'),
    };
    expect(sizeDeployment(exact)).toMatchObject({ value: { replicas: 30 } });
  });

  it('is infeasible above the servers that may be bought, and needs none without demand', () => {
    expect(sizeDeployment({ ...demand, mostServers: 3 })).toMatchObject({
      state: 'infeasible',
      reasons: ['above-capacity-at-slo'],
      evidence: { serversNeeded: 4, serversAllowed: 3 },
    });
    const none = requests(0, 'deployment', 'second');
    expect(sizeDeployment({ ...demand, averagePerS: none, peakPerS: none, spareServers: 0 })).toMatchObject({
      value: { replicas: 0, servers: { bought: 0 }, utilization: 0 },
    });
  });

  it('names what makes no sense', () => {
    expect(() => sizeDeployment({ ...demand, capacityPerReplica: requests(0, 'replica', 'second') })).toThrow(
      /capacity per replica must be/,
    );
    expect(() => sizeDeployment({ ...demand, spareServers: 0.5 })).toThrow(/spare servers must be a whole number/);
  });
});

describe('monotone curve', () => {
  const curve = monotoneCurve([1, 5, 10, 25, 50], [40, 45, 59, 124, 356]);

  it('passes through its points and rises between them', () => {
    const at = (x: number) => (curve(x) as { value: number }).value;
    expect([1, 5, 10, 25, 50].map(at)).toEqual([40, 45, 59, 124, 356]);
    let before = at(1);
    for (let x = 1.25; x <= 50; x += 0.25) {
      expect(at(x)).toBeGreaterThanOrEqual(before);
      before = at(x);
    }
  });

  it('has no value outside what was measured', () => {
    expect(curve(51)).toMatchObject({ state: 'refused', reasons: ['outside-measured-range'] });
    expect(curve(0.5).state).toBe('refused');
    expect(curve(Number.NaN).state).toBe('refused');
  });

  it('has no extremum of its own at a step', () => {
    const step = monotoneCurve([0, 1, 2, 3], [0, 0, 10, 10]);
    for (let x = 0; x <= 3; x += 0.05) {
      const { value } = step(x) as { value: number };
      expect(value).toBeGreaterThanOrEqual(-1e-12);
      expect(value).toBeLessThanOrEqual(10 + 1e-12);
    }
  });

  it('is a straight line through two points', () => {
    expect(monotoneCurve([0, 2], [1, 5])(1)).toEqual({ state: 'ok', value: 3 });
  });
});
