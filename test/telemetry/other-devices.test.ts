import { expect, it } from 'vitest';
import { gaudiRows } from '../../src/telemetry/gaudi.ts';
import { RowReader } from '../../src/telemetry/query-rows.ts';
import { tpuSamples } from '../../src/telemetry/tpu-info.ts';
import { xpuRows } from '../../src/telemetry/xpu-smi.ts';
import { feed, recorded, values } from './recorded.ts';

const gaudiFields = [
  'timestamp',
  'index',
  'serial',
  'bus_id',
  'utilization.aip',
  'memory.used',
  'memory.total',
  'temperature.aip',
  'power.draw',
];
const gaudi = (output: string) => feed((out, place) => new RowReader(gaudiRows, out, place, gaudiFields), output);

it("reads Gaudi's rows: module power, whole seconds that are no time of receipt", () => {
  expect(gaudi(recorded('gaudi.csv')).samples.map(values)).toEqual([
    {
      source: 'hl-smi',
      host: 'node-a',
      t_source_s: Date.UTC(2026, 8, 14, 8, 15) / 1000,
      device: { index: 0, serial: 'AN26001234', pci: '0000:19:00.0' },
      power_w: 512,
      power_kind: 'unknown',
      power_scope: 'module',
      util: { kernel: 0.88 },
      mem_used_b: 91234 * 1024 ** 2,
      mem_total_b: 131072 * 1024 ** 2,
      temp_c: 61,
      quality: [],
    },
    expect.objectContaining({ power_w: 198, util: { kernel: 0 } }),
  ]);
});

it.each([
  ['2026/09/14 08:15:00.250', 1789373700.25, []],
  ['Mon Sep 14 10:15:00 CEST 2026', undefined, ['invalid_timestamp']],
  ['N/A', undefined, ['invalid_timestamp']],
])('takes the stamp %s for what it tells', (stamp, sourceS, quality) => {
  const [sample] = gaudi(recorded('gaudi.csv').replaceAll('Mon Sep 14 08:15:00 UTC 2026', stamp)).samples;
  expect(sample).toMatchObject({ quality });
  expect(sample!.t_source_s).toBe(sourceS);
});

it("reads Gaudi's rows with a header and units", () => {
  const text = 'timestamp, index, power.draw [W], utilization.aip [%]\nMon Sep 14 08:15:00 UTC 2026, 3, 512 W, N/A\n';
  expect(gaudi(text).samples[0]).toMatchObject({ device: { index: 3 }, power_w: 512 });
  expect(gaudi(text).samples[0]).not.toHaveProperty('util');
});

const stamp = { t_mono_s: 1, t_wall_s: 2, host: 'vm' };

it('reads the rows of the drawn TPU table, never a power', () => {
  expect(tpuSamples(recorded('tpu-table.txt'), stamp).map(values)).toEqual([
    {
      source: 'tpu-info',
      host: 'vm',
      device: { index: 0 },
      util: { kernel: 0.982 },
      mem_used_b: Math.round(17.31 * 1024 ** 3),
      mem_total_b: 31.25 * 1024 ** 3,
      quality: [],
    },
    {
      source: 'tpu-info',
      host: 'vm',
      device: { index: 1 },
      util: { kernel: 0.9775 },
      mem_used_b: Math.round(9.04 * 1024 ** 3),
      mem_total_b: 31.25 * 1024 ** 3,
      quality: [],
    },
  ]);
});

it('takes rows without a workload, and other tables, for nothing', () => {
  expect(tpuSamples('│ 0 │ N/A │ N/A │\n│ 0 │ 13.60%│\nTensorCore Utilization\n', stamp)).toEqual([]);
});

it('reads how much of the cores a TPU used, one or two of them a chip', () => {
  const table = recorded('tpu-table.txt');
  const cores = (...shares: string[]) =>
    `${table}\nTensorCore Utilization\n\n${shares.map((share, i) => `│ ${i}       │ ${share}%                 │\n`).join('')}
TPU Buffer Transfer Latency\n│ 8MB+ │ 12.00 % │\n`;
  const tensor = (text: string) => tpuSamples(text, stamp).map(({ util }) => util!.tensor?.toFixed(6));
  expect(tensor(cores('13.60', '14.80'))).toEqual(['0.136000', '0.148000']);
  expect(tensor(cores('10.00', '30.00', '50.00', '70.00'))).toEqual(['0.200000', '0.600000']);
  expect(tensor(cores('10.00', '30.00', '50.00'))).toEqual([undefined, undefined]);
  expect(tensor(table)).toEqual([undefined, undefined]);
});

it("reads Intel's rows by the names of their columns, each with the unit of its header", () => {
  const { samples } = feed((out, place) => new RowReader(xpuRows, out, place), recorded('xpu-dump.csv'));
  expect(samples.map(values)).toEqual([
    {
      source: 'xpu-smi',
      host: 'node-a',
      device: { index: 0 },
      power_w: 120.5,
      power_kind: 'unknown',
      power_scope: 'gpu_board',
      energy_j: 250000.25,
      energy_step_j: 0.01,
      util: { kernel: 0.45, dram: 0.185 },
      mem_used_b: 4096 * 1024 ** 2,
      temp_c: 65,
      sm_clock_hz: 2.1e9,
      quality: [],
    },
    expect.objectContaining({ device: { index: 1 }, power_w: 42.1, util: { dram: 0 } }),
  ]);
  expect(samples[1]).not.toHaveProperty('energy_j');
});
