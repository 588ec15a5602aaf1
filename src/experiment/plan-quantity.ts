import { parseDuration } from '../clock/duration.ts';
import { UserError } from '../error/user-error.ts';
import { splitCount } from '../procurement/name-count.ts';

export { durationPattern, parseDuration } from '../clock/duration.ts';

export const sharePattern = /^\d+(?:\.\d+)?%$/;

/** `5%` as 0.05; null when the text is none. */
export function parseShare(text: string): number | null {
  return sharePattern.test(text) ? Number(text.slice(0, -1)) / 100 : null;
}

/** `chat`, `h100-sxm x 8`, `h100-sxmx8`: a hardware profile and how many. */
export interface HardwareCount {
  readonly name: string;
  readonly count: number;
}

/** Null when the text is not of that form. */
export function parseHardware(text: string): HardwareCount | null {
  const { name, count } = splitCount(text, 6) ?? { name: text.trim(), count: 1 };
  return /^[\w.+-]+$/.test(name) && count >= 1 ? { name, count } : null;
}

/**
 * `10m..20m`, `10m..`, `..5m`: a part of a trace.
 *
 * @throws UserError `bad_trace_window`
 */
export function parseTraceWindow(text: string): { readonly fromMs: number; readonly toMs: number | null } {
  const [from = '', to, ...more] = text.split('..').map((part) => part.trim());
  const fromMs = from === '' ? 0 : parseDuration(from);
  const toMs = to === '' ? null : parseDuration(to ?? '');
  const fits = to !== undefined && more.length === 0 && fromMs !== null && (to === '' || toMs !== null);
  if (!fits || text.trim() === '..')
    throw new UserError(
      'bad_trace_window',
      `the part ${JSON.stringify(text)} of the trace must be written as 10m..20m, 10m.. or ..5m`,
    );
  if (toMs !== null && toMs <= fromMs)
    throw new UserError(
      'bad_trace_window',
      `the part ${JSON.stringify(text)} of the trace ends where it begins or before`,
    );
  return { fromMs, toMs };
}

/** A number as its text says it; the text itself where it says none, for the schema to refuse. */
export function numberOrText(text: string): number | string {
  const trimmed = text.trim();
  const value = Number(trimmed);
  return trimmed !== '' && Number.isFinite(value) ? value : trimmed;
}

/** `1,4,ramp(1,3,10s)` as numbers, parts that are none as text; a comma inside of parentheses separates nothing. */
export function numberList(text: string): (number | string)[] {
  const parts = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    if (letter === ',' && depth <= 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map(numberOrText);
}
