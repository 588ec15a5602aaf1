import { describe, expect, it } from 'vitest';
import { monotoneCurve } from '../../src/economics/interpolation.ts';

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
