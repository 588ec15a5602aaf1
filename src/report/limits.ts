import { type Block, number, type Table } from '../document/document.ts';
import { formatDuration, formatNumber } from '../document/number.ts';
import type { LimitSummary, StepSummary } from '../measurement/summary.ts';
import { loadHead, loadLabel } from './load.ts';

type Stated = LimitSummary['stated'][number];

const quantityWords: Readonly<Record<Stated['of'], string>> = {
  requests: 'requests',
  tokens: 'tokens',
  inputTokens: 'input tokens',
  outputTokens: 'output tokens',
};
const windowWords: Readonly<Record<number, string>> = {
  1: 'a second',
  60: 'a minute',
  3600: 'an hour',
  86400: 'a day',
};

/** `requests a minute`; without its window where the server does not say. */
export function limitWords({ of, windowS }: Pick<Stated, 'of' | 'windowS'>): string {
  return windowS === null ? quantityWords[of] : `${quantityWords[of]} ${windowWords[windowS] ?? `in ${windowS} s`}`;
}

/** What the step met of the account's limits: what was seen a minute beside what was allowed; null where none were met. */
export function limitBlocks({ limits }: StepSummary): Block[] {
  if (!limits) return [];
  const seen = [
    limits.requestsPerMinute === null ? null : `${formatNumber(limits.requestsPerMinute)} requests a minute`,
    limits.tokensPerMinute === null ? null : `${formatNumber(limits.tokensPerMinute)} tokens a minute`,
  ];
  const items = [
    { key: 'seen', value: seen.filter((part) => part !== null).join(' · ') || 'not measured' },
    ...sentences(limits).map((value, index) => ({ key: index === 0 ? 'met' : '', value })),
  ];
  return [...(limits.stated.length === 0 ? [] : [statedTable(limits.stated)]), { kind: 'facts', items }];
}

function statedTable(stated: readonly Stated[]): Table {
  return {
    kind: 'table',
    title: 'Rate limits of the account',
    scale: 'column',
    columns: [
      { label: 'of' },
      { label: 'limit', unit: 'count' },
      { label: 'left at last', unit: 'count' },
      { label: 'least left', unit: 'count' },
      { label: 'whole again in' },
    ],
    rows: stated.map((one) => [
      limitWords(one),
      number(one.limit, 'count'),
      number(one.remaining, 'count'),
      number(one.remainingMin, 'count', { tone: one.remainingMin === 0 ? 'warn' : 'plain' }),
      one.resetMs === null ? 'not stated' : formatDuration(one.resetMs),
    ]),
    footnotes: [],
  };
}

function sentences({ refused, overloaded, retryAfterMs, paced, retried }: LimitSummary): string[] {
  const count = (value: number, one: string, more: string) =>
    `${formatNumber(value, true)} ${value === 1 ? one : more}`;
  const wait =
    retryAfterMs === null
      ? ''
      : retryAfterMs.min === retryAfterMs.max
        ? `, asking to wait ${formatDuration(retryAfterMs.max)}`
        : `, asking to wait ${formatDuration(retryAfterMs.min)} to ${formatDuration(retryAfterMs.max)}`;
  return [
    refused === 0
      ? null
      : `${count(refused, 'attempt was', 'attempts were')} refused for the rate (429)${overloaded === 0 ? wait : ''}`,
    overloaded === 0
      ? null
      : `${count(overloaded, 'attempt was', 'attempts were')} refused for overload (503, 529)${wait}`,
    retried.requests === 0
      ? null
      : `${count(retried.requests, 'request was', 'requests were')} tried again, ${count(retried.furtherAttempts, 'further attempt', 'further attempts')} in all; latencies since due hold the wait`,
    paced.requests === 0
      ? null
      : `${count(paced.requests, 'request was', 'requests were')} held back to keep below the limits, ${formatDuration(paced.maxMs)} at most`,
  ].filter((sentence) => sentence !== null);
}

/** One row a step that met any; null where none did. */
export function limitLadder(steps: readonly StepSummary[]): Table | null {
  const met = steps.filter(({ limits }) => limits);
  if (met.length === 0) return null;
  const kinds = [...new Map(met.flatMap(({ limits }) => limits!.stated.map((one) => [limitWords(one), one]))).keys()];
  const of = (step: StepSummary, kind: string) => step.limits!.stated.find((one) => limitWords(one) === kind);
  return {
    kind: 'table',
    title: 'Rate limits of the account',
    scale: 'column',
    columns: [
      { label: loadHead(steps), unit: 'none' },
      { label: 'requests', unit: 'count', group: 'seen a minute' },
      { label: 'tokens', unit: 'count', group: 'seen a minute' },
      ...kinds.flatMap((kind) => [
        { label: 'limit', unit: 'count' as const, group: kind },
        { label: 'least left', unit: 'count' as const, group: kind },
      ]),
      { label: '429', unit: 'count' },
      { label: '503', unit: 'count' },
      { label: 'retried', unit: 'count' },
      { label: 'paced', unit: 'count' },
    ],
    rows: met.map((step) => [
      loadLabel(step, steps),
      number(step.limits!.requestsPerMinute, 'count'),
      number(step.limits!.tokensPerMinute, 'count'),
      ...kinds.flatMap((kind) => [
        number(of(step, kind)?.limit ?? null, 'count'),
        number(of(step, kind)?.remainingMin ?? null, 'count'),
      ]),
      number(step.limits!.refused, 'count'),
      number(step.limits!.overloaded, 'count'),
      number(step.limits!.retried.requests, 'count'),
      number(step.limits!.paced.requests, 'count'),
    ]),
    footnotes: [],
  };
}

/** Columns of the flat table; the same for every step, so that files of several runs go together. */
export function limitEntries({ limits, text }: StepSummary): [name: string, value: number | null][] {
  const stated = (of: Stated['of']) => limits?.stated.find((one) => one.of === of) ?? null;
  return [
    ['output_chars_mean', text?.meanChars ?? null],
    ['output_chars_per_token', text?.charsPerToken ?? null],
    ['output_chars_per_s', text?.charsPerS ?? null],
    ['limit_requests_per_minute_seen', limits?.requestsPerMinute ?? null],
    ['limit_tokens_per_minute_seen', limits?.tokensPerMinute ?? null],
    ...(['requests', 'tokens'] as const).flatMap((of): [string, number | null][] => [
      [`limit_${of}`, stated(of)?.limit ?? null],
      [`limit_${of}_remaining_min`, stated(of)?.remainingMin ?? null],
    ]),
    ['limit_refused', limits?.refused ?? null],
    ['limit_overloaded', limits?.overloaded ?? null],
    ['limit_retried', limits?.retried.requests ?? null],
    ['limit_paced', limits?.paced.requests ?? null],
    ['limit_paced_max_ms', limits?.paced.maxMs ?? null],
  ];
}
