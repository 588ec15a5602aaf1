import { type BurnRate, burnRate } from '../economics/burn.ts';
import { usd } from '../economics/quantity.ts';
import {
  type AuditEntry,
  acceptedCost,
  auditTokens,
  grossMargin,
  type TokenAudit,
  tokenRoi,
} from '../economics/roi.ts';
import type { DecisionCase } from './decide-case.ts';
import type { EvaluatedOption, Evaluation } from './decide-evaluate.ts';
import { pricesOf, tokensOf } from './decide-price.ts';
import type { Values } from './decide-values.ts';
import type { TokensPerHour } from './offer-cost.ts';

/** Burn, waste and return of the recommended option (2.14). */
export interface Worth {
  readonly burn: BurnRate | null;
  /** Tokens of a day by class. */
  readonly tokensPerDay: TokensPerHour | null;
  readonly task: TaskCost;
  readonly audit: Audit | null;
  /** Cost of capacity that nobody uses, USD per year; null where nothing is paid by capacity. */
  readonly idleUsdPerYear: number | null;
}

/** The audit of tokens, and which of its shares a run measured; the others are declared. */
export interface Audit extends TokenAudit {
  readonly measured: readonly AuditBasis[];
  readonly run: string | null;
}

/** Cost of a task; without a quality figure it is the cost of an attempt, and there is no return. */
export interface TaskCost {
  readonly unit: string;
  readonly state: 'ok' | 'refused';
  readonly missing: readonly string[];
  readonly usdPerAttempt: number | null;
  readonly acceptRate: number | null;
  readonly usdPerAccepted: number | null;
  readonly wastedShare: number | null;
  readonly valuePerUsd: number | null;
  readonly netValueUsdPerYear: number | null;
  /** Of the value of an accepted task, after its cost and its review; null where nobody stated a value. */
  readonly grossMargin: number | null;
}

export function worthOf(about: DecisionCase, evaluation: Evaluation, chosen: EvaluatedOption | null): Worth {
  if (chosen === null || chosen.usdPerYear === null)
    return { burn: null, tokensPerDay: null, task: noTask(about, []), audit: null, idleUsdPerYear: null };
  const { values } = chosen;
  const tokens = tokensOf(values);
  const shape = { inputTokens: values['demand.input_tokens'] ?? 0, outputTokens: values['demand.output_tokens'] ?? 0 };
  const perDay = usd((chosen.usdPerYear * 24) / 8760, 'deployment', 'day');
  const requestsPerDay = evaluation.load.averagePerS * 86_400;
  const utilization =
    chosen.fleet !== null && chosen.kind === 'own'
      ? chosen.fleet.sizing.utilization
      : (chosen.rented?.utilization ?? null);
  return {
    burn: burnRate({ perDay, budgetUsd: about.limits.budgetUsd, requestsPerDay, shape }),
    tokensPerDay: tokens === null ? null : perDayOf(tokens),
    task: taskOf(about, evaluation, chosen),
    audit: auditOf(about, chosen),
    idleUsdPerYear: utilization === null ? null : chosen.usdPerYear * (1 - utilization),
  };
}

const perDayOf = (tokens: TokensPerHour): TokensPerHour => ({
  inputUncached: 24 * tokens.inputUncached,
  cacheRead: 24 * tokens.cacheRead,
  cacheWrite: 24 * tokens.cacheWrite,
  outputVisible: 24 * tokens.outputVisible,
  outputReasoning: 24 * tokens.outputReasoning,
});

/** What an accepted task costs with the review that it takes, USD. */
export const reviewedUsd = (usdPerAccepted: number, { reviewUsdPerTask }: DecisionCase['value']): number =>
  usdPerAccepted + (reviewUsdPerTask ?? 0);

const noTask = (about: DecisionCase, missing: readonly string[]): TaskCost => ({
  ...{ unit: about.value.unit, state: 'refused', missing, usdPerAttempt: null, acceptRate: null },
  ...{ usdPerAccepted: null, wastedShare: null, valuePerUsd: null, netValueUsdPerYear: null, grossMargin: null },
});

/** Acceptance of the side that answers: the API's of an API, else that of the own model; a hybrid plan has both. */
function acceptance(
  about: DecisionCase,
  chosen: EvaluatedOption,
): { readonly share: number | null; readonly id: string } {
  const { self, api } = about.quality;
  if (chosen.kind === 'api') return { share: api, id: 'quality.api' };
  if (chosen.hybrid?.state !== 'ok') return { share: self, id: 'quality.self' };
  const { selfShare } = chosen.hybrid;
  return {
    share: self === null || api === null ? null : selfShare * self + (1 - selfShare) * api,
    id: self === null ? 'quality.self' : 'quality.api',
  };
}

function taskOf(about: DecisionCase, evaluation: Evaluation, chosen: EvaluatedOption): TaskCost {
  const { unit, callsPerTask, usdPerTask, reviewUsdPerTask, escalate } = about.value;
  const requestsPerYear = 12 * evaluation.load.requestsPerMonth;
  const costUsd = (chosen.usdPerYear! / requestsPerYear) * callsPerTask;
  const { share, id } = acceptance(about, chosen);
  if (share === null) return { ...noTask(about, [id]), usdPerAttempt: costUsd };
  const second = evaluation.api?.api;
  const stages = [{ costUsd, acceptance: share }];
  if (escalate && chosen.kind !== 'api' && second && about.quality.api !== null)
    stages.push({ costUsd: second.usdPerRequest * callsPerTask, acceptance: about.quality.api });
  const cost = acceptedCost(stages);
  if (cost.state !== 'ok') return { ...noTask(about, [id]), usdPerAttempt: costUsd };
  const { costPerAttemptUsd, acceptRate, costPerAcceptedUsd, wastedShare } = cost.value;
  const roi =
    usdPerTask === null
      ? null
      : tokenRoi({
          ...{ tasks: requestsPerYear / callsPerTask, acceptRate, costPerAttemptUsd },
          ...{ valuePerTaskUsd: usdPerTask, reviewPerTaskUsd: reviewUsdPerTask ?? 0 },
        });
  return {
    unit,
    state: 'ok',
    missing: usdPerTask === null ? ['value.usdPerTask'] : [],
    usdPerAttempt: costPerAttemptUsd,
    acceptRate,
    usdPerAccepted: costPerAcceptedUsd,
    wastedShare,
    valuePerUsd: roi?.valuePerUsd ?? null,
    netValueUsdPerYear: roi?.netValueUsd ?? null,
    grossMargin:
      usdPerTask && costPerAcceptedUsd !== null
        ? grossMargin(usdPerTask, reviewedUsd(costPerAcceptedUsd, about.value))
        : null,
  };
}

/** Fates and classes as the run counted them, else as the study declares and assumes them. */
interface AuditShares {
  readonly values: Values;
  readonly failed: number;
  readonly measured: readonly AuditBasis[];
}
export type AuditBasis = 'classes' | 'failed';

function auditShares(about: DecisionCase, { values }: EvaluatedOption): AuditShares {
  const { cachedShare = null, reasoningShare = null, failedShare = null } = about.measured ?? {};
  const output = values['demand.output_tokens'] ?? 0;
  const counted: Values = {
    ...(cachedShare === null ? {} : { 'demand.cached_share': cachedShare, 'demand.cache_write_share': 0 }),
    ...(reasoningShare === null ? {} : { 'demand.reasoning_tokens': reasoningShare * output }),
  };
  return {
    values: { ...values, ...counted },
    failed: failedShare ?? about.value.failedShare ?? 0,
    measured: [
      ...(Object.keys(counted).length > 0 ? (['classes'] as const) : []),
      ...(failedShare === null ? [] : (['failed'] as const)),
    ],
  };
}

/** What became of the tokens of a month: failed, sent again, discarded, rejected, accepted. The bill is split, not changed. */
function auditOf(about: DecisionCase, chosen: EvaluatedOption): Audit | null {
  const { share } = acceptance(about, chosen);
  const { values, failed, measured } = auditShares(about, chosen);
  const tokens = tokensOf(values);
  if (share === null || tokens === null) return null;
  const discarded = about.value.discardedShare ?? 0;
  const retried = chosen.kind === 'api' ? (chosen.values['api.retry_share'] ?? 0) : 0;
  const done = Math.max(0, 1 - failed - discarded);
  const fates = {
    failed,
    discarded,
    retried,
    accepted: done * share,
    rejected: done * (1 - share),
  } as const;
  const prices = pricesOf(chosen.usdPerYear, values, chosen.offer);
  const classes = Object.keys(tokens) as (keyof TokensPerHour)[];
  const total = Object.values(fates).reduce((a, b) => a + b, 0);
  const audited = auditTokens(
    classes.flatMap((name): AuditEntry[] =>
      Object.entries(fates).map(([fate, part]) => ({
        class: name,
        fate: fate as keyof typeof fates,
        tokens: tokens[name] * 730 * part,
        // The bill is what it is: tokens that were sent again are among those it pays.
        usd: ((tokens[name] * 730 * part) / 1e6 / total) * (prices[name] ?? 0),
      })),
    ),
  );
  return { ...audited, measured, run: measured.length === 0 ? null : (about.measured?.run ?? null) };
}
