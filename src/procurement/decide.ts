import { type DecisionMatrix, decisionMatrix, type Factor } from '../economics/decision.ts';
import { hoursPerYear, secondsPerHour } from '../economics/quantity.ts';
import { leastDraws } from '../economics/sensitivity.ts';
import type { Verdict } from '../economics/verdict.ts';
import type { DecisionCase } from './decide-case.ts';
import { inMonth } from './decide-course.ts';
import { type EvaluatedOption, type Evaluation, evaluate, gatesOf, isOpen } from './decide-evaluate.ts';
import { breakEvenPart, indifferencePart, npvPart, ratesPart } from './decide-finance.ts';
import { fleetOf, lifeYears } from './decide-fleet.ts';
import { longRunOf } from './decide-longrun.ts';
import { optionRow } from './decide-option.ts';
import { tokensOf } from './decide-price.ts';
import { reasonSentence } from './decide-reason.ts';
import { type Decision, printedBurn } from './decide-result.ts';
import { gateRows, verdictSentence, words } from './decide-sentence.ts';
import {
  npvFunction,
  reversersOf,
  reversingDeclarations,
  simulateNpv,
  testsOf,
  uncertainties,
  verdictAt,
} from './decide-uncertainty.ts';
import { worthOf } from './decide-worth.ts';

/** What surrounds the computation: how it was asked for, and what else is known of its inputs. */
export interface DecideOptions {
  readonly seed: number;
  readonly draws?: number;
  readonly date: string;
}

/** The part of a decision that follows from its case alone. */
export type ComputedDecision = Omit<Decision, 'lints' | 'notes' | 'capacity' | 'commitments' | 'reproduction'>;

/** API, rent, own or hybrid: everything of section 13 that can be computed from a case. Same case, same seed, same result. */
export function decide(about: DecisionCase, options: DecideOptions): ComputedDecision {
  const evaluation = evaluate(about, about.values);
  const npv = npvFunction(about, evaluation);
  const spread = npv === null ? null : uncertainties(about, npv);
  const draws = options.draws ?? leastDraws;
  const monteCarlo =
    npv === null || spread === null ? null : simulateNpv(about, spread.entries, npv, { seed: options.seed, draws });
  const share = monteCarlo?.shareNpvPositive ?? null;
  const verdict = verdictAt(about, evaluation, () => share);
  const chosen = chosenOption(about, evaluation, verdict);
  const { part: breakEven, found } = breakEvenPart(about, evaluation);
  const { part: npvRow, flow } = npvPart(about, evaluation);
  const sustained = found === null ? null : (found.sustained?.requestsPerMonth ?? ('never' as const));
  const payback = flow === null ? null : (flow.paybackMonth ?? ('never' as const));
  const matrix = matrixOf(about, evaluation, { payback, sustained, share });
  const worth = worthOf(about, evaluation, chosen);
  const rows = evaluation.options.map((option) => optionRow(about, option, option === chosen));
  const reversers = reversersOf(about, spread?.entries ?? [], { atBase: share, seed: options.seed });
  const growth = about.values['demand.growth'] ?? 0;
  const lifeYears = about.values['owned.life_years'] ?? 0;
  return {
    schema: 'tokbench.decide/1',
    study: about.study,
    title: about.title,
    simulated: about.simulated,
    date: options.date,
    verdict: {
      choice: verdict.choice,
      option: chosen?.name ?? null,
      state: verdict.state,
      reasons: verdict.reasons,
      sentence: verdictSentence(verdict, chosen, evaluation),
      tests: testsOf(about, evaluation),
      score: matrix.score,
      reversers: reversers.map((one) => ({ ...one, from: about.values[one.id]! })),
      declarations: reversingDeclarations(about, verdict.choice, share),
      longRun: longRunOf(about, rows, evaluation.options),
    },
    gates: gateRows(about, evaluation),
    matrix: matrixRows(about, evaluation, matrix, { payback, sustained, share }),
    options: rows,
    breakEven,
    npv: npvRow,
    breakEvenRates: ratesPart(about, evaluation),
    hybrid: hybridPart(about, evaluation),
    indifference: indifferencePart(about, evaluation),
    tornado: spread?.tornado ?? [],
    monteCarlo:
      monteCarlo === null
        ? null
        : { seed: options.seed, ...monteCarlo, parameters: spread!.entries.map(({ id }) => id).sort() },
    burn: worth.burn === null ? null : { ...printedBurn(worth.burn), tokensPerDay: worth.tokensPerDay },
    task: worth.task,
    audit: worth.audit,
    idleUsdPerYear: worth.idleUsdPerYear,
    demand: {
      requestsPerMonth: evaluation.load.requestsPerMonth,
      peakToAverage: evaluation.load.peakToAverage,
      growth,
      requestsPerMonthAtEnd: evaluation.load.requestsPerMonth * (1 + growth) ** (lifeYears - 1 / 12),
      inputTokens: about.values['demand.input_tokens'] ?? null,
      outputTokens: about.values['demand.output_tokens'] ?? null,
      hours: about.situation.shape === null ? 'flat' : 'pattern',
      ownUtilization: utilizationPart(about, evaluation),
    },
    power: powerPart(about, evaluation),
    quality: about.quality,
    data: {
      sensitivity: about.privacy.sensitivity,
      sensitiveShare: about.privacy.sensitiveShare,
      apiAllowed: about.privacy.apiAllowed,
      rentAllowed: about.privacy.rentAllowed,
    },
    register: about.register,
    offerAssumptions: about.offers.flatMap(({ name, entries = [] }) =>
      entries.length === 0 ? [] : [{ offer: name, entries }],
    ),
  };
}

/** The option that a verdict means: the cheapest of its kind that may be chosen. */
function chosenOption(about: DecisionCase, evaluation: Evaluation, verdict: Verdict): EvaluatedOption | null {
  const kinds: readonly string[] = verdict.choice === 'rent' ? ['rent', 'commit', 'spot'] : [verdict.choice];
  return (
    evaluation.options
      .filter((option) => kinds.includes(option.kind) && isOpen(option))
      .filter(({ kind }) => kind !== 'spot' || about.interruptible)
      .sort((a, b) => a.usdPerYear! - b.usdPerYear!)[0] ?? null
  );
}

interface Found {
  readonly payback: number | 'never' | null;
  readonly sustained: number | 'never' | null;
  readonly share: number | null;
}

function matrixOf(about: DecisionCase, evaluation: Evaluation, found: Found): DecisionMatrix {
  return decisionMatrix(
    {
      paybackMonth: found.payback,
      requestsPerMonth: evaluation.load.requestsPerMonth,
      sustainedRequestsPerMonth: found.sustained,
      modelControl: about.strategy.modelControl,
      shareNpvPositive: found.share,
      sensitiveShare: about.privacy.sensitiveShare,
      ownCost: evaluation.own?.usdPerYear ?? null,
      apiCost: evaluation.alternative?.usdPerYear ?? null,
      predictable: about.strategy.predictable,
      strategicallyCore: about.strategy.core,
    },
    about.weights,
  );
}

function matrixRows(
  about: DecisionCase,
  evaluation: Evaluation,
  matrix: DecisionMatrix,
  found: Found,
): Decision['matrix'] {
  const { own, alternative, load } = evaluation;
  const { tests } = matrix;
  const evidence: Readonly<Record<Factor, string>> = {
    'upfront-cost': words.payback(found.payback),
    'best-fit': words.scale(load.requestsPerMonth, found.sustained),
    'model-control': words.control(about.strategy.modelControl),
    flexibility: words.probability(found.share),
    'data-privacy': words.sensitive(about),
    'token-cost': words.cost(own?.usdPerYear ?? null, alternative?.usdPerYear ?? null, alternative?.name ?? ''),
    massive: words.yes(
      tests.massive,
      'volume reaches the sustained break-even',
      'volume is below the sustained break-even',
    ),
    predictable: about.strategy.predictableEvidence ?? words.yes(tests.predictable, 'declared', 'declared otherwise'),
    'strategically-core': words.yes(tests.core, 'declared', 'declared otherwise'),
  };
  const gates = gatesOf(about);
  const closed: Readonly<Partial<Record<Factor, string | null>>> = {
    'upfront-cost': own?.reasons.includes('capital-limit-exceeded') ? 'owning is above the limit of capital' : null,
    'data-privacy': gates.apiAllowed ? null : 'the API is closed',
    'token-cost': gates.ownQualityEnough ? null : 'self-hosting is below the quality floor',
  };
  return matrix.rows.map((row) => ({ ...row, evidence: evidence[row.factor], gate: closed[row.factor] ?? null }));
}

function hybridPart(about: DecisionCase, { options }: Evaluation): Decision['hybrid'] {
  const option = options.find(({ kind }) => kind === 'hybrid');
  const nothing = { method: null, serversOwned: null, usdPerDay: null, selfShare: null, busyShares: [], classes: [] };
  if (option === undefined || option.hybrid === null) {
    const reasons = option?.reasons ?? ['missing-input'];
    const explanation = reasonSentence(reasons, option?.missing ?? ['an owned offer and an API']);
    return { state: 'refused', reasons, explanation, ...nothing, criticalBusyShare: null };
  }
  const { hybrid } = option;
  if (hybrid.state !== 'ok') {
    const { state, reasons, criticalBusyShare } = hybrid;
    return { state, reasons, explanation: reasonSentence(reasons), ...nothing, criticalBusyShare };
  }
  return {
    state: option.state,
    reasons: option.reasons,
    explanation: option.reasons.length === 0 ? null : reasonSentence(option.reasons),
    method: hybrid.method,
    serversOwned: hybrid.servers,
    usdPerDay: (hybrid.usdPerYear * 24) / 8760,
    selfShare: hybrid.selfShare,
    criticalBusyShare: hybrid.criticalBusyShare,
    busyShares: (hybrid.burst?.marginal ?? []).map(({ busyShare }) => busyShare),
    classes: Object.entries(hybrid.split?.optimum.selfShare ?? {}).map(([name, selfShare]) => ({
      ...{ name, selfShare },
      sensitive: about.classes.find((one) => one.name === name)?.sensitive === true,
    })),
  };
}

function powerPart(about: DecisionCase, { own }: Evaluation): Decision['power'] {
  if (own === null || own.fleet === null) return null;
  const { sizing, energyKwhPerYear: kwhPerYear } = own.fleet;
  const tokens = tokensOf(own.values);
  const outputPerHour = tokens === null ? 0 : tokens.outputVisible + tokens.outputReasoning;
  const known = outputPerHour > 0 && kwhPerYear > 0;
  return {
    ...{ kwProvisioned: sizing.powerKw, kwhPerYear, basis: about.situation.powerBasis },
    joulesPerOutputToken: known ? (kwhPerYear * 3.6e6) / (outputPerHour * hoursPerYear) : null,
    outputTokensPerSPerKw: known ? outputPerHour / secondsPerHour / (kwhPerYear / hoursPerYear) : null,
  };
}

function utilizationPart(about: DecisionCase, { own }: Evaluation): Decision['demand']['ownUtilization'] {
  if (own === null || own.fleet === null) return null;
  const last = inMonth(own.values, Math.round(12 * lifeYears(own.values)));
  const atEnd = fleetOf(last, { ...about.situation, mostServers: null });
  return {
    today: own.fleet.sizing.utilization,
    atEnd: atEnd.state === 'ok' ? atEnd.value.sizing.utilization : null,
  };
}
