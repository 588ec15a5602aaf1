import { describe, expect, it } from 'vitest';
import { type Candidate, type OptionKind, recommend, reversers } from '../../src/economics/verdict.ts';

const option = (
  kind: OptionKind,
  usdPerYear: number | null,
  state: Candidate['state'] = 'ok',
  reasons: string[] = [],
): Candidate => ({
  kind,
  usdPerYear,
  state,
  reasons,
});
const open = { ownWithinCapital: true, apiAllowed: true, ownQualityEnough: true };
const passing = { massive: true, predictable: true, core: true };
const verdict = (change: Partial<Parameters<typeof recommend>[0]>) =>
  recommend({
    candidates: [option('api', 100), option('rent', 120), option('own', 80), option('hybrid', 90)],
    tests: passing,
    shareNpvPositive: 0.8,
    gates: open,
    ...change,
  });

describe('verdict', () => {
  it('owns when all three tests and the odds say so', () => {
    expect(verdict({})).toEqual({ choice: 'own', state: 'ok', reasons: ['three-tests-and-npv'] });
  });

  it('says that nothing else is left only where nothing lacks its figures', () => {
    const alone = [option('api', 100), option('own', 80, 'infeasible', ['quality-below-floor'])];
    expect(verdict({ candidates: alone })).toEqual({ choice: 'api', state: 'ok', reasons: ['only-feasible-plan'] });
    const lacking = [option('api', 100), option('own', null, 'refused', ['missing-input'])];
    expect(verdict({ candidates: lacking })).toEqual({
      choice: 'api',
      state: 'not-verified',
      reasons: ['option-not-compared'],
    });
    const closed = { ...open, apiAllowed: false };
    expect(verdict({ candidates: [option('api', 50), option('rent', 120)], gates: closed })).toEqual({
      choice: 'rent',
      state: 'ok',
      reasons: ['only-feasible-plan'],
    });
  });

  it('does not own when one test fails, however cheap it is, and says which', () => {
    const candidates = [option('api', 100), option('rent', 120), option('own', 80), option('hybrid', 105)];
    expect(verdict({ candidates, tests: { ...passing, core: false } })).toEqual({
      choice: 'api',
      state: 'ok',
      reasons: ['not-core'],
    });
    expect(verdict({ candidates, shareNpvPositive: 0.69 })).toMatchObject({
      choice: 'api',
      reasons: ['npv-probability-below-0.7'],
    });
    expect(verdict({ candidates, tests: { ...passing, predictable: null } })).toEqual({
      choice: 'api',
      state: 'not-verified',
      reasons: ['predictable-unknown'],
    });
  });

  it('takes a hybrid that beats what is left when owning fails its tests, also where owning would cost less', () => {
    expect(verdict({ tests: { ...passing, core: false } })).toEqual({
      choice: 'hybrid',
      state: 'ok',
      reasons: ['hybrid-below-api-and-rent', 'not-core'],
    });
    expect(verdict({})).toMatchObject({ choice: 'own' });
  });

  it('takes a hybrid that beats both pure plans', () => {
    const candidates = [option('api', 100), option('own', 120), option('hybrid', 90)];
    expect(verdict({ candidates })).toMatchObject({ choice: 'hybrid', reasons: ['hybrid-below-both-pure-plans'] });
    expect(verdict({ candidates, tests: { ...passing, massive: false } })).toMatchObject({
      choice: 'hybrid',
      state: 'ok',
    });
  });

  it('rents where that is the cheaper way out', () => {
    expect(verdict({ candidates: [option('api', 100), option('rent', 70)] })).toMatchObject({ choice: 'rent' });
  });

  it('obeys its gates', () => {
    const failed = { ...passing, massive: false };
    const pure = [option('api', 100), option('rent', 120), option('own', 80)];
    expect(verdict({ candidates: pure, gates: { ...open, apiAllowed: false }, tests: failed })).toMatchObject({
      choice: 'rent',
    });
    expect(verdict({ gates: { ...open, ownWithinCapital: false } })).toMatchObject({ choice: 'api' });
    expect(verdict({ gates: { ...open, ownQualityEnough: false } })).toMatchObject({ choice: 'api' });
    expect(verdict({ gates: { ...open, apiAllowed: false, ownQualityEnough: false } })).toEqual({
      choice: 'infeasible',
      state: 'infeasible',
      reasons: ['sensitive-class-needs-self-hosting', 'quality-below-floor'],
    });
  });

  it('owns without passing the tests only where nothing else is left', () => {
    const candidates = [option('api', 100), option('own', 80)];
    const gates = { ...open, apiAllowed: false };
    expect(verdict({ candidates, gates, tests: { ...passing, core: false } })).toEqual({
      choice: 'own',
      state: 'ok',
      reasons: ['only-feasible-plan'],
    });
  });

  it('is not verified when it compares figures that are not', () => {
    const candidates = [option('api', 100, 'not-verified', ['price-stale']), option('own', 80)];
    expect(verdict({ candidates })).toEqual({
      choice: 'own',
      state: 'not-verified',
      reasons: ['three-tests-and-npv', 'price-stale'],
    });
  });

  it('never chooses what is infeasible', () => {
    const candidates = [
      option('api', null, 'refused', ['missing-input']),
      option('own', 10, 'infeasible', ['slo-never-met']),
    ];
    expect(verdict({ candidates })).toEqual({
      choice: 'infeasible',
      state: 'infeasible',
      reasons: ['missing-input', 'slo-never-met'],
    });
  });
});

it('finds the assumptions that reverse the choice, most fragile first, at the value where it turns', () => {
  const entries = [
    { id: 'api.price', value: 10, low: 5, high: 30 },
    { id: 'own.price', value: 8, low: 7, high: 16 },
    { id: 'staff', value: 1, low: 0.5, high: 1.5 },
  ];
  const found = reversers(entries, (v) => (v['own.price']! + v['staff']! < v['api.price']! ? 'own' : 'api'));
  expect(found.map(({ id }) => id)).toEqual(['own.price', 'api.price']);
  expect(found[0]).toMatchObject({ choice: 'api' });
  expect(found[0]!.value).toBeCloseTo(9, 4);
  expect(found[1]!.value).toBeCloseTo(9, 4);
});
