import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { neuronDialect } from '../../src/telemetry/neuron-exporter.ts';
import { NeuronReader } from '../../src/telemetry/neuron-report.ts';
import { NeuronSysfs, parseNeuronPower } from '../../src/telemetry/neuron-sysfs.ts';
import { feed, placeOf, recorded, StillClocks, scrapes, values } from './recorded.ts';

const read = (text: string) => feed((out, place) => new NeuronReader(out, place), text);
const ofDevices = (text: string) => read(text).samples.filter(({ device }) => device !== undefined);

const device = {
  source: 'neuron-monitor',
  host: 'node-a',
  device: { index: 0, model: 'trainium2' },
  parts: [
    {
      kind: 'neuroncore',
      id: 0,
      util: { neuroncore: 0.7125 },
      flops_per_s: 41_200_000_000_000,
      mem_used_b: 24_100_012_032,
    },
    { kind: 'neuroncore', id: 1, util: { neuroncore: 0.335 }, flops_per_s: 18_800_000_000_000 },
  ],
  util: { neuroncore: (0.7125 + 0.335) / 2 },
  mem_used_b: 24_100_012_032,
  mem_total_b: 103_079_215_104,
  quality: [],
};

it('joins two applications: cores that one does not drive do not lower the other', () => {
  const { samples, notes } = read(recorded('neuron-two-apps.json'));
  expect(samples.map(values)).toEqual([device]);
  expect(notes).toEqual([]);
});

it('tells the state of another machine, and leaves that of this one to its own files', () => {
  const place = placeOf(new StillClocks(), false);
  const { samples } = feed((out, here) => new NeuronReader(out, here), recorded('neuron-two-apps.json'), [], place);
  expect(samples.map(values)).toEqual([
    device,
    {
      source: 'neuron-monitor',
      host: 'node-a',
      host_stats: { cpu_util: 0.396, mem_used_b: 81_000_000_000, mem_total_b: 2_112_000_000_000, swap_used_b: 0 },
      quality: [],
    },
  ]);
});

it('tells the machine alone while no application uses a device', () => {
  const report = { ...JSON.parse(recorded('neuron-two-apps.json')), neuron_runtime_data: [] };
  const { samples } = read(JSON.stringify(report));
  expect(samples.map(({ device: of, host_stats }) => [of, host_stats?.cpu_util])).toEqual([[undefined, 0.396]]);
});

it('reads reports over many lines, one after the other', () => {
  expect(ofDevices(recorded('neuron-multiline.json')).map(values)).toEqual([device, device]);
});

it('takes either name of operations, and keeps it', () => {
  const [sample] = ofDevices(recorded('neuron-flops-name.json'));
  expect(values(sample!)).toEqual(device);
  expect(sample!.raw).toContainEqual({
    name: 'neuroncore.0.flops',
    labels: { runtime_tag: 'vllm-a' },
    value: '41200000000000',
  });
});

it('reads an idle machine with its zeros, and latencies that are null', () => {
  const [sample] = ofDevices(recorded('neuron-idle-null.json'));
  expect(sample!.util).toEqual({ neuroncore: 0 });
  expect(sample!.parts!.map(({ util }) => util)).toEqual([{ neuroncore: 0 }, { neuroncore: 0 }]);
  expect(sample!.raw.some(({ name }) => name.startsWith('latency'))).toBe(false);
});

it('drops a group that has an error, says it, and takes no core for idle that the application may drive', () => {
  const { samples, notes } = read(recorded('neuron-error.json'));
  expect(samples[0]!.parts).toEqual([
    { kind: 'neuroncore', id: 0 },
    { kind: 'neuroncore', id: 1, util: { neuroncore: 0.335 }, flops_per_s: 18_800_000_000_000 },
  ]);
  expect(samples[0]).not.toHaveProperty('mem_used_b');
  expect(notes).toEqual([
    ['unavailable', 'neuron-monitor gives no neuroncore_counters of vllm-a: failed to read neuroncore counters'],
    ['unavailable', 'neuron-monitor gives no memory_used of vllm-a: failed to read memory'],
  ]);
});

it('caps what applications add up to', () => {
  const text = recorded('neuron-two-apps.json').replace(
    '"0":{"neuroncore_utilization":0,',
    '"0":{"neuroncore_utilization":60,',
  );
  expect(ofDevices(text)[0]!.parts![0]!.util).toEqual({ neuroncore: 1 });
});

it('goes on after a report that was cut', () => {
  const { samples, codes } = read(`{"neuron_runtime_data":[{"pid":40117,"repo\n${recorded('neuron-two-apps.json')}`);
  expect(samples.map(values)[0]).toEqual(device);
  expect(codes).toEqual(['malformed_output']);
});

it("reads AWS's Prometheus script, whose shares are shares", () => {
  const { samples } = scrapes(neuronDialect, recorded('neuron-prom.prom'));
  expect(samples.map(values)).toEqual([
    {
      source: 'neuron-exporter',
      host: 'i-0a1b2c3d4e5f60718',
      device: { index: 0, model: 'trn2.48xlarge' },
      parts: [{ kind: 'neuroncore', id: 0, util: { neuroncore: 0.7125 } }],
      util: { neuroncore: 0.7125 },
      quality: [],
    },
  ]);
});

describe('power in sysfs', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'neuron-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (index: number, text: string | null) => {
    mkdirSync(join(root, `neuron${index}/stats/power`), { recursive: true });
    if (text !== null) writeFileSync(join(root, `neuron${index}/stats/power/utilization`), text);
  };
  const stamp = () => ({ t_mono_s: 1, t_wall_s: 2, host: 'h' });

  it('takes valid minutes only', () => {
    const lines = recorded('neuron-power-sysfs.txt').trim().split('\n');
    expect(lines.map(parseNeuronPower)).toEqual([{ endS: 1790000160, share: 0.5275 }, null, null]);
    expect(
      ['', 'POWER_STATUS_VALID', 'POWER_STATUS_VALID,x,1,2,3', 'POWER_STATUS_VALID,5,1,2,NaN'].map(parseNeuronPower),
    ).toEqual([null, null, null, null]);
  });

  it('gives what it has given once, never as watts', async () => {
    write(0, 'POWER_STATUS_VALID,1790000160,31.25,64.50,52.75\n');
    write(1, 'POWER_STATUS_NO_DATA,1790000100,0.00,0.00,0.00\n');
    write(2, null);
    const sysfs = new NeuronSysfs(root);
    const first = await sysfs.read(stamp);
    expect(
      first.map(({ device: of, power_share, power_scope, power_w, t_source_s }) => [
        of?.index,
        power_share,
        power_scope,
        power_w,
        t_source_s,
      ]),
    ).toEqual([
      [0, 0.5275, 'device_share', undefined, 1790000160],
      [1, undefined, undefined, undefined, undefined],
      [2, undefined, undefined, undefined, undefined],
    ]);
    expect(await sysfs.read(stamp)).toEqual([]);
    write(0, 'POWER_STATUS_VALID,1790000220,30.00,60.00,50.00\n');
    expect((await sysfs.read(stamp))[0]!.power_share).toBe(0.5);
  });

  it('finds nothing where there is no device', async () => {
    expect(await new NeuronSysfs(join(root, 'none')).devices()).toEqual([]);
  });
});
