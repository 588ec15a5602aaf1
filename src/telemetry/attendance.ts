import type { Sample } from '../record/sample.ts';

/** Key of a device: never its index alone where the source names it better. */
export function deviceKey(sample: Sample): string {
  const { device } = sample;
  return `${sample.host}/${device?.uuid ?? device?.serial ?? device?.pci ?? device?.index ?? ''}`;
}

/** A name for people. */
export function deviceName(sample: Sample): string {
  const { device } = sample;
  const label = device?.index === undefined ? (device?.uuid ?? device?.serial ?? 'a device') : `device ${device.index}`;
  return `${label} of ${sample.host}`;
}

/** Tells, once each, which devices of a source stopped being reported while others go on. */
export class Attendance {
  private readonly graceS: number;
  private readonly seen = new Map<string, { name: string; atS: number; gone: boolean }>();

  constructor(intervalMs: number) {
    this.graceS = Math.max(3, (intervalMs / 1000) * 5);
  }

  /** @returns names of devices that are missing since their grace ended with this sample */
  mark(sample: Sample): string[] {
    const key = deviceKey(sample);
    this.seen.set(key, { name: deviceName(sample), atS: sample.t_mono_s, gone: false });
    const missing: string[] = [];
    for (const entry of this.seen.values()) {
      if (entry.gone || sample.t_mono_s - entry.atS <= this.graceS) continue;
      entry.gone = true;
      missing.push(entry.name);
    }
    return missing;
  }
}
