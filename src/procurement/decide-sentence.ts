import type { Choice } from '../economics/decision.ts';
import { figure, percent } from '../economics/finding.ts';
import type { Verdict } from '../economics/verdict.ts';
import type { DecisionCase } from './decide-case.ts';
import { apiClosed } from './decide-case.ts';
import type { EvaluatedOption, Evaluation } from './decide-evaluate.ts';
import { gatesOf, isOpen } from './decide-evaluate.ts';
import { reasonText } from './decide-reason.ts';
import type { Gate } from './decide-result.ts';

/** Sentences of the decision, for whoever reads one line. */

const dollars = (value: number): string => `$${Math.round(value).toLocaleString('en-US')}`;

const verbs: Readonly<Record<Exclude<Choice, 'infeasible'>, string>> = {
  api: 'Pay an API',
  rent: 'Rent capacity',
  own: 'Buy servers',
  hybrid: 'Own the base and send the rest to an API',
};

/** `Pay an API (api:openai/gpt-5-mini): $54,000 a year today, $20,000 less than …`, and why. */
export function verdictSentence(verdict: Verdict, chosen: EvaluatedOption | null, evaluation: Evaluation): string {
  if (verdict.choice === 'infeasible' || chosen === null)
    return `Nothing is feasible: ${verdict.reasons.map(reasonText).join('; ')}.`;
  const what = `${verbs[verdict.choice]} (${nameOf(chosen)}): ${dollars(chosen.usdPerYear!)} a year at today's volume`;
  const next = evaluation.options
    .filter((option) => option !== chosen && isOpen(option) && option.kind !== chosen.kind && option.kind !== 'spot')
    .sort((a, b) => a.usdPerYear! - b.usdPerYear!)[0];
  const against = next === undefined ? '' : `, ${comparison(chosen.usdPerYear!, next)}`;
  const why = verdict.reasons.filter((reason) => decisive.has(reason)).map(reasonText);
  const because = why.length > 0 ? ` ${sentence(why.join('; '))}` : '';
  const doubts = verdict.reasons.filter((reason) => !decisive.has(reason));
  // Doubts of the others are doubts about the comparison, not about what was chosen.
  const whose =
    chosen.state === 'ok' ? 'Its own figure holds; what it is compared with is not verified' : 'Not verified';
  const but =
    verdict.state === 'not-verified'
      ? ` ${whose}: ${doubts.concat(unanswered(verdict)).map(reasonText).join('; ')}.`
      : '';
  return `${what}${against}.${because}${but}`;
}

const decisive = new Set([
  'hybrid-below-both-pure-plans',
  'hybrid-below-api-and-rent',
  'only-feasible-plan',
  'three-tests-and-npv',
  'not-massive',
  'not-predictable',
  'not-core',
  'npv-probability-below-0.7',
]);
const unanswered = (verdict: Verdict): string[] =>
  verdict.reasons.some((reason) => !decisive.has(reason)) ? [] : ['missing-input'];

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function nameOf(option: EvaluatedOption): string {
  if (option.kind !== 'hybrid' || option.hybrid?.state !== 'ok') return option.name;
  const { servers, selfShare } = option.hybrid;
  return `${servers} ${servers === 1 ? 'server' : 'servers'} for ${percent(selfShare)} of the requests`;
}

function comparison(cost: number, next: EvaluatedOption): string {
  const difference = next.usdPerYear! - cost;
  const name = next.kind === 'hybrid' ? 'the best hybrid plan' : next.name;
  return difference >= 0
    ? `${dollars(difference)} less than ${name}`
    : `${dollars(-difference)} more than ${name}, which the tests rule out`;
}

/** The three gates of section 14.2 with what they found. */
export function gateRows(about: DecisionCase, evaluation: Evaluation): Gate[] {
  return [privacyGate(about), capitalGate(about, evaluation), qualityGate(about)];
}

function privacyGate(about: DecisionCase): Gate {
  const { sensitiveShare, apiAllowed, sensitivity } = about.privacy;
  const data = sensitivity === null ? 'The data' : `The data (${sensitivity})`;
  if (sensitiveShare === 0) return { name: 'privacy', state: 'open', sentence: `${data} may go anywhere.` };
  if (apiAllowed)
    return { name: 'privacy', state: 'open', sentence: `${data} may be sent to the API: its contract allows it.` };
  const share =
    sensitiveShare === null || sensitiveShare === 1 ? 'All requests' : `${percent(sensitiveShare)} of the requests`;
  const room = about.privacy.rentAllowed ? 'on own or rented servers' : 'on own servers';
  return {
    name: 'privacy',
    state: 'closed',
    sentence: `${share} must stay ${room}: no contract allows an outside API.`,
  };
}

function capitalGate(about: DecisionCase, { own }: Evaluation): Gate {
  const { capitalUsd } = about.limits;
  const capex = own?.fleet?.cost.capexTotal ?? null;
  if (capitalUsd === null) return { name: 'capital', state: 'unknown', sentence: 'No limit of capital is stated.' };
  if (capex === null) return { name: 'capital', state: 'unknown', sentence: 'No purchase could be computed.' };
  const fits = capex <= capitalUsd;
  return {
    name: 'capital',
    state: fits ? 'open' : 'closed',
    sentence: `The purchase of ${dollars(capex)} is ${fits ? 'within' : 'above'} the limit of ${dollars(capitalUsd)}.`,
  };
}

function qualityGate(about: DecisionCase): Gate {
  const { floor, self, api, check } = about.quality;
  const by = check === null ? '' : ` (${check})`;
  if (floor === null) return { name: 'quality', state: 'unknown', sentence: `No quality floor is stated${by}.` };
  if (self === null)
    return {
      name: 'quality',
      state: 'unknown',
      sentence: `Nobody measured the model that would be self-hosted against the floor of ${percent(floor)}${by}.`,
    };
  const passes = gatesOf(about).ownQualityEnough;
  const apiToo = api !== null && api < floor ? ` The API's ${percent(api)} are below it too.` : '';
  return {
    name: 'quality',
    state: passes ? 'open' : 'closed',
    sentence: `The self-hosted model passes ${percent(self)} of the checks${by}; the floor is ${percent(floor)}.${apiToo}`,
  };
}

/** Evidence of a factor in words, for the matrix. */
export const words = {
  payback: (month: number | 'never' | null) =>
    month === null
      ? 'no purchase to pay back'
      : month === 'never'
        ? 'never pays back within its life'
        : `pays back in month ${month}`,
  scale: (volume: number, sustained: number | 'never' | null) =>
    sustained === null
      ? 'no break-even could be computed'
      : sustained === 'never'
        ? 'there is no sustained break-even'
        : `volume is ${figure(volume / sustained)} times the sustained break-even`,
  control: (level: number | null) => (level === null ? 'not declared' : `declared need for control: ${level} of 3`),
  probability: (share: number | null) =>
    share === null ? 'not computed' : `buying pays in ${percent(share)} of the draws`,
  sensitive: (about: DecisionCase) => {
    const { sensitiveShare } = about.privacy;
    const closed = apiClosed(about) ? '; no contract allows the API' : '';
    return sensitiveShare === null
      ? `share not declared${closed}`
      : `${percent(sensitiveShare)} of the volume is sensitive${closed}`;
  },
  cost: (own: number | null, other: number | null, name: string) =>
    own === null || other === null || other === 0
      ? 'not both known'
      : `own cost is ${figure(own / other)} times that of ${name}`,
  yes: (value: boolean | null, yes: string, no: string) => (value === null ? 'not known' : value ? yes : no),
};
