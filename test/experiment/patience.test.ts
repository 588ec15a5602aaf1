import { expect, it } from 'vitest';
import { createPatience } from '../../src/experiment/patience.ts';
import { createRandom } from '../../src/random/random.ts';
import { independentCount } from '../../src/statistics/correlation.ts';

/** Successes until it has enough; `most` when it never has. */
function needed(latencyOf: (i: number) => number, most = 20_000, dueOf = (i: number) => i): number {
  const patience = createPatience();
  for (let i = 0; i < most; i++) {
    patience.add(dueOf(i), latencyOf(i));
    if (patience.enough) return i + 1;
  }
  return most;
}

it('wants the smallest sample that shows a p99, and a few more for the edges of the window', () => {
  const random = createRandom(1, 'latency');
  expect(needed(() => 100 + random.normal())).toBe(384);
  expect(needed(() => 100)).toBe(384);
});

it('wants more where neighbours resemble each other', () => {
  const random = createRandom(1, 'latency');
  let level = 0;
  const values: number[] = [];
  const n = needed(() => {
    level = 0.8 * level + random.normal();
    values.push(100 + level);
    return values.at(-1)!;
  });
  // ρ = 0.8 makes nine values worth one.
  expect(n).toBeGreaterThan(368 * 6);
  expect(n).toBeLessThan(368 * 13);
  expect(independentCount(values.length, values)).toBeGreaterThanOrEqual(368);
});

it('looks at the sample in the order of due times, not in that of ends', () => {
  // Alternating by due time, which is no correlation; two blocks by the order of adding, which would be a strong one.
  const random = createRandom(1, 'latency');
  const half = 192;
  const dueOf = (i: number) => (i < half ? 2 * i : 2 * (i - half) + 1);
  expect(needed((i) => (i < half ? 100 : 200) + random.normal(), 5_000, dueOf)).toBe(384);
});

it('never has enough of what does not vary independently, and a long look stays cheap', () => {
  expect(needed((i) => i, 100_000)).toBe(100_000);
});
