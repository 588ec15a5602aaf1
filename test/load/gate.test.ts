import { describe, expect, it } from 'vitest';
import { Budget } from '../../src/load/budget.ts';
import { type Drive, type DriveOptions, drive } from '../../src/load/drive.ts';
import { allGates, type Gate, reserveOf } from '../../src/load/gate.ts';
import { Pace } from '../../src/load/pace.ts';
import { backoffMs } from '../../src/load/retry.ts';
import type { Exchange, Outcome, RateLimit, Usage } from '../../src/record/exchange.ts';
import type { Turn } from '../../src/record/turn.ts';
import type { Flight, Prepared, Received } from '../../src/target/target.ts';
import { oneTurn, TimedTarget, turnOf, turns, VirtualClock } from './virtual.ts';

type Told = Pick<Received, 'limits'> & { readonly outcome?: Outcome; readonly usage?: Usage };

const refused = (retryAfterMs: number | null): Outcome => {
  return { state: 'failed', code: 'rate_limited', message: 'no', status: 429, retryAfterMs, body: null };
};

/** A server whose answer is decided when a request comes. */
class DecidingTarget extends TimedTarget {
  decide: (turn: Turn, nowMs: number) => Told = () => ({});
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, serviceMs: number) {
    super(clock, serviceMs);
    this.#clock = clock;
  }

  override send(prepared: Prepared): Flight {
    const told = this.decide(prepared.turn, this.#clock.now());
    const flight = super.send(prepared);
    const received = flight.received.then((reply) => ({ ...reply, ...told, outcome: told.outcome ?? reply.outcome }));
    return { ...flight, received };
  }
}

interface Setup extends Partial<DriveOptions> {
  readonly serviceMs?: number;
  readonly decide?: DecidingTarget['decide'];
}

async function driven({ serviceMs = 100, decide, ...options }: Setup) {
  const clock = new VirtualClock();
  const target = new DecidingTarget(clock, serviceMs);
  if (decide !== undefined) target.decide = decide;
  const exchanges: Exchange[] = [];
  const running: Drive = drive({
    sessions: oneTurn(),
    admission: { kind: 'closed', concurrency: 1 },
    target,
    clock,
    step: 0,
    startMs: 0,
    durationMs: null,
    maxRequests: null,
    drainMs: 1000,
    emit(event) {
      if (event.kind === 'exchange') exchanges.push(event.exchange);
    },
    ...options,
  });
  const end = await clock.run(running.done);
  expect(running.inFlight).toBe(0);
  expect(running.ended).toBe(exchanges.filter(({ sentMs }) => sentMs !== null).length);
  const bySeq = exchanges.toSorted((a, b) => a.seq - b.seq);
  expect(bySeq.map(({ seq }) => seq)).toEqual(bySeq.map((_, i) => i));
  return { end, bySeq, target };
}

const closed = (concurrency: number) => ({ kind: 'closed', concurrency }) as const;
const open = (dueMs: Iterable<number>) => ({ kind: 'open', dueMs, maxInFlight: null }) as const;
const codes = (exchanges: readonly Exchange[]) =>
  exchanges.map(({ outcome }) => (outcome.state === 'failed' ? outcome.code : outcome.state));

describe('retries', () => {
  it('are one request with its due time and its attempts: golden case 30', async () => {
    let asked = 0;
    const { bySeq } = await driven({
      retries: 3,
      maxRequests: 1,
      serviceMs: 8,
      decide: () => (asked++ === 0 ? { outcome: refused(2002) } : {}),
    });
    expect(bySeq).toMatchObject([
      {
        dueMs: 0,
        sentMs: 2010,
        endMs: 2018,
        attempts: 2,
        outcome: { state: 'ok' },
        earlier: [{ sentMs: 0, endMs: 8, code: 'rate_limited', status: 429, retryAfterMs: 2002 }],
      },
    ]);
  });

  it('end: the last attempt stands, and what failed for good is not tried again', async () => {
    const many = await driven({ retries: 2, maxRequests: 1, decide: () => ({ outcome: refused(10) }) });
    expect(many.bySeq).toMatchObject([{ attempts: 3, outcome: { code: 'rate_limited' }, sentMs: 220 }]);
    expect(many.target.sent).toHaveLength(3);
    const wrong: Outcome = {
      state: 'failed',
      code: 'rejected',
      message: 'no',
      status: 400,
      retryAfterMs: null,
      body: null,
    };
    const once = await driven({ retries: 2, maxRequests: 1, decide: () => ({ outcome: wrong }) });
    expect(once.bySeq).toMatchObject([{ attempts: 1 }]);
    expect(once.bySeq[0]).not.toHaveProperty('earlier');
    const none = await driven({ maxRequests: 1, decide: () => ({ outcome: refused(10) }) });
    expect(none.target.sent).toHaveLength(1);
  });

  it('keep their slot, count under a cap, and stop with the step', async () => {
    let asked = 0;
    const slot = await driven({
      retries: 1,
      maxRequests: 2,
      decide: () => (asked++ === 0 ? { outcome: refused(400) } : {}),
    });
    expect(slot.target.sent.map(({ atMs }) => atMs)).toEqual([0, 500, 600]);
    asked = 0;
    const capped = await driven({
      retries: 1,
      admission: { kind: 'open', dueMs: [0, 50], maxInFlight: 1 },
      decide: () => (asked++ === 0 ? { outcome: refused(400) } : {}),
    });
    expect(capped.target.sent.map(({ atMs }) => atMs)).toEqual([0, 500, 600]);
    const stopped = await driven({ retries: 9, durationMs: 1000, decide: () => ({ outcome: refused(5000) }) });
    expect(stopped.bySeq).toMatchObject([{ attempts: 1, endMs: 100, outcome: { code: 'rate_limited' } }]);
    expect(stopped.end.stoppedBy).toBe('duration');
  });

  it('wait longer each time, and not all alike', () => {
    expect([0, 1, 2].map((attempts) => backoffMs(attempts, 0))).toEqual([750, 1500, 3000]);
    expect(new Set([0, 1, 2, 3].map((seq) => backoffMs(3, seq))).size).toBe(4);
    expect(backoffMs(40, 7)).toBeLessThanOrEqual(75_000);
  });
});

/** A bucket of `limit` that fills in `windowMs`, or a window that begins anew; says what it has left. */
function bucket(limit: number, windowMs: number, cost: (turn: Turn) => number, of: RateLimit['of'], fixed = false) {
  let left = limit;
  let atMs = 0;
  let refusals = 0;
  const refill = (nowMs: number) => {
    if (fixed) {
      if (Math.floor(nowMs / windowMs) > Math.floor(atMs / windowMs)) left = limit;
    } else left = Math.min(limit, left + ((nowMs - atMs) * limit) / windowMs);
    atMs = nowMs;
  };
  const decide = (turn: Turn, nowMs: number): Told => {
    refill(nowMs);
    const fits = left >= cost(turn);
    if (fits) left -= cost(turn);
    else refusals++;
    const resetMs = fixed ? windowMs - (nowMs % windowMs) : ((limit - left) * windowMs) / limit;
    const limits = [{ of, windowS: null, limit, remaining: Math.floor(left), resetMs: Math.round(resetMs) }];
    return fits ? { limits } : { limits, outcome: refused(Math.ceil(resetMs)) };
  };
  return { decide, refused: () => refusals };
}

describe('pacing', () => {
  const one = () => 1;

  it('keeps a closed loop below the requests of a minute, and near them', async () => {
    const { decide, refused } = bucket(60, 60_000, one, 'requests');
    const { bySeq } = await driven({
      gate: new Pace(),
      admission: closed(8),
      serviceMs: 50,
      durationMs: 600_000,
      decide,
    });
    expect(refused()).toBe(0);
    expect(codes(bySeq).every((code) => code === 'ok')).toBe(true);
    expect(bySeq.length).toBeGreaterThan(560); // of 600 + 60
    expect(bySeq.length).toBeLessThanOrEqual(660);
    // nothing is known before the first reply
    expect(bySeq.slice(0, 3).map(({ sentMs }) => sentMs)).toEqual([0, 50, 50]);
    expect(bySeq[1]).toMatchObject({ pacedMs: 50 });
  });

  it('keeps an open loop below the tokens of a minute, moves no due time, and says how long it held', async () => {
    const tokens = (turn: Turn) => turn.inputTokens! + turn.outputTokens!;
    const { decide, refused } = bucket(1500, 60_000, tokens, 'tokens');
    const due = Array.from({ length: 400 }, (_, i) => 100 * i);
    const { bySeq } = await driven({ gate: new Pace(), admission: open(due), decide });
    expect(refused()).toBe(0);
    expect(bySeq.map(({ dueMs }) => dueMs)).toEqual(due);
    const last = bySeq.at(-1)!;
    expect(last.sentMs! - last.dueMs).toBeCloseTo(last.pacedMs!, 3);
    expect(last.pacedMs!).toBeGreaterThan(60_000);
  });

  it('is refused in a fixed window at most once in a while, and then waits for its end', async () => {
    const { decide, refused } = bucket(60, 60_000, one, 'requests', true);
    const pace = new Pace();
    const { bySeq } = await driven({ gate: pace, admission: closed(4), serviceMs: 20, durationMs: 600_000, decide });
    expect(refused()).toBeLessThanOrEqual(4);
    expect(pace.refusals).toBe(refused());
    expect(bySeq.length).toBeGreaterThan(500);
  });

  it('waits behind refusals that state no limits, as long as they say or ever longer', async () => {
    let asked = 0;
    const { target } = await driven({
      gate: new Pace(),
      maxRequests: 5,
      serviceMs: 10,
      decide: () => {
        asked++;
        return asked === 1 ? { outcome: refused(3000) } : asked < 4 ? { outcome: refused(null) } : {};
      },
    });
    expect(target.sent.map(({ atMs }) => atMs)).toEqual([0, 3010, 4020, 6030, 6040]);
  });

  it('counts by itself where only the size of a limit is told', async () => {
    const limits: RateLimit[] = [{ of: 'outputTokens', windowS: null, limit: 100, remaining: null, resetMs: null }];
    const { target } = await driven({
      gate: new Pace(),
      admission: closed(4),
      serviceMs: 10,
      durationMs: 180_000,
      decide: () => ({ limits }),
    });
    for (let fromMs = 0; fromMs < 180_000; fromMs += 500) {
      const within = target.sent.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + 60_000);
      expect(within.length * 5).toBeLessThanOrEqual(100);
    }
    expect(target.sent.length).toBeGreaterThan(50);
  });

  it('lets pass what is larger than a whole limit: the server says so', async () => {
    const limits: RateLimit[] = [{ of: 'tokens', windowS: 60, limit: 10, remaining: 10, resetMs: 0 }];
    const { bySeq } = await driven({ gate: new Pace(), maxRequests: 3, decide: () => ({ limits }) });
    expect(bySeq).toHaveLength(3);
  });
});

describe('a budget', () => {
  const usage = (input: number, output: number): Usage => {
    return { input, output, inputCached: null, inputCacheWrite: null, outputReasoning: null, outputAccepted: null };
  };
  const priceUsd = ({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }) =>
    inputTokens * 0.001 + outputTokens * 0.01;
  const options = { usd: null, tokens: null, priceUsd: null, choices: 1 };

  it('stops before it is exceeded, whatever is in flight', async () => {
    const budget = new Budget({ ...options, tokens: 200 });
    const { end, bySeq } = await driven({
      gate: budget,
      admission: closed(4),
      decide: () => ({ usage: usage(10, 5) }),
    });
    expect(end.stoppedBy).toBe('budget');
    expect(budget).toMatchObject({ exhausted: true, inputTokens: 130, outputTokens: 65 });
    expect(bySeq).toHaveLength(13);
  });

  it('in USD counts what replies used, refusals as nothing and broken replies in full', async () => {
    let asked = 0;
    const broken: Outcome = {
      state: 'failed',
      code: 'conn_reset',
      message: 'x',
      status: 200,
      retryAfterMs: null,
      body: null,
    };
    const budget = new Budget({ ...options, usd: 0.2, priceUsd });
    const { bySeq, end } = await driven({
      gate: budget,
      decide: () => {
        asked++;
        if (asked === 1) return { outcome: refused(null) };
        return asked === 2 ? { outcome: broken } : { usage: usage(10, 2) };
      },
    });
    // 0 + 0.061 + 0.03 each, and none that might cost 0.061 beyond 0.2
    expect(end.stoppedBy).toBe('budget');
    expect(codes(bySeq)).toEqual(['rate_limited', 'conn_reset', 'ok', 'ok', 'ok']);
    expect(budget.usd).toBeCloseTo(0.061 + 3 * 0.03, 9);
  });

  it('holds back while those in flight may end cheaper', async () => {
    const budget = new Budget({ ...options, tokens: 40 });
    const { bySeq } = await driven({
      gate: budget,
      admission: closed(3),
      decide: () => ({ usage: usage(5, 1) }),
    });
    expect(bySeq.map(({ sentMs }) => sentMs)).toEqual([0, 0, 100, 200, 300]);
    expect(budget.inputTokens + budget.outputTokens).toBe(30);
  });

  it('ends an open loop without leaving its schedule to the population', async () => {
    const { bySeq, end } = await driven({
      gate: new Budget({ ...options, tokens: 40 }),
      admission: open([0, 200, 400, 600, 800]),
      decide: () => ({ usage: usage(10, 5) }),
    });
    expect(end).toMatchObject({ stoppedBy: 'budget', stopMs: 200.001, scheduled: 2 });
    expect(codes(bySeq)).toEqual(['ok', 'ok']);
  });

  it('also holds for further turns and further attempts', async () => {
    const session = turns([turnOf('a'), turnOf('b'), turnOf('c')]);
    const talk = await driven({
      sessions: [session].values(),
      gate: new Budget({ ...options, tokens: 35 }),
      decide: () => ({ usage: usage(10, 5) }),
    });
    expect(talk.bySeq).toHaveLength(2);
    const broken: Outcome = {
      state: 'failed',
      code: 'conn_reset',
      message: 'x',
      status: null,
      retryAfterMs: null,
      body: null,
    };
    const again = await driven({
      retries: 9,
      gate: new Budget({ ...options, tokens: 40 }),
      decide: () => ({ outcome: broken }),
    });
    expect(again.end.stoppedBy).toBe('budget');
    expect(again.bySeq).toMatchObject([{ attempts: 2, outcome: { code: 'conn_reset' } }]);
  });

  it('knows whether it would let a first request pass', () => {
    const budget = new Budget({ ...options, usd: 0.05, priceUsd });
    expect(budget.fits({ inputTokens: 10, outputTokens: 4 })).toBe(true);
    expect(budget.fits({ inputTokens: 10, outputTokens: 5 })).toBe(false);
  });
});

it('reserves by the plan, by bytes where it does not say, and by choices', () => {
  expect(reserveOf(turnOf('héllo', { inputTokens: 100, outputTokens: 7 }), 3)).toEqual({
    inputTokens: 101,
    outputTokens: 21,
  });
  expect(reserveOf(turnOf('héllo', { inputTokens: null })).inputTokens).toBe(6);
  expect(reserveOf(turnOf('héllo', { inputTokens: 2 }), 1, false).inputTokens).toBe(6);
  expect(reserveOf(turnOf('x', { outputTokens: null })).outputTokens).toBeGreaterThan(4096);
});

it('joins gates: the strictest decides', () => {
  const calls: string[] = [];
  const gate = (name: string, atMs: number): Gate => ({
    opensMs: () => atMs,
    sent: () => calls.push(`${name} sent`),
    landed: () => calls.push(`${name} landed`),
  });
  expect(allGates([])).toBeNull();
  const both = allGates([gate('a', 5), gate('b', 9)])!;
  expect(both.opensMs(turnOf('x'), 5)).toBe(9);
  both.sent(turnOf('x'), 5);
  both.landed(turnOf('x'), {} as Received);
  expect(calls).toEqual(['a sent', 'b sent', 'a landed', 'b landed']);
});
