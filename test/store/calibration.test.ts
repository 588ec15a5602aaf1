import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Calibration } from '../../src/record/calibration.ts';
import { calibrationPath, readCalibration, writeCalibration } from '../../src/store/calibration.ts';

const machine = { hostname: 'rig', platform: 'linux-x64', cpu: 'C 9', cores: 2, node: '26.0.0', tokbench: '0.1.0' };
const calibration: Calibration = {
  takenAt: '2026-11-24T00:00:00.000Z',
  machine,
  limitMs: 1,
  ceiling: { streams: 1000, tokensPerS: 50_000, requestsPerS: null },
  bounds: { streams: 'client', tokensPerS: 'server', requestsPerS: 'time' },
  curve: [],
  costPerTokenUs: null,
};
const cache = () => ({ XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), 'tokbench-')) });

it('keeps a calibration for its machine and finds it again', async () => {
  const variables = cache();
  const path = await writeCalibration(calibration, variables);
  expect(path).toBe(calibrationPath('rig', variables));
  expect(readdirSync(join(variables.XDG_CACHE_HOME, 'tokbench'))).toHaveLength(1);
  expect(await readCalibration(machine, variables)).toEqual({ known: true, calibration });
});

it('says in one clause why there is none', async () => {
  const variables = cache();
  const reason = async (of = machine) => {
    const fact = await readCalibration(of, variables);
    return fact.known ? null : fact.reason;
  };
  expect(await reason()).toContain('not calibrated on this machine');
  const path = await writeCalibration(calibration, variables);
  expect(await reason({ ...machine, node: '27.0.0', cores: 4 })).toContain('another number of cores, Node version');
  expect(await reason({ ...machine, hostname: 'other' })).toContain('not calibrated on this machine');
  writeFileSync(path, '{"cut');
  expect(await reason()).toContain('holds no calibration');
});

it('lies in ~/.cache unless XDG says an absolute path', () => {
  expect(calibrationPath('rig', {})).toMatch(
    new RegExp(`^${homedir()}/.cache/tokbench/calibration-[0-9a-f]{12}.json$`),
  );
  expect(calibrationPath('rig', { XDG_CACHE_HOME: 'relative' })).toBe(calibrationPath('rig', {}));
  expect(calibrationPath('rig', {})).not.toBe(calibrationPath('rig2', {}));
});

it('refuses a folder that cannot be written, with a way out', async () => {
  await expect(writeCalibration(calibration, { XDG_CACHE_HOME: '/proc/nowhere' })).rejects.toMatchObject({
    code: 'unwritable_calibration',
    exit: 2,
  });
});
