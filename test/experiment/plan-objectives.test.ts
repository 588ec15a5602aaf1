import { describe, expect, it } from 'vitest';
import { resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';

describe('a plan', () => {
  const planOf = (flags: PlanFlags) => resolvePlan({ suite: null, flags: { url: 'http://127.0.0.1:1', ...flags } });
  it.each([
    [{ protocol: 'rerank', objective: ['ttft.p99 < 1s'] }, 'rerank generates no tokens'],
    [
      { protocol: 'openai-embeddings', objective: ['e2e.p99 < 1s', 'output.rate > 5/s'] },
      'openai-embeddings generates no tokens',
    ],
  ])('with %j is refused before anything is sent', (flags, because) => {
    expect(() => planOf(flags)).toThrow(because);
  });
  it('with objectives on what its replies have is not', () => {
    expect(planOf({ protocol: 'rerank', objective: ['e2e.p99 < 1s', 'input.rate > 5/s'] }).plan.target.protocol).toBe(
      'rerank',
    );
    expect(planOf({ protocol: 'tgi', objective: ['ttft.p99 < 1s'] }).plan.target.protocol).toBe('tgi');
  });
});
