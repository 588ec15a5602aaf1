import { expect, it } from 'vitest';
import { measureStep } from '../../src/measurement/measure.ts';
import type { StepRecord } from '../../src/record/run.ts';
import { exchange, stepFacts } from './facts.ts';

/** 40 requests due each 10 ms, of which a cap lets one start each 20 ms; 1,000 ms of service. */
function capped(over: Partial<StepRecord>) {
  const facts = { warmupEndMs: 0, stopMs: 780.001, endMs: 1800, maxInFlight: 50, scheduled: 40 };
  const step = measureStep(stepFacts({ load: { kind: 'rate', value: 100, arrivals: 'constant' }, ...facts, ...over }));
  for (let seq = 0; seq < 40; seq++) {
    const sentMs = 20 * seq;
    step.add(exchange({ seq, dueMs: 10 * seq, sentMs, events: [sentMs + 500, sentMs + 1000], endMs: sentMs + 1000 }));
  }
  return step.summary();
}

it('ends an open loop of so many requests with the last one due, whatever a cap holds back', () => {
  for (const stoppedBy of ['requests', 'workload'] as const) {
    const { window, throughput, doubts } = capped({ stoppedBy });
    expect(window).toEqual({ kind: 'steady', startMs: 0, endMs: 390.001 });
    expect(throughput.offeredPerS).toBeCloseTo(40 / 0.390001, 3);
    expect(throughput.sentPerS).toBeCloseTo(20 / 0.390001, 3);
    expect(doubts.find(({ code }) => code === 'under_delivered')!.evidence).toMatchObject({ offered: 40, sent: 20 });
  }
});

it('ends an open loop of a duration with it, and one that goes on with the last one due so far', () => {
  expect(capped({ stoppedBy: 'duration', stopMs: 400 }).window.endMs).toBe(400);
  expect(capped({ stoppedBy: null, stopMs: null, endMs: null }).window.endMs).toBe(390);
});

it('never ends it behind the stop', () => {
  expect(capped({ stoppedBy: 'requests', stopMs: 300 }).window.endMs).toBe(300);
});
