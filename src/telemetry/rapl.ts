import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '../record/sample.ts';
import { pollSource } from './poll-source.ts';
import { type SourceKind, TelemetryProblem } from './source.ts';
import { emptySample, type Stamp } from './stamp.ts';
import { refuseValue } from './tool-kind.ts';

/** Where the kernel keeps energy counters of processors, AMD's too. */
export const raplRoot = '/sys/class/powercap';

/** A processor package; its parts are inside it and not counted again. */
const packageZone = /^intel-rapl:(\d+)$/;

/** A counter in joules that starts again at its range: the one counter whose decrease may be no reset. */
export interface RaplZone {
  readonly index: number;
  /** `package-0` as the kernel names it. */
  readonly name: string;
  readonly energyJ: number;
  readonly rangeJ: number;
}

async function number(path: string): Promise<number | null> {
  const text = (await readFile(path, 'utf8')).trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}

/**
 * Packages below a powercap folder.
 * @throws TelemetryProblem `permission_denied` where only root may read the counters
 */
export async function readRapl(root: string): Promise<RaplZone[]> {
  const names = (await readdir(root).catch(() => [])).filter((name) => packageZone.test(name)).sort();
  const zones: RaplZone[] = [];
  for (const zone of names) {
    const folder = join(root, zone);
    try {
      const energy = await number(join(folder, 'energy_uj'));
      const range = await number(join(folder, 'max_energy_range_uj'));
      const name = (await readFile(join(folder, 'name'), 'utf8').catch(() => zone)).trim();
      if (energy === null || range === null) continue;
      zones.push({ index: Number(packageZone.exec(zone)![1]), name, energyJ: energy / 1e6, rangeJ: range / 1e6 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') continue;
      throw new TelemetryProblem(
        'permission_denied',
        `${join(folder, 'energy_uj')} can be read by root only: processors' energy is not known.`,
      );
    }
  }
  return zones;
}

export function raplSamples(zones: readonly RaplZone[], stamp: Stamp): Sample[] {
  return zones.map(({ index, name, energyJ, rangeJ }) => ({
    ...emptySample('rapl', stamp),
    device: { uuid: `cpu-${name}-${index}`, index, model: `CPU ${name}` },
    power_scope: 'cpu_package',
    energy_j: energyJ,
    energy_step_j: 1e-6,
    energy_wraps_j: rangeJ,
    raw: [{ name: 'energy_uj', value: String(Math.round(energyJ * 1e6)), unit: 'uJ' }],
  }));
}

/** Energy of processor packages, where the kernel tells it. */
export const rapl: SourceKind = {
  name: 'rapl',
  form: 'rapl',
  auto: true,
  remote: false,
  check: (argument) => refuseValue(argument, 'rapl'),
  async find(_argument, context) {
    try {
      if ((await readRapl(raplRoot)).length === 0)
        return {
          absent: {
            code: 'unavailable',
            sentence: 'This machine tells no energy of its processors (virtual machines do not).',
          },
        };
    } catch (error) {
      if (!(error instanceof TelemetryProblem)) throw error;
      return { absent: { code: error.code, sentence: error.message } };
    }
    return [
      pollSource({
        name: 'rapl',
        host: context.hostname,
        context,
        shortestMs: 200,
        begin: () => async (out, stamp) => {
          for (const sample of raplSamples(await readRapl(raplRoot), stamp())) out.sample(sample);
        },
      }),
    ];
  },
};
