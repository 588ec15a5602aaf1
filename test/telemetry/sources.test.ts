import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClock } from '../../src/clock/clock.ts';
import type { ReasonCode, Sample } from '../../src/record/sample.ts';
import { parseTelemetry } from '../../src/telemetry/argument.ts';
import { findSources } from '../../src/telemetry/find.ts';
import { nvidiaSmiRows } from '../../src/telemetry/nvidia-smi-rows.ts';
import { RowReader } from '../../src/telemetry/query-rows.ts';
import type { FindContext, Source, SourceSink } from '../../src/telemetry/source.ts';
import { TelemetryProblem } from '../../src/telemetry/source.ts';
import { streamSource } from '../../src/telemetry/stream-source.ts';
import { commandLine } from '../../src/telemetry/tool.ts';
import { folder } from './recorded.ts';

const environment = { ...process.env };
const bin = join(folder, 'bin');
let end = new AbortController();

beforeEach(() => {
  end = new AbortController();
  process.env['PATH'] = [bin, dirname(process.execPath), environment['PATH']].join(':');
  process.env['FAKE_LOAD'] = 'constant';
});
afterEach(() => {
  end.abort();
  for (const name of Object.keys(process.env)) if (name.startsWith('FAKE_')) delete process.env[name];
  process.env['PATH'] = environment['PATH'];
});

const context = (more: Partial<FindContext> = {}): FindContext => ({
  clock: createClock(),
  hostname: 'here',
  intervalMs: 200,
  timeoutMs: 10_000,
  targets: [],
  ...more,
});

const find = (names: readonly string[], more: Partial<FindContext> = {}) =>
  findSources(parseTelemetry(names), context(more), end.signal);

async function source(name: string): Promise<Source> {
  const { sources, missing } = await find([name]);
  expect(missing).toEqual([]);
  expect(sources).toHaveLength(1);
  return sources[0]!;
}

/** A sink that lets a test wait for what it hears. */
class Listening implements SourceSink {
  readonly samples: Sample[] = [];
  readonly notes: [ReasonCode, string][] = [];
  readonly deaths: [ReasonCode, string][] = [];
  private waiting: (() => void)[] = [];

  sample = (sample: Sample): void => this.hear(() => this.samples.push(sample));
  note = (code: ReasonCode, sentence: string): void => this.hear(() => this.notes.push([code, sentence]));
  died = (code: ReasonCode, sentence: string): void => this.hear(() => this.deaths.push([code, sentence]));

  private hear(take: () => unknown): void {
    take();
    for (const look of this.waiting.splice(0)) look();
  }

  async until(done: (heard: this) => boolean): Promise<void> {
    while (!done(this)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

async function rejection(start: Promise<void>): Promise<TelemetryProblem> {
  const error = await start.then(() => null).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TelemetryProblem);
  return error as TelemetryProblem;
}

const tools: readonly (readonly [string, object])[] = [
  ['nvidia-smi', { power_w: 600, util: { kernel: 1, mem_busy: 0.46 }, power_kind: 'avg1s' }],
  [
    'amd-smi',
    {
      power_w: 600,
      util: { kernel: 1, mem_busy: 0.46 },
      energy_j: expect.any(Number),
      device: { index: 0, uuid: 'feff74a1-0000-1000-8000-000000000000', model: 'AMD Instinct MI300X' },
    },
  ],
  ['rocm-smi', { util: { kernel: 1 } }],
  ['neuron-monitor', { util: { neuroncore: 1 }, device: { index: 0, model: 'trainium2' } }],
  ['hl-smi', { power_w: 600, util: { kernel: 1 }, power_scope: 'module' }],
  ['tpu-info', { util: { kernel: 1 } }],
  ['xpu-smi', { power_w: 600, util: { kernel: 1, dram: 0.46 } }],
];

describe.each(tools)('%s', (name, expected) => {
  it('delivers every device, and ends with its child', async () => {
    const sink = new Listening();
    await (await source(name)).start(sink, end.signal);
    await sink.until(({ samples }) => samples.some(({ device }) => device?.index === 1));
    const sample = sink.samples.find(({ device }) => device?.index === 0)!;
    expect(sample).toMatchObject({ ...expected, host: 'here' });
    expect(sample.quality).toEqual([]);
    end.abort();
    const heard = sink.samples.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sink.deaths).toEqual([]);
    expect(sink.samples.length).toBe(heard);
  });

  it('works on another machine by the same tool', async () => {
    process.env['PATH'] = `${join(folder, 'ssh')}:${process.env['PATH']}`;
    const sink = new Listening();
    const remote = await source(`ssh://me@node-7:2222/${name}`);
    expect(remote.name).toBe(`ssh://me@node-7:2222/${name}`);
    await remote.start(sink, end.signal);
    expect(sink.samples[0]).toMatchObject({ ...expected, host: 'node-7' });
  });

  it('is missing, with the reason, where there is no device', async () => {
    process.env['FAKE_FAULT'] = 'none';
    if (name === 'tpu-info') return; // names no chip only when it is asked for values
    const { sources, missing } = await find([name]);
    expect(sources).toEqual([]);
    expect(missing).toMatchObject([{ name, named: true }]);
    expect(missing[0]!.sentence).toMatch(/[.!]$/);
  });
});

describe('what goes wrong', () => {
  it.each([
    ['driver', 'tool_failed', "couldn't communicate with the NVIDIA driver"],
    ['permission', 'permission_denied', 'Insufficient Permissions'],
    ['none', 'tool_failed', 'No devices were found'],
  ])('says what nvidia-smi said: %s', async (fault, code, said) => {
    process.env['FAKE_FAULT'] = fault;
    expect((await find(['nvidia-smi'])).missing).toMatchObject([{ code, sentence: expect.stringContaining(said) }]);
  });

  it('says that a tool is not installed, or may not be run', async () => {
    const own = mkdtempSync(join(tmpdir(), 'tools-'));
    process.env['PATH'] = own;
    expect((await find(['nvidia-smi'])).missing).toMatchObject([
      { code: 'tool_absent', sentence: 'nvidia-smi is not installed, or not in PATH.' },
    ]);
    writeFileSync(join(own, 'nvidia-smi'), '#!/bin/sh\n', { mode: 0o644 });
    expect((await find(['nvidia-smi'])).missing).toMatchObject([{ code: 'permission_denied' }]);
    rmSync(own, { recursive: true });
  });

  it('asks an old nvidia-smi for what it knows', async () => {
    process.env['FAKE_FAULT'] = 'old';
    const sink = new Listening();
    await (await source('nvidia-smi')).start(sink, end.signal);
    expect(sink.samples[0]).toMatchObject({
      power_w: 600,
      power_kind: 'unknown',
      throttle: { reasons: ['sw_power_cap'] },
    });
  });

  it('has no values where the tool has none, and no zeros', async () => {
    process.env['FAKE_FAULT'] = 'na';
    const sink = new Listening();
    await (await source('nvidia-smi')).start(sink, end.signal);
    expect(sink.samples[0]).not.toHaveProperty('power_w');
    expect(sink.samples[0]).not.toHaveProperty('util');
    expect(sink.samples[0]).toHaveProperty('mem_used_b');
  });

  it('goes on over garbage and a device that vanishes, and says both', async () => {
    process.env['FAKE_FAULT'] = 'garbage,vanish@1';
    const sink = new Listening();
    await (await source('nvidia-smi')).start(sink, end.signal);
    await sink.until(({ notes }) =>
      ['malformed_output', 'device_vanished'].every((code) => notes.some(([heard]) => heard === code)),
    );
    const after = sink.samples.length;
    await sink.until(({ samples }) => samples.length > after + 2);
    expect(sink.samples.at(-1)!.device!.index).toBe(0);
  });

  it('tells once that a tool died, and can be started again', async () => {
    process.env['FAKE_FAULT'] = 'die@1';
    const sink = new Listening();
    const dying = await source('nvidia-smi');
    await dying.start(sink, end.signal);
    await sink.until(({ deaths }) => deaths.length > 0);
    expect(sink.deaths).toEqual([['source_died', expect.stringContaining('ended during the run')]]);
    const before = sink.samples.length;
    await dying.start(sink, end.signal);
    expect(sink.samples.length).toBeGreaterThan(before);
  });

  it('gives up a tool that hangs after it had delivered', async () => {
    const sink = new Listening();
    const hanging = streamSource({
      name: 'hanging',
      host: 'here',
      context: context({ intervalMs: 20 }),
      silentMs: 300,
      tool: async () => ({ command: 'sh', args: ['-c', 'printf "index\\n0\\n"; exec sleep 60'], ssh: null }),
      reader: (out, place) => new RowReader(nvidiaSmiRows(), out, place),
    });
    await hanging.start(sink, end.signal);
    await sink.until(({ deaths }) => deaths.length > 0);
    expect(sink.deaths).toEqual([['source_died', 'hanging ended during the run: sh wrote nothing for 0.3 s.']]);
    expect(sink.samples).toHaveLength(1);
  });

  it('asks amd-smi call by call where its watch writes nothing', async () => {
    process.env['FAKE_FAULT'] = 'silent';
    const sink = new Listening();
    await (await source('amd-smi')).start(sink, end.signal);
    expect(sink.notes).toEqual([['low_resolution', expect.stringContaining('call by call')]]);
    expect(sink.samples[0]).toMatchObject({ power_w: 600, t_bound_s: expect.any(Number) });
  });

  it('rejects a tool that writes nothing before the run is over', async () => {
    process.env['FAKE_FAULT'] = 'hang';
    const hanging = await source('nvidia-smi');
    setTimeout(() => end.abort(), 300);
    expect((await rejection(hanging.start(new Listening(), end.signal))).code).toBe('tool_failed');
  });

  it('says that a machine is not there, or does not let one in', async () => {
    process.env['PATH'] = `${join(folder, 'ssh')}:${process.env['PATH']}`;
    const { missing } = await find(['ssh://elsewhere/nvidia-smi', 'ssh://denied/host']);
    expect(missing.map(({ name, code }) => [name, code])).toEqual([
      ['ssh://elsewhere/nvidia-smi', 'endpoint_unreachable'],
      ['ssh://denied/host', 'permission_denied'],
    ]);
  });

  it('says once that a machine is not there on which everything was to be looked for', async () => {
    process.env['PATH'] = `${join(folder, 'ssh')}:${process.env['PATH']}`;
    const { missing } = await find(['ssh://elsewhere', 'ssh://denied']);
    expect(missing).toMatchObject([
      { name: 'ssh://denied', named: true, code: 'permission_denied' },
      { name: 'ssh://elsewhere', named: true, code: 'endpoint_unreachable' },
    ]);
    expect(missing[1]!.sentence).toBe(
      'ssh to elsewhere failed: ssh: Could not resolve hostname elsewhere: Name or service not known.',
    );
  });
});

it('quotes what another machine runs, asks for no password and takes the port', () => {
  const line = commandLine({ command: 'sh', args: ['-c', "echo 'a b' $HOME"], ssh: 'me@node-1:2222' });
  expect(line.file).toBe('ssh');
  expect(line.args).toContain('BatchMode=yes');
  expect(line.args.slice(line.args.indexOf('-p'))).toEqual([
    '-p',
    '2222',
    '--',
    'me@node-1',
    `env PATH="$PATH:/opt/rocm/bin:/opt/aws/neuron/bin:/usr/local/nvidia/bin:/usr/local/bin" TZ=UTC LC_ALL=C PYTHONUNBUFFERED=1 sh -c 'echo '\\''a b'\\'' $HOME'`,
  ]);
});

it('looks everywhere at once, and says of everything whether it is there', async () => {
  process.env['FAKE_FAULT'] = 'slow';
  const { sources, missing } = await find([]);
  const names = sources.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['nvidia-smi', 'amd-smi', 'neuron-monitor', 'hl-smi', 'tpu-info', 'xpu-smi', 'host']),
  );
  expect(missing.every(({ named, sentence }) => !named && sentence.length > 10)).toBe(true);
  expect(missing.map(({ name }) => name)).toEqual(expect.arrayContaining(['server']));
});

it('looks for the older tool of AMD where the newer one is missing, or where it is named', async () => {
  const own = mkdtempSync(join(tmpdir(), 'tools-'));
  symlinkSync(join(bin, 'rocm-smi'), join(own, 'rocm-smi'));
  const names = async (arguments_: readonly string[]) => (await find(arguments_)).sources.map(({ name }) => name);
  expect(await names(['auto'])).not.toContain('rocm-smi');
  expect(await names(['rocm-smi'])).toEqual(['rocm-smi']);
  process.env['PATH'] = [own, dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  expect(await names(['auto'])).toContain('rocm-smi');
  rmSync(own, { recursive: true });
});

it('gives up what does not answer, in the time that looking may take', async () => {
  const own = mkdtempSync(join(tmpdir(), 'tools-'));
  for (const tool of ['nvidia-smi', 'tpu-info'])
    writeFileSync(join(own, tool), '#!/bin/sh\nexec sleep 20\n', { mode: 0o755 });
  process.env['PATH'] = `${own}:/usr/bin:/bin`;
  const { sources, missing } = await find(['nvidia-smi', 'tpu-info', 'dcgm=http://192.0.2.1:9400'], {
    timeoutMs: 2000,
  });
  // A tool that is there may only be slow: it has longer to begin.
  expect(sources.map(({ name }) => name)).toEqual(['nvidia-smi', 'tpu-info']);
  expect(missing).toMatchObject([{ named: true, code: 'endpoint_unreachable' }]);
  rmSync(own, { recursive: true });
});

it('keeps two that are named apart at one address, and one that is named twice once', async () => {
  const page = createServer((_request, response) => response.end('node_cpu_seconds_total{mode="idle"} 5\n'));
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/federate`;
  const { sources } = await find([`prometheus=${url}?a`, `prometheus=${url}?b`, `prometheus=${url}?a`]);
  expect(sources.map(({ name }) => name)).toEqual([`prometheus ${url}`, `prometheus ${url} (2)`]);
  const sink = new Listening();
  await sources[1]!.start(sink, end.signal);
  expect(sink.samples).toHaveLength(1);
  end.abort();
  page.closeAllConnections();
  page.close();
});

it('looks for nothing where none is asked for, and takes every tool of another machine', async () => {
  expect(await findSources({ mode: 'none' }, context(), end.signal)).toEqual({ sources: [], missing: [] });
  process.env['PATH'] = `${join(folder, 'ssh')}:${process.env['PATH']}`;
  const { sources } = await find(['ssh://node-9']);
  expect(sources.map(({ name }) => name)).toContain('ssh://node-9/nvidia-smi');
  expect(sources.map(({ name }) => name)).toContain('ssh://node-9/host');
});

describe.each(['legacy', 'new'])('an exporter that plays a load in the %s dialect', (dialect) => {
  let exporter: ChildProcess | null = null;
  afterEach(() => exporter?.kill());

  it('is read with its counter at its own pace', async () => {
    exporter = spawn(process.execPath, [join(bin, 'dcgm-exporter'), '-a', '127.0.0.1:0', '-c', '100'], {
      env: { ...process.env, FAKE_DIALECT: dialect },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const port = await new Promise<string>((resolve) =>
      exporter!.stderr!.on('data', (bytes: Buffer) => resolve(/listening on (\d+)/.exec(bytes.toString())![1]!)),
    );
    const sink = new Listening();
    await (await source(`dcgm=http://127.0.0.1:${port}`)).start(sink, end.signal);
    await sink.until(({ samples }) => samples.length >= 6);
    const [first, last] = [sink.samples[0]!, sink.samples[4]!];
    expect(first).toMatchObject({ power_w: 600, util: { kernel: 1, tensor: 0.34, dram: 0.61 }, host: 'node-a' });
    expect(last.energy_j!).toBeGreaterThan(first.energy_j!);
    expect(last.t_mono_s).toBeGreaterThan(first.t_mono_s);
  });
});
