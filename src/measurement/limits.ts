import type { Exchange, RateLimit } from '../record/exchange.ts';
import { suspectShare } from './failure-doubt.ts';
import { round, roundOrNull } from './number.ts';
import type { Doubt, LimitSummary, StepSummary } from './summary.ts';
import type { StepView } from './view.ts';

interface Stated {
  readonly limit: RateLimit;
  readonly atMs: number;
  readonly seq: number;
  readonly remainingMin: number | null;
}

/** What the exchanges of a step say of the account's rate limits, in any order of adding. */
export class LimitTally {
  /** Requests that pacing or an earlier attempt held back: their lateness is not the client's. */
  readonly detoured = new Set<number>();
  /** Requests that were refused for their rate and tried again. */
  refusedBefore = 0;
  readonly #stated = new Map<string, Stated>();
  #refused = 0;
  #overloaded = 0;
  #waitMs: { min: number; max: number } | null = null;
  #paced = 0;
  #pacedMaxMs = 0;
  #retried = 0;
  #furtherAttempts = 0;

  add(exchange: Exchange): void {
    const { limits, earlier, pacedMs, outcome, seq } = exchange;
    if (outcome.state === 'failed') this.#refusal(outcome.code, outcome.retryAfterMs);
    if (limits !== undefined) for (const limit of limits) this.#state(limit, exchange);
    if (earlier !== undefined) {
      this.#retried++;
      if (earlier.some(({ code }) => code === 'rate_limited')) this.refusedBefore++;
      this.#furtherAttempts += earlier.length;
      for (const { code, retryAfterMs } of earlier) this.#refusal(code, retryAfterMs);
    }
    if (pacedMs !== undefined) {
      this.#paced++;
      this.#pacedMaxMs = Math.max(this.#pacedMaxMs, pacedMs);
    }
    if (earlier !== undefined || pacedMs !== undefined) this.detoured.add(seq);
  }

  /** Null where neither the server nor the plan said a word of limits. */
  summary(throughput: Pick<StepSummary['throughput'], 'sentPerS' | 'totalTokensPerS'>): LimitSummary | null {
    const said = this.#stated.size + this.#refused + this.#overloaded + this.#paced + this.#retried;
    if (said === 0) return null;
    const perMinute = (perS: number | null) => roundOrNull(perS === null ? null : perS * 60);
    return {
      requestsPerMinute: perMinute(throughput.sentPerS),
      tokensPerMinute: perMinute(throughput.totalTokensPerS),
      refused: this.#refused,
      overloaded: this.#overloaded,
      retryAfterMs: this.#waitMs === null ? null : { ...this.#waitMs },
      paced: { requests: this.#paced, maxMs: this.#paced === 0 ? null : round(this.#pacedMaxMs) },
      retried: { requests: this.#retried, furtherAttempts: this.#furtherAttempts },
      stated: [...this.#stated]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { limit, remainingMin }]) => ({ ...limit, remainingMin })),
    };
  }

  #refusal(code: string, retryAfterMs: number | null): void {
    if (code === 'rate_limited') this.#refused++;
    else if (code === 'overloaded') this.#overloaded++;
    else return;
    if (retryAfterMs === null) return;
    const { min, max } = this.#waitMs ?? { min: retryAfterMs, max: retryAfterMs };
    this.#waitMs = { min: Math.min(min, retryAfterMs), max: Math.max(max, retryAfterMs) };
  }

  #state(limit: RateLimit, { headersMs, endMs, seq }: Exchange): void {
    const key = `${limit.of} ${limit.windowS}`;
    const atMs = headersMs ?? endMs;
    const before = this.#stated.get(key);
    const least = [before?.remainingMin ?? null, limit.remaining].filter((value) => value !== null);
    const remainingMin = least.length === 0 ? null : Math.min(...least);
    const later = before === undefined || atMs > before.atMs || (atMs === before.atMs && seq > before.seq);
    this.#stated.set(key, later ? { limit, atMs, seq, remainingMin } : { ...before, remainingMin });
  }
}

/** Requests were refused for their rate and served later: no failures, and yet it is the account's limit that shows. */
export function retriedDoubts({ refusedBefore, counts: { due } }: Pick<StepView, 'refusedBefore' | 'counts'>): Doubt[] {
  const share = refusedBefore / Math.max(1, due);
  if (share <= suspectShare) return [];
  return [
    {
      code: 'rate_limited',
      severity: 'suspect',
      message: `${Number((100 * share).toPrecision(3))} % of the requests were refused for their rate (429) and tried again: throughput and latencies since due show the limit of the account, not of the server, so lower the load or raise the quota.`,
      evidence: { share: round(share), refused: refusedBefore, requests: due },
    },
  ];
}

/** The step ended because a further request might have cost more than was allowed. */
export function budgetDoubts({ facts, counts }: Pick<StepView, 'facts' | 'counts'>): Doubt[] {
  if (facts.stoppedBy !== 'budget') return [];
  return [
    {
      code: 'stopped_by_budget',
      severity: 'suspect',
      message: `The step was stopped after ${counts.sent} requests, for a further one might have exceeded the budget: it shows less than was asked for.`,
      evidence: { sent: counts.sent },
    },
  ];
}
