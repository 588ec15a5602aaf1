import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { createClock } from '../../src/clock/clock.ts';
import type { Sample } from '../../src/record/sample.ts';
import { readCaFile } from '../../src/target/authority.ts';
import { type Collector, type CollectorOptions, startCollector } from '../../src/telemetry/collector.ts';

const fakes = join(import.meta.dirname, '../fixtures/telemetry/bin');
const folders: string[] = [];
const running: Collector[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(running.splice(0).map((collector) => collector.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function withTools(folder: string, settings: Readonly<Record<string, string>> = {}): void {
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH']}`);
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
}

async function collect(options: Partial<CollectorOptions> = {}) {
  const clock = createClock();
  const samples: Sample[] = [];
  const notes: string[] = [];
  const collector = await startCollector({
    wanted: ['nvidia-smi'],
    local: true,
    clock,
    targets: [],
    intervalMs: 200,
    sample: (sample) => samples.push(sample),
    note: (_, code) => notes.push(code),
    ...options,
  });
  running.push(collector);
  return { clock, samples, notes, collector };
}

const statusOf = (collector: Collector) => collector.sources.find(({ name }) => name === 'nvidia-smi');

it('brings samples of another process on the clock of this one', async () => {
  withTools(fakes, { FAKE_DEVICES: '3' });
  const { clock, samples, collector } = await collect();
  expect(statusOf(collector)).toMatchObject({ state: 'running', named: true, restarts: 0 });
  const atMs = clock.now();
  await collector.until(atMs);
  expect(new Set(samples.map(({ device }) => device?.uuid)).size).toBe(3);
  const latest = samples.at(-1)!;
  expect(latest.t_mono_s).toBeGreaterThanOrEqual(atMs / 1000);
  expect(latest.t_mono_s).toBeLessThanOrEqual(clock.now() / 1000);
  await collector.close();
  expect(collector.cpuUs).toBeGreaterThan(0);
});

it('names what was asked for and is not there, and goes on', async () => {
  withTools(fakes, { FAKE_FAULT: 'permission' });
  const { collector } = await collect();
  expect(statusOf(collector)).toMatchObject({ state: 'missing', named: true, code: 'permission_denied' });
  expect(collector.watchesDevices).toBe(false);
});

it('starts a source that died once more, then names it', async () => {
  withTools(fakes, { FAKE_FAULT: 'die@1' });
  const { collector } = await collect();
  await vi.waitFor(() => expect(statusOf(collector)).toMatchObject({ state: 'running', restarts: 1 }), 20_000);
  await vi.waitFor(
    () => expect(statusOf(collector)).toMatchObject({ state: 'died', restarts: 1, code: 'source_died' }),
    20_000,
  );
});

it('waits for no source that hangs, neither for a sample nor at the end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hanging-'));
  folders.push(folder);
  // It answers the look, writes one row, then nothing more, and ignores being told to end.
  const tool = join(folder, 'nvidia-smi');
  const real = join(fakes, 'nvidia-smi');
  writeFileSync(
    tool,
    `#!/bin/sh\ntrap '' TERM\necho $$ > "${join(folder, 'pid')}"\ncase "$*" in *--query-gpu*-l*) "${real}" "$1" "$2" ; while :; do sleep 1; done;; *) exec "${real}" "$@";; esac\n`,
  );
  chmodSync(tool, 0o755);
  withTools(folder);
  const { clock, collector } = await collect();
  expect(statusOf(collector)).toMatchObject({ state: 'running' });
  const before = performance.now();
  await collector.until(clock.now() + 1_000); // a sample that never comes
  await collector.close();
  // 1.3 s and 1 s are the bounds; whatever this machine is busy with comes on top
  expect(performance.now() - before).toBeLessThan(10_000);
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 10_000);
});

it('keeps the event loop of the load free of what sources do', async () => {
  withTools(fakes, { FAKE_DEVICES: '8', FAKE_FAULT: 'slow' });
  const { samples, collector } = await collect();
  const before = performance.eventLoopUtilization();
  await vi.waitFor(() => expect(samples.length).toBeGreaterThan(40), 20_000);
  expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.5);
  expect(collector.sources.map(({ name }) => name)).toEqual(['nvidia-smi']);
});

it('trusts the authority that the target is asked with', async () => {
  const path = (name: string) => join(import.meta.dirname, '../fixtures/tls', name);
  const file = (name: string) => readFileSync(path(name), 'latin1');
  const server = createServer({ key: file('here.key'), cert: file('here.pem') }, (_, response) =>
    response.writeHead(200, { 'content-type': 'text/plain' }).end('vllm:num_requests_running 1\n'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const targets = [{ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1` }];
  try {
    const { collector, samples } = await collect({
      wanted: ['server'],
      targets,
      authorities: readCaFile(path('ca.pem')),
    });
    await vi.waitFor(() => expect(samples[0]?.server).toMatchObject({ running: 1 }), { timeout: 20_000 });
    await collector.close();
    const without = await collect({ wanted: ['server'], targets });
    expect(without.collector.sources).toMatchObject([{ name: 'server', state: 'missing' }]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}, 60_000);
