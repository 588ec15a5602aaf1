import { describe, expect, it } from 'vitest';
import { totalsOf } from '../../src/procurement/decide-course.ts';
import { evaluate } from '../../src/procurement/decide-evaluate.ts';
import type { Changes } from './decide-sample.ts';
import { caseWith } from './decide-sample.ts';

function totals(kind: 'own' | 'api' | 'rent', changes: Changes = {}) {
  const about = caseWith(changes);
  const { options } = evaluate(about, about.values);
  const option = options.find((one) => one.kind === kind)!;
  return { ...totalsOf(about, option), option };
}

describe('totals over the years', () => {
  it('are the same in cash and accrued over the life of servers that nothing is added to', () => {
    const { accrued, cash, option } = totals('own');
    expect(cash.years4).toBeCloseTo(accrued.years4!, 4);
    const { cost } = option.fleet!;
    expect(accrued.years4).toBeCloseTo(4 * cost.total.straightLine, 4);
    // Before the end of life the purchase is paid in full and nothing has been sold.
    expect(cash.years3).toBeCloseTo(cost.capexTotal + 3 * cost.opex, 4);
  });

  it('buy the servers anew after their life', () => {
    const { cash, option } = totals('own');
    const { cost } = option.fleet!;
    expect(cash.years5! - cash.years4!).toBeCloseTo(cost.capexTotal + cost.opex, 4);
    const longer = totals('own', { 'owned.life_years': 6 });
    expect(longer.cash.years5! - longer.cash.years4!).toBeCloseTo(longer.option.fleet!.cost.opex, 4);
  });

  it('pay for a server in the month in which the volume needs it', () => {
    const { cash, accrued, option } = totals('own', { 'demand.growth': 0.6 });
    const { cost, sizing } = option.fleet!;
    const bought = Math.round((cash.years3! - totals('own').cash.years3!) / cost.capex);
    expect(bought).toBeGreaterThan(0);
    expect(cash.years3).toBeGreaterThan(accrued.years3!);
    expect(sizing.servers.bought).toBeGreaterThan(0);
  });

  it('are bills on both sides where nothing is bought', () => {
    for (const kind of ['api', 'rent'] as const) {
      const { cash, accrued, option } = totals(kind);
      expect(cash).toEqual(accrued);
      expect(cash.years3).toBeCloseTo(3 * option.usdPerYear!, 4);
    }
  });
});
