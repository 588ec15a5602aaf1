import type { Choice, DecisionTests, MatrixGates } from './decision.ts';
import type { InfeasibleReason } from './state.ts';

/** From options, tests and gates to one recommendation (section 14.2), and what would reverse it. */

export type OptionKind = Exclude<Choice, 'infeasible'>;

/** One option as it competes: yearly cost in USD on one basis, and whether its figure may be ranked (section 5). */
export interface Candidate {
  readonly kind: OptionKind;
  readonly usdPerYear: number | null;
  readonly state: 'ok' | 'not-verified' | 'not-reached' | 'infeasible' | 'refused';
  readonly reasons: readonly string[];
}

export interface Verdict {
  readonly choice: Choice;
  /** `not-verified` when it rests on figures that may not be ranked, or on tests that nobody could answer. */
  readonly state: 'ok' | 'not-verified' | 'infeasible';
  readonly reasons: readonly string[];
}

/** Least probability of a positive NPV at which owning is recommended. */
export const leastShareNpvPositive = 0.7;

/**
 * `own` needs all three tests and P(NPV > 0) ≥ 0.7; `hybrid` wins when it beats both pure plans; otherwise the cheaper of API and
 * rental. Gates come first. A pure plan that a gate, a limit or its tests forbid cannot be beaten, so hybrid then has to beat
 * the one that is left. Owning that passes its tests but costs more than a hybrid plan yields to the hybrid.
 */
export function recommend(inputs: {
  readonly candidates: readonly Candidate[];
  readonly tests: DecisionTests;
  readonly shareNpvPositive: number | null;
  readonly gates: MatrixGates;
}): Verdict {
  const closed = gateReasons(inputs.gates);
  const open = inputs.candidates.filter((c) => c.usdPerYear !== null && isOpen(c) && !closed.has(c.kind));
  if (open.length === 0)
    return { choice: 'infeasible', state: 'infeasible', reasons: whyNot(inputs.candidates, closed) };
  const cheapest = (kinds: readonly OptionKind[]) =>
    open.filter(({ kind }) => kinds.includes(kind)).sort((a, b) => a.usdPerYear! - b.usdPerYear!)[0];
  const [own, hybrid, other] = [cheapest(['own']), cheapest(['hybrid']), cheapest(['api', 'rent'])];
  const { massive, predictable, core } = inputs.tests;
  const unknown = [massive, predictable, core, inputs.shareNpvPositive].some((answer) => answer === null);
  const passes = massive === true && predictable === true && core === true;
  const ownQualifies = own && passes && (inputs.shareNpvPositive ?? 0) >= leastShareNpvPositive;
  const bestPure = cheapest(['own', 'api', 'rent']);
  // Owning that fails its tests may not be chosen, so a hybrid plan need not beat it, only what is left.
  const bestEligible = ownQualifies || !other ? bestPure : other;
  const hybridWins = hybrid && (!bestEligible || hybrid.usdPerYear! < bestEligible.usdPerYear!);
  const chosen = hybridWins ? hybrid : ownQualifies ? own : (other ?? own ?? hybrid)!;
  const passedOver = own && !ownQualifies && chosen !== own && own.usdPerYear! < chosen.usdPerYear!;
  const reasons = [...chosen.reasons];
  if (hybridWins && !bestPure) reasons.push('only-feasible-plan');
  else if (hybridWins) reasons.push(passedOver ? 'hybrid-below-api-and-rent' : 'hybrid-below-both-pure-plans');
  else if (chosen === own) reasons.push(ownQualifies ? 'three-tests-and-npv' : 'only-feasible-plan');
  else if (nothingElse(inputs.candidates, open, chosen)) reasons.push('only-feasible-plan');
  if (passedOver) reasons.push(...failedTests(inputs));
  // A comparison is no better than its worse side; a test without an answer matters where it kept owning from winning.
  const unverified = open.filter(({ state }) => state === 'not-verified');
  reasons.push(...unverified.flatMap((candidate) => candidate.reasons));
  // What was not given its numbers was not compared.
  const left = inputs.candidates.some(({ kind, state }) => kind !== 'hybrid' && state === 'refused');
  if (left) reasons.push('option-not-compared');
  const doubtful = left || unverified.length > 0 || (unknown && own !== undefined && !hybridWins && chosen !== own);
  return { choice: chosen.kind, state: doubtful ? 'not-verified' : 'ok', reasons: [...new Set(reasons)] };
}

/** Whether gates and limits leave one kind of plan; a candidate that lacks its numbers may yet be another. */
function nothingElse(all: readonly Candidate[], open: readonly Candidate[], chosen: Candidate): boolean {
  const others = all.filter(({ kind }) => kind !== chosen.kind && kind !== 'hybrid');
  return others.length > 0 && others.every((c) => !open.includes(c) && c.state !== 'refused');
}

const isOpen = (c: Candidate) => c.state === 'ok' || c.state === 'not-verified';

function failedTests(inputs: { readonly tests: DecisionTests; readonly shareNpvPositive: number | null }): string[] {
  const { massive, predictable, core } = inputs.tests;
  const named = { massive, predictable, core } as const;
  const reasons = Object.entries(named).flatMap(([name, answer]) =>
    answer === true ? [] : [answer === null ? `${name}-unknown` : `not-${name}`],
  );
  if (inputs.shareNpvPositive === null) reasons.push('npv-probability-unknown');
  else if (inputs.shareNpvPositive < leastShareNpvPositive) reasons.push('npv-probability-below-0.7');
  return reasons;
}

/** Options that a gate closes, with the reason. */
function gateReasons(gates: MatrixGates): Map<OptionKind, InfeasibleReason> {
  const closed = new Map<OptionKind, InfeasibleReason>();
  if (!gates.apiAllowed) closed.set('api', 'sensitive-class-needs-self-hosting');
  if (!gates.ownWithinCapital)
    for (const kind of ['own', 'hybrid'] as const) closed.set(kind, 'capital-limit-exceeded');
  if (!gates.ownQualityEnough)
    for (const kind of ['own', 'hybrid', 'rent'] as const) closed.set(kind, 'quality-below-floor');
  return closed;
}

function whyNot(candidates: readonly Candidate[], closed: ReadonlyMap<OptionKind, InfeasibleReason>): string[] {
  const ofGates = [...closed.values()];
  const ofOptions = candidates.filter((c) => !closed.has(c.kind)).flatMap(({ reasons }) => reasons);
  return [...new Set([...ofGates, ...ofOptions])];
}

export interface Reverser {
  readonly id: string;
  /** The value nearest to the base at which the choice differs. */
  readonly value: number;
  readonly choice: Choice;
  /** Distance from the base as a share of the way to that end of the range; small is fragile. */
  readonly distanceShare: number;
}

/**
 * Register entries whose change inside their own range reverses the choice, most fragile first. Each side is walked in
 * `steps` equal steps, since a choice may change and change back, then the first change is closed in on by `halvings`.
 */
export function reversers(
  entries: readonly { readonly id: string; readonly value: number; readonly low: number; readonly high: number }[],
  choose: (values: Readonly<Record<string, number>>) => Choice,
  steps = 16,
  halvings = 20,
): Reverser[] {
  const base = Object.fromEntries(entries.map(({ id, value }) => [id, value]));
  const chosen = choose(base);
  const found: Reverser[] = [];
  for (const { id, value, low, high } of entries) {
    const sides = [low, high].flatMap((end) => {
      if (end === value) return [];
      const at = (way: number) => choose({ ...base, [id]: value + way * (end - value) });
      const first = Array.from({ length: steps }, (_, i) => (i + 1) / steps).find((way) => at(way) !== chosen);
      if (first === undefined) return [];
      let [same, other] = [first - 1 / steps, first];
      for (let i = 0; i < halvings; i++) {
        const middle = (same + other) / 2;
        if (at(middle) === chosen) same = middle;
        else other = middle;
      }
      return [{ id, value: value + other * (end - value), choice: at(other), distanceShare: other }];
    });
    const nearest = sides.sort((a, b) => a.distanceShare - b.distanceShare)[0];
    if (nearest) found.push(nearest);
  }
  return found.sort((a, b) => a.distanceShare - b.distanceShare || (a.id < b.id ? -1 : 1));
}
