import { expect, it } from 'vitest';
import { arrivals } from '../../src/load/arrival.ts';
import { drive } from '../../src/load/drive.ts';
import type { KnownIntensity } from '../../src/load/intensity.ts';
import { parseRate } from '../../src/load/rate.ts';
import { createRandom } from '../../src/random/random.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { fano } from '../../src/statistics/correlation.ts';
import { Moments } from '../../src/statistics/moments.ts';
import { oneTurn, TimedTarget, VirtualClock } from './virtual.ts';

const startMs = 10;

interface Plan {
  readonly kind: string;
  readonly rate: number | string;
  readonly seed: number;
  readonly requests?: number;
  readonly durationMs?: number;
  /** How late a busy event loop wakes the driver. */
  readonly lateMs?: number;
}

/** When the requests of an open loop left, in ms after its start, in their order. */
async function sent({ kind, rate, seed, requests, durationMs, lateMs = 0 }: Plan): Promise<number[]> {
  const clock = new VirtualClock();
  clock.lateMs = lateMs;
  const exchanges: Exchange[] = [];
  const dueMs = arrivals(kind, rate, createRandom(seed, 'arrivals'), 0, createRandom(seed, 'rate'));
  const running = drive({
    sessions: oneTurn(),
    admission: { kind: 'open', dueMs, maxInFlight: null },
    target: new TimedTarget(clock, 1),
    clock,
    step: 0,
    startMs,
    durationMs: durationMs ?? null,
    maxRequests: requests ?? null,
    drainMs: 1000,
    emit: (event) => {
      if (event.kind === 'exchange') exchanges.push(event.exchange);
    },
  });
  await clock.run(running.done);
  return exchanges.map(({ sentMs }) => sentMs! - startMs).sort((a, b) => a - b);
}

const gapsOf = (times: readonly number[]) => times.slice(1).map((time, i) => time - times[i]!);
const n = 10_000;

it.each([
  ['constant', 0],
  ['poisson', 1],
  ['gamma:0.5', Math.SQRT2],
  ['gamma:4', 0.5],
  ['weibull:2', 0.5227],
  ['weibull:0.7', 1.4624],
])(
  'sends %s arrivals: 10,000 gaps with the CV of the process within 5 %, at the rate offered within 1 %',
  async (kind, cv) => {
    const ratePerS = 400;
    const times = await sent({ kind, rate: ratePerS, seed: 11, requests: n + 1 });
    const gaps = gapsOf(times);
    expect(gaps).toHaveLength(n);
    expect(Math.abs(Moments.of(gaps).cv! - cv)).toBeLessThan(0.05 * (cv || 1));
    const planned = arrivals(kind, ratePerS, createRandom(11, 'arrivals'));
    const due = [...take(planned, n + 1)];
    const offeredPerS = n / (due[n]! - due[0]!);
    expect(Math.abs(n / (times[n]! - times[0]!) / offeredPerS - 1)).toBeLessThan(0.01);
  },
);

it.each(['ramp(100,700,25s)', 'expramp(50,900,30s)', 'steps(100@10s,0@5s,800@8s,400@20s)', 'diurnal(400,0.9,8s,3s)'])(
  'sends %s: by the time that its own rate keeps, a Poisson process of rate 1',
  async (rate) => {
    const known = parseRate(rate).intensity(createRandom(0, 'unused')) as KnownIntensity;
    const times = await sent({ kind: 'poisson', rate, seed: 5, requests: n + 1 });
    const rescaled = times.map((ms) => known.pointsAt(ms / 1000));
    const gaps = Moments.of(gapsOf(rescaled));
    expect(gaps.n).toBe(n);
    expect(Math.abs(gaps.cv! - 1)).toBeLessThan(0.05);
    expect(Math.abs(gaps.mean! - 1)).toBeLessThan(0.03); // 3 standard errors of a Poisson count
    // what was expected until the last one left is what left
    expect(Math.abs(known.pointsAt(times[n]! / 1000) / (n + 1) - 1)).toBeLessThan(0.03);
  },
);

it('sends a ramp of constant arrivals exactly as its integral says', async () => {
  const times = await sent({ kind: 'constant', rate: 'ramp(1,3,10s)', seed: 1, durationMs: 20_000 });
  expect(times).toHaveLength(50); // 20 in the ramp, 30 behind it
  expect([1, 5, 10, 20].map((i) => times[i])).toEqual([916.08, 3660.254, 6180.34, 10_000]);
});

it('bursts with on/off: more arrivals come together than Poisson arrivals do', async () => {
  const counts = async (rate: number | string) => {
    const times = await sent({ kind: 'poisson', rate, seed: 3, durationMs: 40_000 });
    const bins = new Array<number>(40).fill(0);
    for (const time of times) bins[Math.floor(time / 1000)]!++;
    return bins;
  };
  expect(fano(await counts('onoff(20,400,2s,2s)'))!).toBeGreaterThan(5);
  expect(fano(await counts(210))!).toBeLessThan(2);
});

it('keeps rate and shape where the event loop is late: what is overdue leaves together, none is lost', async () => {
  const durationMs = 25_000;
  const times = await sent({ kind: 'poisson', rate: 400, seed: 2, durationMs, lateMs: 2 });
  const due = [...takeWhile(arrivals('poisson', 400, createRandom(2, 'arrivals')), (ms) => ms < durationMs)];
  expect(times).toHaveLength(due.length);
  const late = times.map((time, i) => time - due[i]!);
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...late)).toBeLessThanOrEqual(2.001);
});

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left-- === 0) return;
    yield item;
  }
}

function* takeWhile<T>(items: Iterable<T>, wanted: (item: T) => boolean): Generator<T> {
  for (const item of items) {
    if (!wanted(item)) return;
    yield item;
  }
}
