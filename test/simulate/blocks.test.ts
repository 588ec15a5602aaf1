import { expect, it } from 'vitest';
import { BlockPool, blockKeys, blockTokens, type Holding } from '../../src/simulate/blocks.ts';

const ids = (length: number, first = 0) => Int32Array.from({ length }, (_, i) => first + i);
const empty = (): Holding => ({ shared: [], own: 0 });

/** Holds a whole prompt and publishes its blocks. */
function hold(pool: BlockPool, keys: Float64Array): Holding {
  const holding = empty();
  const hits = pool.hits(keys, keys.length);
  pool.take(holding, keys, hits, keys.length - hits, true);
  pool.publish(holding, keys, hits, keys.length);
  return holding;
}

it('keys whole blocks by all that came before', () => {
  const keys = blockKeys(ids(50), 50);
  expect(keys).toHaveLength(3);
  expect(blockKeys(ids(33), 33)).toEqual(keys.subarray(0, 2));
  const changed = ids(50);
  changed[20] = 999;
  const others = blockKeys(changed, 50);
  expect(others[0]).toBe(keys[0]);
  expect([others[1] === keys[1], others[2] === keys[2]]).toEqual([false, false]);
});

it('shares what is cached and counts it once', () => {
  const pool = new BlockPool(10 * blockTokens, true);
  const keys = blockKeys(ids(64), 64);
  const first = hold(pool, keys);
  const second = hold(pool, keys);
  expect(pool.usage).toBe(0.4);
  pool.release(first);
  expect(pool.usage).toBe(0.4);
  pool.release(second);
  expect(pool.usage).toBe(0);
  expect(pool.hits(keys, 4)).toBe(4);
});

it('refuses what does not fit and takes nothing', () => {
  const pool = new BlockPool(4 * blockTokens, true);
  const holding = empty();
  expect(pool.take(holding, new Float64Array(), 0, 5)).toBe(false);
  expect([holding, pool.usage]).toEqual([empty(), 0]);
  expect(pool.take(holding, new Float64Array(), 0, 4)).toBe(true);
  expect(pool.usage).toBe(1);
});

it('evicts the longest unused, ends of prefixes before their beginnings', () => {
  const pool = new BlockPool(6 * blockTokens, true);
  const [a, b] = [blockKeys(ids(48), 48), blockKeys(ids(48, 1000), 48)];
  pool.release(hold(pool, a));
  pool.release(hold(pool, b));
  pool.take(empty(), a, 0, 2);
  expect([pool.hits(a, 3), pool.hits(b, 3)]).toEqual([1, 3]);
});

it('caches nothing when told not to', () => {
  const pool = new BlockPool(10 * blockTokens, false);
  const keys = blockKeys(ids(64), 64);
  const holding = hold(pool, keys);
  expect(pool.usage).toBe(0.4);
  expect(pool.hits(keys, 4)).toBe(0);
  pool.release(holding);
  expect(pool.usage).toBe(0);
});
