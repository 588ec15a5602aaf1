import { describe, expect, it } from 'vitest';
import { lint } from '../../src/economics/lint.ts';
import { costReport } from '../../src/procurement/cost.ts';
import { offersOf } from '../../src/procurement/offer.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';
import { typedCapacity } from '../../src/procurement/typed-capacity.ts';

/**
 * The day that DeepSeek published on 2025-03-01 (CHK-1): 226.75 nodes of eight H800 at 2 USD an hour, 608 G tokens in and 168 G
 * out, revenue of 562,027 USD. What anybody can compute from it, asked of the whole of `cost`.
 */
const accelerators = 226.75 * 8;
const [inPerDay, outPerDay] = [608e9, 168e9];
const throughput = `input=${inPerDay / 86_400},output=${outPerDay / 86_400},scope=deployment,accelerators=${accelerators}`;

describe('a published day of serving', () => {
  const statements = [
    'rent.usd_per_accelerator_hour=2',
    'rent.accelerators_per_instance=2',
    'demand.utilization=1',
  ].map(assumedByFlag);
  const date = '2026-11-25';
  const offers = offersOf(['rent'], { statements, overrides: [], date });
  const capacities = [typedCapacity(throughput)];
  const [row] = costReport({ capacities, offers, traceOf: () => null, statements, declared: [], date }).offers;

  it('costs what was published, a day and a million tokens', () => {
    expect(row!.usdPerHour! * 24).toBeCloseTo(87_072, 6);
    expect(row!.usdPerMillion.blended).toBeCloseTo(0.112206185567, 12);
    expect(row!.usdPerMillion.outputOnly).toBeCloseTo(0.518285714286, 12);
    expect(row!.reconciliation).toMatchObject({ holds: true });
  });

  it('is not taken for a price at which somebody else could serve: nothing is used all the time', () => {
    expect(row!.lints.find(({ id }) => id === 'E1')).toMatchObject({ severity: 'error' });
    expect(row!.rankable).toBe(false);
  });

  it('has a markup of 545 %, which is no margin (E16)', () => {
    const cost = row!.usdPerHour! * 24;
    const [found] = lint({ E16: { margin: 562_027 / cost - 1, price: 562_027, cost } });
    expect(found).toMatchObject({ id: 'E16', outcome: 'fired', severity: 'warn' });
  });
});
