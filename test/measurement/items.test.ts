import { describe, expect, it } from 'vitest';
import { measureStep } from '../../src/measurement/measure.ts';
import type { StepSummary } from '../../src/measurement/summary.ts';
import { exchange, failure, stepFacts, usage } from './facts.ts';

/** 60 replies of 100 ms each, one after the other, 50 tokens in, `items` vectors or scores out; the last of them fails. */
function summaryOf(items: number): StepSummary {
  const step = measureStep(
    stepFacts({
      load: { kind: 'concurrency', value: 1 },
      endMs: 6000,
      objectives: ['e2e.p50 < 200ms', 'input.rate > 400/s'],
    }),
  );
  for (let seq = 0; seq < 60; seq++) {
    const times = { seq, dueMs: 100 * seq, endMs: 100 * seq + 100, tokens: null };
    const reply = { streamed: false, plannedOutputTokens: 64, plannedInputTokens: 50 };
    if (seq === 59) step.add(exchange(times, { ...reply, outcome: failure('server_error') }));
    else step.add(exchange(times, { ...reply, items, outcome: { state: 'ok', finish: null }, usage: usage(50, 0) }));
  }
  return step.summary();
}

describe('replies with vectors or scores', () => {
  it.each([1, 8])('have a rate of input and of %i results a request, and none of output tokens', (items) => {
    const { throughput, tokens, latency } = summaryOf(items);
    expect(tokens).toMatchObject({ input: 59 * 50, output: 0, items: 59 * items, meanInput: 50, meanOutput: null });
    expect(throughput.inputTokensPerS).toBeCloseTo((59 * 50) / 6, 3);
    expect(throughput.itemsPerS! / throughput.requestsPerS!).toBeCloseTo(items, 6);
    expect(throughput).toMatchObject({
      outputTokensPerS: null,
      outputTokensPerSAll: null,
      totalTokensPerS: null,
      goodOutputTokensPerS: null,
      peakOutputTokensPerS: null,
      interactivityTokensPerS: null,
    });
    expect(throughput.full).toMatchObject({ outputTokensPerS: null, requestsPerS: expect.closeTo(59 / 6, 1) });
    expect([latency.ttftMs.n, latency.tpotMs.n, latency.itlMs.n, latency.ntpotMs.n]).toEqual([0, 0, 0, 0]);
    expect(latency.e2eMs.p50).toBe(100);
  });

  it('are judged by what they have, and asked for no output length', () => {
    const { objectives, doubts } = summaryOf(1);
    expect(objectives.map(({ met }) => met)).toEqual([true, true]);
    expect(doubts.map(({ code }) => code)).not.toContain('length_mismatch');
    expect(doubts.map(({ code }) => code)).not.toContain('token_count_unknown');
  });

  it('are told from replies that generate', () => {
    const step = measureStep(stepFacts({ endMs: 2000 }));
    step.add(exchange({ events: [100, 120] }, { usage: usage(5, 2) }));
    const { tokens, throughput } = step.summary();
    expect('items' in tokens || 'itemsPerS' in throughput).toBe(false);
    expect(tokens).toMatchObject({ output: 2, meanOutput: 2 });
  });
});
