import { type Exchange, failureCodes } from '../record/exchange.ts';
import { type Column, eventColumn, requestColumn, smallEventColumn, smallRequestColumn } from './column.ts';
import { type SingleMetrics, singleMetrics } from './latency.ts';
import { PagePool } from './page-pool.ts';
import { outputSources, timelineSources } from './tokens.ts';

/** Times, latencies and places: doubles. NaN = null; a place of -1 = none. */
const wideNames = [
  'seq',
  'dueMs',
  'sentMs',
  'endMs',
  'firstContentMs',
  'eventStart',
  'tokenStart',
  'choiceStart',
  'maxGapMs',
  'queueDelayMs',
  'ttftMs',
  'ttftDueMs',
  'ttfoMs',
  'e2eMs',
  'e2eDueMs',
  'totalMs',
  'tpotMs',
  'tpotExactMs',
  'ntpotMs',
] as const;

/** Small whole numbers, exact as single floats up to 16,777,216. NaN = null; indices stand for words, -1 for none. */
const smallNames = [
  'turn',
  'streamed',
  /** 0 ok, 1 failed, 2 censored. */
  'state',
  'failure',
  'censoredBy',
  'refused',
  'inputTokens',
  'inputCached',
  'outputTokens',
  'outputReasoning',
  'usageOutput',
  'textTokens',
  'wireTokens',
  'countRefused',
  'plannedInputTokens',
  'plannedOutputTokens',
  'items',
  'outputSource',
  'timelineSource',
  'events',
  'coalesced',
  'stalls',
] as const;

const fieldNames = [...wideNames, ...smallNames];
type WideField = (typeof wideNames)[number];
type SmallField = (typeof smallNames)[number];
export type Field = WideField | SmallField;

/** Values of one field, a row each. */
export type Values = Float64Array | Float32Array;

/** Rows in order of (due, seq): one array a field, all of length `n`. */
export type Requests = { readonly n: number } & Readonly<
  Record<WideField, Float64Array> & Record<SmallField, Float32Array>
>;

/** Request states as the `state` field holds them. */
export const ok = 0;
export const failed = 1;
export const censored = 2;

/** `tokenStart` of a request whose events hold one token each, and of one whose events hold an unknown number. */
const oneEach = -1;
const unknown = -2;

/** Events or gaps of one request: the first `count` of the arrays. */
export class EventList {
  count = 0;
  /** Time of an event in ms, or length of a gap in µs. */
  at = new Float64Array(256);
  tokens = new Float64Array(256);

  reserve(count: number): void {
    if (this.at.length >= count) return;
    this.at = new Float64Array(2 * count);
    this.tokens = new Float64Array(2 * count);
  }
}

/**
 * Exchanges as columns: about 240 bytes a request and 4 bytes a content event (8 where tokens differ from one an event),
 * no object for either. Events stay, since only the end of a step tells which of them lie in its window. Memory holds
 * what the pool does; the rest lies on disk.
 */
export class Ledger {
  readonly finishes = new Map<string, number>();
  readonly flags = new Map<string, number>();
  /** What the earliest failure of each name said. */
  readonly messages = new Map<string, { readonly seq: number; readonly message: string }>();
  private readonly columns: Record<Field, Column<Values>>;
  /** Microseconds since the event before, or since `sent` for the first. */
  private readonly deltaUs: Column<Uint32Array>;
  private readonly tokens: Column<Uint32Array>;
  private readonly choices: Column<Uint8Array>;
  private readonly list = new EventList();

  constructor(pool = new PagePool()) {
    this.columns = Object.fromEntries([
      ...wideNames.map((name) => [name, requestColumn(pool)]),
      ...smallNames.map((name) => [name, smallRequestColumn(pool)]),
    ]) as typeof this.columns;
    this.deltaUs = eventColumn(pool);
    this.tokens = eventColumn(pool);
    this.choices = smallEventColumn(pool);
  }

  get length(): number {
    return this.columns.seq.length;
  }

  add(exchange: Exchange): void {
    const metrics = singleMetrics(exchange);
    const row = { ...facts(exchange), ...measured(exchange, metrics), ...this.addEvents(exchange, metrics) };
    for (const name of fieldNames) this.columns[name].push(row[name] ?? Number.NaN);
    if (exchange.outcome.state === 'ok') tally(this.finishes, exchange.outcome.finish ?? 'none');
    for (const flag of exchange.flags) tally(this.flags, flag);
    if (exchange.outcome.state === 'failed') this.quote(exchange.seq, exchange.outcome);
  }

  private quote(seq: number, { code, message }: { readonly code: string; readonly message: string }): void {
    const known = this.messages.get(code);
    if (known === undefined || seq < known.seq) this.messages.set(code, { seq, message });
  }

  /** The rows in order of (due, seq), whatever the order in which they came. */
  sorted(): Requests {
    const n = this.length;
    const inOrderOfCame = (name: Field) => {
      const values = new Float64Array(n);
      for (let i = 0; i < n; i++) values[i] = this.columns[name].at(i);
      return values;
    };
    const [dueMs, seq] = [inOrderOfCame('dueMs'), inOrderOfCame('seq')];
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    let inOrder = true;
    for (let i = 1; i < n && inOrder; i++)
      inOrder = dueMs[i - 1]! < dueMs[i]! || (dueMs[i - 1] === dueMs[i] && seq[i - 1]! < seq[i]!);
    if (!inOrder) order.sort((a, b) => dueMs[a]! - dueMs[b]! || seq[a]! - seq[b]!);
    const inOrderOfDue = <V extends Values>(name: Field, sorted: V): [Field, V] => {
      const column = this.columns[name];
      for (let i = 0; i < n; i++) sorted[i] = column.at(order[i]!);
      return [name, sorted];
    };
    return {
      n,
      ...Object.fromEntries(wideNames.map((name) => inOrderOfDue(name, new Float64Array(n)))),
      ...Object.fromEntries(smallNames.map((name) => inOrderOfDue(name, new Float32Array(n)))),
    } as Requests;
  }

  /**
   * The events of row `i`: time in ms, and tokens (0 where they are unknown). A reply without a stream, and one whose
   * tokens came without a content event, is one event at its end. The list is the same object each time.
   */
  events(rows: Requests, i: number): EventList {
    const { list } = this;
    const count = rows.events[i]!;
    list.reserve(Math.max(1, count));
    if (count === 0) {
      const output = rows.outputTokens[i]!;
      list.count = output > 0 ? 1 : 0;
      list.at[0] = rows.endMs[i]!;
      list.tokens[0] = output;
      return list;
    }
    list.count = count;
    this.deltaUs.read(rows.eventStart[i]!, count, list.at);
    const sentMs = rows.sentMs[i]!;
    let us = 0;
    for (let k = 0; k < count; k++) {
      us += list.at[k]!;
      list.at[k] = sentMs + us / 1000;
    }
    const tokenStart = rows.tokenStart[i]!;
    if (tokenStart >= 0) this.tokens.read(tokenStart, count, list.tokens);
    else list.tokens.fill(tokenStart === oneEach ? 1 : 0, 0, count);
    return list;
  }

  /**
   * The gaps of row `i`, each in µs (as `at`) with the tokens of the event after it; NaN where they are unknown. The
   * list is the same object each time.
   */
  gaps(rows: Requests, i: number): EventList {
    const { list } = this;
    const events = rows.events[i]!;
    const tokenStart = rows.tokenStart[i]!;
    const choiceStart = rows.choiceStart[i]!;
    list.reserve(events);
    list.count = Math.max(0, events - 1);
    if (events === 0) return list;
    this.deltaUs.read(rows.eventStart[i]!, events, list.at);
    // With several choices only the wire's own counts say whose tokens an event holds.
    const told = tokenStart !== unknown && (choiceStart < 0 || rows.timelineSource[i]! < apportionedIndex);
    if (told && tokenStart >= 0) this.tokens.read(tokenStart, events, list.tokens);
    else list.tokens.fill(told ? 1 : Number.NaN, 0, events);
    if (choiceStart >= 0) this.gapsOfChoices(choiceStart, events);
    else {
      list.at.copyWithin(0, 1, events);
      list.tokens.copyWithin(0, 1, events);
    }
    return list;
  }

  /** Turns the list of events into gaps between those of the same choice. */
  private gapsOfChoices(choiceStart: number, events: number): void {
    const { list } = this;
    const previousUs = new Map<number, number>();
    let us = 0;
    let count = 0;
    for (let k = 0; k < events; k++) {
      us += list.at[k]!;
      const choice = this.choices.at(choiceStart + k);
      const before = previousUs.get(choice);
      previousUs.set(choice, us);
      if (before === undefined) continue;
      list.at[count] = us - before;
      list.tokens[count++] = list.tokens[k]!;
    }
    list.count = count;
  }

  private addEvents(exchange: Exchange, metrics: SingleMetrics): Partial<Record<Field, number>> {
    const { atUs, choices } = exchange.chunks;
    const stamps = exchange.streamed && exchange.sentMs !== null ? atUs : [];
    const { timeline } = metrics;
    const oneToken = timeline?.every((tokens) => tokens === 1) ?? false;
    const eventStart = this.deltaUs.length;
    const tokenStart = timeline === null ? unknown : oneToken ? oneEach : this.tokens.length;
    const choiceStart = choices === null || stamps.length === 0 ? -1 : this.choices.length;
    let previous = 0;
    for (let k = 0; k < stamps.length; k++) {
      this.deltaUs.push(stamps[k]! - previous);
      previous = stamps[k]!;
      if (tokenStart >= 0) this.tokens.push(timeline![k]!);
      if (choiceStart >= 0) this.choices.push(choices![k]!);
    }
    return { events: stamps.length, eventStart, tokenStart, choiceStart };
  }
}

const apportionedIndex = timelineSources.indexOf('apportioned');

function facts(exchange: Exchange): Partial<Record<Field, number | null>> {
  const { outcome, usage, chunks } = exchange;
  return {
    seq: exchange.seq,
    turn: exchange.turn,
    dueMs: exchange.dueMs,
    sentMs: exchange.sentMs,
    endMs: exchange.endMs,
    streamed: exchange.streamed ? 1 : 0,
    state: outcome.state === 'ok' ? ok : outcome.state === 'failed' ? failed : censored,
    failure: outcome.state === 'failed' ? failureCodes.indexOf(outcome.code) : -1,
    censoredBy: outcome.state === 'censored' ? (outcome.reason === 'drain_limit' ? 0 : 1) : -1,
    refused: exchange.flags.includes('refused') || exchange.flags.includes('content_filtered') ? 1 : 0,
    inputCached: usage?.inputCached ?? null,
    outputReasoning: usage?.outputReasoning ?? null,
    usageOutput: usage?.output ?? null,
    textTokens: exchange.textTokens,
    wireTokens:
      chunks.tokens === null || chunks.tokensSource === 'logprobs' ? null : chunks.tokens.reduce((a, b) => a + b, 0),
    plannedInputTokens: exchange.plannedInputTokens,
    // What generates nothing was asked for no length.
    plannedOutputTokens: exchange.items === undefined ? exchange.plannedOutputTokens : null,
    items: exchange.items ?? null,
  };
}

function measured(exchange: Exchange, metrics: SingleMetrics): Partial<Record<Field, number | null>> {
  return {
    inputTokens: metrics.inputTokens,
    outputTokens: metrics.output,
    countRefused: metrics.refused ? 1 : 0,
    outputSource: metrics.outputSource === null ? -1 : outputSources.indexOf(metrics.outputSource),
    timelineSource: metrics.timelineSource === null ? -1 : timelineSources.indexOf(metrics.timelineSource),
    // A reply without a stream shows its input as done when it comes.
    firstContentMs: metrics.firstContentMs ?? (exchange.outcome.state === 'ok' ? exchange.endMs : null),
    coalesced: metrics.coalesced,
    stalls: metrics.stalls,
    maxGapMs: metrics.maxGapMs,
    queueDelayMs: metrics.queueDelayMs,
    ttftMs: metrics.ttftMs,
    ttftDueMs: metrics.ttftDueMs,
    ttfoMs: metrics.ttfoMs,
    e2eMs: metrics.e2eMs,
    e2eDueMs: metrics.e2eDueMs,
    totalMs: metrics.totalMs,
    tpotMs: metrics.tpotMs,
    tpotExactMs: metrics.tpotExactMs,
    ntpotMs: metrics.ntpotMs,
  };
}

function tally(counts: Map<string, number>, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}
