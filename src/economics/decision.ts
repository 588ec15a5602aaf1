import { requireNonNegative, requireShare } from './range.ts';

/** Build-or-buy decision matrix (section 14.2): scores explain a recommendation, gates bind it, NPV is never replaced. */

export type Choice = 'api' | 'rent' | 'own' | 'hybrid' | 'infeasible';

/** Linear from 0 at `zeroAt` to 1 at `oneAt`, held outside; either may be the larger. */
export function linearScore(value: number, zeroAt: number, oneAt: number): number {
  return Math.min(1, Math.max(0, (value - zeroAt) / (oneAt - zeroAt)));
}

/** Evidence behind each factor; null where it is not known, which leaves the factor without a score. */
export interface MatrixEvidence {
  /** Month of simple payback; `never` when there is none. */
  readonly paybackMonth: number | 'never' | null;
  /** V and V* (sustained), requests per month; `never` when there is no sustained crossing. */
  readonly requestsPerMonth: number | null;
  readonly sustainedRequestsPerMonth: number | 'never' | null;
  /** Declared need for control of the model, 0…3: fine-tuning, weights, version freeze. */
  readonly modelControl: 0 | 1 | 2 | 3 | null;
  readonly shareNpvPositive: number | null;
  /** Share of volume in sensitive classes. */
  readonly sensitiveShare: number | null;
  /** Allocation-basis USD per request or per million of the same denominator, at the same objective and quality. */
  readonly ownCost: number | null;
  readonly apiCost: number | null;
  /** Regularity of demand: see `predictability`; a declaration where there is no history. */
  readonly predictable: boolean | null;
  readonly strategicallyCore: boolean | null;
}

export type Factor =
  | 'upfront-cost'
  | 'best-fit'
  | 'model-control'
  | 'flexibility'
  | 'data-privacy'
  | 'token-cost'
  | 'massive'
  | 'predictable'
  | 'strategically-core';

export interface MatrixRow {
  readonly factor: Factor;
  /** 0 speaks for the API, 1 for owning; null without evidence. */
  readonly score: number | null;
  readonly weight: number;
}

export interface DecisionTests {
  readonly massive: boolean | null;
  readonly predictable: boolean | null;
  readonly core: boolean | null;
}

export interface DecisionMatrix {
  readonly rows: readonly MatrixRow[];
  /** Weighted mean of the scores that exist; null when none does. */
  readonly score: number | null;
  readonly tests: DecisionTests;
}

/** Scores of all factors with their weights (1 each where none is given). */
export function decisionMatrix(
  evidence: MatrixEvidence,
  weights: Readonly<Partial<Record<Factor, number>>> = {},
): DecisionMatrix {
  const tests = decisionTests(evidence);
  const yes = (value: boolean | null) => (value === null ? null : value ? 1 : 0);
  const scores: readonly (readonly [Factor, number | null])[] = [
    ['upfront-cost', paybackScore(evidence.paybackMonth)],
    ['best-fit', scaleScore(evidence.requestsPerMonth, evidence.sustainedRequestsPerMonth)],
    ['model-control', evidence.modelControl === null ? null : evidence.modelControl / 3],
    ['flexibility', share(evidence.shareNpvPositive, 'probability of a positive NPV')],
    ['data-privacy', share(evidence.sensitiveShare, 'sensitive share')],
    ['token-cost', costScore(evidence.ownCost, evidence.apiCost)],
    ['massive', yes(tests.massive)],
    ['predictable', yes(tests.predictable)],
    ['strategically-core', yes(tests.core)],
  ];
  const rows = scores.map(([factor, score]): MatrixRow => {
    return { factor, score, weight: requireNonNegative(weights[factor] ?? 1, `weight of ${factor}`) };
  });
  const known = rows.filter((row) => row.score !== null && row.weight > 0);
  const weight = known.reduce((total, row) => total + row.weight, 0);
  const score = weight > 0 ? known.reduce((total, row) => total + row.weight * row.score!, 0) / weight : null;
  return { rows, score, tests };
}

/** The three tests: massive (V ≥ sustained V*), predictable, strategically core. null where one cannot be answered. */
export function decisionTests(evidence: MatrixEvidence): DecisionTests {
  const { requestsPerMonth: volume, sustainedRequestsPerMonth: sustained } = evidence;
  const massive = sustained === 'never' ? false : volume === null || sustained === null ? null : volume >= sustained;
  return { massive, predictable: evidence.predictable, core: evidence.strategicallyCore };
}

/** 1 up to 12 months, 0 above 36 or never, linear between. */
function paybackScore(month: number | 'never' | null): number | null {
  return month === null ? null : month === 'never' ? 0 : linearScore(month, 36, 12);
}

/** 0 below V/V* = 0.5, 1 above 2, linear between. */
function scaleScore(volume: number | null, sustained: number | 'never' | null): number | null {
  if (sustained === 'never') return 0;
  if (volume === null || sustained === null) return null;
  return sustained === 0 ? 1 : linearScore(volume / sustained, 0.5, 2);
}

/** 1 if own ≤ 0.5 × API, 0 if own ≥ API, linear between. */
function costScore(own: number | null, api: number | null): number | null {
  if (own === null || api === null) return null;
  return api === 0 ? 0 : linearScore(own / api, 1, 0.5);
}

const share = (value: number | null, name: string) => (value === null ? null : requireShare(value, name));

export interface MatrixGates {
  /** capex above the capital limit: owning is infeasible. */
  readonly ownWithinCapital: boolean;
  /** Sensitive data and no contract that allows the API: self-hosted only. */
  readonly apiAllowed: boolean;
  /** The self-hosted model is below the quality floor: API only. */
  readonly ownQualityEnough: boolean;
}
