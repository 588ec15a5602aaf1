import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/experiment/run.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { type FaultName, type FaultShares, faultNames, faultOf } from '../../src/simulate/fault.ts';
import { spawnSimulator } from '../../src/simulate/spawn.ts';
import { type Measured, measure, median, newFolder, sum, type Truth } from './measured.ts';

const quick = { pace: { ttftMs: 20, itlMs: 2 } };

const gaps = (us: readonly number[]) => us.slice(1).map((at, i) => (at - us[i]!) / 1000);
/** Share of the events that the server wrote more than a millisecond beside its pace of 100 and 20 ms. */
const lateShare = (truth: readonly Truth[]) => {
  const late = truth.flatMap(({ events_us }) => [
    events_us[0]! / 1000 - 100,
    ...gaps(events_us).map((gap) => gap - 20),
  ]);
  return late.filter((ms) => Math.abs(ms) > 1).length / late.length;
};
const due = ({ exchanges, record }: Measured) => {
  const { warmupEndMs, stopMs } = record.steps[0]!;
  return exchanges.filter(({ dueMs }) => dueMs >= warmupEndMs! && dueMs < stopMs!);
};

describe('recovers the truth of a server that keeps an exact pace', () => {
  const measurePaced = () =>
    measure({
      flags: { rate: '40', arrivals: 'constant', warmup: '500ms', duration: '2s' },
      simulator: { pace: { ttftMs: 100, itlMs: 20 } },
    });

  it('to the millisecond', async ({ skip }) => {
    let measured = await measurePaced();
    // Where even the server, a process of its own, is late with its writes, nobody gets the processor in time.
    for (let tries = 1; tries < 3 && lateShare(measured.truth) > 0.02; tries++) measured = await measurePaced();
    skip(lateShare(measured.truth) > 0.02, 'this machine is too busy for times of a millisecond');
    const { step, exchanges, truth } = measured;
    const { latency, window, throughput } = step;
    expect(Math.abs(latency.ttftMs.p50! - median(truth.map((one) => one.events_us[0]! / 1000)))).toBeLessThan(1);
    const itl = median(truth.flatMap((one) => gaps(one.events_us)));
    expect(Math.abs(latency.itlMs.p50! - itl)).toBeLessThan(1);
    const tpot = (one: Truth) => (one.events_us.at(-1)! - one.events_us[0]!) / (one.output_tokens - 1) / 1000;
    expect(Math.abs(latency.tpotMs.p50! - median(truth.map(tpot)))).toBeLessThan(1);
    const late = exchanges.map(({ chunks }, i) => (chunks.atUs[0]! - truth[i]!.events_us[0]!) / 1000);
    expect(median(late)).toBeLessThan(1);
    expect(throughput.outputTokensPerS! / 320).toBeCloseTo(1, 1);
    expect(step.concurrency.mean! / (40 * 0.24)).toBeCloseTo(1, 1);
    expect(window.endMs! - window.startMs!).toBeCloseTo(2000, 0);
  });

  it('in every count and rate', async () => {
    const measured = await measurePaced();
    const { step, exchanges, truth } = measured;
    const { window, throughput } = step;
    expectExact(measured, 8);
    // Nothing can be read before it was written.
    for (const [i, { chunks }] of exchanges.entries()) {
      for (const [k, at] of chunks.atUs.entries()) expect(at).toBeGreaterThan(truth[i]!.events_us[k]!);
    }
    const seconds = (window.endMs! - window.startMs!) / 1000;
    const inside = (ms: number) => ms >= window.startMs! && ms < window.endMs!;
    const count = (times: readonly number[]) => times.filter(inside).length;
    expect(throughput.offeredPerS! * seconds).toBeCloseTo(count(exchanges.map(({ dueMs }) => dueMs)), 3);
    expect(throughput.requestsPerS! * seconds).toBeCloseTo(count(exchanges.map(({ endMs }) => endMs)), 3);
    const stamps = exchanges.flatMap(({ sentMs, chunks }) => chunks.atUs.map((us) => sentMs! + us / 1000));
    expect(throughput.outputTokensPerS! * seconds).toBeCloseTo(count(stamps), 3);
    const firsts = exchanges.map(({ sentMs, chunks }) => sentMs! + chunks.atUs[0]! / 1000);
    expect(throughput.inputTokensPerS! * seconds).toBeCloseTo(24 * count(firsts), 2);
    expect(throughput.full.outputTokensPerS! * (throughput.full.durationMs! / 1000)).toBeCloseTo(8 * truth.length, 2);
  });

  it('with several tokens an event', async () => {
    const measured = await measure({
      flags: { concurrency: '4', requests: '16', warmup: 'none', 'output-tokens': '22' },
      simulator: { ...quick, tokensPerEvent: 4 },
    });
    expectExact(measured, 22);
    expect(measured.exchanges[0]!.chunks.tokens).toEqual([4, 4, 4, 4, 4, 2]);
    expect(measured.step.tokens.tokensPerEvent).toBeCloseTo(22 / 6, 5);
    expect(measured.step.tokens.timelineSource).not.toBe('apportioned');
  });

  it('on the completions route', async () => {
    const measured = await measure({
      flags: { concurrency: '4', requests: '16', warmup: 'none', protocol: 'openai-completions' },
      simulator: quick,
    });
    expectExact(measured, 8);
    expect(new Set(measured.truth.map(({ route }) => route))).toEqual(new Set(['completions']));
    expect(measured.summary.target.protocol).toBe('openai-completions');
  });

  it('of whole replies', async () => {
    const measured = await measure({
      flags: { concurrency: '4', requests: '16', warmup: 'none', stream: false },
      simulator: quick,
    });
    expectExact(measured, 8);
    expect(measured.truth.some(({ stream }) => stream)).toBe(false);
    const { latency } = measured.step;
    for (const name of ['ttftMs', 'ttfoMs', 'tpotMs', 'itlMs', 'iclMs'] as const) {
      expect(latency[name]).toMatchObject({ n: 0, mean: null, p50: null, max: null });
    }
    expect(latency.e2eMs.n).toBeGreaterThan(0);
    // 20 ms, then seven tokens of 2 ms.
    expect(latency.e2eMs.min!).toBeGreaterThan(33);
    expect(latency.ntpotMs.p50!).toBeCloseTo(latency.e2eMs.p50! / 8, 1);
  });
});

/** Every request of the server is an exchange of the client and holds the tokens that it wrote. */
function expectExact({ step, exchanges, truth }: Measured, outputTokens: number): void {
  expect(step.counts).toMatchObject({ sent: truth.length, ok: truth.length, failed: 0, censored: 0, outcomes: {} });
  expect(step.counts.due).toBe(truth.length);
  expect(exchanges.map(({ usage }) => usage?.output)).toEqual(truth.map((one) => one.output_tokens));
  expect(exchanges.map(({ usage }) => usage?.input)).toEqual(truth.map((one) => one.prompt_tokens));
  expect(new Set(truth.map((one) => one.output_tokens))).toEqual(new Set([outputTokens]));
  expect(new Set(truth.map((one) => one.prompt_tokens))).toEqual(new Set([24]));
  const [output, input] = [sum(truth.map((one) => one.output_tokens)), sum(truth.map((one) => one.prompt_tokens!))];
  expect(step.tokens).toMatchObject({ output, input, inputCached: 0 });
  expect(step.server.identity).toMatchObject({
    verdict: 'exact',
    output: { client: output, server: output, residual: 0 },
    input: { client: input, server: input, residual: 0 },
  });
}

/** A seed on which the two generations that ask for features, which come first, meet no fault. */
const mildSeed = (faults: FaultShares) => {
  for (let seed = 1; ; seed++) if ([0, 1].every((ordinal) => faultOf(faults, seed, ordinal) === null)) return seed;
};

/** What the client must call what the server did; `slow_header` is slow, no failure. */
const codeOf: Readonly<Record<FaultName, string | null>> = {
  reset: 'conn_reset',
  stall: 'stall',
  truncated: 'truncated',
  malformed: 'malformed_event',
  rate_limited: 'rate_limited',
  server_error: 'server_error',
  stream_error: 'server_error',
  empty_output: 'empty_output',
  slow_header: null,
};

describe.concurrent('counts every fault under its own name', () => {
  const faults: FaultShares = Object.fromEntries(faultNames.map((name) => [name, 0.05]));
  const seed = mildSeed(faults);

  it('and the run goes on', async () => {
    const { step, exchanges, truth, summary } = await measure({
      flags: {
        concurrency: '20',
        requests: '300',
        warmup: 'none',
        'idle-timeout': '1s',
        objective: ['ttft.p50 < 10s', 'e2e.max < 10s', 'errors < 1%'],
      },
      simulator: { ...quick, faults, seed, slowHeaderMs: 700 },
    });
    expect(truth).toHaveLength(300);
    expect(truth.map(({ ordinal, fault }) => faultOf(faults, seed, ordinal) === fault)).not.toContain(false);
    const struck = truth.flatMap(({ fault }) => (fault === null ? [] : [fault as FaultName]));
    expect(new Set(struck)).toEqual(new Set(faultNames));
    const expected: Record<string, number> = {};
    for (const code of struck.map((fault) => codeOf[fault]).filter((code) => code !== null)) {
      expected[code] = (expected[code] ?? 0) + 1;
    }
    const failed = sum(Object.values(expected));
    expect(step.counts).toMatchObject({ due: 300, sent: 300, ok: 300 - failed, failed, censored: 0 });
    expect(step.counts.outcomes).toEqual(expected);

    // A.4: the failed stay in the population, as infinitely slow.
    const { window } = step;
    const members = exchanges.filter(({ dueMs }) => dueMs >= window.startMs! && dueMs < window.endMs!);
    const bad = members.filter(({ outcome }) => outcome.state === 'failed').length;
    const [typical, longest, errors] = step.objectives;
    expect(errors).toMatchObject({ met: false, observed: expect.closeTo(bad / members.length, 5) });
    expect(typical!.met).toBe(true);
    expect(longest).toMatchObject({ met: false, observed: null, reason: expect.stringMatching(/^infinite/) });
    expect(step.attainment).toBeCloseTo((members.length - bad) / members.length, 5);
    expect(step.latency.ttftMs.n).toBe(members.length - bad);
    expect(step.latency.ttftMs.withFailures!.p50!).toBeGreaterThan(step.latency.ttftMs.p50!);
    expect(step.latency.ttftMs.withFailures!.p90).toBeNull();
    // Tokens of requests that broke off count for nobody but stand in the rate that says so.
    expect(step.throughput.outputTokensPerSAll!).toBeGreaterThan(step.throughput.outputTokensPerS!);
    expect(step.server.identity!.verdict).toBe('explained');
    expect(summary.verdict).toBe('INVALID');
    expect(step.doubts.map(({ code }) => code)).toContain('high_failures');
    const retryAfter = exchanges.flatMap(({ outcome }) =>
      outcome.state === 'failed' && outcome.code === 'rate_limited' ? [outcome.retryAfterMs] : [],
    );
    expect(new Set(retryAfter)).toEqual(new Set([1000]));
  });

  it('also a head that is later than the first token may be', async () => {
    const late = { slow_header: 0.2 };
    const { step, truth } = await measure({
      flags: { concurrency: '10', requests: '40', warmup: 'none', 'first-token-timeout': '1s' },
      simulator: { ...quick, faults: late, seed: mildSeed(late), slowHeaderMs: 20_000 },
    });
    const slow = truth.filter(({ fault }) => fault === 'slow_header').length;
    expect(slow).toBeGreaterThan(2);
    expect(step.counts).toMatchObject({ ok: 40 - slow, failed: slow, outcomes: { ttft_timeout: slow } });
  });
});

describe.concurrent('a server that serves nobody', () => {
  it.each([
    ['server_error', 'server_error'],
    ['rate_limited', 'rate_limited'],
    ['reset', 'conn_reset'],
  ] as const)('gives no table of zeros and is not hammered: %s', async (fault, code) => {
    const { step, summary, record } = await measure({
      flags: { concurrency: '4', duration: '60s', objective: ['errors < 1%'] },
      simulator: { ...quick, faults: { [fault]: 1 } },
    });
    expect(summary.verdict).toBe('INVALID');
    expect(record.steps[0]!.stoppedBy).toBe('failures');
    expect(step.counts.ok).toBe(0);
    expect(step.counts.failed).toBeGreaterThanOrEqual(50);
    expect(step.counts.failed).toBeLessThan(60);
    expect(step.counts.outcomes).toEqual({ [code]: step.counts.failed });
    expect(step.doubts.map((doubt) => doubt.code)).toEqual(
      expect.arrayContaining(['all_failed', 'stopped_by_failures']),
    );
    expect(step.latency.ttftMs).toMatchObject({ n: 0, mean: null, p50: null, p99: null, max: null });
    const { outputTokensPerS, totalTokensPerS, peakOutputTokensPerS } = step.throughput;
    expect([outputTokensPerS, totalTokensPerS, peakOutputTokensPerS]).toEqual([null, null, null]);
  });

  it.each(['concurrency', 'rate'] as const)('any more, since it died in the middle: %s', async (load) => {
    const server = await spawnSimulator(quick);
    const { step, summary, record } = await measure({
      flags: { url: server.url, duration: '120s', warmup: 'none', [load]: load === 'rate' ? '400' : '8' },
      simulator: null,
      emit: (event: RunEvent) => {
        if (event.kind !== 'step') return;
        const timer = setInterval(() => {
          if (event.watcher.measured < 40) return;
          clearInterval(timer);
          process.kill(server.pid, 'SIGKILL');
        }, 5);
      },
    });
    expect(record).toMatchObject({ state: 'finished', steps: [{ stoppedBy: 'failures' }] });
    expect(summary.verdict).toBe('INVALID');
    expect(step.counts.ok).toBeGreaterThanOrEqual(40);
    expect(step.counts.failed).toBeGreaterThanOrEqual(1_000);
    expect(step.counts.due).toBe(step.counts.ok + step.counts.failed + step.counts.censored);
    // Streams under way break off by a reset, or in good order where nothing was left unread.
    const broken = ['connect_failed', 'conn_reset', 'truncated'];
    for (const code of Object.keys(step.counts.outcomes)) expect(broken).toContain(code);
    expect(step.counts.outcomes['connect_failed']!).toBeGreaterThan(900);
    expect(step.doubts.find(({ code }) => code === 'stopped_by_failures')!.evidence['inARow']).toBeGreaterThan(999);
    expect(step.latency.ttftMs.min!).toBeGreaterThan(19);
  });
});

describe.concurrent('measures as much as was asked for', () => {
  it.each([
    ['none', { concurrency: '4' }],
    ['200ms', { concurrency: '4' }],
    ['auto', { concurrency: '4' }],
    ['none', { rate: '200' }],
    ['200ms', { rate: '200' }],
  ])('--requests 50 with a warm-up of %s, %o', async (warmup, load) => {
    const measured = await measure({ flags: { ...load, requests: '50', warmup }, simulator: quick });
    expect(due(measured)).toHaveLength(50);
    expect(measured.record.steps[0]!.stoppedBy).toBe('requests');
    const { step, truth } = measured;
    expect(step.counts.ok).toBe(truth.length);
    if (warmup === 'none') expect(step.counts.due).toBe(50);
    else expect(step.counts.due).toBeGreaterThan(50);
  });

  it.each([{ concurrency: '4' }, { rate: '100', arrivals: 'constant' }])('--duration with %o', async (load) => {
    const measured = await measure({ flags: { ...load, duration: '700ms', warmup: '200ms' }, simulator: quick });
    const { startMs, warmupEndMs, stopMs, stoppedBy } = measured.record.steps[0]!;
    expect(stoppedBy).toBe('duration');
    expect(warmupEndMs! - startMs).toBeGreaterThanOrEqual(199.999);
    expect(stopMs! - warmupEndMs!).toBeGreaterThanOrEqual(699.999);
    const measuredMs = due(measured).map(({ dueMs }) => dueMs - warmupEndMs!);
    expect(Math.max(...measuredMs)).toBeLessThan(stopMs! - warmupEndMs!);
    if ('rate' in load) expect(Math.abs(measuredMs.length - 70)).toBeLessThanOrEqual(1);
  });

  it('a data set, every entry once before any comes again', async () => {
    const file = join(newFolder(), 'asked.jsonl');
    const lengths = [3, 9, 5, 7, 4, 6];
    const lines = lengths.map((output_tokens, i) => JSON.stringify({ prompt: `Question ${i}?`, output_tokens }));
    writeFileSync(file, `${lines.join('\n')}\n`);
    const { truth, exchanges, step } = await measure({
      flags: { dataset: file, concurrency: '1', requests: '12', warmup: 'none' },
      simulator: quick,
    });
    expect(step.counts.ok).toBe(12);
    const asked = truth.map((one) => one.output_tokens);
    expect(asked.slice(0, 6).toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 9]);
    expect(asked.slice(6).toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 9]);
    expect(exchanges.map(({ usage }) => usage!.output)).toEqual(asked);
  });
});

it('measures until the p99 can be told, where neither a duration nor a number is given', async () => {
  const { step, record } = await measure({
    flags: { concurrency: '16', 'output-tokens': '2' },
    // Every other request takes 60 ms instead of 10, drawn one by one: neighbours do not resemble each other.
    simulator: { pace: { ttftMs: 10, itlMs: 1 }, faults: { slow_header: 0.5 }, slowHeaderMs: 60 },
  });
  expect(record.steps[0]!.stoppedBy).toBe('precision');
  expect(step.latency.ttftMs.n).toBeGreaterThanOrEqual(368);
});

describe.concurrent('drives the load that was asked for', () => {
  it('a ladder with repeats: every load, then all again, never with the same prompts', async () => {
    const { summary, record, exchanges } = await measure({
      flags: { concurrency: '1,3', repeat: '2', requests: '9', warmup: 'none', seed: '7' },
      simulator: quick,
    });
    expect(summary.steps.map(({ load, repeat }) => [load.value, repeat])).toEqual([
      [1, 0],
      [3, 0],
      [1, 1],
      [3, 1],
    ]);
    expect(new Set(record.steps.map(({ seed }) => seed)).size).toBe(4);
    for (const [index, step] of summary.steps.entries()) {
      expect(step.counts).toMatchObject({ due: 9, ok: 9 });
      expect(step.concurrency.max).toBe(step.load.value);
      expect(step.tokens.inputCached).toBe(0);
      expect(exchanges.filter((exchange) => exchange.step === index)).toHaveLength(9);
    }
  });

  it('the same arrivals from the same seed, whatever the server does', async () => {
    const arrivals = async (pace: { ttftMs: number; itlMs: number }, arrival: string) => {
      const { exchanges, record } = await measure({
        flags: { rate: '150', arrivals: arrival, requests: '40', warmup: 'none', seed: '11' },
        simulator: { pace },
      });
      return exchanges.map(({ dueMs }) => dueMs - record.steps[0]!.startMs).sort((a, b) => a - b);
    };
    const [fast, slow] = await Promise.all([
      arrivals({ ttftMs: 5, itlMs: 1 }, 'poisson'),
      arrivals({ ttftMs: 90, itlMs: 3 }, 'poisson'),
    ]);
    expect(slow).toHaveLength(40);
    for (const [i, ms] of fast.entries()) expect(Math.abs(ms - slow[i]!)).toBeLessThan(0.003);
    expect(new Set(gaps(fast).map((gap) => gap.toFixed(6))).size).toBeGreaterThan(30);
    const constant = await arrivals({ ttftMs: 5, itlMs: 1 }, 'constant');
    for (const [i, ms] of constant.entries())
      expect(Math.abs(ms - (constant[0]! + (i * 1000) / 150))).toBeLessThan(0.01);
  });

  it('a cap on requests in flight makes the others wait, and says so', async () => {
    const { step, exchanges } = await measure({
      flags: { rate: '100', arrivals: 'constant', 'max-in-flight': '2', requests: '40', warmup: 'none' },
      simulator: { pace: { ttftMs: 40, itlMs: 2 } },
    });
    expect(step.concurrency.max).toBe(2);
    expect(step.counts.due).toBe(40);
    const waited = exchanges.map(({ sentMs, dueMs }) => (sentMs === null ? null : sentMs - dueMs));
    expect(step.latency.queueDelayMs.max).toBeCloseTo(Math.max(...waited.filter((ms) => ms !== null)), 3);
    // Two at a time take 27 ms each, and one is due every 10 ms: the last ones wait for hundreds.
    expect(step.latency.queueDelayMs.max!).toBeGreaterThan(100);
    expect(step.latency.ttftDueMs.max!).toBeGreaterThan(step.latency.ttftMs.max!);
    expect(step.doubts.map(({ code }) => code)).toContain('under_delivered');
  });

  it('conversations whose turns wait for the reply before, then think', async () => {
    const { exchanges, truth, step } = await measure({
      flags: {},
      suite: {
        workload: {
          profile: 'chat',
          inputTokens: 80,
          outputTokens: 6,
          sharedPrefix: { tokens: 32 },
          conversation: { turns: 3, turnInputTokens: 10, thinkTimeMs: 40 },
        },
        load: { concurrency: 3 },
        requests: 27,
        warmup: 'none',
      },
      simulator: quick,
    });
    expect(step.counts).toMatchObject({ due: 27, ok: 27 });
    const sessions = new Map<number, Exchange[]>();
    for (const one of exchanges) sessions.set(one.session, [...(sessions.get(one.session) ?? []), one]);
    for (const turns of sessions.values()) {
      expect(turns.map(({ turn }) => turn)).toEqual([...turns.keys()]);
      for (const [i, later] of turns.slice(1).entries()) {
        expect(later.dueMs - turns[i]!.endMs).toBeCloseTo(40, 3);
        expect(later.sentMs!).toBeGreaterThanOrEqual(later.dueMs);
        expect(later.usage!.input!).toBeGreaterThan(turns[i]!.usage!.input! + 6);
      }
    }
    expect([...sessions.values()].some((turns) => turns.length === 3)).toBe(true);
    expect(exchanges.filter(({ turn }) => turn === 0).map(({ usage }) => usage!.input)).toContain(80);
    expect(step.tokens.inputCached!).toBeGreaterThan(0);
    expect(step.doubts.map(({ code }) => code)).not.toContain('cache_warm');
    expect(truth).toHaveLength(27);
  });
});
