import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteHostReader } from '../../src/telemetry/host.ts';
import {
  cgroupFolder,
  cpuShares,
  parseCgroup,
  parseCpuTicks,
  parseMeminfo,
  parseNetDev,
  parsePressure,
  parseRetransmits,
  readHost,
} from '../../src/telemetry/host-files.ts';
import { nodeDialect } from '../../src/telemetry/node-exporter.ts';
import { raplSamples, readRapl } from '../../src/telemetry/rapl.ts';
import { tritonGpuDialect } from '../../src/telemetry/triton-gpu.ts';
import { feed, recorded, scrapes, values } from './recorded.ts';

const [before, after] = recorded('proc-stat-pair.txt').trim().split('\n').map(parseCpuTicks);

it('takes shares from two readings, with what the hypervisor took apart', () => {
  const shares = cpuShares(before!, after!)!;
  expect(shares.cpu_util).toBeCloseTo(153 / 201, 10);
  expect(shares.steal).toBeCloseTo(1 / 201, 10);
  expect(shares.iowait).toBe(0);
});

it('has no shares without time between, or where counters went back', () => {
  expect(cpuShares(before!, before!)).toBeNull();
  expect(cpuShares(after!, before!)).toBeNull();
});

it('takes for used what is not available', () => {
  expect(parseMeminfo(recorded('proc-meminfo.txt'))).toEqual({
    mem_total_b: 65806004 * 1024,
    mem_used_b: (65806004 - 52480000) * 1024,
    swap_used_b: 0,
  });
});

it('reads interfaces whose counters touch the colon, without the loopback', () => {
  expect(parseNetDev(recorded('proc-net-dev-nospace.txt'))).toEqual({
    net_rx_b_total: 1802300001,
    net_tx_b_total: 3767000,
  });
});

it('reads retransmissions by their name, and pressure in seconds', () => {
  expect(parseRetransmits('Tcp: RtoAlgorithm RetransSegs InErrs\nTcp: 1 434353 0\n')).toBe(434353);
  expect(parseRetransmits('Udp: A\nUdp: 1\n')).toBeUndefined();
  expect(parsePressure('some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 total=5\n')).toBe(1.5);
  expect(parsePressure('')).toBeUndefined();
});

it('reads limits of a control group, and none where there is none', () => {
  expect(
    parseCgroup({
      cpuMax: '150000 100000\n',
      cpuStat: 'usage_usec 2500000\nnr_throttled 7\nthrottled_usec 300000\n',
      memoryMax: 'max\n',
      memoryCurrent: '1024\n',
    }),
  ).toEqual({
    cpu_limit: 1.5,
    mem_used_b: 1024,
    cpu_s_total: 2.5,
    throttled_total: 7,
    throttled_s_total: 0.3,
  });
  expect(parseCgroup({ cpuMax: 'max 100000\n' })).toBeUndefined();
  expect(parseCgroup({})).toBeUndefined();
});

it.each([
  ['0::/\n', '/sys/fs/cgroup'],
  ['12:cpu:/x\n0::/user.slice/a.scope\n', '/sys/fs/cgroup/user.slice/a.scope'],
  ['12:cpu,cpuacct:/docker/x\n', '/sys/fs/cgroup'],
  ['0::/../outside\n', '/sys/fs/cgroup'],
  ['', '/sys/fs/cgroup'],
])('finds the control group of %j', (text, folder) => {
  expect(cgroupFolder(text)).toBe(folder);
});

it('has no share at the first reading and leaves out what is not there', () => {
  const first = readHost({ stat: 'cpu  1 0 1 8\ncpu0 1 0 1 8\nprocs_running 2\n' }, null)!;
  expect(first.stats).toEqual({ cpus: 1, procs_running: 2 });
  expect(readHost({ stat: 'cpu  2 0 2 16\ncpu0 2 0 2 16\n' }, first.ticks)!.stats.cpu_util).toBeCloseTo(0.2, 10);
  expect(readHost({ stat: 'nothing' }, null)).toBeNull();
});

it('reads another machine out of one stream of its files', () => {
  const reading = (idle: number) =>
    `==tokbench== stat\ncpu  10 0 0 ${idle}\ncpu0 10 0 0 ${idle}\n==tokbench== meminfo\n${recorded('proc-meminfo.txt')}==tokbench== end\n`;
  const output = `Last login\n${reading(90)}${reading(100)}==tokbench== stat\ncpu  1`;
  const { samples } = feed((out, place) => new RemoteHostReader(out, place), output, [50, 120]);
  expect(samples.map(({ host_stats }) => host_stats?.cpu_util)).toEqual([undefined, 0]);
  expect(samples[0]).toMatchObject({ host: 'node-a', host_stats: { mem_total_b: 65806004 * 1024 } });
});

it("reads Prometheus' exporter of a machine", () => {
  const text = recorded('node-exporter.prom');
  const later = text.replace(/(mode="idle"\}) 6000/, '$1 6001').replace(/(mode="user"\}) 2000/, '$1 2003');
  const { samples } = scrapes(nodeDialect, `# scrape 0\n${text}# scrape 1\n${later}`);
  expect(samples[0]!.host_stats).toEqual({
    cpus: 1,
    mem_total_b: 67385348096,
    mem_used_b: 67385348096 - 53739520000,
    load1: 3.25,
    net_rx_b_total: 1802300001,
  });
  expect(samples[1]).toMatchObject({ energy_j: 150432.5, power_scope: 'cpu_package' });
  expect(samples[2]!.host_stats!.cpu_util).toBeCloseTo(0.75, 10);
});

it('reads what Triton tells of its GPUs', () => {
  expect(scrapes(tritonGpuDialect, recorded('triton.prom')).samples.map(values)).toEqual([
    {
      source: 'triton-gpu',
      host: 'target',
      device: { uuid: 'GPU-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0' },
      power_w: 512.375,
      power_kind: 'unknown',
      power_scope: 'gpu_board',
      energy_j: 98765.43,
      util: { kernel: 0.97 },
      mem_used_b: 74239180800,
      quality: [],
    },
  ]);
});

describe("processors' energy", () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'rapl-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const zone = (name: string, energy: string, range: string) => {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'name'), 'package-0\n');
    writeFileSync(join(root, name, 'energy_uj'), energy);
    writeFileSync(join(root, name, 'max_energy_range_uj'), range);
  };

  it('gives counter and range, so that a wrap is told from a reset', async () => {
    const [range, high, low] = recorded('rapl-wrap.txt').trim().split('\n');
    zone('intel-rapl:0', high!, range!);
    zone('intel-rapl:0:0', '5', range!);
    const [first] = raplSamples(await readRapl(root), { t_mono_s: 0, t_wall_s: 0, host: 'h' });
    writeFileSync(join(root, 'intel-rapl:0', 'energy_uj'), low!);
    const [second, ...others] = raplSamples(await readRapl(root), { t_mono_s: 1, t_wall_s: 1, host: 'h' });
    expect(others).toEqual([]);
    expect([first!.energy_j, second!.energy_j, second!.energy_wraps_j]).toEqual([262143, 1.5, 262143.32885]);
    expect(first!.power_scope).toBe('cpu_package');
  });

  it('finds none where there is none, and leaves out what is no number', async () => {
    expect(await readRapl(join(root, 'none'))).toEqual([]);
    zone('intel-rapl:0', 'x', '5');
    expect(await readRapl(root)).toEqual([]);
  });
});
