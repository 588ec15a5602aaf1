import { expect, it } from 'vitest';
import { devicesOf } from '../../src/measurement/device.ts';
import { type EnergyInput, energyOf } from '../../src/measurement/energy.ts';
import type { Identity } from '../../src/measurement/summary.ts';
import type { Reading } from '../../src/measurement/watched.ts';
import { closed } from '../report/sample.ts';
import { uuidOf, watched } from './readings.ts';

const window = { startS: 0, endS: 60 };
const { throughput, latency, server } = closed.steps[0]!;
const step: EnergyInput['step'] = {
  latency,
  server,
  throughput: { ...throughput, outputTokensPerS: 1_000, totalTokensPerS: 4_000, requestsPerS: 10 },
};

const energy = (readings: readonly Reading[], more: Partial<EnergyInput> = {}) =>
  energyOf({
    ...{ devices: devicesOf(readings), window, idle: null, devicesExpected: null, devicesAllotted: null, step },
    ...more,
  });

it('integrates power, with interpolated edges', () => {
  const found = energy(watched({ fromS: -1.3, toS: 61.7, devices: 2 }), { devicesExpected: 2 });
  expect(found).toMatchObject({ valid: true, method: 'power', scope: 'gpu_board', reasons: [], crossCheck: null });
  expect(found.energyJ).toBeCloseTo(2 * 600 * 60, 3);
  expect(found.powerMeanW).toBeCloseTo(1_200, 3);
  expect(found.perDevice).toHaveLength(2);
  expect(found.basis).toContain('integrated power of the accelerator boards, 2 devices, by nvidia-smi');
});

it('takes the counter first, and power as its check', () => {
  const found = energy(watched({ fromS: -1.5, toS: 61.5, counterJ: 9_876_543.21 }));
  expect(found).toMatchObject({ valid: true, method: 'counter', crossCheck: { within: true, tolerance: 0.05 } });
  expect(found.energyJ).toBeCloseTo(36_000, 3);
  expect(found.crossCheck!.relativeError).toBeCloseTo(0, 6);
  expect(found.edgeUncertaintyJ).toBeLessThan(1);
});

it('gives the worked example: 360 kJ, a million output tokens, three million input tokens', () => {
  // 6 kW for a minute at 16,667 tokens/s
  const rates = { ...step.throughput, outputTokensPerS: 1e6 / 60, totalTokensPerS: 4e6 / 60 };
  const found = energy(watched({ powerW: 6_000 }), { step: { ...step, throughput: rates } });
  expect(found.energyJ).toBeCloseTo(360_000, 3);
  expect(found.joulesPerOutputToken).toBeCloseTo(0.36, 6);
  expect(found.joulesPerTotalToken).toBeCloseTo(0.09, 6);
  expect(found.outputTokensPerJ).toBeCloseTo(1 / 0.36, 5);
});

it('warns where power and counter disagree, and lets AMD’s counter give way', () => {
  const doubled = (source: string) =>
    energy(watched({ source, counterJ: 0, more: (atS) => ({ energy_j: 1_200 * (atS + 2) }) }));
  expect(doubled('nvidia-smi')).toMatchObject({ valid: true, method: 'counter', warnings: ['accumulator_mismatch'] });
  expect(doubled('nvidia-smi').energyJ).toBeCloseTo(72_000, 3);
  expect(doubled('amd-smi')).toMatchObject({ valid: true, method: 'power', warnings: ['accumulator_mismatch'] });
  expect(doubled('amd-smi').energyJ).toBeCloseTo(36_000, 3);
});

it('is uncertain at its edges by what the counter rose between two readings', () => {
  const slow = watched({ fromS: -20, toS: 80, everyS: 30, counterJ: 0, more: () => ({ source: 'dcgm/4.9' }) });
  const found = energy(slow);
  expect(found).toMatchObject({ valid: false, reasons: ['edge_uncertainty_exceeded'], joulesPerOutputToken: null });
  expect(found.energyJ).toBeCloseTo(36_000, 3);
  expect(found.edgeUncertaintyJ).toBeCloseTo(2 * 9_000, 0);
});

it.each<[string, Reading[], string]>([
  [
    'nothing that tells power',
    watched({ more: () => ({ power_w: undefined }) as unknown as Partial<Reading> }),
    'unavailable',
  ],
  ['no reading after the window', watched({ toS: 59 }), 'window_not_bracketed'],
  ['no reading before it', watched({ fromS: 1 }), 'window_not_bracketed'],
  ['a gap of more than 3 s', watched().filter(({ t_mono_s: t }) => t < 20 || t > 24), 'sampling_gap_exceeded'],
  ['a single reading', watched({ fromS: 0, toS: 0.5 }), 'insufficient_samples'],
  [
    'a counter that went back',
    watched({ counterJ: 5e6, more: (atS) => (atS > 30 ? { energy_j: atS } : {}) }),
    'counter_reset',
  ],
  ['a negative power', watched({ more: (atS) => (atS === 10 ? { power_w: -3 } : {}) }), 'invalid_power_sample'],
  [
    'two kinds of power',
    watched({ more: (atS) => (atS > 30 ? { power_kind: 'instant' } : {}) }),
    'invalid_power_sample',
  ],
  ['a partitioned device', watched({ more: () => ({ parts: [{ kind: 'mig', id: 3 }] }) }), 'partitioned_device'],
  [
    'rows that contradict',
    watched({ more: () => ({ quality: ['duplicate_instance_rows'] }) }),
    'duplicate_instance_rows',
  ],
])('refuses %s', (_, readings, reason) => {
  const found = energy(readings);
  expect(found).toMatchObject({ valid: false, joulesPerOutputToken: null, outputTokensPerJ: null });
  expect(found.reasons).toContain(reason);
});

it('is unavailable without a device, never 0 J', () => {
  expect(energy([])).toMatchObject({ valid: false, energyJ: null, powerMeanW: null, reasons: ['unavailable'] });
});

it('counts the devices that the user says, and those that a batch system gave', () => {
  expect(energy(watched({ devices: 2 }), { devicesExpected: 8 }).reasons).toEqual(['expected_device_count_mismatch']);
  expect(energy(watched({ devices: 4 }), { devicesAllotted: 2 }).reasons).toEqual(['not_exclusive']);
  expect(energy(watched({ devices: 4 }), { devicesAllotted: 4, devicesExpected: 4 }).valid).toBe(true);
});

it('gives no joules a token where others had tokens too', () => {
  const count = { client: 1_000, server: 1_064, residual: 64 };
  const identity: Identity = {
    verdict: 'not_exclusive',
    dialect: 'vllm',
    output: count,
    input: count,
    requests: count,
  };
  const shared = (residual: number) =>
    energy(watched(), {
      step: {
        ...step,
        server: {
          load: null,
          identity: { ...identity, output: { ...count, residual }, input: { ...count, residual } },
        },
      },
    });
  expect(shared(64)).toMatchObject({ valid: false, reasons: ['not_exclusive'], joulesPerOutputToken: null });
  expect(shared(3).valid).toBe(true); // a third of a percent
});

it('goes on across a counter that wraps', () => {
  const wraps = watched({
    counterJ: 0,
    more: (atS) => ({ energy_j: (600 * (atS + 2)) % 20_000, energy_wraps_j: 20_000 }),
  });
  const found = energy(wraps);
  expect(found).toMatchObject({ valid: true, method: 'counter' });
  expect(found.energyJ).toBeCloseTo(36_000, 3);
});

it('tells energy above rest by a name of its own, from 30 s of rest on', () => {
  const readings = watched({ fromS: -40, more: (atS) => ({ power_w: atS < 0 ? 80 : 600 }) });
  const rested = energy(readings, { idle: { startS: -40, endS: -5 } });
  expect(rested.idlePowerW).toBeCloseTo(80, 6);
  expect(rested.energyAboveIdleJ).toBeCloseTo(36_000 - 80 * 60, 0);
  expect(rested.joulesAboveIdlePerOutputToken).toBeCloseTo(0.52, 2);
  expect(energy(readings, { idle: { startS: -20, endS: -5 } }).energyAboveIdleJ).toBeNull();
});

it('leaves out nothing that a device did not tell: a sum needs all', () => {
  const readings = watched({
    devices: 2,
    more: (_, device) => (device === 1 ? ({ power_w: undefined } as never) : {}),
  });
  expect(energy(readings)).toMatchObject({ valid: false, energyJ: null, reasons: ['unavailable'] });
});

it('keeps no device twice, and never mixes two that change places', () => {
  const swapped = watched({
    devices: 2,
    more: (atS, device) => ({
      device: { uuid: uuidOf(device), index: atS < 30 ? device : 1 - device },
      power_w: device === 0 ? 100 : 700,
    }),
  });
  const again = watched({ devices: 2, source: 'dcgm/4.9' }).map((reading) => ({ ...reading, host: 'NODE-A.cluster' }));
  const found = energy(
    [...swapped, ...again].sort((a, b) => a.t_mono_s - b.t_mono_s),
    { devicesExpected: 2 },
  );
  expect(found.devicesObserved).toBe(2);
  expect(found.perDevice.map(({ energyJ }) => Math.round(energyJ!)).sort()).toEqual([42_000, 6_000]);
});
