import { describe, expect, it } from 'vitest';
import { decisionMatrix, type MatrixEvidence } from '../../src/economics/decision.ts';

const evidence: MatrixEvidence = {
  paybackMonth: 24,
  requestsPerMonth: 125,
  sustainedRequestsPerMonth: 100,
  modelControl: 3,
  shareNpvPositive: 0.8,
  sensitiveShare: 0.25,
  ownCost: 0.75,
  apiCost: 1,
  predictable: true,
  strategicallyCore: false,
};
const scoreOf = (change: Partial<MatrixEvidence>, factor: string) =>
  decisionMatrix({ ...evidence, ...change }).rows.find((row) => row.factor === factor)!.score;

describe('decision matrix', () => {
  it('scores each factor from 0 for the API to 1 for owning', () => {
    const { rows, tests } = decisionMatrix(evidence);
    expect(rows.map(({ score }) => score)).toEqual([0.5, 0.5, 1, 0.8, 0.25, 0.5, 1, 1, 0]);
    expect(tests).toEqual({ massive: true, predictable: true, core: false });
  });

  it('holds its scores at their ends', () => {
    expect([6, 12, 36, 50].map((paybackMonth) => scoreOf({ paybackMonth }, 'upfront-cost'))).toEqual([1, 1, 0, 0]);
    expect(scoreOf({ paybackMonth: 'never' }, 'upfront-cost')).toBe(0);
    expect([40, 50, 200, 900].map((v) => scoreOf({ requestsPerMonth: v }, 'best-fit'))).toEqual([0, 0, 1, 1]);
    expect([0.3, 0.5, 1, 3].map((ownCost) => scoreOf({ ownCost }, 'token-cost'))).toEqual([1, 1, 0, 0]);
    expect(scoreOf({ sustainedRequestsPerMonth: 'never' }, 'massive')).toBe(0);
  });

  it('gives no score without evidence, and leaves the factor out of the mean', () => {
    const bare = { ...evidence, paybackMonth: null, shareNpvPositive: null, predictable: null, requestsPerMonth: null };
    const { rows, tests, score } = decisionMatrix(bare);
    expect(rows.filter((row) => row.score === null).map(({ factor }) => factor)).toEqual([
      'upfront-cost',
      'best-fit',
      'flexibility',
      'massive',
      'predictable',
    ]);
    expect(tests).toEqual({ massive: null, predictable: null, core: false });
    expect(score).toBeCloseTo((1 + 0.25 + 0.5 + 0) / 4, 12);
  });

  it('weighs as the user says', () => {
    const zero = Object.fromEntries(decisionMatrix(evidence).rows.map(({ factor }) => [factor, 0]));
    expect(decisionMatrix(evidence, { ...zero, flexibility: 2 }).score).toBe(0.8);
    expect(decisionMatrix(evidence, zero).score).toBeNull();
    expect(() => decisionMatrix(evidence, { flexibility: -1 })).toThrow(/weight of flexibility/);
  });
});
