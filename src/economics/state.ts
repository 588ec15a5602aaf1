/**
 * States of derived numbers (section 5). A decision number is never NaN: it exists, provably does not, could not be
 * established, or breaks a limit, and says which with reasons that scripts can match.
 */
export type NotReachedReason =
  | 'api-per-full-server-below-server-cost'
  | 'beyond-horizon'
  | 'no-saving-per-request'
  /** IRR: a cash flow that never changes its sign has no internal rate. */
  | 'no-sign-change';
export type NotVerifiedReason =
  /** A capacity that somebody typed or assumed: no run stands behind it. */
  | 'capacity-not-measured'
  | 'capacity-extrapolated'
  | 'capacity-lower-bound'
  /** A lower tested load failed where this one passed: measure it again (section 2.2, rule 3). */
  | 'sweep-non-monotone'
  | 'price-stale'
  | 'price-source-missing'
  | 'quality-equivalence-undeclared'
  | 'tokenizer-ratio-unmeasured'
  | 'search-budget';
export type InfeasibleReason =
  | 'slo-never-met'
  | 'above-capacity-at-slo'
  | 'model-does-not-fit'
  | 'sensitive-class-needs-self-hosting'
  | 'quality-below-floor'
  | 'capacity-exceeded-in-month'
  /** Gate of the decision matrix (section 14.2): capex above the capital limit. */
  | 'capital-limit-exceeded';
export type RefusedReason =
  | 'shapes-collinear'
  | 'too-few-shapes'
  | 'poor-fit'
  | 'mixed-slo'
  | 'missing-input'
  /** Interpolation is allowed inside measured loads only (section 2.2). */
  | 'outside-measured-range'
  /** IRR: more than one sign change has more than one rate. */
  | 'several-sign-changes'
  /** A power trace with a gap or a counter that ran backwards (section 2.4). */
  | 'trace-invalid';

/** Numbers and words that explain a state; for people and for JSON. */
export type Evidence = Readonly<
  Record<string, number | string | boolean | null | readonly number[] | readonly string[]>
>;

export interface Ok<T> {
  readonly state: 'ok';
  readonly value: T;
}
export interface Reached<T> {
  readonly state: 'reached';
  readonly value: T;
}
export interface NotReached {
  readonly state: 'not-reached';
  readonly reasons: readonly NotReachedReason[];
  readonly evidence: Evidence;
}
/** Computed and shown, but may not be ranked. */
export interface NotVerified<T> {
  readonly state: 'not-verified';
  readonly reasons: readonly NotVerifiedReason[];
  readonly value: T;
}
export interface Infeasible {
  readonly state: 'infeasible';
  readonly reasons: readonly InfeasibleReason[];
  readonly evidence: Evidence;
}
export interface Refused {
  readonly state: 'refused';
  readonly reasons: readonly RefusedReason[];
  readonly evidence: Evidence;
}
/** Break-even rates only: the value at the start of the range is on the losing side already. */
export interface AlreadyNegative {
  readonly state: 'already-negative';
  readonly npvUsd: number;
}
/** Break-even rates only: no value in the range makes the purchase lose. */
export interface SurvivesAny {
  readonly state: 'survives-any';
  readonly npvUsd: number;
}

export type AnyState =
  | Ok<unknown>
  | Reached<unknown>
  | NotReached
  | NotVerified<unknown>
  | Infeasible
  | Refused
  | AlreadyNegative
  | SurvivesAny;
export type StateName = AnyState['state'];

export const ok = <T>(value: T): Ok<T> => ({ state: 'ok', value });
export const reached = <T>(value: T): Reached<T> => ({ state: 'reached', value });
export const notReached = (reasons: readonly NotReachedReason[], evidence: Evidence = {}): NotReached => ({
  state: 'not-reached',
  reasons,
  evidence,
});
export const notVerified = <T>(value: T, reasons: readonly NotVerifiedReason[]): NotVerified<T> => ({
  state: 'not-verified',
  reasons,
  value,
});
export const infeasible = (reasons: readonly InfeasibleReason[], evidence: Evidence = {}): Infeasible => ({
  state: 'infeasible',
  reasons,
  evidence,
});
export const refused = (reasons: readonly RefusedReason[], evidence: Evidence = {}): Refused => ({
  state: 'refused',
  reasons,
  evidence,
});

/** Only these may be ranked or shown without a reason (section 5). */
export function isRankable<S extends AnyState>(outcome: S): outcome is Extract<S, { state: 'ok' | 'reached' }> {
  return outcome.state === 'ok' || outcome.state === 'reached';
}

/** The number that may be shown, reasons beside it; null where there is none. */
export function shownValue<T>(
  outcome: Ok<T> | Reached<T> | NotVerified<T> | Exclude<AnyState, { value: unknown }>,
): T | null {
  return 'value' in outcome ? outcome.value : null;
}

/** Reasons of a state, as the JSON of the contract prints them; empty for `ok` and `reached`. */
export function reasonsOf(outcome: AnyState): readonly string[] {
  return 'reasons' in outcome ? outcome.reasons : [];
}

/**
 * A number is no better than what it was computed from: with doubts, `ok` and `reached` become `not-verified`, and a
 * number that was doubtful keeps its reasons and gains these. States without a number stay as they are.
 */
export function qualify<S extends AnyState>(
  outcome: S,
  doubts: readonly NotVerifiedReason[],
): S | NotVerified<ValueOf<S>> {
  if (doubts.length === 0) return outcome;
  if (outcome.state === 'ok' || outcome.state === 'reached')
    return notVerified((outcome as Ok<ValueOf<S>>).value, [...new Set(doubts)]);
  if (outcome.state === 'not-verified') {
    const doubtful = outcome as unknown as NotVerified<ValueOf<S>>;
    return notVerified(doubtful.value, [...new Set([...doubtful.reasons, ...doubts])]);
  }
  return outcome;
}
type ValueOf<S> = S extends { readonly value: infer T } ? T : never;

export interface TrustInputs {
  readonly capacityPoint: 'measured' | 'lower-bound' | 'extrapolated' | 'non-monotone' | null;
  /** Age of the oldest price used, in days, and the limit of its kind (section 3: 30 API and rental, 180 hardware). */
  readonly priceAgeDays: number | null;
  readonly priceAgeLimitDays: number;
  readonly priceHasSource: boolean;
  /** null where nothing of another model is compared. */
  readonly qualityEquivalence: 'declared' | 'undeclared' | null;
  readonly tokenizerRatio: 'same' | 'measured' | 'unmeasured' | null;
}

/** Doubts that follow from where the inputs come from (BE-7), in the order of section 5. */
export function doubtsOf(inputs: TrustInputs): NotVerifiedReason[] {
  const doubts: NotVerifiedReason[] = [];
  if (inputs.capacityPoint === 'extrapolated') doubts.push('capacity-extrapolated');
  if (inputs.capacityPoint === 'lower-bound') doubts.push('capacity-lower-bound');
  if (inputs.capacityPoint === 'non-monotone') doubts.push('sweep-non-monotone');
  if (inputs.priceAgeDays !== null && inputs.priceAgeDays > inputs.priceAgeLimitDays) doubts.push('price-stale');
  if (!inputs.priceHasSource || inputs.priceAgeDays === null) doubts.push('price-source-missing');
  if (inputs.qualityEquivalence === 'undeclared') doubts.push('quality-equivalence-undeclared');
  if (inputs.tokenizerRatio === 'unmeasured') doubts.push('tokenizer-ratio-unmeasured');
  return doubts;
}
