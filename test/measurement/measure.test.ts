import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, type StepFacts } from '../../src/measurement/facts.ts';
import { measureStep } from '../../src/measurement/measure.ts';
import { runSummary } from '../../src/measurement/run.ts';
import type { RunRecord } from '../../src/record/run.ts';
import { exchange, failure, stepFacts, usage } from './facts.ts';
import { closedLoop, openLoop, type Truth } from './generate.ts';

const truth: Truth = { ttftMs: 200, tpotMs: 25, outputTokens: 40, jitter: 0.2, spread: 0.5, queueMs: 10 };
const objectives = ['ttft.p90 < 260ms', 'goodput > 1/s', 'errors < 5%'];

const facts = (over: Partial<StepFacts> = {}) =>
  stepFacts({
    load: { kind: 'concurrency', value: 4 },
    maxInFlight: 4,
    warmupEndMs: 3000,
    stopMs: 20_000,
    endMs: 24_000,
    stoppedBy: 'duration',
    objectives,
    ...over,
  });

/** Failures, reasoning, several tokens an event, token ids and replies without usage among the rest. */
const mixed = closedLoop(4, 20_000, truth).map((one, i) => {
  if (i % 11 === 3) return { ...one, outcome: failure() };
  if (i % 7 === 2)
    return {
      ...one,
      chunks: { ...one.chunks, tokens: one.chunks.atUs.map((_, k) => 1 + (k % 3)), tokensSource: 'token_ids' as const },
    };
  return i % 13 === 5 ? { ...one, usage: null, textTokens: 37 } : one;
});

const bytes = (given: StepFacts | (() => StepFacts), exchanges: typeof mixed) => {
  const step = measureStep(given);
  for (const one of exchanges) step.add(one);
  return JSON.stringify(step.summary());
};

describe('one fold', () => {
  it('gives the same bytes whatever the order in which exchanges came', () => {
    const wanted = bytes(facts(), mixed);
    fc.assert(
      fc.property(fc.shuffledSubarray(mixed, { minLength: mixed.length }), (shuffled) => {
        expect(bytes(facts(), shuffled)).toBe(wanted);
      }),
      { numRuns: 20 },
    );
  });

  it('gives the same bytes live, with marks that come late and summaries in between, as offline', () => {
    let now = facts({ warmupEndMs: null, stopMs: null, endMs: null, stoppedBy: null });
    const step = measureStep(() => now);
    for (const one of [...mixed].sort((a, b) => a.endMs - b.endMs)) {
      if (one.endMs > 3000) now = { ...now, warmupEndMs: 3000 };
      if (one.endMs > 20_000) now = { ...now, stopMs: 20_000, stoppedBy: 'duration' };
      step.add(one);
      if (one.seq % 20 === 0) step.summary();
    }
    now = facts();
    expect(JSON.stringify(step.summary())).toBe(bytes(facts(), mixed));
  });

  it('quotes what the earliest failure of each name said, whatever the order in which they came', () => {
    const said = (seq: number, message: string) => ({ ...mixed[seq]!, outcome: { ...failure(), message } as never });
    const step = measureStep(facts());
    for (const one of [said(5, 'later'), said(2, 'x'.repeat(400)), mixed[0]!]) step.add(one);
    expect(step.summary().counts.messages).toEqual({ conn_reset: 'x'.repeat(300) });
    const none = measureStep(facts());
    none.add(mixed[0]!);
    expect(Object.keys(none.summary().counts)).not.toContain('messages');
  });

  it('takes exchanges that went through JSON as those that did not', () => {
    expect(bytes(facts(), JSON.parse(JSON.stringify(mixed)))).toBe(bytes(facts(), mixed));
  });

  it('never prints NaN or infinity, and leaves no key out', () => {
    const keys = (value: unknown): string =>
      JSON.stringify(value, (_key, inner) => (typeof inner === 'object' ? inner : 0));
    for (const exchanges of [mixed, [], [mixed[0]!], mixed.map((one) => ({ ...one, outcome: failure() }))]) {
      const step = measureStep(facts());
      for (const one of exchanges) step.add(one);
      const summary = step.summary();
      const visit = (value: unknown): void => {
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
        else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
        else expect(value).not.toBeUndefined();
      };
      visit(summary);
      expect(Object.keys(JSON.parse(keys(summary)))).toEqual(Object.keys(summary));
    }
  });
});

describe('what it finds', () => {
  it('recovers the truth of a steady closed loop', () => {
    const exact: Truth = { ttftMs: 200, tpotMs: 25, outputTokens: 40, jitter: 0 };
    const exchanges = closedLoop(4, 60_000, exact);
    const step = measureStep(facts({ stopMs: 60_000, endMs: 62_000, objectives: [] }));
    for (const one of exchanges) step.add(one);
    const { latency, throughput, tokens, concurrency, counts } = step.summary();
    expect(latency.ttftMs).toMatchObject({ p50: 200, stddev: 0, withFailures: null });
    expect(latency.tpotMs.p50).toBeCloseTo(25, 3);
    expect(latency.itlMs.p50! / 25).toBeCloseTo(1, 2);
    expect(latency.itlMs.mean).toBeCloseTo(25, 3);
    expect(latency.e2eMs.p50).toBeCloseTo(200 + 39 * 25, 2);
    // 40 tokens of 4 slots each 1175.5 ms.
    expect(throughput.outputTokensPerS).toBeCloseTo((4 * 40) / 1.1755, 0);
    expect(throughput.interactivityTokensPerS).toBeCloseTo(40, 2);
    expect(tokens).toMatchObject({
      output: 40 * exchanges.length,
      input: 128 * exchanges.length,
      outputSource: 'usage',
      tokensPerEvent: 1,
    });
    expect(concurrency).toMatchObject({ p50: 4, max: 4 });
    expect(counts).toMatchObject({ ok: exchanges.length, failed: 0, censored: 0, due: exchanges.length });
  });

  it('gives intervals that hold the truth, and withholds them where they cannot be had', () => {
    const step = measureStep(stepFacts({ warmupEndMs: 5000, stopMs: 305_000, endMs: 310_000 }));
    for (const one of openLoop(4, 305_000, { ...truth, queueMs: 0 })) step.add(one);
    const { throughput, latency } = step.summary();
    const holds = (interval: readonly [number, number] | null | undefined, value: number) => {
      expect(interval).toBeTruthy();
      expect(interval![0]).toBeLessThanOrEqual(value);
      expect(interval![1]).toBeGreaterThanOrEqual(value);
      expect(interval![1] - interval![0]).toBeLessThan(0.25 * value);
    };
    holds(throughput.intervals['outputTokensPerS'], throughput.outputTokensPerS!);
    holds(throughput.intervals['requestsPerS'], 4);
    holds(latency.ttftMs.intervals.p50, 200);
    holds(latency.ttftMs.intervals.mean, 200);
    expect(latency.ttftMs.intervals.p999).toBeUndefined();
    const short = measureStep(facts());
    for (const one of mixed.slice(0, 12)) short.add(one);
    expect(short.summary().throughput.intervals['outputTokensPerS']).toBeNull();
  });

  it('keeps goodput at or below the rate of requests due, attainment within 0 … 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 1000 }), (limit, seed) => {
        const step = measureStep(facts({ objectives: [`ttft.p99 < ${limit}ms`] }));
        for (const one of closedLoop(4, 20_000, truth, seed)) step.add(seed % 3 ? one : { ...one, outcome: failure() });
        const { throughput, attainment } = step.summary();
        expect(throughput.goodputPerS!).toBeLessThanOrEqual(throughput.offeredPerS! + 1e-6);
        expect(attainment!).toBeGreaterThanOrEqual(0);
        expect(attainment!).toBeLessThanOrEqual(1);
        expect(throughput.outputTokensPerS ?? 0).toBeLessThanOrEqual(throughput.outputTokensPerSAll ?? 0);
      }),
      { numRuns: 30 },
    );
  });

  it('leaves the tokens of failures to outputRateAll', () => {
    const step = measureStep(stepFacts({ warmupEndMs: 0, stopMs: 1000, endMs: 1000 }));
    step.add(exchange({ seq: 0, events: [100, 200] }));
    step.add(exchange({ seq: 1, dueMs: 10, events: [100, 200, 300] }, { outcome: failure() }));
    const { throughput } = step.summary();
    expect([throughput.outputTokensPerS, throughput.outputTokensPerSAll]).toEqual([2, 5]);
  });

  it('counts words in alphabetical order, and the step whole', () => {
    const step = measureStep(facts());
    for (const one of mixed) step.add(one);
    const { counts } = step.summary();
    expect(Object.keys(counts.outcomes)).toEqual(['conn_reset']);
    expect(counts.ok + counts.failed + counts.censored).toBe(mixed.length);
    expect(counts.finishes).toEqual({ stop: counts.ok });
  });

  it('has Little’s law exact over the full window', () => {
    const step = measureStep(stepFacts({ endMs: 30_000 }));
    for (const one of openLoop(3, 20_000, truth)) step.add(one);
    const summary = step.summary();
    expect(summary.window.kind).toBe('full');
    expect(summary.concurrency.littleError).toBeLessThan(1e-6);
  });

  it('draws a series of the whole step', () => {
    const step = measureStep(facts());
    for (const one of mixed) step.add(one);
    const { series, tokens } = step.summary();
    const widthS = (series.atMs[1]! - series.atMs[0]!) / 1000;
    expect(series.atMs.length).toBeGreaterThanOrEqual(20);
    expect(series.outputTokensPerS.reduce((a, b) => a + b, 0) * widthS).toBeCloseTo(tokens.output!, 0);
    expect(Math.max(...series.inFlight)).toBeLessThanOrEqual(4);
  });
});

it('compares the server’s own counters', () => {
  const counters = (output: number) => ({ dialect: 'vllm', output, input: 7, requests: 2, inFlight: 0 });
  const given = (after: number) => {
    const step = measureStep(stepFacts({ endMs: 2000, counters: { before: counters(1000), after: counters(after) } }));
    step.add(exchange({ events: [100, 200] }, { usage: usage(5, 2) }));
    return step.summary();
  };
  expect(given(1002).server.identity?.output).toEqual({ client: 2, server: 2, residual: 0 });
  expect(given(1002).doubts.map((doubt) => doubt.code)).not.toContain('counters_disagree');
  expect(given(900).server.identity?.verdict).toBe('counter_reset');
  expect(given(1003).doubts.find((doubt) => doubt.code === 'counters_disagree')).toMatchObject({ severity: 'suspect' });
});

it('makes the document of a run, with the worst verdict', () => {
  const record = {
    schema: 'tokbench.run-record/1',
    version: '0',
    suite: 's',
    state: 'finished',
    startedAt: '2026-01-01T00:00:00.000Z',
    simulated: true,
    objectives: ['errors < 1%'],
    lengths: null,
    target: {
      url: 'http://127.0.0.1:1/v1',
      protocol: 'openai-chat',
      model: 'm',
      server: { name: 'simulated', version: '0' },
    },
    steps: [facts()],
    notes: ['a note'],
  } as unknown as RunRecord;
  const step = measureStep(factsOf(record, record.steps[0]!));
  const empty = step.summary();
  const summary = runSummary(
    record,
    [
      { ...empty, verdict: 'VALID' },
      { ...empty, verdict: 'SUSPECT' },
    ],
    'results/s/x',
  );
  expect(summary).toMatchObject({
    schema: 'tokbench.run/1',
    verdict: 'SUSPECT',
    simulated: true,
    directory: 'results/s/x',
    notes: ['a note'],
  });
  expect(runSummary(record, [empty], 'd').verdict).toBe('INVALID');
  expect(runSummary(record, [], 'd').verdict).toBe('INVALID');
  expect(empty.objectives[0]).toMatchObject({ text: 'errors < 1%', met: null });
});
