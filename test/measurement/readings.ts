import type { Reading } from '../../src/measurement/watched.ts';

/** Readings once a second of devices that draw constant power, from `fromS` to `toS`. */
export interface Watched {
  readonly fromS?: number;
  readonly toS?: number;
  readonly everyS?: number;
  readonly powerW?: number;
  readonly devices?: number;
  readonly source?: string;
  /** Cumulative joules at the first reading; null = no counter. */
  readonly counterJ?: number | null;
  readonly more?: (atS: number, device: number) => Partial<Reading>;
}

export const uuidOf = (device: number): string => `GPU-0000000${device}`;

export function watched({
  fromS = -2,
  toS = 62,
  everyS = 1,
  powerW = 600,
  devices = 1,
  source = 'nvidia-smi',
  counterJ = null,
  more = () => ({}),
}: Watched = {}): Reading[] {
  const readings: Reading[] = [];
  for (let atS = fromS; atS <= toS + 1e-9; atS += everyS)
    for (let device = 0; device < devices; device++)
      readings.push({
        ...{ t_mono_s: atS, t_wall_s: 1e9 + atS, source, host: 'node-a', quality: [] },
        device: { uuid: uuidOf(device), index: device, model: 'NVIDIA H100' },
        ...{ power_w: powerW, power_kind: 'avg1s', power_scope: 'gpu_board', util: { kernel: 0.9 } },
        ...(counterJ === null ? {} : { energy_j: counterJ + powerW * (atS - fromS), energy_step_j: 0.001 }),
        ...more(atS, device),
      });
  return readings;
}
