import { describe, expect, it } from 'vitest';
import { fitShapes, type ShapeCost } from '../../src/economics/regression.ts';

const cost = (i: number, c: number, o: number) => 2e-5 * i + 1e-6 * c + 1.2e-4 * o;
const shape = (i: number, c: number, o: number, y = cost(i, c, o)): ShapeCost => ({
  uncachedTokens: i,
  cachedTokens: c,
  outputTokens: o,
  acceleratorSPerRequest: y,
  objective: 'ttft.p99 < 500ms',
});
const good = [shape(100, 0, 900), shape(4000, 0, 100), shape(1000, 0, 400), shape(200, 0, 20)];

describe('fit of shapes', () => {
  it('is refused with too few different shapes, however often they were measured', () => {
    const twice = [shape(100, 0, 900), shape(100, 0, 900), shape(4000, 0, 100), shape(4000, 0, 100)];
    expect(fitShapes(twice)).toMatchObject({
      state: 'refused',
      reasons: ['too-few-shapes'],
      evidence: { shapes: 2, needed: 3 },
    });
    expect(fitShapes([shape(100, 10, 900), shape(4000, 0, 100), shape(1, 0, 7)])).toMatchObject({
      evidence: { needed: 4 },
    });
    expect(fitShapes([])).toMatchObject({ reasons: ['too-few-shapes'] });
  });

  it('is refused across objectives', () => {
    const mixed = [...good.slice(1), { ...good[0]!, objective: 'ttft.p99 < 2s' }];
    expect(fitShapes(mixed)).toMatchObject({ state: 'refused', reasons: ['mixed-slo'] });
  });

  it('is refused where one column is a sum of two others although no two are parallel', () => {
    const dependent = [
      shape(1000, 1100, 100),
      shape(100, 1000, 900),
      shape(500, 900, 400),
      shape(50, 60, 10),
      shape(3000, 3001, 1),
    ];
    expect(fitShapes(dependent)).toMatchObject({ state: 'refused', reasons: ['shapes-collinear'] });
  });

  it('is refused where a class would have to cost less than nothing', () => {
    const odd = [
      shape(100, 0, 900, 0.09),
      shape(4000, 0, 100, 0.002),
      shape(1000, 0, 400, 0.035),
      shape(3000, 0, 300, 0.02),
    ];
    expect(fitShapes(odd)).toMatchObject({ state: 'refused', reasons: ['poor-fit'] });
  });

  it('is refused where noise leaves an interval wider than half of its estimate', () => {
    const noisy = good.map((s, k) => ({
      ...s,
      acceleratorSPerRequest: s.acceleratorSPerRequest * [0.7, 1.3, 1, 0.75][k]!,
    }));
    expect(fitShapes(noisy)).toMatchObject({ state: 'refused', reasons: ['poor-fit'] });
  });

  it('reports decoding that grows with context where it is there, and not where it is not', () => {
    const context = (s: ShapeCost) => ({
      ...s,
      acceleratorSPerRequest: s.acceleratorSPerRequest + 1e-9 * s.uncachedTokens * s.outputTokens,
    });
    const many = [...good, shape(8000, 0, 50), shape(3000, 0, 30), shape(50, 0, 300)];
    expect(fitShapes(many.map(context))).toMatchObject({ value: { contextTerm: { significant: true } } });
    expect(fitShapes(many)).toMatchObject({ value: { contextTerm: { significant: false } } });
  });
});
