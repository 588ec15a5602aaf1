import { closest } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import type { LatencyName } from './summary.ts';

/** Latencies an objective may name, and the summary's key of each. */
const latencyKeys: Readonly<Record<string, LatencyName>> = {
  ttft: 'ttftMs',
  ttftDue: 'ttftDueMs',
  ttfo: 'ttfoMs',
  tpot: 'tpotMs',
  tpotExact: 'tpotExactMs',
  itl: 'itlMs',
  icl: 'iclMs',
  e2e: 'e2eMs',
  e2eDue: 'e2eDueMs',
  ntpot: 'ntpotMs',
  queueDelay: 'queueDelayMs',
  total: 'totalMs',
};

export const statistics = ['mean', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;
export type Statistic = (typeof statistics)[number];

/** Rates an objective may name: a lower bound each, per second. */
export const rateWords = [
  'output.rate',
  'input.rate',
  'total.rate',
  'requests.rate',
  'goodput',
  'interactivity',
] as const;
export type RateWord = (typeof rateWords)[number];

/** Shares of requests: `errors` an upper bound, `attainment` a lower one. */
export const shareWords = ['errors', 'attainment'] as const;
export type ShareWord = (typeof shareWords)[number];

export type Comparison = '<' | '<=' | '>' | '>=';

interface Bound {
  /** As the user wrote it, spaces made even. */
  readonly text: string;
  readonly comparison: Comparison;
  /** In ms, per second, or as a share of 1. */
  readonly limit: number;
}

export type Objective =
  | (Bound & { readonly kind: 'latency'; readonly latency: LatencyName; readonly statistic: Statistic })
  | (Bound & { readonly kind: 'rate'; readonly rate: RateWord })
  | (Bound & { readonly kind: 'share'; readonly share: ShareWord });

const grammar =
  /^\s*([A-Za-z][A-Za-z0-9_.]*)\s*(<=|>=|<|>|==?|=<|=>)\s*([+-]?[0-9.]+(?:e[+-]?[0-9]+)?)\s*(\S.*?)?\s*$/i;
const example = 'Write it like "ttft.p99 < 500ms", "errors < 1%" or "output.rate > 1000/s".';

/**
 * Reads `ttft.p99 < 500ms`, `e2e.mean <= 10s`, `errors < 1%`, `goodput > 20/s`, `output.rate > 1000/s`,
 * `attainment > 99%` and their like.
 * @throws UserError `bad_objective` naming the nearest right word
 */
export function parseObjective(text: string): Objective {
  const match = grammar.exec(text);
  if (match === null) throw bad(text, example);
  const [, word, comparison, digits, unit = ''] = match as unknown as [string, string, string, string, string?];
  if (!['<', '<=', '>', '>='].includes(comparison)) {
    throw bad(text, `"${comparison}" is not a comparison: use <, <=, > or >=.`);
  }
  const number = Number(digits);
  if (!Number.isFinite(number) || number < 0) throw bad(text, `"${digits}" is not a number from 0 upwards.`);
  const bound = { text: text.trim().replace(/\s+/g, ' '), comparison: comparison as Comparison };
  if ((rateWords as readonly string[]).includes(word)) {
    direction(text, word, comparison, '>');
    return { ...bound, kind: 'rate', rate: word as RateWord, limit: perSecond(text, number, unit) };
  }
  if ((shareWords as readonly string[]).includes(word)) {
    direction(text, word, comparison, word === 'errors' ? '<' : '>');
    return { ...bound, kind: 'share', share: word as ShareWord, limit: share(text, number, unit) };
  }
  const { latency, statistic } = latencyWord(text, word);
  direction(text, word, comparison, '<');
  return { ...bound, kind: 'latency', latency, statistic, limit: milliseconds(text, number, unit) };
}

/**
 * Reads all objectives of a run.
 * @throws UserError `bad_objective`, also where `goodput` or `attainment` has no latency limit to go by
 */
export function parseObjectives(texts: readonly string[]): Objective[] {
  const objectives = texts.map(parseObjective);
  const needsClause = objectives.find((o) => wordOf(o) === 'goodput' || wordOf(o) === 'attainment');
  if (needsClause !== undefined && requestClauses(objectives).length === 0) {
    throw bad(
      needsClause.text,
      `${wordOf(needsClause)} counts requests inside the latency limits, and there is none: add one like "ttft.p99 < 500ms".`,
    );
  }
  return objectives;
}

/** A limit that each request can meet or miss by itself. */
export interface RequestClause {
  readonly latency: RequestLatency;
  readonly comparison: Comparison;
  readonly limit: number;
}
export type RequestLatency = Exclude<LatencyName, 'itlMs' | 'iclMs'>;

/**
 * The SLO clauses of goodput and attainment (A.4): each latency objective taken as a limit on single requests. Of several
 * on one latency the one on the highest percentile counts; a mean limits no single request, and neither do itl and icl,
 * whose percentiles are over tokens.
 */
export function requestClauses(objectives: readonly Objective[]): RequestClause[] {
  const clauses = new Map<RequestLatency, { rank: number; clause: RequestClause }>();
  for (const objective of objectives) {
    if (objective.kind !== 'latency' || objective.statistic === 'mean') continue;
    const { latency, comparison, limit } = objective;
    if (latency === 'itlMs' || latency === 'iclMs') continue;
    const rank = statistics.indexOf(objective.statistic);
    const known = clauses.get(latency);
    if (known !== undefined && (known.rank > rank || (known.rank === rank && known.clause.limit <= limit))) continue;
    clauses.set(latency, { rank, clause: { latency, comparison, limit } });
  }
  return [...clauses.values()].map(({ clause }) => clause);
}

/** Does a value keep a bound? */
export function keeps(value: number, comparison: Comparison, limit: number): boolean {
  if (comparison === '<') return value < limit;
  if (comparison === '<=') return value <= limit;
  return comparison === '>' ? value > limit : value >= limit;
}

function wordOf(objective: Objective): string {
  return objective.kind === 'rate' ? objective.rate : objective.kind === 'share' ? objective.share : objective.latency;
}

function latencyWord(text: string, word: string): { latency: LatencyName; statistic: Statistic } {
  const dot = word.indexOf('.');
  const name = dot < 0 ? word : word.slice(0, dot);
  const ending = dot < 0 ? null : word.slice(dot + 1);
  const latency = latencyKeys[name];
  const names = Object.keys(latencyKeys);
  if (latency === undefined || !names.includes(name)) {
    const words = [...rateWords, ...shareWords, ...names];
    const candidates = dot < 0 ? words : [...words, ...names.map((n) => `${n}.${ending}`)];
    const near = candidates.find((candidate) => candidate.startsWith(`${name}.`)) ?? closest(word, candidates);
    throw bad(text, `There is no metric "${word}". Did you mean "${near}"? Known: ${words.join(', ')}.`);
  }
  if (ending === null) {
    const rates = rateWords.filter((rate) => rate === `${name}.rate`);
    const values = [...rates, ...statistics.map((s) => `${name}.${s}`)];
    throw bad(text, `Say which value of ${name}: ${values.join(', ')}.`);
  }
  const statistic = (ending === 'p99.9' ? 'p999' : ending) as Statistic;
  if (!statistics.includes(statistic)) {
    const near = closest(ending, [...statistics]);
    throw bad(
      text,
      `There is no "${ending}" of ${name}. Did you mean "${name}.${near}"? Known: ${statistics.join(', ')}.`,
    );
  }
  return { latency, statistic };
}

function direction(text: string, word: string, comparison: string, wanted: '<' | '>'): void {
  if (comparison.startsWith(wanted)) return;
  throw bad(
    text,
    `${word} can only be held ${wanted === '<' ? 'below' : 'above'} a limit: write "${word} ${wanted} …".`,
  );
}

function milliseconds(text: string, number: number, unit: string): number {
  const factors: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000, min: 60_000 };
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  if (factor === undefined) throw bad(text, unitSentence(unit, `a time in ms or s, like ${number}ms`));
  return number * factor;
}

function perSecond(text: string, number: number, unit: string): number {
  const words = /^(tok|tokens?|req|requests?)?\s*\/\s*(s|min)(\s*\/\s*user)?$/i.exec(unit);
  if (words === null) throw bad(text, unitSentence(unit, `a rate, like ${number}/s`));
  return words[2]!.toLowerCase() === 's' ? number : number / 60;
}

function share(text: string, number: number, unit: string): number {
  if (unit !== '%' && unit !== '‰') throw bad(text, unitSentence(unit, `a share in percent, like ${number}%`));
  const limit = number / (unit === '%' ? 100 : 1000);
  if (limit > 1) throw bad(text, 'A share is at most 100%.');
  return limit;
}

function unitSentence(unit: string, wanted: string): string {
  return unit === '' ? `The limit has no unit: it is ${wanted}.` : `"${unit}" is no unit here: the limit is ${wanted}.`;
}

function bad(text: string, what: string): UserError {
  return new UserError('bad_objective', `Objective "${text.trim()}": ${what}`);
}
