import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import type { Tone } from './document.ts';

/** What the terminal, or the file behind a pipe, can show. */
export interface Screen {
  /** Width in character cells; never written beyond. */
  readonly columns: number;
  readonly color: boolean;
  /** False: nothing but ASCII is written. */
  readonly unicode: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;
interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const defaultColumns = 100;
const minimumColumns = 40;
const maximumColumns = 160;

/**
 * Finds out what an output stream can show. Colour: `color` (a flag's answer) wins, then `NO_COLOR`, then
 * `FORCE_COLOR`, then whether it is a terminal. Characters: the locale; one that is not set counts as UTF-8, as
 * containers run without one, except on the Linux console.
 */
export function screenOf(stream: Output, env: Environment, color: boolean | null = null): Screen {
  const terminal = stream.isTTY === true && env['TERM'] !== 'dumb';
  const set = (name: string) => env[name] !== undefined && env[name] !== '';
  const forced = set('FORCE_COLOR') && env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
  const asked = Number(env['COLUMNS']);
  const columns = stream.columns || (Number.isInteger(asked) && asked > 0 ? asked : defaultColumns);
  return {
    columns: Math.min(maximumColumns, Math.max(minimumColumns, columns)),
    color: color === false || set('NO_COLOR') ? false : (color ?? (forced || terminal)),
    unicode: showsUnicode(env),
  };
}

function showsUnicode(env: Environment): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  if (locale) return /utf-?8/i.test(locale);
  return env['TERM'] !== 'linux' && env['TERM'] !== 'dumb';
}

const asciiFor: Readonly<Record<string, string>> = {
  '–': '-', '—': '-', '−': '-', '…': '...', '·': '|', '×': 'x', '±': '+-', 'µ': 'u', '≥': '>=', '≤': '<=', '≠': '!=',
  '“': '"', '”': '"', '‘': "'", '’': "'", '→': '->', '∞': 'inf', '°': ' deg ', ' ': ' ', '✓': 'ok', '✗': 'x',
  '¹': '[1]', '²': '[2]', '³': '[3]', '⁴': '[4]', '⁵': '[5]', '⁶': '[6]', '⁷': '[7]', '⁸': '[8]', '⁹': '[9]',
}; // biome-ignore format: a table
const beyondAscii = /[^\x20-\x7e]/gu;

/**
 * Makes text safe and printable: escape sequences and control characters, which a server may have put into a model's
 * name, are dropped; without Unicode the usual signs become ASCII and all else a question mark.
 */
export function printable(text: string, unicode: boolean): string {
  const safe = stripVTControlCharacters(text)
    .replace(/[\t\r\n]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '');
  return unicode ? safe : safe.replace(beyondAscii, (sign) => asciiFor[sign] ?? '?');
}

export const widthOf = (text: string): number => stringWidth(text);

/** Aligns within a width in character cells; text that is wider stays as it is. */
export function align(text: string, width: number, side: 'left' | 'right'): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text)));
  return side === 'right' ? gap + text : text + gap;
}

/** Shortens plain text to a width, ending in an ellipsis where something was left off. */
export function truncate(text: string, width: number, unicode = true): string {
  if (widthOf(text) <= width) return text;
  const mark = unicode ? '…' : width > 3 ? '...' : '';
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(kept + segment) > width - widthOf(mark)) break;
    kept += segment;
  }
  return kept.trimEnd() + mark;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Breaks plain text at spaces into lines of at most `width` cells; a longer word, such as a URL, is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    const pieces = cut(word, width);
    lines.push(...pieces.slice(0, -1));
    line = pieces.at(-1) ?? '';
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

function cut(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of graphemes.segment(word)) {
    if (piece !== '' && widthOf(piece + segment) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...pieces, piece];
}

/** Colours of tones; one place, so that a reader learns them once. */
export const toneColor = {
  ok: 'green',
  warn: 'yellow',
  bad: 'red',
  info: 'cyan',
  plain: 'reset',
} as const satisfies Record<Tone, string>;
