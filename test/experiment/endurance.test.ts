import { expect, it } from 'vitest';
import { createEndurance } from '../../src/experiment/endurance.ts';

/** Requests until it is spent; null when it is not, within 20,000. */
function spentAfter(load: number, succeeds: (i: number) => boolean): number | null {
  const endurance = createEndurance(load);
  for (let i = 0; i < 20_000; i++) {
    endurance.add(succeeds(i));
    if (endurance.spent) return i + 1;
  }
  return null;
}

it('gives up a server that never served: after 50 requests or five rounds, at most 1,000', () => {
  expect(spentAfter(1, () => false)).toBe(50);
  expect(spentAfter(0.2, () => false)).toBe(50);
  expect(spentAfter(16, () => false)).toBe(80);
  expect(spentAfter(10.5, () => false)).toBe(53);
  expect(spentAfter(512, () => false)).toBe(1_000);
});

it('gives up a server that died: after 1,000 failures in a row', () => {
  expect(spentAfter(1, (i) => i < 20)).toBe(1_020);
  expect(spentAfter(1, (i) => i === 48 || i === 1_000)).toBe(2_001);
});

it('bears failures between successes', () => {
  expect(spentAfter(1, (i) => i % 49 === 48)).toBeNull();
  expect(spentAfter(4, (i) => i % 1_000 === 10)).toBeNull();
});
