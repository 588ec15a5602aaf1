import { expect, it } from 'vitest';
import { deviceSummary, devicesOf } from '../../src/measurement/device.ts';
import { energyOf } from '../../src/measurement/energy.ts';
import { readingOf } from '../../src/measurement/watched.ts';
import type { Sample } from '../../src/record/sample.ts';
import { amdRows } from '../../src/telemetry/amd-rows.ts';
import { dcgmDialect } from '../../src/telemetry/dcgm.ts';
import { RowReader } from '../../src/telemetry/query-rows.ts';
import { closed } from '../report/sample.ts';
import { Delivered, placeOf, recorded, StillClocks, scrapes } from './recorded.ts';

/** What the energy of a window says of samples as a source delivered them. */
function judged(samples: readonly Sample[], startS: number, endS: number) {
  const { throughput, latency, server } = closed.steps[0]!;
  const devices = devicesOf(samples.map(readingOf));
  const window = { startS, endS };
  const energy = energyOf({
    devices,
    window,
    idle: null,
    devicesExpected: null,
    devicesAllotted: null,
    step: { throughput, latency, server },
  });
  return { energy, issues: devices.map((device) => deviceSummary(device, window, null).issues) };
}

const dcgm = (name: string) => scrapes(dcgmDialect, recorded(name)).samples;

it('refuses the energy of a source that repeats itself for 30 s, and calls it coarse', () => {
  const { energy, issues } = judged(dcgm('dcgm-stale-30s.prom'), 1, 59);
  expect(energy).toMatchObject({ valid: false, joulesPerOutputToken: null, reasons: ['window_not_bracketed'] });
  expect(issues).toEqual([['low_resolution']]);
});

it('refuses the energy of a counter that went back', () => {
  expect(judged(dcgm('dcgm-reset.prom'), 2, 18).energy).toMatchObject({ valid: false, reasons: ['counter_reset'] });
});

it('refuses the energy of a partitioned board', () => {
  const text = recorded('dcgm-mig.prom');
  const later = text.replaceAll('455000123', '455061327');
  const { samples } = scrapes(dcgmDialect, `# scrape 0\n${text}# scrape 1\n${later}`);
  expect(judged(samples, 0, 1).energy).toMatchObject({ valid: false, reasons: ['partitioned_device'] });
});

it("lets AMD's counter give way where its power does not bear it out", () => {
  const out = new Delivered();
  const clocks = new StillClocks();
  const reader = new RowReader(amdRows(new Map()), out, placeOf(clocks));
  for (const line of recorded('amd-energy-wrong.csv').trim().split('\n')) {
    reader.push(Buffer.from(`${line}\n`));
    clocks.mono++;
  }
  const { energy } = judged(out.samples, 103, 110);
  expect(energy).toMatchObject({ valid: true, method: 'power', warnings: ['accumulator_mismatch'] });
  expect(energy.energyJ).toBeCloseTo(640 * 7, 6);
});
