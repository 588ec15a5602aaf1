import { describe, expect, it } from 'vitest';
import { capitalRecoveryFactor, lifeRows, monthsOf, ownedCost } from '../../src/economics/ownership.ts';
import { deploymentOf } from './vectors/owned.ts';
import { inputsOf } from './vectors/vector.ts';

describe('owned hardware', () => {
  const base = deploymentOf(inputsOf('OWN-1'));

  it('has a recovery factor that does not cancel near zero', () => {
    expect(capitalRecoveryFactor(1e-12, 4)).toBeCloseTo(0.25, 10);
    expect(capitalRecoveryFactor(0, 4)).toBe(0.25);
  });

  it('has no price per accelerator-hour where nothing serves', () => {
    expect(ownedCost({ ...base, serversNeeded: 0, serversBought: 0 }).perAcceleratorHour).toEqual({
      annuity: null,
      straightLine: null,
    });
  });

  it('names what makes no sense', () => {
    expect(() => ownedCost({ ...base, serversNeeded: 3, serversBought: 2 })).toThrow(
      /servers bought must be at least the 3 needed/,
    );
    expect(() => ownedCost({ ...base, pue: 0.9 })).toThrow(/PUE must be at least 1/);
    expect(() => ownedCost({ ...base, residualShare: 1.2 })).toThrow(/residual share/);
    expect(() => ownedCost({ ...base, lifeYears: 0 })).toThrow(/life in years must be greater than zero/);
    expect(() => ownedCost({ ...base, availability: 0 })).toThrow(/availability/);
    expect(() => ownedCost({ ...base, serversBought: 1.5 })).toThrow(/whole number/);
    expect(() => ownedCost({ ...base, colocationUsdPerKwMonth: -1 })).toThrow(/colocationUsdPerKwMonth/);
    expect(() => monthsOf(3.3333)).toThrow(/whole number of months/);
  });

  it('is billed once and charged by the month', () => {
    const rows = lifeRows(base);
    expect(rows).toHaveLength(50);
    expect(rows[0]).toMatchObject({ kind: 'purchase', billed: 335_800, effective: 0 });
    expect(rows[1]!.effective).toBeCloseTo(5808.333333, 6);
    expect(rows.at(-1)).toMatchObject({ kind: 'resale', billed: -57_000, effective: 0 });
  });
});
