import { expect, it } from 'vitest';
import { summariseRun } from '../../src/experiment/analysis.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import type { SimulatorOptions } from '../../src/simulate/options.ts';
import { readRun } from '../../src/store/record.ts';
import { type Measured, measure, sum } from './measured.ts';

const quick: SimulatorOptions = { pace: { ttftMs: 20, itlMs: 2 } };
const same: PlanFlags = { seed: '11' };

async function onThreads(flags: PlanFlags, simulator = quick): Promise<Record<'one' | 'three', Measured>> {
  return {
    one: await measure({ flags: { ...same, ...flags, threads: '1' }, simulator }),
    three: await measure({ flags: { ...same, ...flags, threads: '3' }, simulator }),
  };
}

const bySeq = ({ exchanges }: Measured) => exchanges.toSorted((a, b) => a.seq - b.seq);
const dueUs = (run: Measured) =>
  bySeq(run).map(({ dueMs }) => Math.round((dueMs - run.record.steps[0]!.startMs) * 1000));

/** The server's own log holds what the exchanges say, and what is on disk gives the same report. */
async function expectTrue({ step, summary, exchanges, truth, record }: Measured, threads: number): Promise<void> {
  expect(record.state).toBe('finished');
  expect(record.steps[0]!.client).toMatchObject({ threads });
  expect(step.counts).toMatchObject({ ok: truth.length, failed: 0, censored: 0 });
  expect(new Set(exchanges.map(({ seq }) => seq)).size).toBe(truth.length);
  expect(step.tokens.output).toBe(sum(truth.map(({ output_tokens }) => output_tokens)));
  expect(step.server.identity!.verdict).toBe('exact');
  expect(JSON.stringify(await summariseRun(await readRun(summary.directory)))).toBe(JSON.stringify(summary));
}

it('counts the same in a closed loop on one thread and on three', async () => {
  const { one, three } = await onThreads({ concurrency: '9', requests: '120', warmup: 'none' });
  await expectTrue(one, 1);
  await expectTrue(three, 3);
  expect(three.step.counts).toEqual(one.step.counts);
  expect(bySeq(three).map(({ seq, session }) => [seq, session])).toEqual(
    bySeq(one).map(({ seq, session }) => [seq, session]),
  );
  expect(three.step.tokens).toEqual(one.step.tokens);
  expect(three.step.concurrency.max).toBe(9);
});

it('asks at the same times in an open loop, whose warm-up and end the main thread decides', async () => {
  const { one, three } = await onThreads({ rate: '150', warmup: '300ms', duration: '700ms' });
  await expectTrue(one, 1);
  await expectTrue(three, 3);
  // both saw the schedule to its end, give or take when the clock said that the warm-up was over
  const shared = Math.min(one.exchanges.length, three.exchanges.length);
  expect(Math.abs(one.exchanges.length - three.exchanges.length)).toBeLessThan(20);
  expect(shared).toBeGreaterThan(100);
  expect(dueUs(three).slice(0, shared)).toEqual(dueUs(one).slice(0, shared));
});

it('holds a shared cap without taking the wait for lateness of its own', async () => {
  const { three } = await onThreads(
    { rate: '100', arrivals: 'constant', 'max-in-flight': '4', requests: '80', warmup: 'none', 'output-tokens': '20' },
    { pace: { ttftMs: 40, itlMs: 1 } },
  );
  expect(three.step.concurrency.max).toBeLessThanOrEqual(4);
  expect(three.step.latency.queueDelayMs.max!).toBeGreaterThan(50);
  expect(three.step.counts).toMatchObject({ due: 80, ok: 80 });
  expect(three.step.client.scheduleLagP99Ms ?? 0).toBeLessThan(50);
});

it('is interrupted on all threads at once and keeps what was measured', async () => {
  const controller = new AbortController();
  const { record, summary, exchanges } = await measure({
    flags: { ...same, concurrency: '6', duration: '60s', threads: '2' },
    simulator: quick,
    signal: controller.signal,
    emit: (event) => void (event.kind === 'step' && setTimeout(() => controller.abort(), 700)),
  });
  expect(record.state).toBe('interrupted');
  expect(record.steps.map(({ stoppedBy }) => stoppedBy)).toEqual(['interrupted']);
  expect(JSON.stringify(await summariseRun(await readRun(summary.directory)))).toBe(JSON.stringify(summary));
  expect(new Set(exchanges.map(({ seq }) => seq)).size).toBe(exchanges.length);
});
