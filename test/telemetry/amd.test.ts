import { expect, it } from 'vitest';
import type { Throttle } from '../../src/record/sample.ts';
import { amdDialect } from '../../src/telemetry/amd-exporter.ts';
import { type AmdIdentity, amdGpus, amdIdentities, amdSamples } from '../../src/telemetry/amd-record.ts';
import { amdRows } from '../../src/telemetry/amd-rows.ts';
import { DocumentSplitter } from '../../src/telemetry/documents.ts';
import { readExposition } from '../../src/telemetry/exposition.ts';
import { RowReader } from '../../src/telemetry/query-rows.ts';
import { rocmSamples } from '../../src/telemetry/rocm-smi.ts';
import { feed, recorded, scrapes, values } from './recorded.ts';

const stamp = { t_mono_s: 5, t_wall_s: 1_790_000_100, t_bound_s: 0.03, host: 'mi-01' };
const known = new Map<number, AmdIdentity>([
  [0, { uuid: 'feff74a1', pci: '0000:05:00.0', model: 'AMD Instinct MI300X', partitioned: false }],
]);
const rows = (name: string, identities = known) =>
  feed((out, place) => new RowReader(amdRows(identities), out, place), recorded(name));

const busy = {
  source: 'amd-smi',
  host: 'mi-01',
  t_bound_s: 0.03,
  device: { index: 0, uuid: 'feff74a1', pci: '0000:05:00.0', model: 'AMD Instinct MI300X' },
  power_w: 643,
  power_kind: 'instant',
  power_scope: 'gpu_board',
  energy_j: 8123456.789,
  energy_step_j: 0.001,
  util: { kernel: 0.99, mem_busy: 0.37 },
  mem_used_b: 176211 * 1024 ** 2,
  mem_total_b: 196592 * 1024 ** 2,
  temp_c: 71,
  mem_temp_c: 58,
  sm_clock_hz: 2.094e9,
  mem_clock_hz: 1.3e9,
  throttle: { reasons: [] },
  quality: [],
};

it.each(['amd-array.json', 'amd-gpu-data.json'])('reads %s', (name) => {
  expect(amdSamples(JSON.parse(recorded(name)), stamp, known).map(values)).toEqual([busy]);
});

it('reads power under the names of older releases', () => {
  const text = recorded('amd-array.json').replace('"socket_power"', '"average_socket_power"');
  expect(amdSamples(JSON.parse(text), stamp, known)[0]!.power_w).toBe(643);
});

it('reads a group that is not available as a whole as nothing', () => {
  const [sample] = amdSamples(JSON.parse(recorded('amd-na-group.json')), stamp, known);
  expect(values(sample!)).toEqual({
    ...busy,
    power_w: undefined,
    power_kind: undefined,
    power_scope: undefined,
    energy_j: undefined,
    energy_step_j: undefined,
    util: undefined,
  });
  expect(sample).not.toHaveProperty('power_w');
});

it('reads a watch in JSON: a banner, one array a tick, and the last one cut', () => {
  const splitter = new DocumentSplitter((value) => amdGpus(value).length > 0);
  const documents = splitter.push(Buffer.from(recorded('amd-watch-json.json')));
  const samples = documents.flatMap((document) => amdSamples(document, stamp, known));
  expect(samples.map(({ device, power_w }) => [device?.index, power_w])).toEqual([
    [0, 643],
    [1, 639],
    [0, 645],
    [1, 640],
  ]);
});

it('reads a watch in CSV: a banner, a repeated header, whole seconds that are no time of receipt', () => {
  const { samples, notes } = rows('amd-watch.csv');
  expect(
    samples.map(({ device, power_w, util, temp_c, t_source_s, t_mono_s }) => [
      device?.index,
      power_w,
      util?.kernel,
      temp_c,
      t_source_s,
      t_mono_s,
    ]),
  ).toEqual([
    [0, 643, 0.99, 71, 1790000100, 100],
    [1, 639, 0.98, 70, 1790000100, 100],
    [0, 645, 0.99, 71, 1790000101, 100],
    [1, 640, 0.97, 70, 1790000101, 100],
  ]);
  expect(notes).toEqual([]);
});

it('finds columns behind lists of Python', () => {
  const { samples } = rows('amd-watch-lists.csv');
  expect(samples.map(({ power_w, sm_clock_hz, temp_c }) => [power_w, sm_clock_hz, temp_c])).toEqual([
    [643, 2.094e9, 71],
  ]);
});

it('reads counters that were taken once, without a time', () => {
  const { samples } = rows('amd-energy-snapshots.csv');
  expect(samples.map(({ energy_j, power_w, t_source_s }) => [energy_j, power_w, t_source_s])).toEqual([
    [8123456.789, 241, undefined],
    [7999001.002, 239, undefined],
  ]);
});

it('hands a counter on that does not fit the power, for the energy to judge', () => {
  const { samples } = rows('amd-energy-wrong.csv');
  const joules = samples.at(-1)!.energy_j! - samples[0]!.energy_j!;
  expect(joules).toBeCloseTo(11 * 97.3, 3);
  expect(samples.every(({ power_w }) => power_w === 640)).toBe(true);
});

it('knows GPUs by what the tool lists, and partitions of one board', () => {
  const list = JSON.stringify([0, 1].map((gpu) => ({ gpu, bdf: `0000:05:00.${gpu}`, uuid: `u${gpu}` })));
  const asic = JSON.stringify({ gpu_data: [{ gpu: 0, asic: { market_name: 'AMD Instinct MI250X' } }] });
  const identities = amdIdentities(list, asic);
  expect([...identities]).toEqual([
    [0, { uuid: 'u0', pci: '0000:05:00.0', model: 'AMD Instinct MI250X', partitioned: true }],
    [1, { uuid: 'u1', pci: '0000:05:00.1', partitioned: true }],
  ]);
  const [sample] = amdSamples(JSON.parse(recorded('amd-array.json')), stamp, identities);
  expect(sample).toMatchObject({ power_kind: 'avg', quality: ['partitioned_device'] });
  expect(amdIdentities('', 'no JSON').size).toBe(0);
});

it('reads the older tool for all but power', () => {
  const [sample] = rocmSamples(JSON.parse(recorded('rocm-smi.json')), stamp);
  expect(values(sample!)).toEqual({
    source: 'rocm-smi',
    host: 'mi-01',
    t_bound_s: 0.03,
    device: { index: 0, uuid: '0x1a2b3c4d5e6f7081' },
    util: { kernel: 0.98 },
    temp_c: 63,
    quality: [],
  });
});

const board = {
  source: 'amd-exporter',
  host: 'mi-01',
  device: { index: 0, serial: '992301000117', model: '102-X00000-0A' },
  power_w: 643,
  power_kind: 'instant',
  power_scope: 'gpu_board',
  energy_j: 8123456.789,
  energy_step_j: 15.259e-6,
  util: { kernel: 0.99 },
  quality: [],
};

it.each(['dme-spx.prom', 'dme-prefix.prom'])('reads the exporter with and without a prefix: %s', (name) => {
  const { samples, notes } = scrapes(amdDialect, recorded(name));
  expect(samples.map(values)).toEqual([
    { ...board, mem_used_b: 176211 * 1024 ** 2, sm_clock_hz: 2.094e9, mem_clock_hz: 1.3e9 },
  ]);
  expect(notes).toEqual([]);
});

it('takes power of partition 0 alone', () => {
  const { samples } = scrapes(amdDialect, recorded('dme-cpx.prom'));
  expect(samples.map(values)).toEqual([{ ...board, quality: ['partitioned_device'] }]);
});

it('says which GPUs are without power', () => {
  const more = recorded('dme-spx.prom').replaceAll('serial_number="992301000117"', 'serial_number="2"').split('\n');
  const text = `${recorded('dme-spx.prom')}${more.filter((line) => line.startsWith('gpu_gfx_activity')).join('\n')}\n`;
  const { samples, codes } = scrapes(amdDialect, text);
  expect(samples.map(({ power_w }) => power_w)).toEqual([643, undefined]);
  expect(codes).toEqual(['expected_device_count_mismatch']);
});

it('reads seconds of throttling out of the exporter’s accumulated residencies', () => {
  const page = (counter: number, more: Readonly<Record<string, number>>) =>
    Object.entries({ current_accumulated_counter: counter, ...more })
      .map(([name, value]) => `amd_gpu_violation_${name}{gpu_id="0",serial_number="7",hostname="mi-01"} ${value}\n`)
      .join('');
  const name = (cause: string) => `${cause}_residency_accumulated`;
  const at = (second: number, counter: number, ppt: number, hot: number, hbm: number) => ({
    atS: second,
    text: `${page(counter, { [name('ppt')]: ppt, [name('socket_thermal')]: hot, [name('hbm_thermal')]: hbm })}`,
  });
  const out: (Throttle | undefined)[] = [];
  const read = amdDialect.reader();
  for (const { atS, text } of [
    at(10, 5_000, 100, 7, 7),
    at(12, 7_000, 1_100, 7, 507),
    at(13, 8_000, 1_100, 107, 7 + 1_500),
    at(14, 10, 0, 0, 0),
  ]) {
    const place = { stamp: { ...stamp, t_mono_s: atS }, url: 'http://mi-01:5000/metrics' };
    read(readExposition(text), place, { sample: ({ throttle }) => out.push(throttle), note: () => {} });
  }
  expect(out).toEqual([
    { power_s: 0, thermal_s: 0 },
    { power_s: 1, thermal_s: 0.5 },
    { power_s: 1, thermal_s: 1.5 },
    undefined, // the driver was loaded anew
  ]);
});

it('takes a device that idles beside one that works for read anew, and a page that is repeated for none', () => {
  const page = (busyW: number) =>
    [busyW, 140]
      .map((watts, i) => `gpu_package_power{gpu_id="${i}",serial_number="${i}",hostname="mi-01"} ${watts}\n`)
      .join('');
  const { samples } = scrapes(
    amdDialect,
    [600, 601, 601, 602].map((watts, i) => `# scrape ${i}\n${page(watts)}`).join(''),
  );
  expect(samples.map(({ device, t_mono_s }) => [device!.index, t_mono_s])).toEqual(
    [0, 1, 3].flatMap((atS) => [
      [0, atS],
      [1, atS],
    ]),
  );
});
