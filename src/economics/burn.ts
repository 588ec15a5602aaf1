import type { TokenShape } from './demand.ts';
import { per, type Usd } from './quantity.ts';
import { requireNonNegative } from './range.ts';

/** Burn rate and runway (section 2.14, BURN-1). */
export interface BurnRate {
  readonly perHour: Usd<'deployment', 'hour'>;
  readonly perDay: Usd<'deployment', 'day'>;
  readonly perMonth: Usd<'deployment', 'month'>;
  readonly perYear: Usd<'deployment', 'year'>;
  readonly tokensPerDay: { readonly input: number; readonly output: number };
  /** Days that the budget lasts at this rate; null without a budget or without cost. */
  readonly budgetDaysLeft: number | null;
}

/** $/h, $/day, $/month (730 h), $/year (8,760 h), tokens a day by class, days left of a budget. */
export function burnRate(inputs: {
  readonly perDay: Usd<'deployment', 'day'>;
  readonly budgetUsd: number | null;
  readonly requestsPerDay: number;
  readonly shape: TokenShape;
}): BurnRate {
  const { perDay, budgetUsd, requestsPerDay, shape } = inputs;
  requireNonNegative(perDay, 'cost per day');
  requireNonNegative(requestsPerDay, 'requests per day');
  if (budgetUsd !== null) requireNonNegative(budgetUsd, 'budget');
  return {
    perHour: per(perDay, 'day', 'hour'),
    perDay,
    perMonth: per(perDay, 'day', 'month'),
    perYear: per(perDay, 'day', 'year'),
    tokensPerDay: { input: requestsPerDay * shape.inputTokens, output: requestsPerDay * shape.outputTokens },
    budgetDaysLeft: budgetUsd === null || perDay === 0 ? null : budgetUsd / perDay,
  };
}

export interface ForecastMonth {
  readonly month: number;
  readonly usd: number;
}

/**
 * Burn of the months to come when cost follows volume and price (14.1): month m costs today's month·((1+g)·(1−d))^((m−1)/12).
 * For an API bill; an owned fleet does not follow.
 */
export function forecastBurn(
  perMonth: Usd<'deployment', 'month'>,
  growth: number,
  decline: number,
  months: number,
): ForecastMonth[] {
  requireNonNegative(perMonth, 'cost per month');
  const yearly = requireNonNegative((1 + growth) * (1 - decline), 'yearly factor of growth and decline');
  return Array.from({ length: months }, (_, index) => ({ month: index + 1, usd: perMonth * yearly ** (index / 12) }));
}
