import fc from 'fast-check';
import { expect, it } from 'vitest';
import { busiestPerS, replay } from '../../src/load/replay.ts';

const recorded = fc
  .array(fc.double({ min: 0, max: 1e7, noNaN: true }), { maxLength: 200 })
  .map((times) => Float64Array.from(times).sort());

it('is due when the record says, in whole microseconds, faster by the speed', () => {
  expect([...replay([0, 0, 27_482.25, 3_600_000], 1)]).toEqual([0, 0, 27_482.25, 3_600_000]);
  expect([...replay([0, 27_482, 100_000], 3)]).toEqual([0, 9160.667, 33_333.333]);
  fc.assert(
    fc.property(recorded, fc.double({ min: 0.001, max: 1000, noNaN: true }), (times, speed) => {
      const due = [...replay(times, speed)];
      expect(due).toHaveLength(times.length);
      due.forEach((ms, i) => {
        expect(Math.abs(ms - times[i]! / speed)).toBeLessThanOrEqual(0.0005 + 1e-9 * ms);
        if (i > 0) expect(ms).toBeGreaterThanOrEqual(due[i - 1]!);
      });
    }),
  );
});

it('knows the busiest second', () => {
  expect(busiestPerS([], 1)).toBe(0);
  expect(busiestPerS([0, 500, 999.9, 1000, 1400, 5000], 1)).toBe(4);
  expect(busiestPerS([0, 500, 1000, 1500, 5000], 2)).toBe(4);
  expect(busiestPerS([0, 1000, 2000], 0.5)).toBe(1);
});
