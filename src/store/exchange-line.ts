import {
  type Attempt,
  type Chunks,
  type ConnectionSpans,
  type Exchange,
  type Flag,
  limitedQuantities,
  type Outcome,
  type RateLimit,
  type TokensSource,
  type Usage,
} from '../record/exchange.ts';

/**
 * One line of `exchanges.jsonl`. Numbers are written as JavaScript prints them, which reads back to the same bits. What
 * is null, empty or the default is left out:
 *
 * - `chunkUs`: the times of the content events in whole µs, each as its distance from the one before (the first from
 *   `sentMs`).
 * - `chunkTokens`: tokens of each event; a single number where all events have as many.
 * - `channels`: run lengths, `r12a40`; a letter without a number stands for one event.
 * - `limits`: a row a rate limit: what it limits, its window in seconds, limit, remaining, ms until it is whole again.
 * - `outcome`: `ok` (with `finish`), `failed` (with `code`, `message`, …) or `censored` (with `reason`).
 */
interface Line {
  seq: number;
  step: number;
  session: number;
  turn?: number;
  dueMs: number;
  sentMs?: number | null;
  headersMs?: number | null;
  firstByteMs?: number | null;
  endMs: number;
  connection?: Partial<ConnectionSpans>;
  chunkUs?: readonly number[];
  chunkTokens?: number | readonly number[];
  tokensSource?: TokensSource;
  channels?: string;
  choices?: readonly number[];
  outcome: string;
  finish?: string | null;
  code?: string;
  message?: string;
  reason?: string;
  status?: number | null;
  retryAfterMs?: number | null;
  body?: string | null;
  flags?: readonly Flag[];
  usage?: Partial<Usage>;
  plannedInputTokens?: number | null;
  plannedOutputTokens?: number | null;
  textTokens?: number | null;
  textChars?: number;
  streamed?: boolean;
  items?: number;
  attempts?: number;
  earlier?: readonly Attempt[];
  limits?: readonly LimitRow[];
  pacedMs?: number;
}

type LimitRow = readonly [of: RateLimit['of'], ...numbers: (number | null)[]];

/** The line of an exchange, without its line feed. */
export function encodeExchange(exchange: Exchange): string {
  const line: Line = {
    seq: exchange.seq,
    step: exchange.step,
    session: exchange.session,
    ...(exchange.turn === 0 ? null : { turn: exchange.turn }),
    dueMs: exchange.dueMs,
    ...present(exchange, ['sentMs', 'headersMs', 'firstByteMs']),
    endMs: exchange.endMs,
    ...encodeOutcome(exchange.outcome),
    ...present(exchange, ['plannedInputTokens', 'plannedOutputTokens', 'textTokens']),
    ...(exchange.textChars === 0 ? null : { textChars: exchange.textChars }),
    ...(exchange.streamed ? null : { streamed: false }),
    ...(exchange.items === undefined ? null : { items: exchange.items }),
    ...(exchange.attempts === 1 ? null : { attempts: exchange.attempts }),
    ...(exchange.earlier === undefined ? null : { earlier: exchange.earlier }),
    ...(exchange.limits === undefined ? null : { limits: exchange.limits.map(limitRow) }),
    ...(exchange.pacedMs === undefined ? null : { pacedMs: exchange.pacedMs }),
    ...(exchange.flags.length === 0 ? null : { flags: exchange.flags }),
    ...(exchange.usage === null ? null : { usage: present(exchange.usage, usageFields) }),
    ...(exchange.connection === null ? null : { connection: present(exchange.connection, connectionFields) }),
    ...encodeChunks(exchange.chunks),
  };
  return JSON.stringify(line);
}

const usageFields = ['input', 'inputCached', 'inputCacheWrite', 'output', 'outputReasoning', 'outputAccepted'] as const;
const connectionFields = ['dnsMs', 'connectMs', 'tlsMs'] as const;

function present<T extends object, K extends keyof T>(from: T, fields: readonly K[]): Partial<Pick<T, K>> {
  const found: Partial<Pick<T, K>> = {};
  for (const field of fields) if (from[field] !== null) found[field] = from[field];
  return found;
}

function encodeOutcome(outcome: Outcome): Pick<Line, 'outcome' | 'finish' | 'code' | 'message' | 'reason'> {
  const { state, ...rest } = outcome;
  const facts = rest as Record<string, unknown>;
  return { outcome: state, ...present(facts, Object.keys(facts)) };
}

function encodeChunks(chunks: Chunks): Partial<Line> {
  const { atUs, tokens, tokensSource, channels, choices } = chunks;
  const line: Partial<Line> = {};
  if (channels !== '') line.channels = runLengths(channels);
  if (tokensSource !== null) line.tokensSource = tokensSource;
  if (choices !== null) line.choices = choices;
  if (tokens !== null) {
    const first = tokens[0];
    line.chunkTokens = first !== undefined && tokens.every((count) => count === first) ? first : tokens;
  }
  if (atUs.length > 0) line.chunkUs = differences(atUs);
  return line;
}

function differences(values: readonly number[]): number[] {
  const result = new Array<number>(values.length);
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    result[i] = value - last;
    last = value;
  }
  return result;
}

function runLengths(letters: string): string {
  return letters.replace(/(.)\1*/gs, (run, letter: string) => (run.length === 1 ? letter : letter + run.length));
}

/** An exchange from its parsed line, equal to the one that was written; null for anything else. Later fields are ignored. */
export function decodeExchange(value: unknown): Exchange | null {
  if (!isRecord(value)) return null;
  const line = value as unknown as Line;
  const chunks = decodeChunks(line);
  const outcome = decodeOutcome(line);
  const required = [line.seq, line.step, line.session, line.dueMs, line.endMs];
  const optional = [line.sentMs, line.headersMs, line.firstByteMs, line.plannedInputTokens, line.plannedOutputTokens];
  if (chunks === null || outcome === null || !required.every(Number.isFinite)) return null;
  if (!optional.every((number) => number === undefined || Number.isFinite(number))) return null;
  return {
    seq: line.seq,
    step: line.step,
    session: line.session,
    turn: line.turn ?? 0,
    dueMs: line.dueMs,
    sentMs: line.sentMs ?? null,
    headersMs: line.headersMs ?? null,
    firstByteMs: line.firstByteMs ?? null,
    endMs: line.endMs,
    connection: decodeConnection(line.connection),
    chunks,
    outcome,
    flags: line.flags ?? [],
    usage: decodeUsage(line.usage),
    plannedInputTokens: line.plannedInputTokens ?? null,
    plannedOutputTokens: line.plannedOutputTokens ?? null,
    textTokens: line.textTokens ?? null,
    textChars: line.textChars ?? 0,
    streamed: line.streamed ?? true,
    ...(typeof line.items === 'number' ? { items: line.items } : {}),
    attempts: line.attempts ?? 1,
    ...(Array.isArray(line.earlier) ? { earlier: line.earlier } : {}),
    ...decodeLimits(line.limits),
    ...(typeof line.pacedMs === 'number' ? { pacedMs: line.pacedMs } : {}),
  };
}

const limitRow = ({ of, windowS, limit, remaining, resetMs }: RateLimit): LimitRow => [
  of,
  windowS,
  limit,
  remaining,
  resetMs,
];

/** Rows of a kind that a later version may know are left out. */
function decodeLimits(rows: Line['limits']): Pick<Exchange, 'limits'> {
  if (!Array.isArray(rows)) return {};
  const known = (rows as LimitRow[]).filter((row) => Array.isArray(row) && limitedQuantities.includes(row[0]));
  const limits = known.map(([of, windowS = null, limit = null, remaining = null, resetMs = null]) => {
    return { of, windowS, limit, remaining, resetMs };
  });
  return limits.length === 0 ? {} : { limits };
}

function decodeChunks(line: Line): Chunks | null {
  const steps = line.chunkUs ?? [];
  if (!Array.isArray(steps)) return null;
  const count = steps.length;
  const atUs = new Array<number>(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const step: unknown = steps[i];
    if (typeof step !== 'number') return null;
    at += step;
    atUs[i] = at;
  }
  const { chunkTokens, choices = null } = line;
  const tokens = typeof chunkTokens === 'number' ? new Array<number>(count).fill(chunkTokens) : (chunkTokens ?? null);
  const channels = letters(line.channels, count);
  if (!fits(tokens, count) || !fits(choices, count) || channels === null) return null;
  return { atUs, tokens, tokensSource: line.tokensSource ?? null, channels, choices };
}

function fits(list: readonly number[] | null, count: number): boolean {
  return list === null || (Array.isArray(list) && list.length === count && list.every(Number.isFinite));
}

/** `a3r` → `aaar`; null when it is not of that form or does not stand for `count` events. */
function letters(runs: unknown, count: number): string | null {
  if (runs === undefined) return '';
  if (typeof runs !== 'string') return null;
  const parts = [...runs.matchAll(/(\D)(\d*)/g)].map(
    ([, letter = '', length]) => [letter, Number(length || 1)] as const,
  );
  const total = parts.reduce((sum, [, length]) => sum + length, 0);
  return total === count ? parts.map(([letter, length]) => letter.repeat(length)).join('') : null;
}

function decodeOutcome(line: Line): Outcome | null {
  switch (line.outcome) {
    case 'ok':
      return { state: 'ok', finish: line.finish ?? null };
    case 'censored':
      return { state: 'censored', reason: line.reason === 'interrupted' ? 'interrupted' : 'drain_limit' };
    case 'failed': {
      if (typeof line.code !== 'string') return null;
      const { code, message = '', status = null, retryAfterMs = null, body = null } = line;
      return { state: 'failed', code, message, status, retryAfterMs, body } as Outcome;
    }
    default:
      return null;
  }
}

function decodeUsage(usage: Line['usage']): Usage | null {
  if (!isRecord(usage)) return null;
  return {
    input: usage.input ?? null,
    inputCached: usage.inputCached ?? null,
    inputCacheWrite: usage.inputCacheWrite ?? null,
    output: usage.output ?? null,
    outputReasoning: usage.outputReasoning ?? null,
    outputAccepted: usage.outputAccepted ?? null,
  };
}

function decodeConnection(spans: Line['connection']): ConnectionSpans | null {
  if (!isRecord(spans)) return null;
  return { dnsMs: spans.dnsMs ?? null, connectMs: spans.connectMs ?? 0, tlsMs: spans.tlsMs ?? null };
}

function isRecord(value: unknown): value is Record<string, unknown> & object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
