import { npvOf } from '../economics/cashflow.ts';
import { type Choice, type DecisionTests, decisionTests } from '../economics/decision.ts';
import type { Uncertain } from '../economics/distribution.ts';
import { type MonteCarlo, monteCarlo, mulberry32, type TornadoRow, tornado } from '../economics/sensitivity.ts';
import { type Reverser, recommend, reversers, type Verdict } from '../economics/verdict.ts';
import { type Alternative, apiAlternative, rentedFleet } from './decide-alternative.ts';
import { type DecisionCase, valuesFor } from './decide-case.ts';
import { candidatesOf, type Evaluation, evaluate, gatesOf } from './decide-evaluate.ts';
import { fleetOf } from './decide-fleet.ts';
import { loadOf } from './decide-load.ts';
import { breakEvenOf, purchaseOf } from './decide-purchase.ts';
import type { Values } from './decide-values.ts';
import { uncertainEntries } from './register.ts';

/** NPV of buying as a function of the assumptions, against the same alternative throughout; null where there is no purchase. */
export function npvFunction(about: DecisionCase, evaluation: Evaluation): ((values: Values) => number) | null {
  const { own, alternative } = evaluation;
  if (own === null || own.fleet === null || alternative === null) return null;
  const replaced = evaluation.options.find(({ api, rented }) => (api ?? rented) === alternative)!;
  // A draw may need more servers than may be bought; what it is worth does not depend on that.
  const situation = { ...about.situation, mostServers: null };
  return (values) => {
    const ours = valuesFor(values, own.offer!);
    const fleet = fleetOf(ours, situation);
    if (fleet.state !== 'ok') return npvFloor;
    const theirs = valuesFor(values, replaced.offer!);
    const load = loadOf(theirs, situation.shape);
    const other: Alternative =
      alternative.kind === 'api'
        ? apiAlternative(theirs, load, alternative.name)
        : rentedFleet(theirs, load, replaced.rented!.mode, alternative.name);
    return npvOf(purchaseOf(fleet.value, ours, other, true));
  };
}

/** A fleet of a stated size that a draw outgrows from the first month serves nothing of it. */
const npvFloor = -1e12;

/** What is uncertain and moves the NPV, with its tornado. */
export function uncertainties(
  about: DecisionCase,
  npv: (values: Values) => number,
): { readonly entries: readonly Uncertain[]; readonly tornado: readonly TornadoRow[] } {
  const rows = tornado(uncertainEntries(about.register), (values) => npv({ ...about.values, ...values }));
  const moving = rows.filter(({ swingUsd }) => swingUsd > 0);
  const ids = new Set(moving.map(({ id }) => id));
  return { entries: uncertainEntries(about.register).filter(({ id }) => ids.has(id)), tornado: moving };
}

/** Monte Carlo over what moves the NPV, seeded. */
export function simulateNpv(
  about: DecisionCase,
  entries: readonly Uncertain[],
  npv: (values: Values) => number,
  options: { readonly seed: number; readonly draws: number },
): MonteCarlo {
  return monteCarlo(entries, (values) => npv({ ...about.values, ...values }), mulberry32(options.seed), options.draws);
}

/** The three tests at one set of values. */
export function testsOf(about: DecisionCase, evaluation: Evaluation): DecisionTests {
  const { own, alternative, load } = evaluation;
  const crossing =
    own === null || own.fleet === null || alternative === null
      ? null
      : breakEvenOf(own.fleet, own.values, alternative, {
          horizon: about.horizonRequestsPerMonth,
          mostServers: about.situation.mostServers,
        });
  return decisionTests({
    ...unknownEvidence,
    requestsPerMonth: load.requestsPerMonth,
    sustainedRequestsPerMonth: crossing === null ? null : (crossing.sustained?.requestsPerMonth ?? 'never'),
    predictable: about.strategy.predictable,
    strategicallyCore: about.strategy.core,
  });
}

const unknownEvidence = {
  paybackMonth: null,
  requestsPerMonth: null,
  sustainedRequestsPerMonth: null,
  modelControl: null,
  shareNpvPositive: null,
  sensitiveShare: null,
  ownCost: null,
  apiCost: null,
  predictable: null,
  strategicallyCore: null,
};

/** The recommendation for a case and one set of values; `shareNpvPositive` is asked only where it decides. */
export function verdictAt(about: DecisionCase, evaluation: Evaluation, shareNpvPositive: () => number | null): Verdict {
  const inputs = {
    candidates: candidatesOf(about, evaluation.options),
    tests: testsOf(about, evaluation),
    gates: gatesOf(about),
  };
  const hopeful = recommend({ ...inputs, shareNpvPositive: 1 });
  return hopeful.choice === 'own' ? recommend({ ...inputs, shareNpvPositive: shareNpvPositive() }) : hopeful;
}

/** Enough to see where a probability of 70 % is crossed, since every place uses the same draws. */
const drawsNearby = 64;

/**
 * Assumptions whose change inside their own range reverses the choice, most fragile first. The probability of a positive NPV is
 * estimated from few draws there, corrected by what all draws gave at the base.
 */
export function reversersOf(
  about: DecisionCase,
  entries: readonly Uncertain[],
  share: { readonly atBase: number | null; readonly seed: number },
): Reverser[] {
  const few = (values: Values): number | null => {
    const npv = npvFunction(about, evaluate(about, values));
    if (npv === null) return null;
    const varied = entries.map((entry) => around(entry, values[entry.id] ?? entry.value));
    const draw = mulberry32(share.seed);
    return monteCarlo(varied, (drawn) => npv({ ...values, ...drawn }), draw, drawsNearby).shareNpvPositive;
  };
  let correction: number | null = null;
  const choose = (varied: Values): Choice => {
    const values = { ...about.values, ...varied };
    return verdictAt(about, evaluate(about, values), () => {
      const estimate = few(values);
      if (estimate === null || share.atBase === null) return null;
      correction ??= share.atBase - (few(about.values) ?? share.atBase);
      return estimate + correction;
    }).choice;
  };
  return reversers(uncertainEntries(about.register), choose, 10, 10);
}

/** An entry whose mode has moved: its range stays where it holds the mode. */
const around = (entry: Uncertain, value: number): Uncertain => ({
  ...entry,
  value,
  low: Math.min(entry.low, value),
  high: Math.max(entry.high, value),
});

/** A declaration that would change the choice if it were the other way round. */
export interface Declaration {
  readonly id: string;
  readonly value: boolean;
  readonly choice: Choice;
}

/** What the user declared, each turned round on its own. */
export function reversingDeclarations(about: DecisionCase, choice: Choice, share: number | null): Declaration[] {
  const { strategy, privacy, quality } = about;
  const turned: readonly (readonly [string, boolean, DecisionCase])[] = [
    ['strategy.core', !strategy.core, { ...about, strategy: { ...strategy, core: !strategy.core } }],
    [
      'strategy.predictable',
      !strategy.predictable,
      { ...about, strategy: { ...strategy, predictable: !strategy.predictable } },
    ],
    ['privacy.apiAllowed', !privacy.apiAllowed, { ...about, privacy: { ...privacy, apiAllowed: !privacy.apiAllowed } }],
    [
      'privacy.rentAllowed',
      !privacy.rentAllowed,
      { ...about, privacy: { ...privacy, rentAllowed: !privacy.rentAllowed } },
    ],
    [
      'rent.scales',
      about.values['rent.scales'] === 0,
      { ...about, values: { ...about.values, 'rent.scales': about.values['rent.scales'] === 0 ? 1 : 0 } },
    ],
    [
      'quality.self reaches quality.floor',
      quality.floor !== null && quality.self !== null && quality.self < quality.floor,
      { ...about, quality: { ...quality, self: quality.floor ?? quality.self } },
    ],
  ];
  return turned.flatMap(([id, value, changed]) => {
    const other = verdictAt(changed, evaluate(changed, changed.values), () => share).choice;
    return other === choice ? [] : [{ id, value, choice: other }];
  });
}
