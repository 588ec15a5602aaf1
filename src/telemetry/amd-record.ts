import type { PowerKind, RawValue, Sample, SampledDevice, Throttle, Utilization } from '../record/sample.ts';
import { at, entriesAt, listAt, numberAt, parseJson, textAt } from './json-value.ts';
import { isBlank, present, presentOrNone, siNumber } from './quantity.ts';
import { emptySample, type Stamp } from './stamp.ts';

/** What is known of a GPU before it is watched: rows name it by its index only. */
export interface AmdIdentity {
  readonly uuid?: string;
  readonly pci?: string;
  readonly model?: string;
  readonly partitioned: boolean;
}

/** Joules are printed to three decimals. */
export const amdEnergyStepJ = 0.001;

/** MI300 and later give the socket's power of the moment, MI200 a mean over a window that is not told. */
export function amdPowerKind(model: string | undefined): PowerKind {
  if (model === undefined) return 'unknown';
  if (/MI ?3\d\d/i.test(model)) return 'instant';
  return /MI ?[12]\d\d/i.test(model) ? 'avg' : 'unknown';
}

/** Power of a reading, if it has one. */
export function amdPower(power_w: number | undefined, model: string | undefined): Partial<Sample> {
  return power_w === undefined ? {} : { power_w, power_kind: amdPowerKind(model), power_scope: 'gpu_board' };
}

export function amdDevice(index: number, identity: AmdIdentity | undefined): SampledDevice {
  return present({ index, uuid: identity?.uuid, pci: identity?.pci, model: identity?.model });
}

/** Median of the clocks of the parts that have one. */
export function medianOf(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

export function amdThrottle(status: string | undefined): Throttle | undefined {
  if (status === undefined || isBlank(status)) return undefined;
  return { reasons: status === 'THROTTLED' ? ['throttled'] : [] };
}

/** A leaf `{"value": 643, "unit": "W"}` in SI; undefined for `"N/A"`, and for a group that is `"N/A"` as a whole. */
function leaf(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  if (typeof found === 'number') return found;
  if (typeof found === 'string') return siNumber(found);
  const number = numberAt(found, 'value');
  return number === undefined ? undefined : siNumber(String(number), textAt(found, 'unit'));
}

function rawOf(value: unknown, name = ''): RawValue[] {
  if (Array.isArray(value)) return [];
  const number = at(value, 'value');
  if (number !== undefined) return [present<RawValue>({ name, value: String(number), unit: textAt(value, 'unit') })];
  if (typeof value !== 'object' || value === null) return [{ name, value: String(value) }];
  return Object.entries(value).flatMap(([key, inner]) => rawOf(inner, name === '' ? key : `${name}.${key}`));
}

/** Older releases name the same reading by what the card gives. */
function powerOf(gpu: unknown): number | undefined {
  const names = ['socket_power', 'current_socket_power', 'average_socket_power'];
  return names.map((name) => leaf(gpu, 'power', name)).find((watts) => watts !== undefined);
}

function gpuSample(gpu: unknown, stamp: Stamp, identities: ReadonlyMap<number, AmdIdentity>): Sample | null {
  const index = numberAt(gpu, 'gpu');
  if (index === undefined) return null;
  const identity = identities.get(index);
  const sample = emptySample('amd-smi', stamp);
  const clocks = (kind: RegExp) =>
    entriesAt(gpu, 'clock').flatMap(([name, clock]) => (kind.test(name) ? (leaf(clock, 'clk') ?? []) : []));
  const energy_j = leaf(gpu, 'energy', 'total_energy_consumption');
  sample.device = amdDevice(index, identity);
  Object.assign(
    sample,
    amdPower(powerOf(gpu), identity?.model),
    energy_j === undefined ? {} : { energy_j, energy_step_j: amdEnergyStepJ },
    present<Partial<Sample>>({
      util: presentOrNone<Utilization>({
        kernel: leaf(gpu, 'usage', 'gfx_activity'),
        mem_busy: leaf(gpu, 'usage', 'umc_activity'),
      }),
      mem_used_b: leaf(gpu, 'mem_usage', 'used_vram'),
      mem_total_b: leaf(gpu, 'mem_usage', 'total_vram'),
      temp_c: leaf(gpu, 'temperature', 'hotspot') ?? leaf(gpu, 'temperature', 'edge'),
      mem_temp_c: leaf(gpu, 'temperature', 'mem'),
      sm_clock_hz: medianOf(clocks(/^gfx_\d+$/)),
      mem_clock_hz: medianOf(clocks(/^mem_\d+$/)),
      throttle: amdThrottle(textAt(gpu, 'power', 'throttle_status')),
    } as Sample),
  );
  if (identity?.partitioned === true) sample.quality.push('partitioned_device');
  sample.raw = rawOf(gpu);
  return sample;
}

/** The GPUs of a document: an array, `{"gpu_data": […]}`, or one GPU's object. */
export function amdGpus(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  const wrapped = listAt(document, 'gpu_data');
  return wrapped.length > 0 ? wrapped : [document];
}

/** Samples of `amd-smi metric … --json`; GPUs that the document does not name are left out. */
export function amdSamples(document: unknown, stamp: Stamp, identities: ReadonlyMap<number, AmdIdentity>): Sample[] {
  return amdGpus(document).flatMap((gpu) => gpuSample(gpu, stamp, identities) ?? []);
}

/** Identities out of `amd-smi list --json` and `amd-smi static --asic --json`, either of which may be missing. */
export function amdIdentities(list: string, asic: string): Map<number, AmdIdentity> {
  const models = new Map(
    amdGpus(parseJson(asic)).flatMap((gpu) => {
      const index = numberAt(gpu, 'gpu');
      return index === undefined ? [] : [[index, textAt(gpu, 'asic', 'market_name')] as const];
    }),
  );
  const gpus = amdGpus(parseJson(list)).filter((gpu) => numberAt(gpu, 'gpu') !== undefined);
  const boards = gpus.map((gpu) => textAt(gpu, 'bdf')?.replace(/\.\d+$/, ''));
  return new Map(
    gpus.map((gpu, i) => {
      const index = numberAt(gpu, 'gpu')!;
      const shared = boards[i] !== undefined && boards.filter((board) => board === boards[i]).length > 1;
      const identity = {
        uuid: knownText(gpu, 'uuid'),
        pci: knownText(gpu, 'bdf'),
        model: models.get(index),
        partitioned: shared,
      };
      return [index, present<AmdIdentity>(identity)] as const;
    }),
  );
}

function knownText(gpu: unknown, key: string): string | undefined {
  const text = textAt(gpu, key);
  return text === undefined || isBlank(text) ? undefined : text;
}
