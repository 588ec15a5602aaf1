import { describe, expect, it } from 'vitest';
import { planHash, resolvePlan } from '../../src/experiment/plan.ts';
import { describePlan } from '../../src/experiment/plan-describe.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';

const resolved = (flags: PlanFlags) => resolvePlan({ suite: null, flags }).plan;
const outline = (flags: PlanFlags) =>
  describePlan(resolved({ 'input-tokens': '100', 'output-tokens': '20', ...flags }), null);

describe('what a plan would do', () => {
  it('is known of an open loop', () => {
    const { steps, total } = outline({ rate: '5,10', duration: '10s', repeat: '2' });
    expect(steps).toHaveLength(4);
    expect(steps[1]).toEqual({
      load: { kind: 'rate', value: 10, arrivals: 'poisson' },
      repeat: 0,
      requests: 100,
      requestsAtLeast: 100,
      requestsAtMost: 100,
      inputTokens: 10_000,
      outputTokens: 2000,
      seconds: 10,
      secondsAtMost: 10,
    });
    expect(total).toMatchObject({ requests: 300, inputTokens: 30_000, outputTokens: 6000, seconds: 40 });
  });

  it('ends with duration or requests, whichever comes first', () => {
    expect(outline({ rate: '5', duration: '10s', requests: '20' }).total).toMatchObject({ requests: 20, seconds: 4 });
    expect(outline({ rate: '5', duration: '2s', requests: '20' }).total).toMatchObject({ requests: 10, seconds: 2 });
    expect(outline({ concurrency: '5', duration: '2s', requests: '20' }).total).toMatchObject({
      requests: null,
      requestsAtMost: 20,
      inputTokens: null,
      seconds: null,
      secondsAtMost: 2,
    });
  });

  it('depends on the server in a closed loop', () => {
    expect(outline({ concurrency: '4', requests: '50' }).total).toMatchObject({
      requests: 50,
      inputTokens: 5000,
      outputTokens: 1000,
      seconds: null,
    });
    expect(outline({ concurrency: '4', duration: '30s' }).total).toMatchObject({
      requests: null,
      requestsAtLeast: null,
      requestsAtMost: null,
      inputTokens: null,
      seconds: 30,
    });
  });

  it('is at least what a p99 needs where nothing else is said', () => {
    expect(outline({ concurrency: '1,2' }).total).toMatchObject({
      requests: null,
      requestsAtLeast: 736,
      seconds: null,
    });
  });

  it('takes lengths from the prepared workload, else from the plan as far as it says', () => {
    const chat = resolved({ workload: 'chat', requests: '10', concurrency: '1' });
    // 2 to 6 turns: 7 turns lie before the 4 of a session on average, each an answer of 300 and a question of 50 tokens
    const { lengths, total } = describePlan(chat, null);
    const first = describePlan(resolved({ 'input-tokens': 'LN(3392,8724)[500,15000]' }), null).lengths.meanInputTokens!;
    expect((lengths.meanInputTokens! - first) / (50 + lengths.meanOutputTokens!)).toBeCloseTo(7 / 4, 9);
    expect(total.inputTokens).toBe(Math.round(10 * lengths.meanInputTokens!));
    expect(describePlan(chat, { meanInputTokens: 50.5, meanOutputTokens: 3 }).total).toMatchObject({
      inputTokens: 505,
      outputTokens: 30,
    });
    expect(describePlan(resolved({ dataset: 'x', requests: '20' }), null).lengths).toEqual({
      meanInputTokens: null,
      meanOutputTokens: null,
    });
  });

  it('names the plan by its hash', () => {
    const plan = resolved({});
    expect(describePlan(plan, null).planSha256).toBe(planHash(plan));
  });
});
