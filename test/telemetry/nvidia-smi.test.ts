import { expect, it } from 'vitest';
import { askableFields, clockReasons, namedFields, withoutRefused } from '../../src/telemetry/nvidia-smi-fields.ts';
import { nvidiaSmiRows } from '../../src/telemetry/nvidia-smi-rows.ts';
import { RowReader } from '../../src/telemetry/query-rows.ts';
import { type Delivered, feed, recorded, values } from './recorded.ts';

/** The columns of a log that was written without a header. */
const fields = [
  ...['timestamp', 'index', 'uuid', 'name', 'pstate', 'power.draw.instant', 'power.draw.average'],
  ...['enforced.power.limit', 'utilization.gpu', 'utilization.memory', 'memory.used', 'memory.total'],
  ...['temperature.gpu', 'clocks.current.sm', 'clocks_event_reasons.active'],
  ...['clocks_event_reasons_counters.sw_power_cap', 'clocks_event_reasons_counters.sw_thermal_slowdown'],
  'mig.mode.current',
];

function read(output: string, columns: readonly string[] | null = null, zone = 'UTC'): Delivered {
  return feed((out, place) => new RowReader(nvidiaSmiRows(zone), out, place, columns), output);
}

const busy = {
  source: 'nvidia-smi',
  host: 'node-a',
  t_source_s: Date.UTC(2026, 8, 14, 8, 15, 0, 604) / 1000,
  t_bound_s: 0,
  device: { index: 0, uuid: 'GPU-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901', model: 'NVIDIA H200' },
  power_w: 598.02,
  power_kind: 'avg1s',
  power_scope: 'gpu_board',
  power_limit_w: 700,
  util: { kernel: 1, mem_busy: 0.46 },
  mem_used_b: 131204 * 1024 ** 2,
  mem_total_b: 143771 * 1024 ** 2,
  temp_c: 55,
  sm_clock_hz: 1.98e9,
  throttle: { power_s: 1.25, thermal_s: 0, reasons: ['sw_power_cap'] },
  quality: [],
};

it('reads idle, load, a partitioned board and a line that the kill cut', () => {
  const { samples, notes } = read(recorded('smi-h200-idle-load.csv'), fields);
  expect(samples.map(values)).toEqual([
    {
      ...busy,
      t_source_s: Date.UTC(2026, 8, 14, 8, 15, 0, 104) / 1000,
      power_w: 78.62,
      util: { kernel: 0, mem_busy: 0 },
      mem_used_b: 512 * 1024 ** 2,
      temp_c: 29,
      sm_clock_hz: 345e6,
      throttle: { power_s: 0, thermal_s: 0, reasons: ['gpu_idle'] },
    },
    busy,
    {
      ...busy,
      device: { index: 1, uuid: 'GPU-4e5f6071-8293-a4b5-c6d7-e8f90a1b2c3d', model: 'NVIDIA H200' },
      power_w: 294.88,
      util: undefined,
      mem_used_b: 16959 * 1024 ** 2,
      temp_c: 37,
      throttle: { power_s: 0, thermal_s: 0, reasons: [] },
      quality: ['partitioned_device'],
    },
  ]);
  expect(samples[2]).not.toHaveProperty('util');
  expect(notes).toEqual([]);
});

it("puts rows on the run's clock by their own stamps", () => {
  const { samples } = read(recorded('smi-h200-idle-load.csv'), fields);
  // They are read 1.896 and 1.396 s after they were stamped, at second 100.
  expect(samples.map(({ t_mono_s }) => t_mono_s)).toEqual([98.104, 98.604, 98.604]);
});

it('reads a log with header and units', () => {
  const { samples } = read(recorded('smi-units-header.csv'));
  expect(samples.map(values)).toEqual([
    {
      ...busy,
      device: { index: 0, uuid: busy.device.uuid },
      power_limit_w: undefined,
      util: { kernel: 1 },
      mem_total_b: undefined,
      temp_c: undefined,
      throttle: { power_s: 1.25 },
    },
  ]);
  expect(samples[0]!.raw).toContainEqual({ name: 'power.draw.average', value: '598.02 W', unit: 'W' });
});

it('reads a board whose shares are not available as one without shares', () => {
  const { samples } = read(recorded('smi-mig-na.csv'));
  expect(samples[0]).toMatchObject({ power_w: 294.88, quality: ['partitioned_device'] });
  expect(samples[0]).not.toHaveProperty('util');
});

it('drops a row with fewer cells than its header, and the last one without its end', () => {
  const { samples, codes } = read(recorded('smi-truncated.csv'));
  expect(samples).toHaveLength(1);
  expect(codes).toEqual(['malformed_output']);
});

it('does not guess an hour that the zone has twice', () => {
  const { samples } = read(recorded('smi-dst.csv'), null, 'Europe/Berlin');
  expect(samples.map(({ t_source_s, quality }) => [t_source_s, quality])).toEqual([
    [Date.UTC(2026, 9, 24, 23, 30) / 1000, []],
    [undefined, ['invalid_timestamp']],
    [Date.UTC(2026, 9, 25, 2, 30) / 1000, []],
  ]);
});

it('takes text in brackets for no value, whatever it says', () => {
  const { samples } = read(recorded('smi-deprecated-cell.csv'));
  expect(samples.map(({ power_w, util, mem_temp_c }) => [power_w, util, mem_temp_c])).toEqual([
    [611.48, undefined, undefined],
    [undefined, undefined, undefined],
  ]);
});

it('skips a header that is repeated', () => {
  const text = recorded('smi-units-header.csv');
  expect(read(text + text).samples).toHaveLength(2);
});

it('never mixes two kinds of power in the series of a device', () => {
  const header = 'index, uuid, power.draw.average [W], power.draw.instant [W]\n';
  const { samples } = read(
    `${header}0, GPU-a, 100 W, 90 W\n0, GPU-a, [N/A], 91 W\n1, GPU-b, [N/A], 80 W\n1, GPU-b, 70 W, 81 W\n`,
  );
  expect(samples.map(({ power_w, power_kind }) => [power_w, power_kind])).toEqual([
    [100, 'avg1s'],
    [undefined, undefined],
    [80, 'instant'],
    [81, 'instant'],
  ]);
});

it('says that a GPU is lost', () => {
  const text = `${recorded('smi-units-header.csv')}Unable to determine the device handle for GPU0000:1B:00.0: GPU is lost.  Reboot the system to recover this GPU\n`;
  expect(read(text).notes).toEqual([['device_vanished', expect.stringContaining('GPU is lost')]]);
});

it('asks an old driver for what it names', () => {
  const help =
    'List:\n\n"timestamp"\nThe time.\n\n"name" or "gpu_name"\nName.\n\n"clocks_throttle_reasons.active"\nMask.\n';
  expect(askableFields(namedFields(help))).toEqual(['timestamp', 'name', 'clocks_throttle_reasons.active']);
});

it('does without a field that the driver refuses, or takes its older name', () => {
  const said = 'Field "clocks_event_reasons.active" is not a valid field to query.\n\n';
  expect(withoutRefused(['index', 'clocks_event_reasons.active'], said)).toEqual([
    'index',
    'clocks_throttle_reasons.active',
  ]);
  expect(
    withoutRefused(['index', 'power.draw.average'], 'Field "power.draw.average" is not a valid field to query.'),
  ).toEqual(['index']);
  expect(withoutRefused(['index'], 'No devices were found')).toBeNull();
});

it.each([
  ['0x0000000000000000', []],
  ['0x0000000000000001', ['gpu_idle']],
  ['0x00000000000000E8', ['hw_slowdown', 'sw_thermal_slowdown', 'hw_thermal_slowdown', 'hw_power_brake_slowdown']],
  ['0x8000000000000004', ['sw_power_cap', 'bit_0x8000000000000000']],
  ['[N/A]', undefined],
])('names the bits of %s', (mask, names) => {
  expect(clockReasons(mask)).toEqual(names);
});
