import { UserError } from '../error/user-error.ts';
import type { Prompt } from '../record/turn.ts';
import { readMessages } from './dataset-entry.ts';
import type { RawEntry } from './dataset-file.ts';
import type { TraceFormat } from './spec.ts';

/** One recorded call, as a line of a trace tells it. */
export interface TraceCall {
  /** On the trace's own clock; null for one that only follows another. */
  readonly atMs: number | null;
  /** Null where the text says it. */
  readonly inputTokens: number | null;
  /** Null = the server's default; 0 = the call failed. */
  readonly outputTokens: number | null;
  /** Names of its leading blocks: an equal name stands for equal text, and equal text before it. */
  readonly ids: readonly (number | string)[];
  readonly session: string | null;
  /** From the end of the session's call before this one; null = due at its own time. */
  readonly delayMs: number | null;
  readonly prompt: Prompt | null;
  /** Tokens of a block, where the line says it. */
  readonly blockTokens: number | null;
}

export type ReadCall = (line: RawEntry) => TraceCall;

/** Blocks of a format's `hash_ids`, in tokens: Mooncake's 512, Qwen-Bailian's 16. */
export const blockTokensOf: Readonly<Record<TraceFormat, number>> = {
  tokbench: 512,
  mooncake: 512,
  bailian: 16,
  azure: 512,
  burstgpt: 512,
};

/** No context is longer; beyond it a number is something else. */
const mostTokens = 100_000_000;
const nothing = { ids: [], session: null, delayMs: null, prompt: null, blockTokens: null } as const;

/** What the first line says that the trace is; null for none of those known. */
export function formatOfLine({ text }: RawEntry): TraceFormat | null {
  if (!text.trimStart().startsWith('{')) {
    const names = fieldsOf(text).map((name) => name.toLowerCase());
    if (names.includes('contexttokens')) return 'azure';
    return names.includes('request tokens') ? 'burstgpt' : null;
  }
  const has = (key: string) => text.includes(`"${key}"`);
  if (has('due_ms')) return 'tokbench';
  if (has('chat_id')) return 'bailian';
  return has('timestamp') || has('created_time') ? 'mooncake' : null;
}

/** The reader of a format's lines; a CSV's reads its first line as the header. */
export function readerOf(
  format: TraceFormat,
  first: RawEntry,
): { readonly read: ReadCall; readonly hasHeader: boolean } {
  switch (format) {
    case 'tokbench':
      return { read: readTokbench, hasHeader: false };
    case 'mooncake':
      return { read: readMooncake, hasHeader: false };
    case 'bailian':
      return { read: readBailian, hasHeader: false };
    case 'azure':
      return { read: csvReader(first, ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'], utcMs), hasHeader: true };
    case 'burstgpt':
      return { read: csvReader(first, ['Timestamp', 'Request tokens', 'Response tokens'], secondsMs), hasHeader: true };
  }
}

/** `due_ms`, `input_tokens` or `messages` or `prompt`, and where known `output_tokens`, `prefix_ids`, `block`, `session`, `delay_ms`. */
function readTokbench({ text, at }: RawEntry): TraceCall {
  const line = objectOf(text, at);
  const { messages, prompt } = line;
  const read =
    messages !== undefined
      ? readMessages(messages, at, 'bad_trace')
      : typeof prompt === 'string' && prompt !== ''
        ? ({ kind: 'text', text: prompt } as const)
        : null;
  const inputTokens = tokens(line, ['input_tokens'], at, read === null);
  return {
    atMs: time(line, ['due_ms'], at, line['delay_ms'] === undefined),
    inputTokens,
    outputTokens: tokens(line, ['output_tokens'], at, false),
    ids: idsOf(line['prefix_ids'], 'prefix_ids', at),
    session: nameOf(line['session'], 'session', at),
    delayMs: time(line, ['delay_ms'], at, false),
    prompt: read,
    blockTokens: tokens(line, ['block'], at, false),
  };
}

/** Mooncake (FAST'25) and what NVIDIA's tools add to it: `session_id`, `delay`, and other names for the same. */
function readMooncake({ text, at }: RawEntry): TraceCall {
  const line = objectOf(text, at);
  const delayMs = time(line, ['delay', 'delay_ms'], at, false);
  return {
    ...nothing,
    atMs: time(line, ['timestamp', 'created_time'], at, delayMs === null),
    inputTokens: tokens(line, ['input_length', 'input_tokens'], at, true),
    outputTokens: tokens(line, ['output_length', 'output_tokens'], at, true),
    ids: idsOf(line['hash_ids'], 'hash_ids', at),
    session: nameOf(line['session_id'], 'session_id', at),
    delayMs,
  };
}

/** Qwen-Bailian: seconds, and each line's prompt is whole, so that turns need no order among them. */
function readBailian({ text, at }: RawEntry): TraceCall {
  const line = objectOf(text, at);
  const seconds = time(line, ['timestamp'], at, true)!;
  return {
    ...nothing,
    atMs: seconds * 1000,
    inputTokens: tokens(line, ['input_length'], at, true),
    outputTokens: tokens(line, ['output_length'], at, true),
    ids: idsOf(line['hash_ids'], 'hash_ids', at),
  };
}

/** Columns are found by their names: their order and number differ between releases. */
function csvReader(
  header: RawEntry,
  columns: readonly [time: string, input: string, output: string],
  timeOf: (text: string) => number,
): ReadCall {
  const names = fieldsOf(header.text).map((name) => name.toLowerCase());
  const places = columns.map((column) => {
    const place = names.indexOf(column.toLowerCase());
    if (place < 0) refuse(header.at, `is no header with a column ${JSON.stringify(column)}`);
    return place;
  });
  return ({ text, at }) => {
    const fields = fieldsOf(text);
    const [whenText = '', input, output] = places.map((place) => fields[place]);
    const atMs = timeOf(whenText);
    if (!Number.isFinite(atMs)) refuse(at, `has a ${columns[0]} that is no time: ${JSON.stringify(whenText)}`);
    const count = (value: string | undefined, column: string) => {
      if (value === undefined) return refuse(at, `has no ${column}: it has ${fields.length} of ${names.length} fields`);
      return wholeTokens(value === '' ? Number.NaN : Number(value), value, column, at);
    };
    return { ...nothing, atMs, inputTokens: count(input, columns[1]), outputTokens: count(output, columns[2]) };
  };
}

function fieldsOf(line: string): string[] {
  return line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
}

const utcPattern = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?$/;

/** `2023-11-16 18:15:46.6805900`, with any number of digits, and an offset where there is one. */
function utcMs(text: string): number {
  const match = utcPattern.exec(text);
  if (match === null) return Number.NaN;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const fractionMs = match[7] === undefined ? 0 : Number(match[7]) * 1000;
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(match[8] ?? '');
  const offsetMs =
    offset === null ? 0 : (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) * 60_000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + fractionMs - offsetMs;
}

function secondsMs(text: string): number {
  return text === '' ? Number.NaN : Number(text) * 1000;
}

type Line = Readonly<Record<string, unknown>>;

function objectOf(text: string, at: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    refuse(at, `is not JSON (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(at, 'is not a JSON object');
  return value as Line;
}

/** The value of the first of its names that the line has. */
function found(line: Line, names: readonly string[]): readonly [name: string, value: unknown] {
  const name = names.find((candidate) => line[candidate] !== undefined && line[candidate] !== null);
  return name === undefined ? [names[0]!, undefined] : [name, line[name]];
}

function time(line: Line, names: readonly string[], at: string, required: boolean): number | null {
  const [name, value] = found(line, names);
  if (value === undefined) return required ? refuse(at, `has no "${name}"`) : null;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  return refuse(at, `has a "${name}" that is no time from 0 on: ${JSON.stringify(value)}`);
}

function tokens(line: Line, names: readonly string[], at: string, required: boolean): number | null {
  const [name, value] = found(line, names);
  if (value === undefined) return required ? refuse(at, `has no "${name}"`) : null;
  return wholeTokens(value, value, `"${name}"`, at);
}

function wholeTokens(value: unknown, shown: unknown, name: string, at: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= mostTokens) return value;
  return refuse(at, `has a ${name} that is not a whole number of tokens: ${JSON.stringify(shown)}`);
}

function idsOf(value: unknown, name: string, at: string): readonly (number | string)[] {
  if (value === undefined || value === null) return [];
  const fits = (id: unknown) => typeof id === 'string' || (typeof id === 'number' && Number.isInteger(id));
  if (Array.isArray(value) && value.every(fits)) return value as (number | string)[];
  return refuse(at, `has "${name}" that are no list of numbers or names of blocks`);
}

function nameOf(value: unknown, name: string, at: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return refuse(at, `has a "${name}" that is neither text nor a number`);
}

function refuse(at: string, what: string): never {
  throw new UserError('bad_trace', `${at} ${what}.`);
}
