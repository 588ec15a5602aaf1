import type { Exchange, FailureCode } from '../../src/record/exchange.ts';
import { createReception } from '../../src/target/create-reception.ts';

/** One golden reply as `reply.yaml` writes it. */
export interface ReplyCase {
  readonly id: number;
  readonly variant?: string;
  readonly reads: string;
  readonly eol?: 'crlf';
  readonly space?: false;
  readonly texts?: Readonly<Record<string, string>>;
  readonly head?: { readonly status: number; readonly headers: Readonly<Record<string, string>> };
  readonly limits?: { readonly idleMs?: number; readonly firstTokenMs?: number };
  readonly choices?: number;
  readonly sentMs?: number;
  readonly attempts?: number;
  readonly originUnixMs?: number;
  readonly objectives?: readonly string[];
  readonly expect: Readonly<Record<string, unknown>>;
  readonly fold?: Readonly<Record<string, unknown>>;
}

const pieceGrammar =
  /^(?:"((?:[^"\\]|\\.)*)"|(EOF|RST|LIMIT|HEAD)|([A-Zq])([lt]?)(\d*)(?:@(\d+))?(?:~(\d+))?(?:\(([^)]*)\))?)(?:\[(-?\d*):(-?\d*)\])?/;

type Piece = { readonly bytes: Buffer } | { readonly sign: string };

/** The exchange of a case: its bytes through the real reader, whole or (`bytewise`) one byte a push, at the same stamps. */
export function replyExchange(given: ReplyCase, bytewise: boolean): Exchange & { readonly text: string } {
  const sentMs = given.sentMs ?? 0;
  const feed = createReception('openai-chat', {
    sentMs,
    keepText: true,
    choices: given.choices ?? 1,
    limits: given.limits ?? {},
    originUnixMs: given.originUnixMs ?? 0,
  });
  let begun = false;
  for (const { ms, pieces } of readsOf(given)) {
    const atMs = sentMs + ms;
    if (!begun && given.head !== undefined) feed.head(given.head.status, given.head.headers, atMs);
    begun = true;
    const bytes = Buffer.concat(pieces.map((piece) => ('bytes' in piece ? piece.bytes : Buffer.alloc(0))));
    if (bytewise) for (let k = 0; k < bytes.length; k++) feed.push(bytes.subarray(k, k + 1), atMs);
    else if (bytes.length > 0) feed.push(bytes, atMs);
    for (const piece of pieces) {
      if (!('sign' in piece)) continue;
      if (piece.sign === 'HEAD') feed.head(200, { 'content-type': 'text/event-stream' }, atMs);
      else if (piece.sign === 'EOF') feed.end(atMs);
      else if (piece.sign === 'RST') feed.fail('conn_reset' satisfies FailureCode, atMs);
      else feed.expire(feed.limitMs);
    }
  }
  return {
    ...feed.received(),
    seq: 0,
    step: 0,
    session: 0,
    turn: 0,
    dueMs: 0,
    plannedInputTokens: null,
    plannedOutputTokens: null,
    attempts: given.attempts ?? 1,
  };
}

/** The reads of a case, parsed. */
export function readsOf(given: ReplyCase): { ms: number; pieces: Piece[] }[] {
  const reads: { ms: number; pieces: Piece[] }[] = [];
  let rest = given.reads;
  while (rest !== '') {
    const at = /^([\d.]+) /.exec(rest);
    if (at === null) throw new Error(`case ${given.id}: no time at "${rest}"`);
    rest = rest.slice(at[0].length);
    const pieces: Piece[] = [];
    for (;;) {
      const found = pieceGrammar.exec(rest);
      if (found === null) throw new Error(`case ${given.id}: no piece at "${rest}"`);
      pieces.push(pieceOf(given, found));
      rest = rest.slice(found[0].length);
      if (!rest.startsWith('+')) break;
      rest = rest.slice(1);
    }
    reads.push({ ms: Number(at[1]), pieces });
    rest = rest.replace(/^, /, '');
  }
  return reads;
}

function pieceOf(given: ReplyCase, found: RegExpExecArray): Piece {
  const [, raw, sign, letter, ending, , , , , from, to] = found;
  if (sign !== undefined) return { sign };
  const text = raw !== undefined ? JSON.parse(`"${raw}"`) : framed(given, frameOf(given, letter!, ending!, found));
  const bytes = Buffer.from(text as string, 'utf8');
  const edge = (value: string | undefined) => (value === undefined || value === '' ? undefined : Number(value));
  return { bytes: bytes.subarray(edge(from) ?? 0, edge(to) ?? bytes.length) };
}

function framed(given: ReplyCase, data: string): string {
  const eol = given.eol === 'crlf' ? '\r\n' : '\n';
  if (data.startsWith(':')) return data + eol + eol;
  return `data:${given.space === false ? '' : ' '}${data}${eol}${eol}`;
}

const finishes: Readonly<Record<string, string>> = { '': 'stop', l: 'length', t: 'tool_calls' };

/** The data of one event, as `openai-chat` says it. */
function frameOf(given: ReplyCase, letter: string, ending: string, found: RegExpExecArray): string {
  const [, , , , , count, at, used, inside] = found;
  const index = Number(at ?? 0);
  const frame = (choice: object, usage?: object) =>
    JSON.stringify({ choices: [{ index, ...choice }], usage: usage ?? null });
  const numbers = (inside ?? '').split(',').map(Number);
  const usage = {
    prompt_tokens: numbers[0],
    completion_tokens: numbers[1],
    completion_tokens_details: { reasoning_tokens: numbers[2] ?? 0 },
  };
  const sofar = used === undefined ? undefined : { prompt_tokens: 5, completion_tokens: Number(used) };
  const content = (delta: object) =>
    frame({ delta, ...(count === '' ? {} : { token_ids: Array.from({ length: Number(count) }, (_, k) => k) }) }, sofar);
  switch (letter) {
    case 'D':
      return '[DONE]';
    case 'K':
      return ': ping';
    case 'R':
      return frame({ delta: { role: 'assistant', content: '' } });
    case 'F':
      return frame({ delta: {}, finish_reason: finishes[ending] }, inside === undefined ? undefined : usage);
    case 'U':
      return JSON.stringify({ choices: [], usage });
    case 'X':
      return JSON.stringify({ error: { message: 'overloaded', code: 500 } });
    case 'P':
      return JSON.stringify({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    case 'N':
      return frame({ delta: { tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: inside } }] } });
    case 'J':
      return frame({ delta: { tool_calls: [{ index: 0, function: { arguments: inside } }] } });
    case 'q':
      return content({ reasoning_content: 'q' });
    case 'E':
      return content({ content: '' });
    default:
      return content({ content: given.texts?.[letter] ?? letter });
  }
}
