import { describe, expect, it } from 'vitest';
import { capacityAtObjective, type LoadPoint } from '../../src/economics/capacity.ts';

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
