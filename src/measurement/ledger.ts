import { type Exchange, failureCodes } from '../record/exchange.ts';
import { type Column, eventColumn, requestColumn, smallEventColumn } from './column.ts';
import { type SingleMetrics, singleMetrics } from './latency.ts';
import { PagePool } from './page-pool.ts';
import { outputSources, timelineSources } from './tokens.ts';

/** What a request's row holds; NaN = null. Indices stand for words, -1 for none. */
export const fieldNames = [
  'seq',
  'turn',
  'dueMs',
  'sentMs',
  'endMs',
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
  'outputSource',
  'timelineSource',
  'firstContentMs',
  'events',
  'eventStart',
  'tokenStart',
  'choiceStart',
  'coalesced',
  'stalls',
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
export type Field = (typeof fieldNames)[number];

/** Rows in order of (due, seq): one array a field, all of length `n`. */
export type Requests = { readonly n: number } & Readonly<Record<Field, Float64Array>>;

/** Request states as the `state` field holds them. */
export const ok = 0;
export const failed = 1;
export const censored = 2;

/** `tokenStart` of a request whose events hold one token each, and of one whose events hold an unknown number. */
const oneEach = -1;
const unknown = -2;

/**
 * Exchanges as columns: about 320 bytes a request and 4 bytes a content event (8 where tokens differ from one an event),
 * no object for either. Events stay, since only the end of a step tells which of them lie in its window. Memory holds
 * what the pool does; the rest lies on disk.
 */
export class Ledger {
  readonly finishes = new Map<string, number>();
  readonly flags = new Map<string, number>();
  private readonly columns: Record<Field, Column<Float64Array>>;
  /** Microseconds since the event before, or since `sent` for the first. */
  private readonly deltaUs: Column<Uint32Array>;
  private readonly tokens: Column<Uint32Array>;
  private readonly choices: Column<Uint8Array>;

  constructor(pool = new PagePool()) {
    this.columns = Object.fromEntries(fieldNames.map((name) => [name, requestColumn(pool)])) as typeof this.columns;
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
    const rows = fieldNames.map((name) => {
      const column = this.columns[name];
      const sorted = new Float64Array(n);
      for (let i = 0; i < n; i++) sorted[i] = column.at(order[i]!);
      return [name, sorted] as const;
    });
    return { n, ...(Object.fromEntries(rows) as Record<Field, Float64Array>) };
  }

  /**
   * Calls back for each event of row `i` with its time and its tokens (0 where they are unknown). A reply without a
   * stream, and one whose tokens came without a content event, is one event at its end.
   */
  eachEvent(rows: Requests, i: number, visit: (atMs: number, tokens: number) => void): void {
    const events = rows.events[i]!;
    const output = rows.outputTokens[i]!;
    if (events === 0) {
      if (output > 0) visit(rows.endMs[i]!, output);
      return;
    }
    const start = rows.eventStart[i]!;
    const tokenStart = rows.tokenStart[i]!;
    const sentMs = rows.sentMs[i]!;
    let us = 0;
    for (let k = 0; k < events; k++) {
      us += this.deltaUs.at(start + k);
      const tokens = tokenStart === oneEach ? 1 : tokenStart === unknown ? 0 : this.tokens.at(tokenStart + k);
      visit(sentMs + us / 1000, tokens);
    }
  }

  /** Calls back for each gap of row `i` in microseconds, and the tokens of the event after it; null where they are unknown. */
  eachGap(rows: Requests, i: number, visit: (gapUs: number, tokens: number | null) => void): void {
    const start = rows.eventStart[i]!;
    const tokenStart = rows.tokenStart[i]!;
    const choiceStart = rows.choiceStart[i]!;
    // With several choices only the wire's own counts say whose tokens an event holds.
    const told = tokenStart !== unknown && (choiceStart < 0 || rows.timelineSource[i]! < apportionedIndex);
    const tokensOf = (k: number) => (!told ? null : tokenStart === oneEach ? 1 : this.tokens.at(tokenStart + k));
    const previousUs = new Map<number, number>();
    let us = 0;
    for (let k = 0; k < rows.events[i]!; k++) {
      const delta = this.deltaUs.at(start + k);
      us += delta;
      if (choiceStart < 0) {
        if (k > 0) visit(delta, tokensOf(k));
        continue;
      }
      const choice = this.choices.at(choiceStart + k);
      const before = previousUs.get(choice);
      if (before !== undefined) visit(us - before, tokensOf(k));
      previousUs.set(choice, us);
    }
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
    plannedOutputTokens: exchange.plannedOutputTokens,
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
