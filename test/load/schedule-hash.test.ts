import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { arrivals } from '../../src/load/arrival.ts';
import { scheduleHash } from '../../src/load/schedule-hash.ts';
import { striped } from '../../src/load/stripe.ts';
import { createRandom } from '../../src/random/random.ts';

const hashOf = (kind: string, rate: number | string, count: number, seed = 42) =>
  scheduleHash(arrivals(kind, rate, createRandom(seed, 'arrivals'), 0, createRandom(seed, 'rate')), count);

it('is SHA-256 over index, offset in µs and prompt as unsigned 64-bit little-endian integers', () => {
  const due = [0.001, 59.25, 2 ** 33]; // the last one lies beyond 32 bits of microseconds
  const bytes = Buffer.alloc(due.length * 24);
  due.forEach((ms, i) => {
    bytes.writeBigUInt64LE(BigInt(i), 24 * i);
    bytes.writeBigUInt64LE(BigInt(Math.round(ms * 1000)), 24 * i + 8);
    bytes.writeBigUInt64LE(BigInt(i), 24 * i + 16);
  });
  const expected = createHash('sha256').update(bytes).digest('hex');
  expect(scheduleHash(due, 3)).toBe(expected);
  expect(scheduleHash(due, 10)).toBe(expected); // no more than there is
  expect(scheduleHash(due, 2)).not.toBe(expected);
});

it.each(['poisson', 'constant', 'gamma:0.3', 'weibull:2'])('tells one %s schedule from every other', (kind) => {
  expect(hashOf(kind, 50, 5000)).toBe(hashOf(kind, 50, 5000));
  expect(hashOf(kind, 50, 5000)).not.toBe(hashOf(kind, 50, 5001));
  expect(hashOf(kind, 50, 5000)).not.toBe(hashOf(kind, 51, 5000));
  if (kind !== 'constant') expect(hashOf(kind, 50, 5000)).not.toBe(hashOf(kind, 50, 5000, 43));
});

it('is the same on every machine: nothing but exactly rounded arithmetic leads to it', () => {
  expect(hashOf('poisson', 'diurnal(20,0.9,60s)', 3000)).toMatchInlineSnapshot(
    `"630261a3fd98e8fda584ad5163a557e1b61a43ad13b9d94fae52705a20cf0ab7"`,
  );
  expect(hashOf('weibull:0.5', 'expramp(1,30,60s)', 3000)).toMatchInlineSnapshot(
    `"164c1d7af3608bc534d5f55323e2f44e29cedaa1c48055b10f6ade7e84750ca8"`,
  );
  expect(hashOf('gamma:4', 'onoff(1,40,10s,3s)', 3000)).toMatchInlineSnapshot(
    `"243945fbc6c7676b4fbc34bbdc087921b616ed886feae3bfb7d4fa8d42102ef4"`,
  );
});

it('is that of the stripes put together again', () => {
  const draw = () => arrivals('poisson', 100, createRandom(1, 'arrivals'));
  const world = 3;
  const stripes = Array.from({ length: world }, (_, rank) => striped(draw()[Symbol.iterator](), { rank, world }));
  const union = Array.from({ length: 3000 }, (_, i) => stripes[i % world]!.next().value as number);
  expect(scheduleHash(union, 3000)).toBe(scheduleHash(draw(), 3000));
});

it('draws no further than it hashes', () => {
  let drawn = 0;
  function* endless() {
    for (;;) yield drawn++;
  }
  scheduleHash(endless(), 100_000);
  expect(drawn).toBe(100_000);
});
