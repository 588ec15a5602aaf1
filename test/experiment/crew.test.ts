import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '../../src/clock/clock.ts';
import type { Assignment } from '../../src/experiment/assignment.ts';
import type { CrewDrive } from '../../src/experiment/crew.ts';
import { createCrews } from '../../src/experiment/crew-threads.ts';
import type { DriveEnd, DriveEvent } from '../../src/load/drive.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { type SpawnedSimulator, spawnSimulator } from '../../src/simulate/spawn.ts';
import { createTarget } from '../../src/target/create.ts';
import type { TargetOptions } from '../../src/target/target.ts';
import { createWorkload, type WorkloadRecipe, type WorkloadSpec } from '../../src/workload/workload.ts';

const synthetic: WorkloadSpec = {
  kind: 'synthetic',
  name: 'short',
  inputTokens: 'U(20,40)',
  outputTokens: 'U(2,9)',
  sharedPrefix: null,
  conversation: null,
};
const talk: WorkloadSpec = {
  ...synthetic,
  conversation: { turns: 'U(1,4)', turnInputTokens: 10, thinkTimeMs: 5 },
};

let server: SpawnedSimulator;
beforeAll(async () => {
  server = await spawnSimulator({ pace: { ttftMs: 5, itlMs: 1 } });
});
afterAll(() => server.stop());

interface Drive extends Partial<Assignment> {
  readonly threads: number;
  readonly spec?: WorkloadSpec;
  readonly url?: string;
  readonly spoil?: (recipe: WorkloadRecipe) => WorkloadRecipe;
  readonly during?: (drive: CrewDrive, event: DriveEvent, abort: AbortController) => void;
}

interface Driven {
  readonly exchanges: readonly Exchange[];
  readonly stops: readonly DriveEvent[];
  readonly end: DriveEnd;
  readonly drive: CrewDrive;
  readonly connectionsOpened: number;
  readonly tokens: number;
  readonly failure: string | null;
  readonly startMs: number;
}

async function driven({ threads, spec = synthetic, url = server.url, spoil, during, ...more }: Drive): Promise<Driven> {
  const clock = createClock();
  const prepared = await createWorkload(spec, {
    seed: 1,
    promptKind: 'messages',
    count: null,
    countMethod: 'estimate',
  });
  const target: Omit<TargetOptions, 'clock'> = {
    url,
    protocol: 'openai-chat',
    model: server.model,
    apiKey: null,
    headers: {},
    body: {},
    stream: true,
    forceLength: true,
    features: {
      forcedLength: { ignore_eos: true },
      capField: 'max_tokens',
      streamUsage: true,
      continuousUsage: null,
      tokenIds: null,
      tokenize: null,
      metrics: null,
      contextTokens: null,
    },
    limits: { connectMs: 5_000, firstTokenMs: 60_000, idleMs: 60_000, totalMs: 60_000 },
    caFile: null,
  };
  const recipe = spoil?.(prepared.recipe) ?? prepared.recipe;
  const own = createTarget({ ...target, clock });
  const crews = createCrews({ workload: prepared.workload, target: own, clock, setup: { target, recipe } });
  const exchanges: Exchange[] = [];
  const stops: DriveEvent[] = [];
  const abort = new AbortController();
  try {
    const crew = await crews.of(threads);
    await crew.connect(6);
    const connected = crew.live.connectionsOpened;
    expect(connected).toBe(6);
    const startMs = Math.ceil(clock.now()) + crew.leadMs;
    const assignment: Assignment = {
      step: 2,
      load: { kind: 'concurrency', value: 6 },
      maxInFlight: null,
      arrivalsSeed: 7,
      heldMs: 0,
      promptsSeed: 8,
      lengthsSeed: 8,
      startMs,
      durationMs: null,
      maxRequests: null,
      drainMs: 30_000,
      ...more,
    };
    const drive = crew.drive(assignment, {
      signal: abort.signal,
      emit(event) {
        if (event.kind === 'exchange') exchanges.push(event.exchange);
        else stops.push(event);
        during?.(drive, event, abort);
      },
    });
    const end = await drive.done;
    const { connectionsOpened, tokens } = crew.live;
    return { exchanges, stops, end, drive, connectionsOpened, tokens, failure: crews.failure, startMs };
  } finally {
    own.close();
    await crews.close();
  }
}

const bySeq = ({ exchanges }: Driven) => exchanges.toSorted((a, b) => a.seq - b.seq);
const asked = (run: Driven) =>
  bySeq(run).map(({ seq, session, turn, step, plannedInputTokens, plannedOutputTokens, outcome }) => {
    return { seq, session, turn, step, plannedInputTokens, plannedOutputTokens, state: outcome.state };
  });
const dueMs = (run: Driven) => bySeq(run).map((one) => Math.round((one.dueMs - run.startMs) * 1000));

describe('one and several threads', () => {
  it('ask the same requests in a closed loop, and count the same', async () => {
    const [one, three] = [
      await driven({ threads: 1, maxRequests: 100 }),
      await driven({ threads: 3, maxRequests: 100 }),
    ];
    expect(asked(three)).toEqual(asked(one));
    expect(three.exchanges).toHaveLength(100);
    expect(three.tokens).toBe(one.tokens);
    for (const run of [one, three]) {
      expect(run.drive).toMatchObject({ started: 100, ended: 100, inFlight: 0 });
      expect(run.end).toMatchObject({ stoppedBy: 'requests', scheduled: null });
      expect(run.stops).toEqual([{ kind: 'stopped', stoppedBy: 'requests', stopMs: run.end.stopMs }]);
      expect(run.connectionsOpened).toBe(6);
      expect(Math.max(...run.exchanges.map((e) => e.sentMs!))).toBeLessThan(run.end.stopMs);
    }
    expect([one, three].map(({ drive }) => drive.threadRecords.length)).toEqual([1, 3]);
  });

  it('ask at the same due times in an open loop, all on one clock', async () => {
    const load = { kind: 'rate', value: 200, arrivals: 'gamma:0.5' } as const;
    const [one, four] = [
      await driven({ threads: 1, load, durationMs: 600 }),
      await driven({ threads: 4, load, durationMs: 600 }),
    ];
    expect(asked(four)).toEqual(asked(one));
    expect(dueMs(four)).toEqual(dueMs(one));
    expect(four.end).toMatchObject({ stoppedBy: 'duration', scheduled: one.exchanges.length });
    for (const { dueMs, sentMs, endMs } of four.exchanges) {
      expect(sentMs!).toBeGreaterThanOrEqual(dueMs - 0.001);
      expect(endMs).toBeGreaterThan(sentMs! + 5 - 0.1);
    }
  });

  it('keep each conversation on its thread', async () => {
    const [one, three] = [
      await driven({ threads: 1, spec: talk, maxRequests: 60 }),
      await driven({ threads: 3, spec: talk, maxRequests: 60 }),
    ];
    for (const run of [one, three]) {
      const threads = new Map<number, Set<number>>();
      for (const { seq, session } of run.exchanges)
        threads.set(session, (threads.get(session) ?? new Set()).add(seq % 3));
      if (run === three) for (const used of threads.values()) expect(used.size).toBe(1);
    }
    // what the same session asks does not depend on who asks
    const first = (run: Driven) =>
      new Map(bySeq(run).flatMap((e) => (e.turn === 0 ? [[e.session, e.plannedOutputTokens]] : [])));
    const whole = first(one);
    for (const [session, tokens] of first(three)) if (whole.has(session)) expect(tokens).toBe(whole.get(session));
  });

  it('take no thread that has no slot', async () => {
    const run = await driven({ threads: 3, load: { kind: 'concurrency', value: 2 }, maxRequests: 10 });
    expect(run.exchanges).toHaveLength(10);
    expect(run.drive.threadRecords).toHaveLength(2);
  });
});

describe('decisions of the main thread', () => {
  const open = { kind: 'rate', value: 300, arrivals: 'poisson' } as const;

  it('stop all threads at one instant: no gap in the schedule', async () => {
    const run = await driven({
      threads: 3,
      load: open,
      // a second ahead, for a machine so busy that an order takes its time
      during: (drive, event) =>
        void (
          event.kind === 'exchange' &&
          event.exchange.seq === 20 &&
          drive.stop('precision', event.exchange.endMs + 1_500)
        ),
    });
    expect(run.end.stoppedBy).toBe('precision');
    expect(bySeq(run).map(({ seq }) => seq)).toEqual(run.exchanges.map((_, i) => i));
    expect(run.end.scheduled).toBe(run.exchanges.length);
    expect(Math.max(...run.exchanges.map((e) => e.dueMs))).toBeLessThan(run.end.stopMs);
  });

  it('limit what is still to come, in the order of the schedule', async () => {
    const run = await driven({
      threads: 3,
      load: open,
      during(drive, event) {
        if (event.kind === 'exchange' && event.exchange.seq === 20) drive.limit(900, event.exchange.dueMs);
      },
    });
    expect(run.end.stoppedBy).toBe('requests');
    expect(bySeq(run).map(({ seq }) => seq)).toEqual(Array.from({ length: 920 }, (_, i) => i));
    expect(run.end.scheduled).toBe(920);
  });

  it('give up what is still in flight when the drain is over, counted from the last stop', async () => {
    const run = await driven({
      threads: 2,
      spec: { ...synthetic, outputTokens: 2_000 },
      load: { kind: 'rate', value: 50, arrivals: 'constant' },
      maxRequests: 20,
      drainMs: 200,
    });
    expect(run.end.stoppedBy).toBe('requests');
    expect(run.exchanges).toHaveLength(20);
    expect(run.exchanges.every(({ outcome }) => outcome.state === 'censored')).toBe(true);
    expect(run.exchanges.every(({ endMs }) => endMs >= run.end.stopMs + 200 - 1)).toBe(true);
  });

  it('end with an abort, whenever it comes', async () => {
    const run = await driven({
      threads: 2,
      during: (_, event, abort) => void (event.kind === 'exchange' && abort.abort()),
    });
    expect(run.end.stoppedBy).toBe('interrupted');
    expect(run.exchanges.length).toBeGreaterThan(0);
  });

  it('hand on what the caller throws, once all have landed', async () => {
    const failing = driven({
      threads: 2,
      during: () => {
        throw new Error('the journal is full');
      },
    });
    await expect(failing).rejects.toThrow('the journal is full');
  });
});

it('keeps what was measured when a thread is lost, and says so', async () => {
  const run = await driven({
    threads: 3,
    spoil(recipe) {
      const entries = Array.from({ length: 2_000 }, () => {
        return { prompt: { kind: 'text' as const, text: 'hello' }, inputTokens: 1, outputTokens: 3 };
      });
      // cannot be written as JSON: whoever asks session 121, thread 1, falls over it
      entries[121] = {
        ...entries[0]!,
        prompt: { kind: 'messages', messages: [{ role: 'user', content: 1n }] } as never,
      };
      const spec = { kind: 'dataset', name: 'd', file: 'd', format: 'text', outputTokens: null, repeat: 'once', order: 'file' } as const; // biome-ignore format: one spec
      return { kind: 'dataset', spec, entries, promptKind: recipe.promptKind, tokensPerChar: 1 };
    },
  });
  expect(run.failure).toMatch(/^A client thread ended unexpectedly: /);
  expect(run.end.stoppedBy).toBe('thread_lost');
  expect(run.exchanges.length).toBeGreaterThan(10);
  expect(run.drive).toMatchObject({ inFlight: 0 });
  expect(run.drive.threadRecords).toHaveLength(2);
});
