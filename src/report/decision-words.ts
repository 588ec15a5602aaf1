import { formatNumber } from '../document/number.ts';
import type { Choice } from '../economics/decision.ts';
import { percent } from '../economics/finding.ts';
import type { Decision } from '../procurement/decide-result.ts';

/** Words that the blocks of a decision share. */

export const choiceWords: Readonly<Record<Choice, string>> = {
  api: 'an API',
  rent: 'rented capacity',
  own: 'own servers',
  hybrid: 'a hybrid plan',
  infeasible: 'infeasible',
};

/** A title inside a sentence: a capital that is no abbreviation goes. */
export const inSentence = (title: string): string =>
  /^[A-Z][a-z]/.test(title) ? `${title.charAt(0).toLowerCase()}${title.slice(1)}` : title;

/** Whole numbers whole, others with three significant digits. */
export const plainFigure = (value: number): string =>
  formatNumber(value, Math.abs(value) >= 1000 || Number.isInteger(value));

/** Units that say what kind of value it is, not what it is counted in. */
const unsaid = /^(ratio|word|flag|hours)$/;
const shares = /^(share|1\/year)/;
/** A value of an assumption with its unit; shares and yearly rates in percent. */
export function valueWords(value: number, unit: string): string {
  return withUnit(value, unit, plainFigure, formatNumber);
}

/** The same with six digits: a value of the register must be the one that was stated. */
export const statedWords = (value: number, unit: string): string => withUnit(value, unit, sixDigits, sixDigits);
const sixDigits = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 6 });

/** `servers` of one are a server; `tokens/request` of one a `token/request`. */
const counted = (unit: string, value: number): string =>
  value === 1 ? unit.replace(/^([a-z]+)s(?=$|\/)/, '$1') : unit;

function withUnit(
  value: number,
  unit: string,
  figure: (value: number) => string,
  percentage: (value: number) => string,
): string {
  if (!shares.test(unit)) return unsaid.test(unit) ? figure(value) : `${figure(value)} ${counted(unit, value)}`.trim();
  const rest =
    unit === '1/year' ? ' a year' : unit.startsWith('share of') ? ` of ${unit.slice('share of '.length)}` : '';
  return `${percentage(100 * value)} %${rest}`;
}

/** `month 17`, `never within its life`. */
export const monthWords = (month: number | null): string =>
  month === null ? 'never within its life' : `month ${month}`;

export const money = (value: number): string =>
  `${value < 0 ? '−' : ''}$${Math.abs(Math.round(value)).toLocaleString('en-US')}`;

/** What costs less over the years than what is recommended by today's volume; null for nothing. */
export function longRunWords({ verdict, demand }: Decision): string | null {
  if (verdict.longRun === null) return null;
  const { years, option, usd, chosenUsd } = verdict.longRun;
  return `Over ${years} years, with ${percent(demand.growth)} growth a year and falling prices, ${option} costs ${money(usd)}, ${money(chosenUsd - usd)} less than this plan: the verdict is by today's volume.`;
}
