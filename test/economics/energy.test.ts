import { describe, expect, it } from 'vitest';
import { countedEnergy, energyPerToken, integratePower } from '../../src/economics/energy.ts';

describe('energy', () => {
  it('is invalid over a gap or a counter that runs backwards', () => {
    expect(integratePower([0, 3, 6.1], [1, 1, 1])).toMatchObject({
      state: 'refused',
      reasons: ['trace-invalid'],
      evidence: { sample: 2 },
    });
    expect(integratePower([0, 1, 1], [1, 1, 1]).state).toBe('refused');
    expect(integratePower([0], [1]).state).toBe('refused');
    expect(integratePower([0, 1], [1, Number.NaN]).state).toBe('refused');
    expect(countedEnergy([0, 1, 2], [5, 9, 8])).toMatchObject({ state: 'refused', evidence: { sample: 2 } });
    expect(countedEnergy([0, 1, 2], [5, 9, 15])).toMatchObject({ value: { joules: 10, averageW: 5 } });
  });

  it('applies no facility factor to a figure that includes the facility', () => {
    const energy = energyPerToken({ powerW: 100, tokensPerS: 100, basis: 'all-in-utility', pue: 1.3, usdPerKwh: 0.1 });
    expect(energy.usdPerMillionFacility).toBe(energy.usdPerMillionIt);
  });
});
