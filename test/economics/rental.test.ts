import { describe, expect, it } from 'vitest';
import { usd } from '../../src/economics/quantity.ts';
import { autoscaledRental, capacityBlock, spotPrice } from '../../src/economics/rental.ts';

describe('rented hardware', () => {
  it('compares the first hour with the last and starts each instance that is added', () => {
    const rental = autoscaledRental({
      ...{ hourly: [300, 50, 50, 0], capacityPerHour: 100, headroom: 0, leastInstances: 0 },
      ...{ coldStartHours: 0.5, list: usd(10, 'instance', 'hour') },
    });
    expect(rental).toMatchObject({ instances: [3, 1, 1, 0], scaleUps: 3, billedHours: 6.5 });
    expect(rental.perDay).toBeCloseTo(6.5 * 10 * 6, 9);
  });

  it('has no spot price when all work is lost, and pays a block for its window', () => {
    expect(() => spotPrice(usd(1, 'accelerator', 'hour'), 1)).toThrow(/below 1/);
    expect(capacityBlock(usd(31.464, 'instance', 'hour'), 2, 24)).toBeCloseTo(1510.272, 9);
  });
});
