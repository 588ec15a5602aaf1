import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { arrivals } from '../../src/load/arrival.ts';
import { scheduleHash as hashOfSchedule } from '../../src/load/schedule-hash.ts';
import { striped } from '../../src/load/stripe.ts';
import { createRandom } from '../../src/random/random.ts';

function* all(tokens: number | null): Generator<number | null> {
  for (;;) yield tokens;
}
const scheduleHash = (dueMs: Iterable<number>, count: number, outputTokens: Iterator<number | null> = all(100)) =>
  hashOfSchedule({ dueMs, outputTokens }, count);

const hashOf = (kind: string, rate: number | string, count: number, seed = 42) =>
  scheduleHash(arrivals(kind, rate, createRandom(seed, 'arrivals'), 0, createRandom(seed, 'rate')), count);

it('is SHA-256 over index, offset in µs, prompt and max_tokens as unsigned 64-bit little-endian integers', () => {
  const due = [0.001, 59.25, 2 ** 33]; // the last one lies beyond 32 bits of microseconds
  const asked = [7, null, 2 ** 33];
  const bytes = Buffer.alloc(due.length * 32);
  due.forEach((ms, i) => {
    bytes.writeBigUInt64LE(BigInt(i), 32 * i);
    bytes.writeBigUInt64LE(BigInt(Math.round(ms * 1000)), 32 * i + 8);
    bytes.writeBigUInt64LE(BigInt(i), 32 * i + 16);
    bytes.writeBigUInt64LE(BigInt(asked[i] ?? 2 ** 53), 32 * i + 24);
  });
  const expected = createHash('sha256').update(bytes).digest('hex');
  expect(scheduleHash(due, 3, asked.values())).toBe(expected);
  expect(scheduleHash(due, 10, asked.values())).toBe(expected); // no more than there is
  expect(scheduleHash(due, 2, asked.values())).not.toBe(expected);
  expect(scheduleHash(due, 3, [7, null, 8].values())).not.toBe(expected);
  expect(scheduleHash(due, 3, [7, 0, 2 ** 33].values())).not.toBe(expected); // nothing asked is not 0
});

it.each(['poisson', 'constant', 'gamma:0.3', 'weibull:2'])('tells one %s schedule from every other', (kind) => {
  expect(hashOf(kind, 50, 5000)).toBe(hashOf(kind, 50, 5000));
  expect(hashOf(kind, 50, 5000)).not.toBe(hashOf(kind, 50, 5001));
  expect(hashOf(kind, 50, 5000)).not.toBe(hashOf(kind, 51, 5000));
  if (kind !== 'constant') expect(hashOf(kind, 50, 5000)).not.toBe(hashOf(kind, 50, 5000, 43));
});

it('is the same on every machine: nothing but exactly rounded arithmetic leads to it', () => {
  expect(hashOf('poisson', 'diurnal(20,0.9,60s)', 3000)).toMatchInlineSnapshot(
    `"07a8007d01ef2229a06911fe5a0626b7a3e6f9af04987cf0c9897e7131cd507f"`,
  );
  expect(hashOf('weibull:0.5', 'expramp(1,30,60s)', 3000)).toMatchInlineSnapshot(
    `"c92f30d1b738d9a6a470ea51b76d15664a3c9084ac8c06a855088e470ea87c85"`,
  );
  expect(hashOf('gamma:4', 'onoff(1,40,10s,3s)', 3000)).toMatchInlineSnapshot(
    `"67f359371c55dfce9de1eab16b434463ffb7b201a986c50f1294557f61c1d1b4"`,
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
