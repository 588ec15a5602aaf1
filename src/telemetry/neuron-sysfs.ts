import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '../record/sample.ts';
import { pollSource } from './poll-source.ts';
import { type SourceKind, TelemetryProblem } from './source.ts';
import { emptySample, type Stamp } from './stamp.ts';
import { refuseValue } from './tool-kind.ts';

/** Where the driver keeps its devices. */
export const neuronSysfsRoot = '/sys/devices/virtual/neuron_device';

/** Power of the last minute as the driver writes it. */
export interface NeuronPower {
  /** End of the minute, Unix seconds. */
  readonly endS: number;
  /** Mean over the minute as a share of the device's unpublished maximum. */
  readonly share: number;
}

/** `POWER_STATUS_VALID,1790000160,31.25,64.50,52.75`: status, end of the minute, least, most and mean percent. Null for any other status. */
export function parseNeuronPower(text: string): NeuronPower | null {
  const [status, end, ...percents] = text.trim().split(',');
  const [least, most, mean] = percents.map(Number);
  if (status !== 'POWER_STATUS_VALID' || percents.length !== 3 || !/^\d+$/.test(end ?? '')) return null;
  const valid = [least, most, mean].every((percent) => Number.isFinite(percent) && percent! >= 0);
  return valid ? { endS: Number(end), share: mean! / 100 } : null;
}

/** Makes samples of the files of all devices; what a device has given before is not given again. Only ever reads: writing would clear counters. */
export class NeuronSysfs {
  private readonly root: string;
  private readonly given = new Map<number, string>();

  constructor(root: string) {
    this.root = root;
  }

  async devices(): Promise<number[]> {
    const names = await readdir(this.root).catch(() => []);
    return names
      .flatMap((name) => /^neuron(\d+)$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  async read(stamp: () => Stamp): Promise<Sample[]> {
    const samples: Sample[] = [];
    for (const index of await this.devices()) {
      const text = await this.power(index);
      const power = text === null ? null : parseNeuronPower(text);
      const news = text?.trim() ?? '';
      if (this.given.get(index) === news) continue;
      this.given.set(index, news);
      const sample: Sample = { ...emptySample('neuron-sysfs', stamp()), device: { index } };
      if (power !== null) {
        Object.assign(sample, {
          t_source_s: power.endS,
          power_share: power.share,
          power_scope: 'device_share',
          power_kind: 'avg',
        });
      }
      if (text !== null) sample.raw = [{ name: 'stats/power/utilization', value: text.trim(), unit: '%' }];
      samples.push(sample);
    }
    return samples;
  }

  /** Null where an older driver has no such file. */
  private async power(index: number): Promise<string | null> {
    const path = join(this.root, `neuron${index}`, 'stats/power/utilization');
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') return null;
      throw new TelemetryProblem('permission_denied', `${path} can be read by root only.`);
    }
  }
}

/** Power of AWS devices as a share of a maximum that is not published, once a minute. */
export const neuronSysfs: SourceKind = {
  name: 'neuron-sysfs',
  form: 'neuron-sysfs',
  auto: true,
  remote: false,
  check: (argument) => refuseValue(argument, 'neuron-sysfs'),
  async find(_argument, context) {
    const sysfs = new NeuronSysfs(neuronSysfsRoot);
    if ((await sysfs.devices()).length === 0)
      return { absent: { code: 'unavailable', sentence: 'There is no AWS Neuron device in sysfs.' } };
    return [
      pollSource({
        name: 'neuron-sysfs',
        host: context.hostname,
        context,
        shortestMs: 5_000,
        begin() {
          const files = new NeuronSysfs(neuronSysfsRoot);
          return async (out, stamp) => {
            for (const sample of await files.read(stamp)) out.sample(sample);
          };
        },
      }),
    ];
  },
};
