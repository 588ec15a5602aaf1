import { networkInterfaces } from 'node:os';
import { afterEach, expect, it } from 'vitest';
import { createClock } from '../../src/clock/clock.ts';
import type { Plan } from '../../src/experiment/plan.ts';
import type { Reached } from '../../src/experiment/reach.ts';
import { isLocal, startWatch, type Watch, type WatchOptions } from '../../src/experiment/watch.ts';

const running: Watch[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((watch) => watch.close()));
});

const reached = {
  url: 'http://127.0.0.1:9/v1',
  simulated: false,
  features: { metrics: null },
  apiKey: null,
  headers: {},
};

async function watch(telemetry: string[], more: Partial<WatchOptions> = {}, plan: Partial<Plan> = {}) {
  const said: string[] = [];
  const options = {
    plan: { telemetry, telemetryIntervalMs: 200, target: { caFile: null }, ...plan },
    reached,
    before: [],
    environment: {},
  };
  const started = await startWatch({
    ...(options as unknown as WatchOptions),
    ...{ clock: createClock(), say: (text: string) => said.push(text) },
    ...more,
  });
  if (started !== null) running.push(started);
  return { said, watch: started };
}

it.each([
  ['http://127.0.0.1:8000/v1', true],
  ['http://localhost:8000', true],
  ['http://[::1]:8000', true],
  ['https://api.example.com/v1', false],
  ['http://192.0.2.7:8000', false],
])('knows whether %s is on this machine: %s', (url, local) => {
  expect(isLocal(url)).toBe(local);
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  for (const { address, family } of own)
    expect(isLocal(`http://${family === 'IPv6' ? `[${address}]` : address}/`)).toBe(true);
});

it('is nothing at all where telemetry is none', async () => {
  expect((await watch(['none'])).watch).toBeNull();
});

it('writes samples from the first on, and says which are a step’s', async () => {
  const clock = createClock();
  const { watch: own } = await watch(['host'], { clock });
  const lines: unknown[] = [];
  await own!.rest(600, new AbortController().signal);
  own!.writeTo({ sample: (line) => lines.push(line) });
  const first = lines.length;
  expect(first).toBeGreaterThan(0);
  await clock.until(clock.now() + 700);
  const { from, to, sources } = await own!.stepEnd(clock.now());
  expect(from).toBeGreaterThan(0);
  expect(to).toBeGreaterThan(from);
  expect(own!.readings).toHaveLength(lines.length);
  expect(sources).toEqual([{ name: 'host', named: true, ok: true, code: null, reason: null }]);
  expect((await own!.stepEnd(clock.now())).from).toBe(to);
  expect(own!.record.idle!.endMs - own!.record.idle!.startMs).toBeCloseTo(600, 6);
  expect(JSON.stringify(own!.readings)).not.toContain('"raw"');
});

it('tells what was asked for and is not there, and what Slurm gave', async () => {
  const environment = { SLURM_JOB_ID: '7', SLURM_JOB_GPUS: '0,3' };
  const { watch: own } = await watch(['dcgm=http://127.0.0.1:9/metrics', 'host'], { environment });
  expect(own!.takeNotes().join()).toMatch(/dcgm=.* is missing/);
  expect(own!.takeNotes()).toEqual([]);
  expect(own!.record.devicesAllotted).toBe(2);
});

it('takes nothing of this machine for a server on another one, and says so', async () => {
  const away = { ...reached, url: 'http://192.0.2.7:8000/v1' } as unknown as Reached;
  const { said, watch: own } = await watch(['auto'], { reached: away });
  expect(own!.record.local).toBe(false);
  expect(said.join()).toContain('the server is not on this machine');
  const { sources } = await own!.stepEnd(0);
  expect(sources.map(({ name }) => name)).not.toContain('nvidia-smi');
});
