import { outOfRange, requireFinite, requireNonNegative, requirePositive, requireShare } from './range.ts';
import { type Ok, ok, type Refused, refused } from './state.ts';

/** What accepted work costs and is worth (section 2.14). Quality is the user's own figure, never invented. */

/** One model of a cascade: the next is asked when this one's answer is not accepted. */
export interface Stage {
  /** USD per call. */
  readonly costUsd: number;
  /** q: share of its answers that the user's own check accepts; null where nobody measured it. */
  readonly acceptance: number | null;
}

export interface AcceptedCost {
  /** Mean cost of a task, escalations included. */
  readonly costPerAttemptUsd: number;
  readonly acceptRate: number;
  /** null where nothing is ever accepted. */
  readonly costPerAcceptedUsd: number | null;
  /** Cost of calls that led to no accepted answer, over all cost. */
  readonly wastedShare: number | null;
}

/**
 * Cost per accepted task with escalation (ROI-1): [c_1 + (1−q_1)·c_2]/[q_1 + (1−q_1)·q_2], for any number of stages.
 * Refused without a quality figure of every stage: say "cost per attempt" of the single stage then.
 */
export function acceptedCost(stages: readonly Stage[]): Ok<AcceptedCost> | Refused {
  if (stages.length === 0) return refused(['missing-input'], { missing: 'a model' });
  let [reaching, cost, accepted, wasted] = [1, 0, 0, 0];
  for (const [index, { costUsd, acceptance }] of stages.entries()) {
    if (acceptance === null) return refused(['missing-input'], { missing: `acceptance share of stage ${index + 1}` });
    requireNonNegative(costUsd, 'cost per call');
    requireShare(acceptance, 'acceptance share');
    cost += reaching * costUsd;
    accepted += reaching * acceptance;
    wasted += reaching * (1 - acceptance) * costUsd;
    reaching *= 1 - acceptance;
  }
  return ok({
    costPerAttemptUsd: cost,
    acceptRate: accepted,
    costPerAcceptedUsd: accepted > 0 ? cost / accepted : null,
    wastedShare: cost > 0 ? wasted / cost : null,
  });
}

export interface TokenRoi {
  /** Value of accepted tasks after review, per USD of compute; null for compute that costs nothing. */
  readonly valuePerUsd: number | null;
  readonly netValueUsd: number;
}

/** token ROI = (value per accepted task − review cost)·accepted/cost; net value = the same numerator − cost (ROI-1). */
export function tokenRoi(inputs: {
  readonly tasks: number;
  readonly acceptRate: number;
  readonly costPerAttemptUsd: number;
  readonly valuePerTaskUsd: number;
  readonly reviewPerTaskUsd: number;
}): TokenRoi {
  requireNonNegative(inputs.tasks, 'tasks');
  requireShare(inputs.acceptRate, 'accept rate');
  requireNonNegative(inputs.reviewPerTaskUsd, 'review cost per task');
  requireFinite(inputs.valuePerTaskUsd, 'value per task');
  const value = (inputs.valuePerTaskUsd - inputs.reviewPerTaskUsd) * inputs.acceptRate * inputs.tasks;
  const cost = requireNonNegative(inputs.costPerAttemptUsd, 'cost per attempt') * inputs.tasks;
  return { valuePerUsd: cost > 0 ? value / cost : null, netValueUsd: value - cost };
}

export type TokenFate = 'accepted' | 'rejected' | 'failed' | 'retried' | 'discarded';
export type AuditClass = 'inputUncached' | 'cacheRead' | 'cacheWrite' | 'outputVisible' | 'outputReasoning';

export interface AuditEntry {
  readonly class: AuditClass;
  readonly fate: TokenFate;
  readonly tokens: number;
  readonly usd: number;
}

export interface AuditRow {
  readonly tokens: Readonly<Record<TokenFate, number>>;
  readonly usd: Readonly<Record<TokenFate, number>>;
  readonly tokensTotal: number;
  readonly usdTotal: number;
}

export interface TokenAudit {
  readonly classes: Readonly<Record<AuditClass, AuditRow>>;
  readonly usdTotal: number;
  /** Cost that led to no accepted task, over all cost; null without cost. */
  readonly wastedShare: number | null;
}

const fates: readonly TokenFate[] = ['accepted', 'rejected', 'failed', 'retried', 'discarded'];
const auditClasses: readonly AuditClass[] = [
  'inputUncached',
  'cacheRead',
  'cacheWrite',
  'outputVisible',
  'outputReasoning',
];

/** Cost and tokens of each class by what became of them (2.14); adding the parts of a split trace gives the whole (INV-14). */
export function auditTokens(entries: Iterable<AuditEntry>): TokenAudit {
  const zeros = () => Object.fromEntries(fates.map((fate) => [fate, 0])) as Record<TokenFate, number>;
  const rows = new Map(auditClasses.map((name) => [name, { tokens: zeros(), usd: zeros() }]));
  for (const { class: name, fate, tokens, usd } of entries) {
    const row = rows.get(name) ?? outOfRange('token class', auditClasses.join(', '), name);
    row.tokens[fate] += requireNonNegative(tokens, `tokens of ${name}`);
    row.usd[fate] += requireNonNegative(usd, `cost of ${name}`);
  }
  const total = (parts: Record<TokenFate, number>) => fates.reduce((sum, fate) => sum + parts[fate], 0);
  const classes = Object.fromEntries(
    [...rows].map(([name, row]) => [name, { ...row, tokensTotal: total(row.tokens), usdTotal: total(row.usd) }]),
  ) as Record<AuditClass, AuditRow>;
  const all = Object.values(classes);
  const usdTotal = all.reduce((sum, row) => sum + row.usdTotal, 0);
  const usdAccepted = all.reduce((sum, row) => sum + row.usd.accepted, 0);
  return { classes, usdTotal, wastedShare: usdTotal > 0 ? 1 - usdAccepted / usdTotal : null };
}

/** (revenue − cost)/cost. May exceed 1; it is not a margin (E16, CHK-1). */
export function markup(revenueUsd: number, costUsd: number): number {
  return (requireNonNegative(revenueUsd, 'revenue') - costUsd) / requirePositive(costUsd, 'cost');
}

/** (revenue − cost)/revenue, never above 1. */
export function grossMargin(revenueUsd: number, costUsd: number): number {
  return (requirePositive(revenueUsd, 'revenue') - requireNonNegative(costUsd, 'cost')) / revenueUsd;
}
