import { monthsOf } from '../economics/ownership.ts';
import type { DecisionCase } from '../procurement/decide-case.ts';
import { evaluate } from '../procurement/decide-evaluate.ts';
import type { Decision } from '../procurement/decide-result.ts';
import type { FocusOption, FocusStatement } from './focus.ts';
import { focusOptions } from './focus-option.ts';

/** What the rows name beside the decision. */
export interface StatementOptions {
  /** Who owns the hardware and pays the bills. */
  readonly organisation: string;
  /** First day of the first month; null: the month after the decision. */
  readonly start: string | null;
}

/**
 * A decision as FOCUS rows: every option with figures, month by month over the life of owned servers, with the volume and the
 * prices of each month. Owned rows are those of the fleet as bought; servers that growth would add are not in them. A hybrid plan
 * has rows of its owned part and of its API part.
 */
export function decisionStatement(about: DecisionCase, decision: Decision, options: StatementOptions): FocusStatement {
  const evaluation = evaluate(about, about.values);
  const life = evaluation.own?.values['owned.life_years'] ?? about.values['owned.life_years'] ?? 4;
  const months = monthsOf(Math.max(1, Math.round(12 * life)) / 12);
  const rows = evaluation.options.flatMap((option) => focusOptions(about, option, months, options.organisation));
  return {
    organisation: options.organisation,
    scenario: decision.study,
    start: options.start ?? monthAfter(decision.date),
    // A leading @ would be taken for a formula.
    priceSnapshot: decision.reproduction.priceSnapshot?.replace(/^@/, '') ?? null,
    tags: { study: decision.study, register: decision.register.sha256.slice(0, 12), simulated: decision.simulated },
    options: rows.map((row) => ({ ...row, ...measuredOf(row, decision) })),
  };
}

/** A run stands behind the capacity of hardware only, and only where the decision says that it met the objectives or missed them. */
function measuredOf(
  { option, kind }: FocusOption,
  { options, capacity }: Decision,
): Pick<FocusOption, 'runId' | 'sloMet'> {
  const sloMet = options.find(({ name }) => name === option)?.sloMet ?? null;
  return { sloMet, runId: kind === 'api' ? null : (capacity.runs[0] ?? null) };
}

/** The first day of the month after a day. */
export function monthAfter(date: string): string {
  const [year = 2000, month = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}
