import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { UserError } from '../error/user-error.ts';
import {
  type CalibratedMachine,
  type Calibration,
  type CalibrationFact,
  parseCalibration,
} from '../record/calibration.ts';
import { makeFolders, reasonOf } from './directory.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Where the calibration of a host lies: one file a host, since home directories are shared between machines. */
export function calibrationPath(hostname: string, variables: Variables): string {
  const cache = variables['XDG_CACHE_HOME'];
  // The XDG specification ignores a relative path.
  const folder = cache !== undefined && isAbsolute(cache) ? cache : join(homedir(), '.cache');
  const host = createHash('sha256').update(hostname).digest('hex').slice(0, 12);
  return join(folder, 'tokbench', `calibration-${host}.json`);
}

/** The calibration kept for this machine, or in one clause why there is none that holds for it. Never throws. */
export async function readCalibration(machine: CalibratedMachine, variables: Variables): Promise<CalibrationFact> {
  const path = calibrationPath(machine.hostname, variables);
  const advice = 'run tokbench calibrate';
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return { known: false, reason: `this client is not calibrated on this machine: ${advice}` };
  }
  const calibration = parse(text);
  if (calibration === null) return { known: false, reason: `${path} holds no calibration: ${advice}` };
  const changed = differences(calibration.machine, machine);
  if (changed.length > 0)
    return { known: false, reason: `the calibration is of another ${changed.join(', ')}: ${advice}` };
  return { known: true, calibration };
}

/** Keeps a calibration for its machine; returns where. Throws UserError `unwritable_calibration`. */
export async function writeCalibration(calibration: Calibration, variables: Variables): Promise<string> {
  const path = calibrationPath(calibration.machine.hostname, variables);
  const temporary = `${path}.${process.pid}`;
  try {
    await makeFolders(dirname(path));
    await writeFile(temporary, `${JSON.stringify(calibration, null, 2)}\n`);
    await rename(temporary, path);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === null) throw error;
    throw new UserError(
      'unwritable_calibration',
      `The calibration cannot be kept in ${path}: ${reason}. Name another folder in XDG_CACHE_HOME.`,
    );
  }
  return path;
}

function parse(text: string): Calibration | null {
  try {
    return parseCalibration(JSON.parse(text));
  } catch {
    return null;
  }
}

function differences(then: CalibratedMachine, now: CalibratedMachine): string[] {
  const names: Readonly<Record<keyof CalibratedMachine, string>> = {
    hostname: 'host',
    platform: 'platform',
    cpu: 'processor',
    cores: 'number of cores',
    node: 'Node version',
    tokbench: 'version of tokbench',
  };
  return (Object.keys(names) as (keyof CalibratedMachine)[])
    .filter((key) => then[key] !== now[key])
    .map((key) => names[key]);
}
