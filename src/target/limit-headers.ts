import type { RateLimit } from '../record/exchange.ts';
import type { HeaderFields } from '../wire/http-head.ts';

type Part = 'limit' | 'remaining' | 'reset';

/** Where a header's value belongs: which number of which limit. */
interface Place {
  readonly part: Part;
  readonly of: RateLimit['of'];
  readonly windowS: number | null;
}

const quantities: Readonly<Record<string, RateLimit['of']>> = {
  requests: 'requests',
  tokens: 'tokens',
  'input-tokens': 'inputTokens',
  'output-tokens': 'outputTokens',
  'tokens-prompt': 'inputTokens',
  'tokens-generated': 'outputTokens',
};
const windows: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

const shapes: readonly (readonly [RegExp, (found: RegExpExecArray) => Place | null])[] = [
  // OpenAI, Azure, Groq, xAI; with a window Cerebras (`-day`) and DigitalOcean (`-per-day`); Fireworks `tokens-prompt`
  [
    /^x-ratelimit-(limit|remaining|reset)-(requests|tokens-prompt|tokens-generated|input-tokens|output-tokens|tokens)(?:-(?:per-)?(second|minute|hour|day))?$/,
    ([, part, what, window]) => place(part!, quantities[what!]!, window === undefined ? null : windows[window]!),
  ],
  // Anthropic: limits of a minute
  [
    /^anthropic-ratelimit-(requests|tokens|input-tokens|output-tokens)-(limit|remaining|reset)$/,
    ([, what, part]) => place(part!, quantities[what!]!, 60),
  ],
  // Together (a second), OpenRouter; and the drafts of the IETF
  [/^(?:x-)?ratelimit-(limit|remaining|reset)$/, ([, part]) => place(part!, 'requests', null)],
  [/^x-tokenlimit-(limit|remaining|reset)$/, ([, part]) => place(part!, 'tokens', null)],
  // Mistral
  [/^x-ratelimitbysize-(limit|remaining)-minute$/, ([, part]) => place(part!, 'tokens', 60)],
  [/^(?:x-)?ratelimitbysize-reset$/, () => place('reset', 'tokens', 60)],
];

function place(part: string, of: RateLimit['of'], windowS: number | null): Place {
  return { part: part as Part, of, windowS };
}

/**
 * What the head of a reply says of the account's rate limits, in the shape of any vendor; nothing where it says nothing.
 * A limit of which neither size nor rest is told is left out, and so is a value that stands for "unknown" (Azure: -1).
 *
 * @param nowUnixMs when the head came, for reset times that are instants
 */
export function limitsOf(headers: HeaderFields, nowUnixMs: number): { limits?: readonly RateLimit[] } {
  let found: Map<string, { -readonly [K in keyof RateLimit]: RateLimit[K] }> | null = null;
  for (const name in headers) {
    // One look at each name: most replies have none of them.
    if (!name.includes('ratelimit') && !name.startsWith('x-tokenlimit')) continue;
    const at = placeOf(name);
    const value = headers[name];
    if (at === null || value === undefined) continue;
    found ??= new Map();
    const key = `${at.of} ${at.windowS}`;
    const entry = found.get(key) ?? { of: at.of, windowS: at.windowS, limit: null, remaining: null, resetMs: null };
    if (at.part === 'reset') entry.resetMs = resetMs(value, nowUnixMs);
    else entry[at.part] = amount(value);
    found.set(key, entry);
  }
  if (found === null) return {};
  const limits = [...found.values()].filter(({ limit, remaining }) => limit !== null || remaining !== null);
  return limits.length === 0 ? {} : { limits };
}

function placeOf(name: string): Place | null {
  for (const [shape, read] of shapes) {
    const match = shape.exec(name);
    if (match !== null) return read(match);
  }
  return null;
}

/** `5000`, `4999.5`, `100, 100;w=60`; null for anything else and below 0. */
function amount(text: string): number | null {
  const match = /^\s*(\d{1,15}(?:\.\d+)?)\s*(?:[,;].*)?$/.exec(text);
  return match === null ? null : Number(match[1]);
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/**
 * Milliseconds until a limit is whole again: seconds (`12.5`), a duration (`6m0s`, `12ms`), an instant in RFC 3339, or
 * Unix seconds or milliseconds. An instant in the past is 0; null where it is none of them.
 */
export function resetMs(text: string, nowUnixMs: number): number | null {
  const value = text.trim();
  if (/^\d+(\.\d+)?$/.test(value)) {
    const number = Number(value);
    if (number >= 1e11) return whole(number - nowUnixMs);
    return whole(number >= 1e8 ? number * 1000 - nowUnixMs : number * 1000);
  }
  if (/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(value)) {
    const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)];
    return whole(parts.reduce((sum, [, number, unit]) => sum + Number(number) * unitMs[unit!]!, 0));
  }
  const instant = /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(instant) ? null : whole(instant - nowUnixMs);
}

function whole(ms: number): number {
  return Math.max(0, Math.round(ms));
}
