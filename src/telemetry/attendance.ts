import type { Sample } from '../record/sample.ts';

/** Key of a device: never its index alone where the source names it better. */
export function deviceKey(sample: Sample): string {
  const { device } = sample;
  return `${sample.host}/${device?.uuid ?? device?.serial ?? device?.pci ?? device?.index ?? ''}`;
}

/** False for an identity that no vendor writes: a row out of bytes that only look like one. */
export function isPlausible({ device }: Sample): boolean {
  if (device === undefined) return true;
  const { index, uuid, serial, pci } = device;
  if (index !== undefined && !(Number.isInteger(index) && index >= 0)) return false;
  return [uuid, serial, pci].every((text) => text === undefined || /^[\x20-\x7e]{1,128}$/.test(text));
}

/** A name for people. */
export function deviceName(sample: Sample): string {
  const { device } = sample;
  const label = device?.index === undefined ? (device?.uuid ?? device?.serial ?? 'a device') : `device ${device.index}`;
  return `${label} of ${sample.host}`;
}

/** A device is missing after so many readings of another one, and not before so long. */
const missedReadings = 5;
const graceS = 3;

interface Seen {
  readonly name: string;
  readonly atS: number;
  readonly readings: number;
  /** Most readings that any device had when this one was last seen. */
  readonly most: number;
  readonly gone: boolean;
}

/** Tells, once each, which devices of a source stopped being reported while others go on, whatever the source's pace. */
export class Attendance {
  private readonly seen = new Map<string, Seen>();
  private most = 0;

  /** @returns names of devices that are found to be missing with this sample */
  mark(sample: Sample): string[] {
    const key = deviceKey(sample);
    const readings = (this.seen.get(key)?.readings ?? this.most) + 1;
    this.most = Math.max(this.most, readings);
    this.seen.set(key, { name: deviceName(sample), atS: sample.t_mono_s, readings, most: this.most, gone: false });
    const missing: string[] = [];
    for (const [other, entry] of this.seen) {
      if (entry.gone || this.most - entry.most < missedReadings || sample.t_mono_s - entry.atS < graceS) continue;
      this.seen.set(other, { ...entry, gone: true });
      missing.push(entry.name);
    }
    return missing;
  }
}
