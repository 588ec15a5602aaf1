import { failureCodes } from '../record/exchange.ts';
import type { StepFacts } from './facts.ts';
import { censored, failed, type Ledger, ok, type Requests, type Values } from './ledger.ts';
import { round } from './number.ts';
import { knownAt, type Places, placesWhere } from './selection.ts';
import type { StepSummary } from './summary.ts';
import { outputSources, timelineSources } from './tokens.ts';

/** What became of the step's requests, warm-up and drain included; words in alphabetical order. */
export function countsOf(facts: StepFacts, ledger: Ledger, rows: Requests): StepSummary['counts'] {
  const outcomes = new Map<string, number>();
  const states = [0, 0, 0];
  let sent = 0;
  for (let i = 0; i < rows.n; i++) {
    states[rows.state[i]!]!++;
    if (!Number.isNaN(rows.sentMs[i]!)) sent++;
    const word = rows.state[i] === failed ? failureCodes[rows.failure[i]!]! : null;
    if (word !== null) outcomes.set(word, (outcomes.get(word) ?? 0) + 1);
  }
  return {
    due: Math.max(rows.n, facts.scheduled ?? 0),
    sent,
    ok: states[ok]!,
    failed: states[failed]!,
    censored: states[censored]!,
    outcomes: ordered(outcomes),
    finishes: ordered(ledger.finishes),
    flags: ordered(ledger.flags),
    ...(ledger.messages.size === 0 ? null : { messages: quoted(ledger) }),
  };
}

/** Longer ones, such as pages of HTML, stay in the exchanges. */
const longestQuote = 300;

function quoted({ messages }: Ledger): Record<string, string> {
  const words = [...messages].map(([code, { message }]) => [code, message.slice(0, longestQuote)] as const);
  return Object.fromEntries(words.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Totals over every success of the step, as a server's counters see them; means over the successes of the window. */
export function tokensOf(rows: Requests, members: Places): StepSummary['tokens'] {
  const all = placesWhere(rows.n, (i) => rows.state[i] === ok);
  const measured = placesWhere(members, (i) => rows.state[i] === ok);
  const streamed = placesWhere(measured, (i) => rows.events[i]! > 0 && !Number.isNaN(rows.outputTokens[i]!));
  const events = streamed.reduce((sum, i) => sum + rows.events[i]!, 0);
  const { items } = itemsOf(rows, all);
  const tokens = streamed.reduce((sum, i) => sum + rows.outputTokens[i]!, 0);
  return {
    input: total(rows.inputTokens, all),
    inputCached: total(rows.inputCached, all),
    output: total(rows.outputTokens, all),
    outputReasoning: total(rows.outputReasoning, all),
    outputSource: source(rows.outputSource, all, outputSources),
    timelineSource: source(rows.timelineSource, all, timelineSources),
    tokensPerEvent: events === 0 ? null : round(tokens / events),
    meanInput: mean(rows.inputTokens, measured),
    meanOutput: items === undefined ? mean(rows.outputTokens, measured) : null,
    plannedMeanInput: mean(rows.plannedInputTokens, measured),
    plannedMeanOutput: mean(rows.plannedOutputTokens, measured),
    ...(items === undefined ? null : { items }),
  };
}

function itemsOf(rows: Requests, all: Places): { readonly items?: number } {
  const items = total(rows.items, all);
  return items === null ? {} : { items };
}

/** Sum of what is known; null when nothing is. */
function total(column: Values, members: Places): number | null {
  let sum: number | null = null;
  for (const i of members) if (!Number.isNaN(column[i]!)) sum = (sum ?? 0) + column[i]!;
  return sum;
}

function mean(column: Values, members: Places): number | null {
  const known = knownAt(column, members);
  return known.length === 0 ? null : round(known.reduce((sum, value) => sum + value, 0) / known.length);
}

/** The one source that all share, or `mixed`; null when none is known. */
function source(column: Values, members: Places, words: readonly string[]): string | null {
  const used = new Set<number>();
  for (const i of members) used.add(column[i]!);
  if (used.size > 1) return 'mixed';
  const [index = -1] = used;
  return words[index] ?? null;
}

function ordered(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
