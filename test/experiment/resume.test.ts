import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createClock } from '../../src/clock/clock.ts';
import { conductRun } from '../../src/experiment/conduct.ts';
import { resolvePlan } from '../../src/experiment/plan.ts';
import type { Reached } from '../../src/experiment/reach.ts';
import { refuseOtherTarget, resumedClock } from '../../src/experiment/resume.ts';
import type { StepRecord } from '../../src/record/run.ts';
import type { StoredRun } from '../../src/store/record.ts';
import { lockRun } from '../../src/store/run-lock.ts';
import { sampleRecord } from '../store/sample-exchange.ts';

const ended = (endMs: number) => [{ startMs: 10, stopMs: endMs - 5, endMs } as StepRecord];

it('is the same clock while the machine stayed up', () => {
  const clock = createClock();
  const record = sampleRecord({ startedUnixMs: clock.originUnixMs, startedNs: String(clock.originNs), steps: [] });
  const resumed = resumedClock(record);
  expect(resumed.originNs).toBe(clock.originNs);
  expect(Math.abs(resumed.now() - clock.now())).toBeLessThan(50);
});

it('finds its origin by the wall clock after a reboot, and in records without one', () => {
  const startedUnixMs = 1_790_000_000_000;
  const nowUnixMs = startedUnixMs + 3_600_000;
  for (const startedNs of ['1000', undefined]) {
    const record = sampleRecord({
      startedUnixMs,
      ...(startedNs === undefined ? {} : { startedNs }),
      steps: ended(9000),
    });
    const nowMs = resumedClock(record, nowUnixMs).now();
    expect(nowMs).toBeGreaterThanOrEqual(3_600_000);
    expect(nowMs).toBeLessThan(3_605_000);
  }
});

it('never runs backwards within the run, though the wall clock did', () => {
  const startedUnixMs = 1_790_000_000_000;
  const record = sampleRecord({ startedUnixMs, steps: ended(600_000) });
  expect(resumedClock(record, startedUnixMs + 1000).now()).toBeGreaterThanOrEqual(601_000);
});

it('refuses to go on against another server, model or protocol, naming both', () => {
  const record = sampleRecord();
  const same = {
    model: record.target.model,
    protocol: record.target.protocol,
    identity: record.target.server,
  } as Reached;
  expect(() => refuseOtherTarget(record, same)).not.toThrow();
  expect(() => refuseOtherTarget(record, { ...same, model: 'other' })).toThrow('model other instead of demo');
  const newer = { ...same, identity: { name: 'vllm', version: '0.24' } } as Reached;
  expect(() => refuseOtherTarget(record, newer)).toThrow('server vllm 0.24 instead of simulated');
});

it('does not go on with a run that another process writes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tokbench-held-'));
  const held = lockRun(directory);
  const { plan } = resolvePlan({ suite: null, flags: { concurrency: '1' } });
  const options = {
    plan,
    out: directory,
    version: '0.0.0',
    simulator: null,
    environment: {},
    signal: new AbortController().signal,
    emit: () => {},
    resumed: { directory } as StoredRun,
  };
  await expect(conductRun(options, async () => {})).rejects.toMatchObject({ code: 'run_in_use', exit: 2 });
  held.release();
  await expect(conductRun(options, async () => {})).rejects.toMatchObject({ code: 'run_not_found' });
  expect(readdirSync(directory)).toEqual([]);
});
