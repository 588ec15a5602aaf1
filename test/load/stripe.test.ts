import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrivals } from '../../src/load/arrival.ts';
import { drive } from '../../src/load/drive.ts';
import { indexInWhole, type Stripe, shareOf, striped } from '../../src/load/stripe.ts';
import { createRandom } from '../../src/random/random.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { oneTurn, TimedTarget, textOf, turnOf, turns, VirtualClock } from './virtual.ts';

const stripes = (world: number): Stripe[] => Array.from({ length: world }, (_, rank) => ({ rank, world }));
const worlds = Array.from({ length: 64 }, (_, i) => i + 1);
const kinds = ['constant', 'poisson', 'gamma:0.3', 'weibull:0.5'];

function take<T>(items: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const item of items) if (taken.push(item) >= count) break;
  return taken;
}

const hashOf = (dueMs: readonly number[]) => createHash('sha256').update(Float64Array.from(dueMs)).digest('hex');

it('splits every kind of schedule into stripes whose union is the schedule, for 1 to 64 drivers', () => {
  for (const kind of kinds) {
    const schedule = () => arrivals(kind, 400, createRandom(7, 'arrivals'));
    const whole = take(schedule(), 500);
    for (const world of worlds) {
      const union = new Array<number>(whole.length).fill(Number.NaN);
      let placed = 0;
      for (const stripe of stripes(world)) {
        const own = take(striped(schedule()[Symbol.iterator](), stripe), shareOf(whole.length, stripe));
        own.forEach((dueMs, local) => {
          union[indexInWhole(local, stripe)] = dueMs;
          placed++;
        });
      }
      expect(placed).toBe(whole.length); // nobody has what another has
      expect(hashOf(union)).toBe(hashOf(whole));
    }
  }
});

it('shares any total among any number of drivers, none more than one apart', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 64 }), (total, world) => {
      const shares = stripes(world).map((stripe) => shareOf(total, stripe));
      expect(shares.reduce((a, b) => a + b, 0)).toBe(total);
      expect(shares).toEqual(
        stripes(world).map(({ rank }) => Math.floor(total / world) + (rank < total % world ? 1 : 0)),
      );
    }),
  );
});

it('closes what it draws from', () => {
  let closed = false;
  function* numbers() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      closed = true;
    }
  }
  const own = striped(numbers(), { rank: 1, world: 3 });
  expect(take({ [Symbol.iterator]: () => own }, 3)).toEqual([1, 4, 7]);
  expect(closed).toBe(true);
});

interface Plan {
  readonly concurrency: number | null;
  readonly requests: number;
}

/** Drives the stripe of a plan on a virtual clock: what was asked, by its number in the whole. */
async function driven({ concurrency, requests }: Plan, stripe: Stripe, prompts?: Map<number, string>) {
  const clock = new VirtualClock();
  const target = new TimedTarget(clock, (_, i) => 20 + ((i * 37) % 11));
  const exchanges: Exchange[] = [];
  const schedule = arrivals('poisson', 300, createRandom(3, 'arrivals'));
  const running = drive({
    sessions: striped(oneTurn(), stripe),
    admission:
      concurrency === null
        ? { kind: 'open', dueMs: striped(schedule[Symbol.iterator](), stripe), maxInFlight: null }
        : { kind: 'closed', concurrency: shareOf(concurrency, stripe) },
    target,
    clock,
    step: 0,
    startMs: 10,
    durationMs: null,
    maxRequests: shareOf(requests, stripe),
    drainMs: 1000,
    stripe,
    emit: (event) => event.kind === 'exchange' && exchanges.push(event.exchange),
  });
  await clock.run(running.done);
  target.sent.forEach(({ turn }, local) => void prompts?.set(indexInWhole(local, stripe), textOf(turn)));
  return exchanges;
}

it('asks the same requests at the same due times on 1 to 64 drivers', async () => {
  for (const plan of [
    { concurrency: null, requests: 150 },
    { concurrency: 64, requests: 150 },
  ]) {
    const asked = new Map<number, string>();
    const whole = (await driven(plan, { rank: 0, world: 1 }, asked)).toSorted((a, b) => a.seq - b.seq);
    expect(whole).toHaveLength(plan.requests);
    for (const world of [2, 3, 5, 16, 63, 64]) {
      const prompts = new Map<number, string>();
      const union = [];
      for (const stripe of stripes(world)) union.push(...(await driven(plan, stripe, prompts)));
      union.sort((a, b) => a.seq - b.seq);
      expect(union.map(({ seq, session }) => [seq, session])).toEqual(whole.map(({ seq, session }) => [seq, session]));
      expect([...prompts].sort(([a], [b]) => a - b)).toEqual([...asked].sort(([a], [b]) => a - b));
      // in a closed loop the pairing in time depends on who is served when
      if (plan.concurrency === null) expect(union.map((e) => e.dueMs)).toEqual(whole.map((e) => e.dueMs));
    }
  }
});

it('numbers the turns of a conversation as its session in the whole', async () => {
  const clock = new VirtualClock();
  const exchanges: Exchange[] = [];
  const stripe = { rank: 2, world: 3 };
  function* sessions() {
    for (let i = 0; i < 6; i++) yield turns([turnOf(`${i}`), turnOf(`${i} again`)]);
  }
  const running = drive({
    sessions: striped(sessions(), stripe),
    admission: { kind: 'closed', concurrency: 1 },
    target: new TimedTarget(clock, 10),
    clock,
    step: 0,
    startMs: 0,
    durationMs: null,
    maxRequests: null,
    drainMs: 1000,
    stripe,
    emit: (event) => event.kind === 'exchange' && exchanges.push(event.exchange),
  });
  await clock.run(running.done);
  expect(exchanges.map(({ seq, session, turn }) => [seq, session, turn])).toEqual([
    [2, 2, 0],
    [5, 2, 1],
    [8, 5, 0],
    [11, 5, 1],
  ]);
});
