import { expect, it } from 'vitest';
import { createWarmup } from '../../src/experiment/warmup.ts';

/** Requests, one each `gapMs(i)`, until the warm-up is settled; null when it is not within 10,000. */
function settledAfter(size: number, gapMs: (i: number) => number, ttftMs: (i: number) => number | null): number | null {
  const warmup = createWarmup(size);
  let now = 0;
  for (let i = 0; i < 10_000; i++) {
    now += gapMs(i);
    warmup.add(now, ttftMs(i));
    if (warmup.settled) return i + 1;
  }
  return null;
}

it('takes three blocks of a server that is steady from the start, of any size', () => {
  expect(
    settledAfter(
      4,
      () => 10,
      () => 100,
    ),
  ).toBe(12);
  expect(
    settledAfter(
      64,
      () => 10,
      () => 100,
    ),
  ).toBe(192);
});

it('waits while the rate still rises', () => {
  // Each block twice as fast, until the sixth.
  const gap = (i: number) => 64 / 2 ** Math.min(5, Math.floor(i / 8));
  expect(settledAfter(8, gap, () => 100)).toBe(56);
});

it('waits while TTFT still falls', () => {
  const ttft = (i: number) => Math.max(100, 400 - 50 * Math.floor(i / 8));
  expect(settledAfter(8, () => 10, ttft)).toBe(64);
});

it('settles on failures and on replies that were not streamed, which have no TTFT', () => {
  expect(
    settledAfter(
      8,
      () => 10,
      () => null,
    ),
  ).toBe(24);
});

it('does not settle on a server that swings', () => {
  const swinging = (i: number) => (Math.floor(i / 8) % 2 === 0 ? 10 : 20);
  expect(settledAfter(8, swinging, () => 100)).toBeNull();
  expect(
    settledAfter(
      8,
      () => 10,
      (i) => 10 * swinging(i),
    ),
  ).toBeNull();
});

it('bears replies that end in the same moment', () => {
  expect(
    settledAfter(
      4,
      (i) => (i % 4 === 0 ? 50 : 0),
      () => 50,
    ),
  ).toBe(12);
  expect(
    settledAfter(
      4,
      () => 0,
      () => 50,
    ),
  ).toBe(12);
});
