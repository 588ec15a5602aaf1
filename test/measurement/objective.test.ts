import { describe, expect, it } from 'vitest';
import { measureStep } from '../../src/measurement/measure.ts';
import { parseObjective, parseObjectives, requestClauses } from '../../src/measurement/objective.ts';
import { exchange, failure, stepFacts, usage } from './facts.ts';

it.each([
  ['ttft.p99 < 500ms', { kind: 'latency', latency: 'ttftMs', statistic: 'p99', comparison: '<', limit: 500 }],
  ['e2e.p99 <= 10s', { latency: 'e2eMs', comparison: '<=', limit: 10_000 }],
  ['tpot.mean<50 ms', { latency: 'tpotMs', statistic: 'mean', limit: 50 }],
  ['queueDelay.max < 1.5e3ms', { latency: 'queueDelayMs', statistic: 'max', limit: 1500 }],
  ['itl.p99.9 < 900us', { latency: 'itlMs', statistic: 'p999', limit: 0.9 }],
  ['errors < 1%', { kind: 'share', share: 'errors', limit: 0.01 }],
  ['errors < 5‰', { share: 'errors', limit: 0.005 }],
  ['attainment >= 99%', { share: 'attainment', comparison: '>=', limit: 0.99 }],
  ['goodput > 20/s', { kind: 'rate', rate: 'goodput', limit: 20 }],
  ['output.rate > 1000 tok/s', { rate: 'output.rate', limit: 1000 }],
  ['requests.rate > 120/min', { rate: 'requests.rate', limit: 2 }],
])('reads %s', (text, wanted) => {
  expect(parseObjective(text)).toMatchObject(wanted);
});

it.each([
  ['tfft.p99 < 500ms', 'Did you mean "ttft.p99"?'],
  ['ttft.p98 < 500ms', 'Did you mean "ttft.p9'],
  ['goodputs > 2/s', 'Did you mean "goodput"?'],
  ['output > 2/s', 'Did you mean "output.rate"?'],
  ['ttft < 500ms', 'Say which value of ttft: ttft.mean'],
  ['ttft.p99 < 500', 'The limit has no unit: it is a time in ms or s, like 500ms.'],
  ['ttft.p99 < 500MB', '"MB" is no unit here'],
  ['errors < 1', 'like 1%'],
  ['errors < 200%', 'at most 100%'],
  ['ttft.p99 > 500ms', 'can only be held below'],
  ['goodput < 5/s', 'can only be held above'],
  ['ttft.p99 = 500ms', 'use <, <=, > or >='],
  ['ttft.p99 < -5ms', 'not a number from 0'],
  ['ttft.p99 < 1.2.3ms', 'not a number'],
  ['toString.p99 < 5ms', 'There is no metric'],
  ['constructor < 5ms', 'There is no metric'],
  ['', 'Write it like'],
])('refuses %s', (text, sentence) => {
  expect(() => parseObjective(text)).toThrow(expect.objectContaining({ code: 'bad_objective', exit: 2 }));
  expect(() => parseObjective(text)).toThrow(sentence);
});

it('wants a latency limit for goodput and attainment', () => {
  expect(() => parseObjectives(['goodput > 20/s', 'ttft.mean < 5s', 'itl.p99 < 1s'])).toThrow('add one like');
  expect(parseObjectives(['goodput > 20/s', 'ttft.p50 < 5s'])).toHaveLength(2);
});

it('takes the limit of the highest percentile as the limit of a single request', () => {
  const clauses = requestClauses(
    parseObjectives(['ttft.p50 < 100ms', 'ttft.p99 < 500ms', 'e2e.mean < 1s', 'tpot.p95 < 50ms', 'ttft.p99 < 400ms']),
  );
  expect(clauses).toEqual([
    { latency: 'ttftMs', comparison: '<', limit: 400 },
    { latency: 'tpotMs', comparison: '<', limit: 50 },
  ]);
});

describe('judging', () => {
  /** 400 requests, one every 10 ms, TTFT 100 … 138 ms in no order, 2 tokens, the last ones failing. */
  const judged = (objectives: string[], failures = 0, over = {}) => {
    const step = measureStep(stepFacts({ objectives, endMs: 10_000, ...over }));
    for (let seq = 0; seq < 400; seq++) {
      const dueMs = seq * 10;
      const ttft = 100 + ((seq * 17) % 39);
      const sketch = { seq, dueMs, sentMs: dueMs + 5, events: [dueMs + 5 + ttft, dueMs + 25 + ttft] };
      step.add(exchange(sketch, seq % 40 < failures ? { outcome: failure() } : { usage: usage(10, 2) }));
    }
    return step.summary();
  };

  it('judges an open loop from the due time, and says so', () => {
    const [open] = judged(['ttft.p50 < 120ms']).objectives;
    expect(open).toEqual({ text: 'ttft.p50 < 120ms (from the due time)', observed: 124, met: false, reason: null });
    const load = { kind: 'concurrency', value: 1 };
    const [closed] = judged(['ttft.p50 < 120ms'], 0, { load, maxInFlight: 1 }).objectives;
    expect(closed).toEqual({ text: 'ttft.p50 < 120ms', observed: 119, met: true, reason: null });
  });

  it('judges percentiles with the failures in them', () => {
    const objectives = ['ttft.p95 < 500ms', 'ttft.p50 < 500ms', 'ttft.max < 500ms', 'ttft.mean < 500ms', 'errors < 1%'];
    const [p95, p50, max, mean, errors] = judged(objectives, 4).objectives;
    expect(p95).toMatchObject({ observed: null, met: false, reason: 'infinite: 40 of 400 requests failed' });
    expect(p50!.met).toBe(true);
    expect(p50!.observed!).toBeGreaterThan(judged(objectives, 0).objectives[1]!.observed!);
    expect(max).toMatchObject({ observed: null, met: false });
    expect(mean).toMatchObject({ met: true, reason: 'without 40 failed requests' });
    expect(errors).toMatchObject({ observed: 0.1, met: false });
  });

  it('does not call what a small sample cannot show', () => {
    const [p999, p99] = judged(['ttft.p999 < 300ms', 'ttft.p99 < 10s']).objectives;
    expect(p999).toMatchObject({ observed: null, met: null });
    expect(p999!.reason).toMatch(
      /^n_too_small: 400 requests cannot show a p999; \d+ of 400 keep the limit, which does not decide$/,
    );
    expect(p99!.met).toBe(true);
  });

  it('calls a limit that is far from all that a small sample leaves possible', () => {
    expect(judged(['ttft.p999 < 10s']).objectives[0]).toEqual({
      text: 'ttft.p999 < 10s (from the due time)',
      observed: null,
      met: true,
      reason: 'n_too_small: 400 requests cannot show a p999; 400 of 400 keep the limit, and the limit is far away',
    });
  });

  it('calls what the requests inside the limit decide all the same', () => {
    const [p999, p99] = judged(['ttft.p999 < 1ms', 'ttft.p99 < 1ms']).objectives;
    expect(p999).toEqual({
      text: 'ttft.p999 < 1ms (from the due time)',
      observed: null,
      met: false,
      reason: 'n_too_small: 400 requests cannot show a p999; 0 of 400 keep the limit, which decides',
    });
    expect(p99!.met).toBe(false);
  });

  it('counts goodput, attainment and rates', () => {
    const summary = judged(
      ['ttft.p99 < 125ms', 'goodput > 10/s', 'attainment > 99%', 'output.rate > 1/s', 'requests.rate > 1000/s'],
      4,
    );
    const [, goodput, attainment, output, requests] = summary.objectives;
    expect(attainment!.observed).toBe(summary.attainment);
    expect(attainment!.met).toBe(false);
    expect(goodput!.observed).toBe(summary.throughput.goodputPerS);
    expect(summary.throughput.goodputPerS! * (summary.throughput.full.durationMs! / 1000)).toBeCloseTo(
      400 * summary.attainment!,
      3,
    );
    expect(output!.met).toBe(true);
    expect(requests!.met).toBe(false);
    expect(summary.throughput.goodOutputTokensPerS).toBeCloseTo(2 * summary.throughput.goodputPerS!, 5);
  });

  it('skips a clause that N ≤ 1 leaves undefined; any other missing value fails', () => {
    const step = measureStep(stepFacts({ objectives: ['tpot.p50 < 1s'] }));
    step.add(exchange({ seq: 0, events: [5] }));
    step.add(exchange({ seq: 1, events: [5, 9], tokens: null }));
    expect(step.summary().attainment).toBe(0.5);
    const whole = measureStep(stepFacts({ objectives: ['ttft.p50 < 1s'] }));
    whole.add(exchange({ seq: 0, endMs: 9 }, { streamed: false, usage: usage(3, 8) }));
    expect(whole.summary().attainment).toBe(0);
  });

  it('has neither without clauses', () => {
    const { attainment, throughput } = judged(['errors < 1%']);
    expect([attainment, throughput.goodputPerS, throughput.goodOutputTokensPerS]).toEqual([null, null, null]);
  });
});
