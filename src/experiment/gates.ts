import { UserError } from '../error/user-error.ts';
import { Budget } from '../load/budget.ts';
import { allGates, type Gate } from '../load/gate.ts';
import { Pace } from '../load/pace.ts';
import type { StepSummary } from '../measurement/summary.ts';
import type { Workload } from '../workload/workload.ts';
import type { Plan } from './plan.ts';
import { type PlanPrice, requiredPrice } from './plan-price.ts';

/** What holds a run's requests back beside its load, over all its steps. */
export interface Gates {
  readonly gate: Gate | null;
  readonly retries: number;
  /** The budget let a request no more pass: no further step begins. */
  readonly spent: boolean;
  /** What steps of before took counts, too: of a run that goes on. */
  carry(steps: readonly Pick<StepSummary, 'tokens'>[]): void;
  /** Sentences on what was spent and how pacing went; for the end of the run. */
  notes(): string[];
}

export interface GateFacts {
  readonly plan: Plan;
  readonly model: string;
  /** Input lengths are the server's own count, not an estimate. */
  readonly counted?: boolean;
}

/**
 * The gates of a plan.
 *
 * @throws UserError `unknown_price`, `budget_too_small` where not even one request fits
 */
export function createGates(
  { plan, model, counted = true }: GateFacts,
  workload: Pick<Workload, 'maxInputTokens' | 'maxOutputTokens'>,
): Gates {
  const { spending } = plan;
  if (spending === undefined) return { gate: null, retries: 0, spent: false, carry() {}, notes: () => [] };
  const price = spending.budgetUsd === null ? null : requiredPrice(plan, model, Date.now());
  const budget = budgetOf(plan, price, counted);
  if (budget !== null) refuseTooSmall(budget, workload);
  const pace = spending.respectLimits ? new Pace() : null;
  return {
    gate: allGates([budget, pace].filter((gate) => gate !== null)),
    retries: spending.retries,
    get spent() {
      return budget?.exhausted ?? false;
    },
    carry(steps) {
      for (const { tokens } of steps)
        budget?.take({
          inputTokens: tokens.input ?? 0,
          outputTokens: tokens.output ?? 0,
          cacheReadTokens: Math.min(tokens.input ?? 0, tokens.inputCached ?? 0),
          cacheWriteTokens: 0,
        });
    },
    notes: () => [...spentNote(plan, budget, price), ...paceNote(pace)],
  };
}

function budgetOf({ spending, target }: Plan, price: PlanPrice | null, counted: boolean): Budget | null {
  const { budgetUsd, maxTokens } = spending!;
  if (budgetUsd === null && maxTokens === null) return null;
  const n = target.body['n'];
  const choices = typeof n === 'number' && n > 1 ? n : 1;
  return new Budget({
    usd: budgetUsd,
    tokens: maxTokens,
    priceUsd: price === null ? null : price.usdOf,
    choices,
    counted,
  });
}

function refuseTooSmall(budget: Budget, { maxInputTokens, maxOutputTokens }: Parameters<typeof createGates>[1]): void {
  if (!Number.isFinite(maxInputTokens + maxOutputTokens)) return;
  if (budget.fits({ inputTokens: maxInputTokens, outputTokens: maxOutputTokens })) return;
  throw new UserError(
    'budget_too_small',
    `Not even one request of up to ${maxInputTokens} input and ${maxOutputTokens} output tokens fits into the budget: raise it, or shorten the requests.`,
  );
}

function spentNote({ spending }: Plan, budget: Budget | null, price: PlanPrice | null): string[] {
  if (budget === null) return [];
  const { budgetUsd, maxTokens } = spending!;
  const tokens = `${budget.inputTokens} input and ${budget.outputTokens} output tokens`;
  const ofTokens = maxTokens === null ? '' : ` of at most ${maxTokens} together`;
  const usd = price === null ? '' : `, ${Number(budget.usd.toPrecision(4))} USD of ${budgetUsd} (${price.text})`;
  const end = budget.exhausted ? ' The budget ended the run before its plan did.' : '';
  return [`Spent ${tokens}${ofTokens}${usd}, broken replies counted in full.${end}`];
}

function paceNote(pace: Pace | null): string[] {
  if (pace === null || pace.refusals === 0) return [];
  return [
    `${pace.refusals} requests were refused although the load was kept below the limits that replies stated: others may use the same account.`,
  ];
}
