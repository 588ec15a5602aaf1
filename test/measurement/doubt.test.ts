import { describe, expect, it } from 'vitest';
import type { StepFacts } from '../../src/measurement/facts.ts';
import { measureStep } from '../../src/measurement/measure.ts';
import type { StepSummary } from '../../src/measurement/summary.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { exchange, failure, stepFacts, usage } from './facts.ts';
import { closedLoop, openLoop, type Truth } from './generate.ts';

/** A small model on a CPU: 300 ms to the first token, 30 ms a token. */
const cpuServer: Truth = { ttftMs: 300, tpotMs: 30, outputTokens: 64, jitter: 0.1, queueMs: 20 };
const steadyClient = {
  cpuUs: 2_000_000,
  wallMs: 20_000,
  loopLagP50Ms: 0.2,
  loopLagP99Ms: 3,
  loopLagMaxMs: 12,
  rssMaxBytes: 1e8,
  connectionsOpened: 8,
  threads: 1,
};

function closedFacts(concurrency: number, over: Partial<StepFacts> = {}): StepFacts {
  return stepFacts({
    load: { kind: 'concurrency', value: concurrency },
    maxInFlight: concurrency,
    warmupEndMs: 5000,
    stopMs: 25_000,
    endMs: 28_000,
    stoppedBy: 'duration',
    client: steadyClient,
    ...over,
  });
}

function openFacts(over: Partial<StepFacts> = {}): StepFacts {
  return stepFacts({
    warmupEndMs: 5000,
    stopMs: 65_000,
    endMs: 70_000,
    stoppedBy: 'duration',
    client: steadyClient,
    ...over,
  });
}

function summarise(facts: StepFacts, exchanges: readonly Exchange[]): StepSummary {
  const step = measureStep(facts);
  for (const one of exchanges) step.add(one);
  return step.summary();
}

const codes = (summary: StepSummary, ...severities: string[]) =>
  summary.doubts
    .filter((doubt) => severities.length === 0 || severities.includes(doubt.severity))
    .map((doubt) => doubt.code);

describe('no false alarm', () => {
  it.each([1, 4, 8].flatMap((concurrency) => [1, 2, 3, 4, 5].map((seed) => [concurrency, seed] as const)))(
    'on a steady closed loop of 20 s at concurrency %i, seed %i',
    (concurrency, seed) => {
      for (const truth of [cpuServer, { ...cpuServer, spread: 0.5 }, { ...cpuServer, jitter: 0 }]) {
        const summary = summarise(closedFacts(concurrency), closedLoop(concurrency, 25_000, truth, seed));
        expect(codes(summary, 'invalid', 'suspect')).toEqual([]);
        expect(summary.verdict).toBe('VALID');
        expect(summary.window.kind).toBe('steady');
      }
    },
  );

  it.each([0.5, 2, 8].flatMap((rate) => [1, 2, 3, 4, 5].map((seed) => [rate, seed] as const)))(
    'on a steady open loop of 60 s at %d requests per second, seed %i',
    (rate, seed) => {
      const exchanges = openLoop(rate, 65_000, { ...cpuServer, spread: 0.8 }, seed);
      const summary = summarise(openFacts({ scheduled: exchanges.length }), exchanges);
      expect(codes(summary, 'invalid', 'suspect')).toEqual([]);
    },
  );

  it('on a few requests at concurrency 1: never INVALID', () => {
    const slow: Truth = { ttftMs: 1500, tpotMs: 80, outputTokens: 64, jitter: 0.05 };
    for (let count = 1; count <= 6; count++) {
      const exchanges = closedLoop(1, 40_000, slow).slice(0, count);
      const facts = closedFacts(1, { warmupEndMs: 0, stopMs: exchanges.at(-1)!.endMs, endMs: exchanges.at(-1)!.endMs });
      const summary = summarise({ ...facts, client: { ...steadyClient, loopLagP99Ms: 11 } }, exchanges);
      expect(summary.verdict).toBe('SUSPECT');
    }
    const [first, ...rest] = closedLoop(1, 25_000, slow);
    const one = summarise(closedFacts(1, { warmupEndMs: 0 }), [{ ...first!, outcome: failure() }, ...rest.slice(0, 7)]);
    expect(one.verdict).toBe('SUSPECT');
  });
});

describe('finds', () => {
  const steady = closedLoop(8, 25_000, cpuServer);
  const spoil = (share: number, over: Partial<Exchange>) =>
    steady.map((one, i) => (i % Math.round(1 / share) === 1 ? { ...one, ...over } : one));

  it('nothing sent, and everything failed', () => {
    expect(codes(summarise(closedFacts(8), []))).toEqual(['no_requests']);
    const failed = summarise(
      closedFacts(8),
      steady.map((one) => ({ ...one, outcome: failure() })),
    );
    expect(failed.verdict).toBe('INVALID');
    expect(codes(failed)).toEqual(['all_failed']);
    expect(failed.doubts[0]!.evidence).toMatchObject({ most: 'conn_reset' });
    expect(failed.throughput.outputTokensPerS).toBeNull();
  });

  it('failures above 1 % and above 10 %, rate limits apart', () => {
    const some = summarise(closedFacts(8), spoil(0.04, { outcome: failure() }));
    expect(codes(some, 'suspect')).toEqual(['high_failures']);
    const many = summarise(closedFacts(8), spoil(0.25, { outcome: failure('server_error') }));
    expect(codes(many, 'invalid')).toEqual(['high_failures']);
    expect(codes(summarise(closedFacts(8), spoil(0.04, { outcome: failure('rate_limited') })), 'suspect')).toEqual([
      'rate_limited',
    ]);
  });

  it('requests that never ended, and a step that was stopped', () => {
    const censored = spoil(0.05, { outcome: { state: 'censored', reason: 'drain_limit' } });
    expect(codes(summarise(closedFacts(8), censored), 'suspect')).toEqual(['censored']);
    expect(codes(summarise(closedFacts(8, { stoppedBy: 'interrupted' }), steady), 'suspect')).toEqual(['interrupted']);
    for (const stoppedBy of ['thread_lost', 'disk_full', 'disk_failed'] as const) {
      const summary = summarise(closedFacts(8, { stoppedBy }), steady);
      expect(codes(summary, 'invalid')).toEqual([stoppedBy]);
      expect(summary.verdict).toBe('INVALID');
      expect(summary.doubts[0]!.message).toMatch(/^The step was cut short: .+ What was measured before stands here\.$/);
    }
    expect(codes(summarise(closedFacts(8, { endMs: null }), steady), 'suspect')).toEqual(['unfinished']);
  });

  it('requests that a cap held back to the end: a longer drain would not have sent them', () => {
    const exchanges = openLoop(4, 65_000, cpuServer).map((one, i) =>
      i % 10 < 7
        ? one
        : {
            ...one,
            sentMs: i % 10 === 9 ? one.sentMs : null,
            outcome: { state: 'censored', reason: 'drain_limit' } as const,
          },
    );
    const capped = summarise(openFacts({ maxInFlight: 6, scheduled: exchanges.length }), exchanges);
    const messages = capped.doubts.filter(({ code }) => code === 'censored').map(({ message }) => message);
    expect(messages).toHaveLength(2);
    expect(messages[0]).toContain('allow a longer drain');
    expect(messages[1]).toMatch(/held back by the cap of 6 requests in flight .* raise the cap or lower the rate/);
  });

  it('no warm-up: a load that varies gets none by itself, so that a fixed one is the advice', () => {
    const words = (over: Partial<StepFacts>) =>
      summarise(openFacts({ warmupEndMs: 0, ...over }), openLoop(4, 65_000, cpuServer)).doubts.find(
        ({ code }) => code === 'warmup_missing',
      )?.message;
    expect(words({})).toContain('leave the warm-up on');
    const load = { kind: 'rate', value: 4, arrivals: 'poisson', shape: 'ramp(1,7,65s)' } as const;
    expect(words({ load })).toContain('--warmup 10s');
    expect(words({ warmupEndMs: 5000 })).toBeUndefined();
  });

  it('a precision that was asked for and not reached', () => {
    const wish = { precision: 0.03 };
    expect(codes(summarise(closedFacts(8, wish), steady), 'info')).toContain('precision_missed');
    expect(codes(summarise(closedFacts(8, { ...wish, stoppedBy: 'precision' }), steady))).not.toContain(
      'precision_missed',
    );
  });

  it('a sample that is too small for what an open loop is judged by: times since the due time', () => {
    // sent late in turns of a hundred requests: how long the server took does not show it
    const exchanges = openLoop(16, 65_000, { ...cpuServer, queueMs: 0 }).map((one, i) => ({
      ...one,
      dueMs: one.dueMs - (Math.floor(i / 100) % 2) * 200,
    }));
    const { doubts, latency } = summarise(openFacts({ scheduled: exchanges.length }), exchanges);
    expect(latency.ttftMs.p99).not.toBeNull();
    expect(latency.ttftDueMs.p99).toBeNull();
    expect(doubts.find(({ code }) => code === 'n_too_small')?.message).toMatch(/too few for ttft .*p99/);
  });

  it('a step that was stopped for its failures, at once or when the server died', () => {
    const stopped = closedFacts(8, { stoppedBy: 'failures' });
    const none = summarise(
      stopped,
      steady.slice(0, 50).map((one) => ({ ...one, outcome: failure() })),
    );
    expect(codes(none, 'invalid')).toEqual(['all_failed', 'stopped_by_failures']);
    expect(none.doubts[1]!.message).toMatch(/none of its first 50 requests succeeded, most by conn_reset/);
    const byEnd = steady.toSorted((a, b) => a.endMs - b.endMs);
    const dead = byEnd.map((one, i) => (i === 3 || i > 20 ? { ...one, outcome: failure() } : one));
    const died = summarise(stopped, dead.toReversed());
    expect(codes(died, 'invalid')).toContain('stopped_by_failures');
    expect(died.doubts.find(({ code }) => code === 'stopped_by_failures')!.evidence).toEqual({
      inARow: dead.length - 21,
      ok: 20,
      failed: dead.length - 20,
      most: 'conn_reset',
    });
  });

  it('a client that is late', () => {
    const late = steady.map((one) => ({ ...one, dueMs: one.sentMs! - 40 }));
    expect(codes(summarise(closedFacts(8), late), 'invalid')).toEqual(['client_limited']);
    const lagging = (loopLagP99Ms: number) => closedFacts(8, { client: { ...steadyClient, loopLagP99Ms } });
    // 14 ms blur nothing of a TTFT of hundreds of milliseconds.
    expect(summarise(lagging(14), steady).latency.ttftMs.p50).toBeGreaterThan(280);
    expect(codes(summarise(lagging(14), steady))).not.toContain('client_limited');
    const lag = summarise(lagging(200), steady);
    expect(codes(lag, 'suspect')).toEqual(['client_limited']);
    const both = { ...steadyClient, loopLagP99Ms: 200, cpuUs: 19_000_000 };
    expect(codes(summarise(closedFacts(8, { client: both }), steady), 'invalid')).toEqual(['client_limited']);
    expect(summarise(closedFacts(8, { client: { ...both, loopLagP99Ms: 3, threads: 2 } }), steady).verdict).toBe(
      'VALID',
    );
  });

  it('reads that merge events', () => {
    const merged = steady.map((one) => ({
      ...one,
      chunks: { ...one.chunks, atUs: one.chunks.atUs.map((_us, k) => one.chunks.atUs[k - (k % 2)]!) },
    }));
    const summary = summarise(closedFacts(8), merged);
    expect(codes(summary, 'suspect')).toEqual(['coalesced_reads']);
    expect(summary.client.coalescedShare).toBeCloseTo(0.5, 2);
  });

  it('a load that was not delivered, held by a cap and not by the client', () => {
    const exchanges = openLoop(4, 65_000, cpuServer).map((one, i, all) => {
      // One at a time, 2.2 s each: sent when the one before has ended.
      const shift = i * 2200 - one.sentMs!;
      return i === 0 || all.length === 0 ? one : { ...one, sentMs: i * 2200, endMs: one.endMs + shift };
    });
    const summary = summarise(openFacts({ maxInFlight: 1, scheduled: exchanges.length }), exchanges);
    expect(codes(summary, 'suspect')).toContain('under_delivered');
    expect(codes(summary)).not.toContain('client_limited');
  });

  it('a load above what the server sustains', () => {
    const exchanges = openLoop(3, 65_000, { ...cpuServer, queueMs: 0 }).map((one) => {
      const wait = 0.4 * one.dueMs;
      const atUs = one.chunks.atUs.map((us) => us + Math.round(wait * 1000));
      return { ...one, endMs: one.endMs + wait, chunks: { ...one.chunks, atUs } };
    });
    const summary = summarise(openFacts({ scheduled: exchanges.length }), exchanges);
    expect(codes(summary, 'suspect')).toContain('not_stationary');
    expect(summary.doubts.find((doubt) => doubt.code === 'not_stationary')!.message).toContain('lower it');
  });

  it('a server that slows down in the middle', () => {
    const fast = closedLoop(8, 35_000, cpuServer);
    const slow = closedLoop(8, 70_000, { ...cpuServer, tpotMs: 60 }).filter((one) => one.dueMs >= 35_000);
    const exchanges = [...fast, ...slow].map((one, seq) => ({ ...one, seq }));
    const summary = summarise(closedFacts(8, { stopMs: 70_000, endMs: 75_000 }), exchanges);
    expect(codes(summary, 'suspect')).toContain('not_stationary');
  });

  it('no window, and one that is too short', () => {
    const full = summarise(closedFacts(8, { warmupEndMs: 40_000 }), steady);
    expect(codes(full, 'suspect')).toEqual(['no_steady_window']);
    expect(full.window.kind).toBe('full');
    const short = summarise(closedFacts(8, { warmupEndMs: 20_500 }), steady);
    expect(codes(short, 'suspect')).toContain('short_window');
  });

  it('a warm cache, but no shared prefix, template or conversation', () => {
    const warm = steady.map((one) => ({ ...one, usage: usage(128, 64, 96) }));
    expect(codes(summarise(closedFacts(8), warm), 'suspect')).toEqual(['cache_warm']);
    expect(codes(summarise(closedFacts(8, { sharedPrefix: true }), warm), 'suspect')).toEqual([]);
    expect(codes(summarise(closedFacts(8, { overheadTokens: 96 }), warm), 'suspect')).toEqual([]);
    const turns = warm.map((one, i) => ({ ...one, turn: 1 + (i % 3) }));
    expect(codes(summarise(closedFacts(8), turns), 'suspect')).toEqual([]);
  });

  it('lengths that were missed', () => {
    const shorter = steady.map((one) => ({ ...one, plannedInputTokens: 140 }));
    expect(codes(summarise(closedFacts(8), shorter), 'suspect')).toEqual(['length_mismatch']);
    const natural = steady.map((one) => ({ ...one, plannedOutputTokens: 100 }));
    expect(codes(summarise(closedFacts(8), natural), 'info')).toContain('length_mismatch');
    expect(codes(summarise(closedFacts(8, { forcedLength: true }), natural), 'suspect')).toEqual(['length_mismatch']);
    const refusals = natural.map((one) => ({ ...one, flags: ['refused' as const] }));
    expect(codes(summarise(closedFacts(8, { forcedLength: true }), refusals), 'suspect')).toEqual([]);
  });

  it('counts that are unknown, mixed or disagree', () => {
    const silent = steady.map((one) => ({ ...one, usage: null }));
    const unknown = summarise(closedFacts(8), silent);
    expect(codes(unknown, 'suspect')).toEqual(['token_count_unknown']);
    expect(unknown.throughput.outputTokensPerS).toBeNull();
    expect(unknown.tokens.output).toBeNull();
    const mixed = summarise(
      closedFacts(8),
      steady.map((one, i) => (i % 2 ? one : { ...one, usage: null, textTokens: 64 })),
    );
    expect(codes(mixed, 'suspect')).toEqual(['mixed_sources']);
    expect(mixed.tokens.outputSource).toBe('mixed');
    const apart = summarise(
      closedFacts(8),
      steady.map((one) => ({ ...one, textTokens: 50 })),
    );
    expect(codes(apart, 'suspect')).toEqual(['usage_disagrees']);
    const several = summarise(
      closedFacts(8),
      steady.map((one) => ({ ...one, usage: usage(128, 192), plannedOutputTokens: 192 })),
    );
    expect(codes(several, 'info')).toContain('timeline_apportioned');
  });

  it('objectives that nothing could decide', () => {
    const summary = summarise(closedFacts(1, { objectives: ['ttft.p99 < 500ms'] }), closedLoop(1, 25_000, cpuServer));
    expect(codes(summary, 'suspect')).toContain('objective_undecided');
    expect(summary.objectives[0]).toMatchObject({ met: null, observed: null });
  });
});

it('says what to do in one sentence each', () => {
  const bad = closedLoop(8, 25_000, cpuServer).map((one, i) => (i % 5 ? one : { ...one, outcome: failure() }));
  const { doubts } = summarise(closedFacts(8, { endMs: null, client: { ...steadyClient, loopLagP99Ms: 30 } }), bad);
  expect(doubts.length).toBeGreaterThan(2);
  for (const { message, code } of doubts) {
    expect(message).toMatch(/^[A-Z"0-9].*\.$/);
    expect(code).toMatch(/^[a-z_]+$/);
  }
});

it('says nothing of a step that holds no exchange', () => {
  expect(codes(measureStep(stepFacts()).summary())).toEqual(['no_requests', 'unfinished']);
  expect(
    summarise(stepFacts({ endMs: 5 }), [exchange({ sentMs: null, endMs: 3 }, { outcome: failure() })]).verdict,
  ).toBe('INVALID');
});
