import { describe, expect, it } from 'vitest';
import type { RunSummary, StepSummary } from '../../src/measurement/summary.ts';
import type { EnergySummary } from '../../src/measurement/telemetry-summary.ts';
import { capacityOfRun } from '../../src/procurement/throughput.ts';
import { ladder, open, simulated } from '../report/sample.ts';

/** A copy of a step at another load with chosen rates and outcomes of its objectives. */
function at(
  base: StepSummary,
  load: StepSummary['load'],
  rate: number,
  met: boolean | null,
  more: Partial<StepSummary> = {},
): StepSummary {
  return {
    ...base,
    load,
    verdict: 'VALID',
    window: { kind: 'steady', startMs: 0, endMs: 60_000 },
    throughput: {
      ...base.throughput,
      requestsPerS: rate,
      offeredPerS: rate,
      sentPerS: rate,
      outputTokensPerS: rate * 100,
      inputTokensPerS: rate * 400,
    },
    tokens: { ...base.tokens, meanInput: 400, meanOutput: 100 },
    objectives: [{ text: 'ttft.p99 < 500ms', observed: 1, met, reason: null }],
    ...more,
  };
}
const base = ladder.steps[0]!;
const closed = (value: number, rate: number, met: boolean | null, more: Partial<StepSummary> = {}) =>
  at(base, { kind: 'concurrency', value }, rate, met, more);
const rate = (value: number, completed: number, met: boolean | null) => {
  const step = at(base, { kind: 'rate', value, arrivals: 'poisson' }, completed, met);
  return { ...step, throughput: { ...step.throughput, offeredPerS: value, sentPerS: value } };
};
const run = (...steps: StepSummary[]): RunSummary => ({ ...ladder, simulated: false, steps });
const hardware = { name: 'h100-sxm', count: 8 };

describe('capacity of a closed loop', () => {
  it('is the completed rate of the highest concurrency inside the objectives, per replica of the hardware', () => {
    const capacity = capacityOfRun(run(closed(4, 5, true), closed(16, 12, true), closed(64, 14, false)), hardware);
    expect(capacity).toMatchObject({
      ...{ state: 'ok', reasons: [], requestsPerS: 12, outputTokensPerS: 1200, inputTokensPerS: 4800 },
      ...{ scope: 'replica', accelerators: 8, hardware: 'h100-sxm', bracket: ['16 in flight', '64 in flight'] },
      shape: { inputTokens: 400, outputTokens: 100 },
    });
  });

  it('is a lower bound where no load broke the objectives, also not an INVALID one', () => {
    const lower = { state: 'not-verified', reasons: ['capacity-lower-bound'], requestsPerS: 12 };
    expect(capacityOfRun(run(closed(4, 5, true), closed(16, 12, true)), hardware)).toMatchObject(lower);
    const invalid = closed(64, 14, true, { verdict: 'INVALID' });
    expect(capacityOfRun(run(closed(4, 5, true), closed(16, 12, true), invalid), hardware)).toMatchObject(lower);
  });

  it('does not count what could not be decided, and marks a sweep that is uneven', () => {
    expect(capacityOfRun(run(closed(4, 5, null), closed(16, 12, true), closed(64, 14, false)), hardware)).toMatchObject(
      {
        reasons: ['sweep-non-monotone'],
      },
    );
    expect(capacityOfRun(run(closed(4, 5, null)), hardware)).toMatchObject({ state: 'infeasible', requestsPerS: null });
    expect(capacityOfRun(run(closed(4, 5, false)), hardware)).toMatchObject({
      state: 'infeasible',
      reasons: ['slo-never-met'],
    });
    expect(capacityOfRun(run(), hardware)).toMatchObject({ state: 'infeasible' });
  });

  it('takes the repeats of a load together: all must meet the objectives, rates are their mean', () => {
    const both = run(
      closed(4, 10, true),
      closed(4, 12, true, { repeat: 1 }),
      closed(8, 14, true),
      closed(8, 14, false, { repeat: 1 }),
    );
    expect(capacityOfRun(both, hardware)).toMatchObject({ state: 'ok', requestsPerS: 11 });
  });
});

describe('capacity of an open loop', () => {
  it('needs the load to be completed: CAP-1 without its latency', () => {
    const capacity = capacityOfRun(run(rate(10, 9.9, true), rate(25, 24.9, true), rate(50, 29.7, true)), hardware);
    expect(capacity).toMatchObject({ state: 'ok', requestsPerS: 24.9, bracket: ['25 req/s', null] });
  });
  it('keeps evidence for the lints: what was offered, completed, and the most of the sweep', () => {
    const { evidence } = capacityOfRun(run(rate(10, 9.9, true), rate(25, 24.9, false)), hardware);
    expect(evidence).toMatchObject({
      offeredPerS: 10,
      completedPerS: 9.9,
      highestCompletedPerS: 24.9,
      objectivesMissed: [],
    });
  });
});

it('carries the mark of a simulated server, and the interval as factors', () => {
  expect(capacityOfRun(simulated, hardware).simulated).toBe(true);
  const step = closed(4, 10, true);
  const intervals = { ...step.throughput.intervals, outputTokensPerS: [900, 1100] as const };
  const capacity = capacityOfRun(run({ ...step, throughput: { ...step.throughput, intervals } }), hardware);
  expect(capacity.interval).toEqual([0.9, 1.1]);
  expect(capacityOfRun(open, null)).toMatchObject({ accelerators: null, hardware: null });
});

it('takes power where the energy of the step is valid', () => {
  const power = (energy: Partial<EnergySummary>) =>
    capacityOfRun(run(closed(4, 10, true, { energy: energy as EnergySummary })), hardware).power;
  expect(power({ valid: true, powerMeanW: 2400, scope: 'gpu_board', method: 'counter' })).toEqual({
    ...{ powerW: 2400, basis: 'metered-board', method: 'counter' },
  });
  expect(power({ valid: false, powerMeanW: 2400 })).toBeNull();
});
