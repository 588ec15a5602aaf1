import { describe, expect, it } from 'vitest';
import { createWarmup } from '../../src/experiment/warmup.ts';
import { createRandom } from '../../src/random/random.ts';

interface Series {
  readonly size: number;
  readonly gapMs: (i: number) => number;
  readonly ttftMs: (i: number) => number | null;
}

/** Blocks of an open loop until the warm-up is settled, the one that never counts included. */
function blocksUntilSettled({ size, gapMs, ttftMs }: Series): number {
  const warmup = createWarmup({ size, slots: null });
  let now = 0;
  for (let i = 0; i < 1000 * size; i++) {
    now += gapMs(i);
    warmup.add({ seq: i, endMs: now, ttftMs: ttftMs(i) });
    if (warmup.settled) {
      expect((i + 1) % size).toBe(0);
      return (i + 1) / size;
    }
  }
  throw new Error('never settled');
}

const size = 16;
const steady = () => 10;
const level = () => 100;
const blockOf = (i: number) => Math.floor(i / size);

describe('an open loop', () => {
  it.each([4, 64])('takes three blocks of %i beside the first where the server is steady from the start', (n) => {
    expect(blocksUntilSettled({ size: n, gapMs: steady, ttftMs: level })).toBe(4);
  });

  it('never counts the block that met an empty server', () => {
    expect(blocksUntilSettled({ size, gapMs: steady, ttftMs: (i) => (i < size ? 5 : 100) })).toBe(4);
  });

  it('waits for a step to be over, and no longer', () => {
    const step = (i: number) => (blockOf(i) < 3 ? 400 : 100);
    expect(blocksUntilSettled({ size, gapMs: steady, ttftMs: step })).toBe(6);
    const faster = (i: number) => (blockOf(i) < 3 ? 20 : 10);
    expect(blocksUntilSettled({ size, gapMs: faster, ttftMs: level })).toBe(6);
  });

  it('waits until a rise that flattens out has come within 10 %', () => {
    const rise = (i: number) => 100 * (1 - Math.exp(-(blockOf(i) + 1) / 3));
    const blocks = blocksUntilSettled({ size, gapMs: steady, ttftMs: rise });
    expect(rise((blocks - 1) * size)).toBeGreaterThan(85);
    expect(blocks).toBeLessThan(9);
  });

  it.each([0.06, 0.1, 0.3])('does not settle while TTFT drifts by %f a block, but gives up in the end', (drift) => {
    const ttftMs = (i: number) => 100 * (1 + drift) ** blockOf(i);
    expect(blocksUntilSettled({ size, gapMs: steady, ttftMs })).toBe(33);
  });

  it('does not take noise for movement: it settles within 12 blocks for 95 % of seeds, whatever the noise', () => {
    for (const spread of [0.05, 0.3, 1]) {
      const needed = Array.from({ length: 200 }, (_, seed) => {
        const random = createRandom(seed, 'noise');
        const gapMs = () => 10 * random.exponential();
        return blocksUntilSettled({ size, gapMs, ttftMs: () => 100 * Math.exp(spread * random.normal()) });
      }).sort((a, b) => a - b);
      expect(needed[190]).toBeLessThanOrEqual(12);
    }
  });

  it('tells a drift from the noise on top of it', () => {
    const late = Array.from({ length: 100 }, (_, seed) => {
      const random = createRandom(seed, 'noise');
      // block means scatter by 5 %, and rise by 15 % a block up to the tenth
      const ttftMs = (i: number) => 100 * (1 + 0.15 * Math.min(10, blockOf(i))) * (1 + 0.2 * random.normal());
      return blocksUntilSettled({ size, gapMs: steady, ttftMs });
    }).sort((a, b) => a - b);
    expect(late[50]).toBeGreaterThanOrEqual(8);
    expect(late[90]).toBeLessThanOrEqual(24);
  });

  it('takes a server that swings for ever as it is', () => {
    const ttftMs = (i: number) => (blockOf(i) % 2 === 0 ? 100 : 200);
    expect(blocksUntilSettled({ size, gapMs: steady, ttftMs })).toBeLessThan(12);
  });

  it('settles on failures and on replies that were not streamed, which have no TTFT', () => {
    expect(blocksUntilSettled({ size, gapMs: steady, ttftMs: () => null })).toBe(4);
  });

  it('bears replies that end in the same moment', () => {
    expect(blocksUntilSettled({ size: 4, gapMs: () => 0, ttftMs: level })).toBe(4);
  });
});

/** A closed loop of `slots`: each request takes what `serviceMs` says; the requests that ended when it settled. */
function closedLoop(slots: number, serviceMs: (seq: number) => number, ttftMs: (seq: number) => number = () => 100) {
  const warmup = createWarmup({ size: slots * Math.ceil(4 / slots), slots });
  const running = Array.from({ length: slots }, (_, seq) => ({ seq, endMs: serviceMs(seq) }));
  const ended: { seq: number; endMs: number }[] = [];
  for (let seq = slots; seq < 200 * slots; seq++) {
    running.sort((a, b) => a.endMs - b.endMs || a.seq - b.seq);
    const next = running.shift()!;
    ended.push(next);
    warmup.add({ ...next, ttftMs: ttftMs(next.seq) });
    if (warmup.settled) return { ended, running, roundOver: warmup.roundOver };
    running.push({ seq, endMs: next.endMs + serviceMs(seq) });
  }
  throw new Error('never settled');
}

describe('a closed loop', () => {
  it('ends at the end of a convoy, not in the middle of it, where all replies take the same time', () => {
    const { ended, roundOver } = closedLoop(32, () => 1000);
    expect(ended).toHaveLength(4 * 32);
    expect(roundOver).toBe(true);
  });

  it('ends between two convoys where they scatter by less than their distance', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = createRandom(seed, 'service');
      const { ended, running } = closedLoop(24, () => 1000 + 10 * random.next());
      const endMs = ended.at(-1)!.endMs;
      // whoever still runs belongs to the convoy before the next one
      expect(Math.min(...running.map((request) => request.endMs)) - endMs).toBeGreaterThan(500);
    }
  });

  it('waits for the first round to end: its slow ones left together with the others', () => {
    const serviceMs = (seq: number) => (seq < 32 ? 100 + 4 * seq : 100);
    const { ended } = closedLoop(32, serviceMs);
    const firstRound = ended.findLastIndex(({ seq }) => seq < 32);
    const afterIt = ended.length - 1 - firstRound;
    expect(afterIt).toBeGreaterThanOrEqual(3 * 32 - 1);
  });

  it('does not count the TTFT of the convoy that met an empty server', () => {
    const random = createRandom(1, 'service');
    const { ended } = closedLoop(
      16,
      () => 500 + 1000 * random.next(),
      (seq) => (seq < 16 ? 900 : 100),
    );
    expect(ended.length).toBeLessThan(16 * 9);
  });

  it('does not wait for ever for one slow request of the first round', () => {
    const { ended } = closedLoop(16, (seq) => (seq === 3 ? 1e9 : 100));
    expect(ended.length).toBeLessThanOrEqual(16 * 8);
  });

  it.each([1, 3])('takes at least four requests a block with %i in flight', (slots) => {
    const { ended } = closedLoop(slots, () => 100);
    expect(ended.length).toBeGreaterThanOrEqual(slots + 12);
  });
});
