import type { Exchange } from '../record/exchange.ts';
import { quantileSorted, sortedCopy } from '../statistics/quantile.ts';
import { choiceCount, countTokens, type TokenCount } from './tokens.ts';

/** Metrics of one request in ms (measurement reference, A.2); null = undefined or unknown, never 0 for either. */
export interface SingleMetrics extends TokenCount {
  readonly inputTokens: number | null;
  readonly queueDelayMs: number | null;
  readonly ttftMs: number | null;
  readonly ttftDueMs: number | null;
  readonly ttfoMs: number | null;
  readonly e2eMs: number | null;
  readonly e2eDueMs: number | null;
  readonly totalMs: number | null;
  readonly tpotMs: number | null;
  /** On an exact timeline only. */
  readonly tpotExactMs: number | null;
  readonly ntpotMs: number | null;
  /** Gaps longer than max(1 s, 10 × median gap). */
  readonly stalls: number;
  readonly maxGapMs: number | null;
  /** Content events that share the stamp of the event before them. */
  readonly coalesced: number;
  readonly firstContentMs: number | null;
  readonly lastContentMs: number | null;
}

export interface RequestMetrics extends SingleMetrics {
  /** Gaps between consecutive content events of one choice, zeros kept; null when there can be none. */
  readonly iclMs: readonly number[] | null;
  /** A gap g before an event of n tokens gives n entries of g/n; null without a timeline. */
  readonly itlMs: readonly number[] | null;
}

/** One gap between two content events of the same choice, and the tokens that the later one carried. */
export interface Gap {
  readonly us: number;
  readonly tokens: number | null;
}

/**
 * Every per-request metric of A.2. Failed exchanges get the values that were seen before they failed: facts for the
 * record, which the aggregates leave out of their samples.
 */
export function requestMetrics(exchange: Exchange): RequestMetrics {
  const metrics = singleMetrics(exchange);
  const gaps = choiceGaps(exchange, stampsOf(exchange), metrics.timeline);
  const listed = gaps.length === 0 || metrics.output === 1 ? null : gaps;
  return {
    ...metrics,
    iclMs: listed?.map((gap) => gap.us / 1000) ?? null,
    itlMs: listed === null ? null : interTokenLatencies(listed),
  };
}

/** Those that are one number each: all that a fold keeps of a request, without a list or an object an event. */
export function singleMetrics(exchange: Exchange): SingleMetrics {
  const count = countTokens(exchange);
  const { sentMs, dueMs, endMs, streamed } = exchange;
  const stamps = stampsOf(exchange);
  const output = count.output;
  const first = stamps[0] ?? null;
  const last = stamps.at(-1) ?? null;
  const since = (us: number | null, originMs: number) => (us === null ? null : toUs(sentMs! - originMs + us / 1000));
  const e2eMs = streamed ? since(last, sentMs ?? 0) : sentMs === null ? null : toUs(endMs - sentMs);
  const single = choiceCount(exchange) === 1;
  return {
    ...count,
    inputTokens: exchange.usage?.input ?? null,
    queueDelayMs: sentMs === null ? null : toUs(sentMs - dueMs),
    ttftMs: since(first, sentMs ?? 0),
    ttftDueMs: since(first, dueMs),
    ttfoMs: since(firstAnswer(exchange, stamps), sentMs ?? 0),
    e2eMs,
    e2eDueMs: streamed ? since(last, dueMs) : sentMs === null ? null : toUs(endMs - dueMs),
    totalMs: sentMs === null ? null : toUs(endMs - sentMs),
    ...(single ? pace(stamps, output, count) : pacePerChoice(exchange, stamps, count)),
    ntpotMs: single && e2eMs !== null && output !== null && output > 0 ? e2eMs / output : null,
    ...silence(exchange, stamps),
    coalesced: countCoalesced(stamps),
    firstContentMs: first === null ? null : sentMs! + first / 1000,
    lastContentMs: last === null ? null : sentMs! + last / 1000,
  };
}

function stampsOf({ streamed, sentMs, chunks }: Exchange): readonly number[] {
  return streamed && sentMs !== null ? chunks.atUs : [];
}

/** Stamps are whole microseconds; so is every difference of two, whatever binary fractions made of it. */
export function toUs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function firstAnswer({ chunks }: Exchange, stamps: readonly number[]): number | null {
  if (chunks.channels === '') return stamps[0] ?? null;
  for (let k = 0; k < stamps.length; k++) if (chunks.channels[k] !== 'r') return stamps[k]!;
  return null;
}

type Pace = Pick<RequestMetrics, 'tpotMs' | 'tpotExactMs'>;

/** TPOT = (last − first)/(N − 1); exact: /(N − n₁), n₁ = tokens of the first event. Both need N ≥ 2. */
function pace(stamps: readonly number[], output: number | null, count: TokenCount): Pace {
  if (stamps.length === 0 || output === null || output < 2) return { tpotMs: null, tpotExactMs: null };
  const spanMs = (stamps.at(-1)! - stamps[0]!) / 1000;
  const exact = count.timelineSource !== 'apportioned' && count.timeline !== null;
  const after = exact ? output - count.timeline[0]! : 0;
  return { tpotMs: spanMs / (output - 1), tpotExactMs: after > 0 ? spanMs / after : null };
}

/** With several choices TPOT exists only where each choice's own tokens are known: the mean over the choices. */
function pacePerChoice(exchange: Exchange, stamps: readonly number[], count: TokenCount): Pace {
  const exact = count.timelineSource !== 'apportioned' ? count.timeline : null;
  const choices = exchange.chunks.choices;
  if (exact === null || choices === null) return { tpotMs: null, tpotExactMs: null };
  const byChoice = new Map<number, { stamps: number[]; tokens: number[] }>();
  for (let k = 0; k < stamps.length; k++) {
    const own = byChoice.get(choices[k]!) ?? { stamps: [], tokens: [] };
    own.stamps.push(stamps[k]!);
    own.tokens.push(exact[k]!);
    byChoice.set(choices[k]!, own);
  }
  const paces = [...byChoice.values()].map((own) => {
    const output = own.tokens.reduce((a, b) => a + b, 0);
    return pace(own.stamps, output, { ...count, timeline: own.tokens });
  });
  const mean = (values: (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
  };
  return { tpotMs: mean(paces.map((p) => p.tpotMs)), tpotExactMs: mean(paces.map((p) => p.tpotExactMs)) };
}

/**
 * Gaps between consecutive content events, within each choice. Tokens are null without a timeline, and with several
 * choices on an apportioned one, which does not know whose tokens they are.
 */
export function choiceGaps({ chunks }: Exchange, stamps: readonly number[], timeline: readonly number[] | null): Gap[] {
  const gaps: Gap[] = [];
  const { choices } = chunks;
  if (choices === null) {
    for (let k = 1; k < stamps.length; k++) {
      gaps.push({ us: stamps[k]! - stamps[k - 1]!, tokens: timeline?.[k] ?? null });
    }
    return gaps;
  }
  const previous = new Map<number, number>();
  const owned = chunks.tokens === null ? null : timeline;
  for (let k = 0; k < stamps.length; k++) {
    const before = previous.get(choices[k]!);
    if (before !== undefined) gaps.push({ us: stamps[k]! - before, tokens: owned?.[k] ?? null });
    previous.set(choices[k]!, stamps[k]!);
  }
  return gaps;
}

/** Calls back with (ms per token, tokens); the gap before an event without a token is added to the next one's. */
export function eachTokenGap(gaps: readonly Gap[], record: (ms: number, tokens: number) => void): void {
  let waitedUs = 0;
  for (const gap of gaps) {
    waitedUs += gap.us;
    if (gap.tokens === null || gap.tokens === 0) continue;
    record(waitedUs / 1000 / gap.tokens, gap.tokens);
    waitedUs = 0;
  }
}

function interTokenLatencies(gaps: readonly Gap[]): number[] | null {
  if (gaps.some((gap) => gap.tokens === null)) return null;
  const entries: number[] = [];
  eachTokenGap(gaps, (ms, tokens) => {
    for (let n = 0; n < tokens; n++) entries.push(ms);
  });
  return entries;
}

function silence(exchange: Exchange, stamps: readonly number[]): Pick<SingleMetrics, 'stalls' | 'maxGapMs'> {
  let longest = -1;
  if (exchange.chunks.choices === null) {
    for (let k = 1; k < stamps.length; k++) longest = Math.max(longest, stamps[k]! - stamps[k - 1]!);
  } else for (const { us } of choiceGaps(exchange, stamps, null)) longest = Math.max(longest, us);
  if (longest < 0) return { stalls: 0, maxGapMs: null };
  if (longest <= 1_000_000) return { stalls: 0, maxGapMs: longest / 1000 };
  const sorted = sortedCopy(choiceGaps(exchange, stamps, null).map((gap) => gap.us));
  const limit = Math.max(1_000_000, 10 * quantileSorted(sorted, 0.5)!);
  return { stalls: sorted.filter((us) => us > limit).length, maxGapMs: longest / 1000 };
}

function countCoalesced(stamps: readonly number[]): number {
  let shared = 0;
  for (let k = 1; k < stamps.length; k++) if (stamps[k] === stamps[k - 1]) shared++;
  return shared;
}
