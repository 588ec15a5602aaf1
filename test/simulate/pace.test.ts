import { expect, it } from 'vitest';
import { BlockPool, blockKeys } from '../../src/simulate/blocks.ts';
import { ExactPace } from '../../src/simulate/pace.ts';
import { newSequence } from '../../src/simulate/sequence.ts';

function sequence(arrivedMs: number, outputTokens: number, seen: number[][]) {
  const ids = Int32Array.from({ length: 64 }, (_, i) => i);
  return newSequence({
    promptTokens: 64,
    keys: blockKeys(ids, 64),
    width: 1,
    outputTokens,
    arrivedMs,
    onTokens: (at, generated) => seen.push([at, generated]),
    finalKeys: null,
  });
}

it('is due to the arrival alone, whatever the load and the lateness', () => {
  const pace = new ExactPace({ ttftMs: 100, itlMs: 7 }, 1, new BlockPool(1024, true));
  const all = Array.from({ length: 50 }, (): number[][] => []);
  all.forEach((seen, i) => {
    pace.arrive(sequence(i * 0.3, 20, seen));
  });
  expect(pace.running).toBe(50);
  expect(pace.nextAt()).toBe(100);
  for (let now = 0; now < 1000; now += 91) pace.advance(now);
  all.forEach((seen, i) => {
    expect(seen).toEqual(Array.from({ length: 20 }, (_, j) => [i * 0.3 + 100 + j * 7, j + 1]));
  });
  expect([pace.running, pace.kvUsage, pace.nextAt()]).toEqual([0, 0, Number.POSITIVE_INFINITY]);
});

it('keeps the time of a token when an event holds several', () => {
  const seen: number[][] = [];
  const pace = new ExactPace({ ttftMs: 100, itlMs: 10 }, 4, new BlockPool(1024, true));
  pace.arrive(sequence(0, 10, seen));
  pace.advance(1e6);
  expect(seen).toEqual([[100, 4], [140, 8], [180, 10]]); // biome-ignore format: pairs
});

it('never lets an event out before its time', () => {
  const seen: number[][] = [];
  const pace = new ExactPace({ ttftMs: 100, itlMs: 10 }, 1, new BlockPool(1024, true));
  pace.arrive(sequence(0, 3, seen));
  pace.advance(99.9999);
  expect(seen).toEqual([]);
  pace.advance(100);
  expect(seen).toEqual([[100, 1]]);
});

it('says nothing more of a sequence that was aborted', () => {
  const seen: number[][] = [];
  const pace = new ExactPace({ ttftMs: 1, itlMs: 1 }, 1, new BlockPool(1024, true));
  const one = sequence(0, 10, seen);
  pace.arrive(one);
  pace.advance(3);
  pace.abort(one);
  pace.abort(one);
  pace.advance(100);
  expect(seen).toHaveLength(3);
  expect([pace.running, pace.kvUsage]).toEqual([0, 0]);
});

it('tells what would have been cached', () => {
  const pace = new ExactPace({ ttftMs: 1, itlMs: 1 }, 1, new BlockPool(1024, true));
  const [cold, warm] = [sequence(0, 2, []), sequence(0, 2, [])];
  pace.arrive(cold);
  pace.arrive(warm);
  expect([cold.cachedTokens, warm.cachedTokens]).toEqual([0, 48]);
});
