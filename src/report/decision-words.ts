import { formatNumber } from '../document/number.ts';
import type { Choice } from '../economics/decision.ts';

/** Words that the blocks of a decision share. */

export const choiceWords: Readonly<Record<Choice, string>> = {
  api: 'an API',
  rent: 'rented capacity',
  own: 'own servers',
  hybrid: 'a hybrid plan',
  infeasible: 'infeasible',
};

/** Whole numbers whole, others with three significant digits. */
export const plainFigure = (value: number): string =>
  formatNumber(value, Math.abs(value) >= 1000 || Number.isInteger(value));

const shares = /^(share|1\/year)/;
/** A value of an assumption with its unit; shares and yearly rates in percent. */
export function valueWords(value: number, unit: string): string {
  if (!shares.test(unit)) return `${plainFigure(value)} ${unit}`.trim();
  const rest =
    unit === '1/year' ? ' a year' : unit.startsWith('share of') ? ` of ${unit.slice('share of '.length)}` : '';
  return `${formatNumber(100 * value)} %${rest}`;
}

/** `month 17`, `never within its life`. */
export const monthWords = (month: number | null): string =>
  month === null ? 'never within its life' : `month ${month}`;
