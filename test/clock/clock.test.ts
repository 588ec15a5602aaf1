import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { createClock } from '../../src/clock/clock.ts';

it('starts at 0 and never goes back', () => {
  const clock = createClock();
  let last = clock.now();
  expect(last).toBeGreaterThanOrEqual(0);
  expect(last).toBeLessThan(1_000);
  for (let i = 0; i < 10_000; i++) {
    const now = clock.now();
    expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
});

it('counts from the given origin on hrtime', () => {
  const originNs = process.hrtime.bigint() - 5_000_000_000n;
  const clock = createClock({ originNs, originUnixMs: 1234 });
  expect(clock.originNs).toBe(originNs);
  expect(clock.originUnixMs).toBe(1234);
  const before = Number(process.hrtime.bigint() - originNs) / 1e6;
  const now = clock.now();
  const after = Number(process.hrtime.bigint() - originNs) / 1e6;
  expect(now).toBeGreaterThan(before - 0.1);
  expect(now).toBeLessThan(after + 0.1);
});

it('is one clock for the threads that join it', async () => {
  const clock = createClock();
  const module = new URL('../../src/clock/clock.ts', import.meta.url).href;
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.module).then(({ createClock }) => {
      const clock = createClock(workerData.origin);
      parentPort.on('message', () => parentPort.postMessage(clock.now()));
      parentPort.postMessage('ready');
    });`;
  const origin = { originNs: clock.originNs, originUnixMs: clock.originUnixMs };
  const worker = new Worker(code, { eval: true, workerData: { module, origin } });
  const reply = () => new Promise<unknown>((resolve) => worker.once('message', resolve));
  try {
    expect(await reply()).toBe('ready');
    for (let i = 0; i < 20; i++) {
      const before = clock.now();
      worker.postMessage('now');
      const there = await reply();
      // the reading lies between question and answer, whatever the machine is busy with
      expect(there).toBeGreaterThan(before - 0.1);
      expect(there).toBeLessThan(clock.now() + 0.1);
    }
  } finally {
    await worker.terminate();
  }
});

it('never fires early, in order of time, however many wait', async () => {
  const clock = createClock();
  const start = clock.now() + 300; // all of them wait before the first is due
  const order: number[] = [];
  const early: number[] = [];
  await Promise.all(
    Array.from({ length: 500 }, async (_, i) => {
      const atMs = start + ((i * 37) % 500) / 5; // 0 … 100 ms, not in order
      await clock.until(atMs);
      const now = clock.now();
      if (now < atMs) early.push(atMs - now);
      order.push(atMs);
    }),
  );
  expect(early).toEqual([]);
  expect(order).toEqual([...order].sort((a, b) => a - b));
});

it('does not wait for what has passed', async () => {
  const clock = createClock();
  await clock.until(-1);
  await clock.until(clock.now());
  await clock.until(Number.NEGATIVE_INFINITY);
  await expect(clock.until(Number.NaN)).rejects.toThrow(RangeError);
});

it('rearms its timer for an earlier waiter', async () => {
  const clock = createClock();
  const abort = new AbortController();
  const late = clock.until(clock.now() + 1e9, abort.signal).catch((reason: unknown) => reason);
  await clock.until(clock.now() + 5);
  await clock.until(clock.now() + 1);
  abort.abort(new Error('enough'));
  expect(await late).toEqual(new Error('enough'));
});

it('rejects with the reason of the signal, before and while it waits', async () => {
  const clock = createClock();
  await expect(clock.until(clock.now() + 1e6, AbortSignal.abort('before'))).rejects.toBe('before');
  const abort = new AbortController();
  const waiting = clock.until(clock.now() + 1e6, abort.signal);
  const other = clock.until(clock.now() + 3, abort.signal);
  await other;
  abort.abort('while');
  await expect(waiting).rejects.toBe('while');
});

it('keeps no process alive for aborted waiters, and none for timers beyond what Node can hold', () => {
  const code = `
    import { createClock } from ${JSON.stringify(new URL('../../src/clock/clock.ts', import.meta.url).href)};
    const clock = createClock();
    const abort = new AbortController();
    let fired = false;
    for (const ms of [1, 1e6, 1e12, Infinity]) clock.until(clock.now() + ms, abort.signal).then(() => { fired = ms > 1; }, () => {});
    await clock.until(clock.now() + 3);
    abort.abort();
    process.on('exit', () => console.log(fired ? 'fired' : 'quiet'));`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 20_000 });
  expect(ran.stderr).not.toContain('TimeoutOverflowWarning'); // beyond 2^31 ms Node warns and fires at once
  expect(ran.stdout.trim()).toBe('quiet');
});

it('says what its precision cost', async () => {
  const clock = createClock();
  expect(clock.spunMs).toBe(0);
  // a busy machine may sleep through the last 2 ms of some
  for (let i = 0; i < 100 && clock.spunMs === 0; i++) await clock.until(clock.now() + 1);
  expect(clock.spunMs).toBeGreaterThan(0);
  expect(clock.spunMs).toBeLessThan(clock.now());
});
