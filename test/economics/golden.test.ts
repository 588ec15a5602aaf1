import { describe, expect, it } from 'vitest';
import { npvOf } from '../../src/economics/cashflow.ts';
import { apiRunners } from './vectors/api.ts';
import { attributionRunners } from './vectors/attribution.ts';
import { breakEvenRunners } from './vectors/breakeven.ts';
import { demandRunners } from './vectors/demand.ts';
import { hybridRunners } from './vectors/hybrid.ts';
import { npvRunners, purchaseOf } from './vectors/npv.ts';
import { ownedRunners } from './vectors/owned.ts';
import { roiRunners } from './vectors/roi.ts';
import { inputsOf, type Runner, vector, vectors } from './vectors/vector.ts';

const runners: Readonly<Record<string, Runner>> = {
  ...ownedRunners,
  ...demandRunners,
  ...attributionRunners,
  ...breakEvenRunners,
  ...npvRunners,
  ...hybridRunners,
  ...apiRunners,
  ...roiRunners,
};

/** Relative; fits, roots and IRR 1e-6, Monte Carlo 1e-7, all else 1e-9. */
function toleranceOf(id: string, path: string): number {
  if (['ATTR-2', 'ATTR-3', 'NPV-4'].includes(id) || path.endsWith('.irr')) return 1e-6;
  return id === 'MC-1' ? 1e-7 : 1e-9;
}

/** Every difference between what was expected and what came; extra outputs of a runner are ignored. */
function differences(id: string, expected: unknown, actual: unknown, path = ''): string[] {
  if (typeof expected === 'number' && typeof actual === 'number') {
    const error = expected === 0 ? Math.abs(actual) : Math.abs(actual / expected - 1);
    return error <= toleranceOf(id, path) ? [] : [`${path}: expected ${expected}, got ${actual}`];
  }
  if (expected === null || typeof expected !== 'object')
    return expected === actual ? [] : [`${path}: expected ${String(expected)}, got ${String(actual)}`];
  if (actual === null || typeof actual !== 'object') return [`${path}: expected an object, got ${String(actual)}`];
  const [e, a] = [expected, actual] as [Record<string, unknown>, Record<string, unknown>];
  const lengths = Array.isArray(e) && (!Array.isArray(a) || a.length !== e.length) ? [`${path}: another length`] : [];
  return [...lengths, ...Object.keys(e).flatMap((key) => differences(id, e[key], a[key], `${path}.${key}`))];
}

describe('golden vectors', () => {
  it('are all there, each with its runner', () => {
    expect(vectors).toHaveLength(58);
    expect(vectors.map(({ id }) => id).toSorted()).toEqual(Object.keys(runners).toSorted());
  });

  it.each(vectors.map((v) => [v.id, v.title] as const))('%s: %s', (id) => {
    const { out } = vector(id);
    expect(differences(id, out, runners[id]!(inputsOf(id), out))).toEqual([]);
  });

  it('would notice a number that is off by a billionth', () => {
    expect(differences('OWN-1', { a: [1, { b: 2 }] }, { a: [1, { b: 2 + 5e-9 }] })).toEqual([
      '.a.1.b: expected 2, got 2.000000005',
    ]);
    expect(differences('OWN-1', { a: 1 }, {})).toHaveLength(1);
    expect(differences('OWN-1', [1, 2], [1])).toHaveLength(2);
  });

  it('NPV-2: the wrong exponent is not what the model computes', () => {
    const inputs = inputsOf('NPV-1');
    expect(npvOf(purchaseOf(inputs, 0, 0.5))).not.toBeCloseTo(vector('NPV-2').out.d0_g0_5, 0);
    expect(npvOf(purchaseOf(inputs, 0.3, 0.5))).not.toBeCloseTo(vector('NPV-2').out.d0_3_g0_5, 0);
  });
});
