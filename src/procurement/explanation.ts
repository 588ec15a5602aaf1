import type { Entry } from './entry.ts';

/** One figure: its formula, the same with numbers, and the assumptions in it. */
export interface Explanation {
  readonly id: string;
  readonly value: number | null;
  readonly unit: string;
  readonly formula: string;
  readonly numbers: string;
  readonly inputs: readonly Entry[];
}

export const explainStep = (
  id: string,
  value: number | null,
  unit: string,
  formula: string,
  numbers: string,
  inputs: readonly Entry[],
): Explanation => ({ id, value, unit, formula, numbers, inputs });

/** A number in a formula: six significant digits, no rounding to a unit. */
export function fig(value: number | null): string {
  if (value === null) return 'unknown';
  const text = String(Number(value.toPrecision(6)));
  return /e/.test(text)
    ? text
    : text.replace(
        /^(\d{4,})(\..*)?$/,
        (_, whole: string, rest = '') => `${Number(whole).toLocaleString('en-US')}${rest}`,
      );
}
