import { UserError } from '../error/user-error.ts';

export type Kind = 'D' | 'U' | 'N' | 'LN' | 'EXP';

const parameterNames: Readonly<Record<Kind, readonly string[]>> = {
  D: ['tokens'],
  U: ['lowest', 'highest'],
  N: ['mean', 'standard deviation'],
  LN: ['median', 'p95'],
  EXP: ['mean'],
};

const examples = '512, U(100,500), N(480,240), LN(300,1200), EXP(8000)[500,32000]';

/** A distribution as it was written, its words told apart but not yet its meaning. */
export interface Notation {
  readonly kind: Kind;
  readonly parameters: readonly number[];
  /** Ends of the clip; null where none was written. */
  readonly low: number | null;
  readonly high: number | null;
  readonly text: string;
}

/** @throws UserError `bad_distribution` always. */
export function refuse(value: unknown, what: string): never {
  const shown = typeof value === 'number' ? `${value}` : JSON.stringify(value);
  throw new UserError('bad_distribution', `distribution ${shown} ${what} (right: ${examples})`);
}

export function readNotation(value: string | number): Notation {
  if (typeof value === 'number') return { kind: 'D', low: null, high: null, ...plain(value, value) };
  if (typeof value !== 'string') refuse(value, 'is neither a number nor text');
  const compact = value.replace(/\s+/g, '');
  if (compact === '') refuse(value, 'is empty');
  const match = /^(?:([A-Za-z]+)\(([^()[\]]*)\)|([^()[\]]+))(?:\[([^()[\]]*)\])?$/.exec(compact);
  if (match === null) refuse(value, 'cannot be read');
  const [, word, inside, bare, clipText] = match;
  const { low, high } = clipText === undefined ? { low: null, high: null } : readClip(value, clipText);
  const clip = clipText === undefined ? '' : `[${low ?? ''},${high ?? ''}]`;
  if (bare !== undefined) {
    const { parameters, text } = plain(value, readNumber(value, bare));
    return { kind: 'D', parameters, low, high, text: text + clip };
  }
  const kind = word!.toUpperCase();
  if (!isKind(kind)) refuse(value, `has no known kind: ${word} is none of U, N, LN, EXP, D`);
  const parameters = readParameters(value, kind, inside!);
  const text = kind === 'D' ? `${parameters[0]}` : `${kind}(${parameters.join(',')})`;
  return { kind, parameters, low, high, text: text + clip };
}

function plain(value: string | number, tokens: number): { parameters: readonly number[]; text: string } {
  return { parameters: [whole(value, tokens, 'length')], text: `${tokens}` };
}

function isKind(word: string): word is Kind {
  return Object.hasOwn(parameterNames, word);
}

function readParameters(value: string | number, kind: Kind, inside: string): number[] {
  const names = parameterNames[kind];
  const parts = inside.split(',');
  if (parts.length !== names.length || inside === '')
    refuse(value, `needs ${names.length === 1 ? 'one number' : 'two numbers'} in its parentheses: ${names.join(', ')}`);
  return parts.map((part, i) => {
    const number = readNumber(value, part);
    if (number < 0) refuse(value, `has a negative ${names[i]}`);
    return kind === 'D' || kind === 'U' ? whole(value, number, names[i]!) : number;
  });
}

function readClip(value: string | number, inside: string): { low: number | null; high: number | null } {
  const parts = inside.split(',');
  if (parts.length !== 2 || inside === ',') refuse(value, 'needs a clip of two ends: [min,max]');
  const [low = null, high = null] = parts.map((part) =>
    part === '' ? null : whole(value, readNumber(value, part), 'end of the clip'),
  );
  if (low !== null && high !== null && low > high) refuse(value, `has an empty clip: ${low} is above ${high}`);
  return { low, high };
}

function readNumber(value: string | number, text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) refuse(value, `holds ${JSON.stringify(text)}, not a number`);
  const number = Number(text);
  if (!Number.isFinite(number)) refuse(value, `holds ${text}, which is too large`);
  return number;
}

function whole(value: string | number, number: number, name: string): number {
  if (!Number.isFinite(number)) refuse(value, `has a ${name} that is not a number`);
  if (number < 0) refuse(value, `has a negative ${name}`);
  if (!Number.isInteger(number)) refuse(value, `has a ${name} that is not a whole number of tokens`);
  return number;
}
