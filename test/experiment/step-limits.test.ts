import { expect, it } from 'vitest';
import { scheduleOf } from '../../src/experiment/assignment.ts';
import { resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { stepLimits } from '../../src/experiment/step-limits.ts';
import type { Load } from '../../src/record/run.ts';

const limitsOf = (flags: PlanFlags) => {
  const { plan } = resolvePlan({ suite: null, flags });
  return plan.loads.map((load) => stepLimits(plan, load));
};

it('leaves a constant load its limits', () => {
  expect(limitsOf({ rate: '5', duration: '7s' })).toMatchObject([
    { durationMs: 7000, requests: null, warmup: { kind: 'auto' }, precision: null },
  ]);
});

it('measures a rate that varies from its beginning to its end', () => {
  const [ramp, steps, day, bursts] = limitsOf({
    rate: 'ramp(1,3,10s),steps(5@30s,20@30s),diurnal(20,0.5,1h),onoff(0,50,10s,2s)',
  });
  expect(ramp).toMatchObject({ durationMs: 10_000, maxDurationMs: 10_000, warmup: { kind: 'none' } });
  expect(steps).toMatchObject({ durationMs: 60_000 });
  expect(day).toMatchObject({ durationMs: 3_600_000 });
  expect(bursts).toMatchObject({ durationMs: null, warmup: { kind: 'none' } }); // it has no end: until p99 can be told
});

it('goes by what was asked for where something was', () => {
  expect(limitsOf({ rate: 'ramp(1,3,10s)', duration: '4s' })[0]).toMatchObject({ durationMs: 4000 });
  expect(limitsOf({ rate: 'ramp(1,3,10s)', requests: '9' })[0]).toMatchObject({ durationMs: null, requests: 9 });
  expect(limitsOf({ rate: 'ramp(1,3,10s)', precision: '5%' })[0]).toMatchObject({ durationMs: null, precision: 0.05 });
  expect(limitsOf({ rate: 'ramp(1,3,10s)', warmup: '2s' })[0]).toMatchObject({ warmup: { kind: 'fixed', ms: 2000 } });
});

it('gives a step with a wish for precision an hour, one that only wants its p99 a quarter of it', () => {
  expect(limitsOf({ precision: '5%' })[0]!.maxDurationMs).toBe(3_600_000);
  expect(limitsOf({})[0]!.maxDurationMs).toBe(900_000);
  expect(limitsOf({ precision: '5%', duration: '90s' })[0]!.maxDurationMs).toBe(90_000);
});

it('holds the first rate during a fixed warm-up, and begins the shape behind it', () => {
  const load: Load = { kind: 'rate', value: 2, arrivals: 'constant', shape: 'ramp(1,3,10s)' };
  const due = scheduleOf(
    {
      step: 0,
      load,
      maxInFlight: null,
      arrivalsSeed: 1,
      heldMs: 4000,
      promptsSeed: 1,
      lengthsSeed: 1,
      startMs: 0,
      durationMs: null,
      maxRequests: null,
      drainMs: 0,
    },
    {},
  );
  const first = [];
  for (const ms of due) if (first.push(ms) === 10) break;
  expect(first.slice(0, 5)).toEqual([0, 1000, 2000, 3000, 4000]);
  expect([first[5], first[9]]).toEqual([4916.08, 7660.254]);
});
