import { availableParallelism, cpus, hostname } from 'node:os';
import type { CalibratedMachine } from '../record/calibration.ts';

/** This machine and program, as a calibration is kept for them. */
export function thisMachine(version: string): CalibratedMachine {
  return {
    hostname: hostname(),
    platform: `${process.platform}-${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.versions.node,
    tokbench: version,
  };
}
