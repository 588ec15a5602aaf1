import { expect, it } from 'vitest';
import { arrivals } from '../../src/load/arrival.ts';
import { type Drive, type DriveEvent, type DriveOptions, drive } from '../../src/load/drive.ts';
import { createRandom } from '../../src/random/random.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import type { Reply, Session } from '../../src/record/turn.ts';
import { Moments } from '../../src/statistics/moments.ts';
import { oneTurn, TimedTarget, textOf, turnOf, turns, VirtualClock } from './virtual.ts';

const closed = (concurrency: number) => ({ kind: 'closed', concurrency }) as const;
const open = (dueMs: Iterable<number>, maxInFlight: number | null = null) =>
  ({ kind: 'open', dueMs, maxInFlight }) as const;

interface Setup extends Partial<DriveOptions> {
  readonly serviceMs?: ConstructorParameters<typeof TimedTarget>[1];
  readonly setUp?: (parts: { clock: VirtualClock; target: TimedTarget }) => void;
  readonly during?: (drive: Drive, event: DriveEvent) => void;
  readonly beside?: (drive: Drive, clock: VirtualClock) => Promise<void>;
}

/** Drives on a virtual clock to the end; exchanges in order of their ends. */
async function driven({ serviceMs = 100, setUp, during, beside, ...options }: Setup) {
  const clock = new VirtualClock();
  const target = new TimedTarget(clock, serviceMs);
  setUp?.({ clock, target });
  const exchanges: Exchange[] = [];
  const stops: DriveEvent[] = [];
  const running: Drive = drive({
    sessions: oneTurn(),
    admission: closed(1),
    target,
    clock,
    step: 3,
    startMs: 10,
    durationMs: null,
    maxRequests: null,
    drainMs: 1000,
    emit(event) {
      if (event.kind === 'exchange') exchanges.push(event.exchange);
      else stops.push(event);
      during?.(running, event);
    },
    ...options,
  });
  void beside?.(running, clock);
  const end = await clock.run(running.done);
  expect(running.inFlight).toBe(0);
  expect(running.started).toBe(exchanges.filter((e) => e.sentMs !== null).length);
  expect(running.ended).toBe(running.started);
  expect(stops).toEqual([{ kind: 'stopped', stoppedBy: end.stoppedBy, stopMs: end.stopMs }]);
  const bySeq = exchanges.toSorted((a, b) => a.seq - b.seq);
  expect(bySeq.map((e) => e.seq)).toEqual(bySeq.map((_, i) => i)); // dense, each once
  return { end, exchanges, bySeq, target, clock };
}

const column = (exchanges: readonly Exchange[], key: 'dueMs' | 'sentMs' | 'endMs' | 'session' | 'turn') =>
  exchanges.map((e) => e[key]);

it('holds what a cap holds in line and moves no due time: golden case 45', async () => {
  const { end, bySeq } = await driven({
    admission: open([0, 100, 200, 300], 1),
    serviceMs: 500,
    startMs: 0,
  });
  expect(column(bySeq, 'dueMs')).toEqual([0, 100, 200, 300]);
  expect(column(bySeq, 'sentMs')).toEqual([0, 500, 1000, 1500]);
  expect(bySeq.map((e) => e.endMs - e.sentMs!)).toEqual([500, 500, 500, 500]);
  expect(bySeq.map((e) => e.endMs - e.dueMs)).toEqual([500, 900, 1300, 1700]);
  expect(bySeq.map((e) => e.sentMs! - e.dueMs)).toEqual([0, 400, 800, 1200]);
  expect(end).toEqual({ stoppedBy: 'workload', stopMs: 1500.001, endMs: 2000, scheduled: 4 });
});

it('keeps a closed loop full: the first N due at the start, the next when a slot ends', async () => {
  const { end, bySeq, target } = await driven({ admission: closed(4), serviceMs: 100, durationMs: 250 });
  expect(column(bySeq, 'dueMs')).toEqual([10, 10, 10, 10, 110, 110, 110, 110, 210, 210, 210, 210]);
  expect(column(bySeq, 'sentMs')).toEqual(column(bySeq, 'dueMs'));
  expect(column(bySeq, 'session')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(bySeq[0]).toMatchObject({ step: 3, turn: 0, plannedInputTokens: 10, plannedOutputTokens: 5, attempts: 1 });
  expect(bySeq[0]).not.toHaveProperty('text');
  expect(target.mostInFlight).toBe(4);
  expect(end).toEqual({ stoppedBy: 'duration', stopMs: 260, endMs: 310, scheduled: null });
});

it('serialises requests before they are due', async () => {
  const run = await driven({ admission: closed(50), serviceMs: 100, durationMs: 1000 });
  const late = run.target.sent.filter((s, i) => s.preparedMs === s.atMs && i > 0);
  expect(late).toEqual([]);
  const spread = await driven({ admission: open([100, 130, 131, 5000, 5001, 5002]), startMs: 0 });
  expect(spread.target.sent.filter((s) => s.preparedMs === s.atMs)).toEqual([]);
});

it('serialises no more than it may need soon', async () => {
  let made = 0;
  function* counted(): Generator<Session, void, undefined> {
    for (const session of oneTurn()) {
      made++;
      yield session;
    }
  }
  await driven({ sessions: counted(), admission: closed(8), maxRequests: 20 });
  expect(made).toBe(20);
  made = 0;
  await driven({ sessions: counted(), admission: closed(8), durationMs: 150 });
  expect(made).toBeLessThanOrEqual(24);
  made = 0;
  await driven({
    sessions: counted(),
    admission: open(arrivals('constant', 10, createRandom(1, 'a'))),
    durationMs: 1000,
  });
  expect(made).toBeLessThanOrEqual(12);
});

it('keeps at most 64 MB of serialised requests', async () => {
  const large = new Uint8Array(40 * 1024 * 1024);
  let prepared = 0;
  let mostAhead = 0;
  const { bySeq } = await driven({
    admission: closed(16),
    maxRequests: 32,
    setUp({ target }) {
      target.prepare = (turn) => {
        mostAhead = Math.max(mostAhead, ++prepared - target.sent.length);
        return { turn, bytes: large, preparedMs: 0 };
      };
    },
  });
  expect(bySeq).toHaveLength(32);
  expect(mostAhead).toBe(2);
});

it('starts in a closed loop while the other slots are busy', async () => {
  const { bySeq } = await driven({
    admission: closed(2),
    serviceMs: (turn) => (textOf(turn) === '0' ? 1000 : 100),
    durationMs: 350,
  });
  expect(column(bySeq, 'dueMs')).toEqual([10, 10, 110, 210, 310]);
});

it('stops after exactly N requests, and right after the last start', async () => {
  const { end, bySeq } = await driven({ admission: closed(3), serviceMs: 100, maxRequests: 7 });
  expect(bySeq).toHaveLength(7);
  expect(end).toEqual({ stoppedBy: 'requests', stopMs: 210.001, endMs: 310, scheduled: null });
  const fewer = await driven({ admission: closed(8), maxRequests: 2 });
  expect(fewer.bySeq).toHaveLength(2);
  const none = await driven({ admission: closed(8), maxRequests: 0 });
  expect(none.end).toEqual({ stoppedBy: 'requests', stopMs: 10, endMs: 10, scheduled: null });
});

it('counts requests in line to the N and sends them all', async () => {
  const { end, bySeq } = await driven({
    admission: open(arrivals('constant', 1000, createRandom(1, 'a')), 2),
    serviceMs: 50,
    maxRequests: 6,
  });
  expect(column(bySeq, 'sentMs')).toEqual([10, 11, 60, 61, 110, 111]);
  expect(end).toEqual({ stoppedBy: 'requests', stopMs: 111.001, endMs: 161, scheduled: 6 });
});

it('takes a limit while it runs, never a looser one', async () => {
  const limited = (further: number, maxRequests: number | null) =>
    driven({
      admission: closed(2),
      maxRequests,
      during(running, event) {
        if (event.kind === 'exchange' && event.exchange.seq === 2) running.limit(further);
      },
    });
  // five have become due when the third lands: its slot has started the next one already
  expect((await limited(4, null)).bySeq).toHaveLength(9);
  expect((await limited(4, 6)).bySeq).toHaveLength(6);
  expect((await limited(0, null)).end).toMatchObject({ stoppedBy: 'requests', stopMs: 210.001 });
});

it('counts towards a limit what is due from an instant on, not what was due before it and starts later', async () => {
  const limited = (admission: DriveOptions['admission'], further: number, fromMs: number) =>
    driven({
      admission,
      startMs: 0,
      during(running, event) {
        if (event.kind === 'exchange' && event.exchange.seq === 0) running.limit(further, fromMs);
      },
    });
  // The first lands at 100; the one due at 150 belongs to what came before 155, whenever it starts.
  const opened = await limited(open([0, 50, 150, 160, 170, 180]), 2, 155);
  expect(column(opened.bySeq, 'dueMs')).toEqual([0, 50, 150, 160, 170]);
  // Both slots became free at 100; one of them starts again before the limit, the other after it.
  const slots = await limited(closed(2), 3, 100.001);
  expect(slots.bySeq.filter(({ dueMs }) => dueMs >= 100.001)).toHaveLength(3);
  expect(slots.bySeq).toHaveLength(7);
});

it('takes whichever limit comes first', async () => {
  expect((await driven({ maxRequests: 3, durationMs: 10_000 })).end.stoppedBy).toBe('requests');
  expect((await driven({ maxRequests: 1000, durationMs: 300 })).end.stoppedBy).toBe('duration');
});

it('starts nothing at or after the stop', async () => {
  const openRun = await driven({ admission: open([0, 50, 99.999, 100, 101]), durationMs: 100, startMs: 0 });
  expect(column(openRun.bySeq, 'dueMs')).toEqual([0, 50, 99.999]);
  expect(openRun.end).toMatchObject({ stoppedBy: 'duration', stopMs: 100, scheduled: 3 });
  const closedRun = await driven({ admission: closed(1), serviceMs: 50, durationMs: 100, startMs: 0 });
  expect(column(closedRun.bySeq, 'sentMs')).toEqual([0, 50]);
});

it('sends what a busy loop made late, all in one turn, without moving its due time', async () => {
  const { end, bySeq } = await driven({
    admission: open([0, 1, 2, 3, 98, 99]),
    durationMs: 100,
    startMs: 10,
    setUp({ clock }) {
      clock.lateMs = 7;
    },
  });
  expect(column(bySeq, 'dueMs')).toEqual([10, 11, 12, 13, 108, 109]);
  expect(column(bySeq, 'sentMs')).toEqual([17, 17, 17, 17, 115, 115]); // the stop at 110 passed meanwhile
  expect(end).toMatchObject({ stoppedBy: 'duration', stopMs: 115.001, scheduled: 6 });
});

it('leaves requests out that a slot would only have started after the stop', async () => {
  const { bySeq, end } = await driven({
    admission: closed(2),
    serviceMs: 99,
    durationMs: 100,
    startMs: 0,
    setUp({ clock, target }) {
      clock.lateMs = 10; // the stop is noticed at 110
      target.noticeMs = 4; // the ends at 99 are noticed at 103
    },
  });
  expect(column(bySeq, 'sentMs')).toEqual([0, 0]);
  expect(end).toMatchObject({ stoppedBy: 'duration', stopMs: 100 });
});

it('sends what was due when it is told to stop', async () => {
  const { bySeq, end } = await driven({
    admission: open([0, 50, 51, 53, 500]),
    startMs: 0,
    serviceMs: 1000,
    setUp({ clock }) {
      clock.lateMs = 7;
    },
    beside: (running, clock) => clock.exactly(52).then(() => running.stop('precision')),
  });
  expect(column(bySeq, 'dueMs')).toEqual([0, 50, 51]);
  expect(column(bySeq, 'sentMs')).toEqual([0, 52, 52]);
  expect(end).toMatchObject({ stoppedBy: 'precision', stopMs: 52.001, scheduled: 3 });
});

it('keeps what was due before the stop and never sent, as censored', async () => {
  const { end, bySeq } = await driven({
    admission: open([0, 10, 20, 30, 200], 1),
    serviceMs: 60,
    durationMs: 100,
    startMs: 0,
  });
  expect(column(bySeq, 'dueMs')).toEqual([0, 10, 20, 30]);
  expect(column(bySeq, 'sentMs')).toEqual([0, 60, null, null]);
  expect(column(bySeq, 'session')).toEqual([0, 1, 2, 3]);
  expect(bySeq[2]).toMatchObject({ endMs: 100, outcome: { state: 'censored', reason: 'drain_limit' } });
  expect(end).toEqual({ stoppedBy: 'duration', stopMs: 100, endMs: 120, scheduled: 4 });
});

it('gives up after the drain limit and still emits', async () => {
  const { end, bySeq } = await driven({
    admission: closed(2),
    serviceMs: (turn) => (textOf(turn) === '1' ? Number.POSITIVE_INFINITY : 100),
    durationMs: 150,
    drainMs: 400,
  });
  expect(bySeq.map((e) => e.outcome.state)).toEqual(['ok', 'censored', 'ok']);
  expect(bySeq[1]).toMatchObject({ endMs: 560, outcome: { reason: 'drain_limit' }, sentMs: 10 });
  expect(end).toEqual({ stoppedBy: 'duration', stopMs: 160, endMs: 560, scheduled: null });
});

it('ends all at once when interrupted', async () => {
  const { end, bySeq } = await driven({
    admission: open([0, 10, 20, 30, 500], 2),
    serviceMs: (turn) => (textOf(turn) === '0' ? 90 : 5000),
    startMs: 0,
    during(running, event) {
      if (event.kind === 'exchange' && event.exchange.seq === 0) running.interrupt();
    },
  });
  expect(bySeq.map((e) => e.outcome)).toEqual([
    { state: 'ok', finish: 'stop' },
    { state: 'censored', reason: 'interrupted' },
    { state: 'censored', reason: 'interrupted' },
    { state: 'censored', reason: 'interrupted' },
  ]);
  expect(column(bySeq, 'sentMs')).toEqual([0, 10, 90, null]);
  expect(end).toEqual({ stoppedBy: 'interrupted', stopMs: 90.001, endMs: 90.001, scheduled: 4 });
});

it('obeys a signal, before the start and during the drain', async () => {
  const before = await driven({ signal: AbortSignal.abort() });
  expect(before.exchanges).toEqual([]);
  expect(before.end).toMatchObject({ stoppedBy: 'interrupted', stopMs: 10 });
  const abort = new AbortController();
  const draining = await driven({
    signal: abort.signal,
    admission: closed(2),
    serviceMs: (turn) => (textOf(turn) === '0' ? 5000 : 120),
    durationMs: 100,
    during(_, event) {
      if (event.kind === 'exchange' && event.exchange.seq === 1) abort.abort();
    },
  });
  expect(draining.end).toMatchObject({ stoppedBy: 'duration', stopMs: 110, endMs: 130 });
  expect(draining.bySeq[0]!.outcome).toEqual({ state: 'censored', reason: 'interrupted' });
});

it('stops for a reason from outside and drains', async () => {
  const { end, bySeq } = await driven({
    admission: closed(3),
    serviceMs: (_, index) => 100 + index,
    during(running, event) {
      if (event.kind === 'exchange' && event.exchange.seq === 3) running.stop('precision');
      running.stop('requests'); // only the first reason counts, and the first event is earlier
    },
  });
  expect(end.stoppedBy).toBe('requests');
  expect(bySeq.every((e) => e.outcome.state === 'ok')).toBe(true);
  const precise = await driven({
    admission: closed(3),
    during(running, event) {
      if (event.kind === 'exchange' && event.exchange.seq === 3) running.stop('precision');
    },
  });
  expect(precise.end).toMatchObject({ stoppedBy: 'precision', endMs: 310 });
  expect(precise.bySeq.every((e) => e.sentMs! < precise.end.stopMs)).toBe(true);
});

it('runs a finite workload to its end', async () => {
  const { end, bySeq } = await driven({ sessions: oneTurn(5), admission: closed(2), serviceMs: 100, drainMs: 0 });
  expect(column(bySeq, 'sentMs')).toEqual([10, 10, 110, 110, 210]);
  expect(end).toEqual({ stoppedBy: 'workload', stopMs: 210.001, endMs: 310, scheduled: null });
  const scheduled = await driven({
    sessions: oneTurn(5),
    admission: open(arrivals('constant', 10, createRandom(1, 'a'))),
  });
  expect(scheduled.end).toEqual({ stoppedBy: 'workload', stopMs: 410.001, endMs: 510, scheduled: 5 });
  const capped = await driven({ sessions: oneTurn(5), admission: open([0, 0, 0, 0, 0, 0, 0, 0], 2) });
  expect(capped.end).toMatchObject({ stoppedBy: 'workload', scheduled: 5 });
  const nothing = await driven({ sessions: oneTurn(0), admission: closed(4) });
  expect(nothing.end).toMatchObject({ stoppedBy: 'workload', stopMs: 10 });
});

it('counts no arrival that no session is left for', async () => {
  const stopped = await driven({
    sessions: oneTurn(1),
    admission: open([0, 0, 0], 1),
    serviceMs: 500,
    durationMs: 100,
  });
  expect(stopped.end).toMatchObject({ stoppedBy: 'duration', scheduled: 1 });
  // six requests are wanted; three of the arrivals in line find no session and leave room for later turns
  const sessions = ['a', 'b', 'c'].map((name) => turns([turnOf(`${name}0`), turnOf(`${name}1`)])).values();
  const wanted = await driven({ sessions, admission: open([0, 0, 0, 0, 0, 0, 0, 0], 1), maxRequests: 6 });
  expect(wanted.target.sent.map((s) => textOf(s.turn))).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'c1']);
  expect(wanted.end).toMatchObject({ stoppedBy: 'requests', scheduled: 6 });
});

it('asks later turns at the end of the reply plus the think time, in both loops', async () => {
  function* talks(): Generator<Session, void, undefined> {
    for (const name of ['a', 'b', 'c'])
      yield turns([turnOf(`${name}0`), turnOf(`${name}1`, { thinkMs: 30 }), turnOf(`${name}2`)]);
  }
  const slots = await driven({ sessions: talks(), admission: closed(2), serviceMs: 100, startMs: 0 });
  expect(slots.bySeq.map((e) => [e.session, e.turn, e.dueMs, e.sentMs])).toEqual([
    [0, 0, 0, 0],
    [1, 0, 0, 0],
    [0, 1, 130, 130],
    [1, 1, 130, 130],
    [0, 2, 230, 230],
    [1, 2, 230, 230],
    [2, 0, 330, 330],
    [2, 1, 460, 460],
    [2, 2, 560, 560],
  ]);
  expect(slots.target.sent.filter((s) => textOf(s.turn).endsWith('1') && s.preparedMs === s.atMs)).toEqual([]);
  const scheduled = await driven({ sessions: talks(), admission: open([0, 10, 130]), serviceMs: 100, startMs: 0 });
  expect(scheduled.bySeq.map((e) => [e.session, e.turn, e.dueMs])).toEqual([
    [0, 0, 0],
    [1, 0, 10],
    [2, 0, 130],
    [0, 1, 130],
    [1, 1, 140],
    [0, 2, 230],
    [1, 2, 240],
    [2, 1, 260],
    [2, 2, 360],
  ]);
  expect(scheduled.end).toMatchObject({ stoppedBy: 'workload', scheduled: 9 });
});

it('serialises a far later turn only when it is near, and in time', async () => {
  const sessions = [turns([turnOf('0'), turnOf('1', { thinkMs: 60_000 })])].values();
  const { target } = await driven({ sessions, startMs: 0 });
  expect(target.sent[1]!.atMs).toBe(60_100);
  expect(target.sent[1]!.preparedMs).toBeGreaterThanOrEqual(60_000);
  expect(target.sent[1]!.preparedMs).toBeLessThan(60_100);
});

it('lets the reply flow back into its session, failures too', async () => {
  const replies: Reply[] = [];
  function* talk(): Session {
    replies.push(yield turnOf('0', { keepText: true }));
    replies.push(yield turnOf('1'));
    replies.push(yield turnOf('fail'));
  }
  const { bySeq } = await driven({
    sessions: [talk()].values(),
    setUp({ target }) {
      const failed = {
        state: 'failed',
        code: 'stall',
        message: '',
        status: null,
        retryAfterMs: null,
        body: null,
      } as const;
      target.outcome = (turn) => (textOf(turn) === 'fail' ? failed : { state: 'ok', finish: 'stop' });
    },
  });
  expect(replies).toEqual([
    { ok: true, text: 'reply to 0' },
    { ok: true, text: '' },
    { ok: false, text: '' },
  ]);
  expect(bySeq[2]!.outcome.state).toBe('failed');
});

it('goes on when requests fail', async () => {
  const { bySeq, end } = await driven({
    admission: closed(2),
    maxRequests: 50,
    setUp({ target }) {
      target.outcome = () => ({
        state: 'failed',
        code: 'conn_reset',
        message: '',
        status: null,
        retryAfterMs: null,
        body: null,
      });
    },
  });
  expect(bySeq).toHaveLength(50);
  expect(end.stoppedBy).toBe('requests');
});

it('sends the schedule of its seed, whatever the server does', async () => {
  const run = (seed: number, serviceMs: number, maxInFlight: number | null) =>
    driven({
      admission: open(arrivals('poisson', 200, createRandom(seed, 'arrivals')), maxInFlight),
      serviceMs,
      durationMs: 2000,
    });
  const fast = await run(1, 5, null);
  const slow = await run(1, 400, 3);
  const other = await run(2, 5, null);
  expect(column(slow.bySeq, 'dueMs')).toEqual(column(fast.bySeq, 'dueMs'));
  expect(column(slow.bySeq, 'session')).toEqual(column(fast.bySeq, 'session'));
  expect(column(other.bySeq, 'dueMs')).not.toEqual(column(fast.bySeq, 'dueMs'));
  expect(fast.bySeq.every((e) => e.sentMs === e.dueMs)).toBe(true);
  expect(slow.bySeq.filter((e) => e.sentMs === null).length).toBeGreaterThan(300);
});

it('sends 10,000 Poisson arrivals whose gaps have a CV within 5 % of 1', async () => {
  const { bySeq } = await driven({
    admission: open(arrivals('poisson', 1000, createRandom(9, 'arrivals'))),
    serviceMs: 1,
    maxRequests: 10_001,
  });
  const gaps = bySeq.slice(1).map((e, i) => e.sentMs! - bySeq[i]!.sentMs!);
  expect(gaps).toHaveLength(10_000);
  expect(Math.abs(Moments.of(gaps).cv! - 1)).toBeLessThan(0.05);
});

it('rounds every stamp to whole microseconds', async () => {
  const { bySeq } = await driven({ admission: closed(3), serviceMs: 100 / 3, maxRequests: 30, startMs: 10.00049 });
  const whole = (ms: number | null) => ms === null || Math.round(ms * 1000) / 1000 === ms;
  for (const e of bySeq) expect([e.dueMs, e.sentMs, e.headersMs, e.firstByteMs, e.endMs].every(whole)).toBe(true);
  expect(bySeq.every((e) => e.sentMs! >= e.dueMs)).toBe(true);
});

it('leaves nothing waiting and closes the sessions', async () => {
  let closedUp = false;
  function* sessions(): Generator<Session, void, undefined> {
    try {
      yield* oneTurn();
    } finally {
      closedUp = true;
    }
  }
  const { clock } = await driven({ sessions: sessions(), durationMs: 100_000, maxRequests: 3 });
  expect(clock.waiting).toBe(0);
  expect(closedUp).toBe(true);
});

it('ends with the error of a session, of a preparation or of emit, after everything has landed', async () => {
  const broken = new Error('broken');
  function* failing(): Session {
    yield turnOf('0');
    throw broken;
  }
  await expect(driven({ sessions: [failing()].values() })).rejects.toBe(broken);
  await expect(
    driven({
      setUp({ target }) {
        target.prepare = () => {
          throw broken;
        };
      },
    }),
  ).rejects.toBe(broken);
  const emitted: DriveEvent[] = [];
  const full = driven({
    admission: closed(4),
    emit(event) {
      emitted.push(event);
      throw broken;
    },
  });
  await expect(full).rejects.toBe(broken);
  expect(emitted).toHaveLength(1);
  function* silent(): Generator<Session, void, undefined> {
    for (;;) yield turns([]);
  }
  await expect(driven({ sessions: silent() })).rejects.toThrow(/without a turn/);
});

it('refuses a concurrency or a cap below 1', () => {
  const clock = new VirtualClock();
  const rest = { sessions: oneTurn(), target: new TimedTarget(clock, 1), clock, step: 0, startMs: 0, durationMs: 1 };
  const start = (admission: DriveOptions['admission']) =>
    drive({ ...rest, admission, maxRequests: null, drainMs: 0, emit: () => {} });
  expect(() => start(closed(0))).toThrow(RangeError);
  expect(() => start(closed(1.5))).toThrow(RangeError);
  expect(() => start(open([], 0))).toThrow(RangeError);
});

it('stops at an instant ahead: what is due before it is asked, what is due from then on is not', async () => {
  const dueMs = [0, 100, 200, 300, 400];
  const { end, bySeq } = await driven({
    admission: open(dueMs),
    beside: async (running, clock) => {
      await clock.exactly(150);
      running.stop('precision', 310); // the one due at 310 is out
    },
  });
  expect(column(bySeq, 'dueMs')).toEqual([10, 110, 210]);
  expect(end).toMatchObject({ stoppedBy: 'precision', stopMs: 310, scheduled: 3 });
});

it('keeps the earliest of several stops', async () => {
  const { end } = await driven({
    admission: open([0, 100, 200, 300]),
    beside: async (running, clock) => {
      running.stop('duration', 260);
      running.stop('precision', 900);
      await clock.exactly(150);
      running.stop('failures');
    },
  });
  expect(end).toMatchObject({ stoppedBy: 'failures', stopMs: 150 });
});

it('waits for replies without end where the drain has none, until it is told to give up', async () => {
  const { end, exchanges } = await driven({
    serviceMs: 50_000,
    drainMs: Number.POSITIVE_INFINITY,
    maxRequests: 1,
    beside: async (running, clock) => {
      await clock.exactly(20_000);
      running.giveUp();
    },
  });
  expect(end.endMs).toBe(20_000);
  expect(exchanges[0]!.outcome).toEqual({ state: 'censored', reason: 'drain_limit' });
});

it('limits the requests in all, those that were due before included', async () => {
  const { end } = await driven({
    admission: open([0, 100, 200, 300, 400]),
    beside: async (running, clock) => {
      await clock.exactly(150);
      running.limitTo(3);
    },
  });
  expect(end).toMatchObject({ stoppedBy: 'requests', scheduled: 3 });
});
