import type { DevicePart, PowerKind, RawValue, Sample, Throttle, Utilization } from '../record/sample.ts';
import { type DcgmField, type DcgmQuantity, dcgmField, isDcgmBlank, unitSteps } from './dcgm-names.ts';
import type { Series } from './exposition.ts';
import { clockReasons } from './nvidia-smi-fields.ts';
import { present, presentOrNone, toSi } from './quantity.ts';

/** A row of one device. */
export interface DcgmRow {
  readonly name: string;
  readonly series: Series;
  /** Unit of a family that is not known, by its suffix or its help. */
  readonly rawUnit: string | undefined;
}

/** How `…_UTIL_RATIO` is to be read in this scrape; `unknown` = its values cannot be told from percentages. */
export type RatioMeaning = 'ratio' | 'percent' | 'unknown';

interface Reading {
  readonly name: string;
  readonly value: number;
  readonly step: number;
  readonly instance: string | null;
  readonly tenant: string;
  readonly profile: string | undefined;
}

const gib = 1024 ** 3;
/** Shares of instances are theirs alone; all else is of the board, repeated in the row of every instance. */
const perInstance = new Set<DcgmQuantity>([
  'kernel',
  'mem_busy',
  'gr',
  'sm',
  'tensor',
  'dram',
  'fb_free',
  'fb_used',
  'fb_reserved',
  'fb_total',
  'pcie_tx',
  'pcie_rx',
]);

/** What the rows of one GPU say. */
export class DcgmDevice {
  readonly quality = new Set<Sample['quality'][number]>();
  readonly raw: RawValue[] = [];
  private readonly readings = new Map<DcgmQuantity, Reading[]>();
  private mask: string | undefined;

  constructor(rows: readonly DcgmRow[], ratio: RatioMeaning) {
    for (const row of rows) this.add(row, ratio);
    const tenants = new Set([...this.readings.values()].flatMap((all) => all.map((reading) => reading.tenant)));
    const instances = [...this.readings.values()].some((all) => all.some((reading) => reading.instance !== null));
    if (instances || tenants.size > 1) this.quality.add('partitioned_device');
  }

  private add({ name, series, rawUnit }: DcgmRow, ratio: RatioMeaning): void {
    const known = dcgmField(name);
    const { labels } = series;
    const instance = labels['GPU_I_ID'] || null;
    this.raw.push(
      present<RawValue>({
        name,
        value: series.text,
        unit: known?.unit ?? rawUnit,
        labels: instance === null ? undefined : { GPU_I_ID: instance },
      }),
    );
    if (known === undefined || isDcgmBlank(series.value, series.text, known)) return;
    if (known.quantity === 'reasons') {
      this.mask = series.text;
      return;
    }
    const value = this.si(known, series.value, ratio);
    if (value === undefined) return;
    const tenant = ['namespace', 'pod', 'container', 'vgpu'].map((key) => labels[key] ?? '').join('/');
    const reading = {
      name,
      value,
      step: unitSteps[known.unit] ?? 0,
      instance,
      tenant,
      profile: labels['GPU_I_PROFILE'],
    };
    const all = this.readings.get(known.quantity);
    if (all) all.push(reading);
    else this.readings.set(known.quantity, [reading]);
  }

  private si({ unit }: DcgmField, value: number, ratio: RatioMeaning): number | undefined {
    if (unit === 'share') return value;
    if (unit === 'nvlink') return value * 1000 * 1024;
    if (unit !== 'ratio') return toSi(value, unit);
    if (ratio === 'unknown') {
      this.quality.add('ambiguous_unit');
      return undefined;
    }
    return ratio === 'percent' ? value / 100 : value;
  }

  /** The one value of a quantity; the finest where two dialects tell it; none where rows contradict each other. */
  private one(quantity: DcgmQuantity): number | undefined {
    const all = this.readings
      .get(quantity)
      ?.filter((reading) => !perInstance.has(quantity) || reading.instance === null);
    if (all === undefined || all.length === 0) return undefined;
    const step = Math.min(...all.map((reading) => reading.step));
    const first = all.find((reading) => reading.step === step)!;
    // Two names of one quantity may have been read a moment apart; rows of one name may not differ.
    if (all.every(({ name, value }) => name !== first.name || value === first.value)) return first.value;
    this.quality.add('duplicate_instance_rows');
    return undefined;
  }

  /** Counter and its step; two dialects must agree within the coarser step. */
  private energy(): Pick<Sample, 'energy_j' | 'energy_step_j'> {
    const energy_j = this.one('energy');
    if (energy_j === undefined) return {};
    const all = this.readings.get('energy')!;
    const coarse = Math.max(...all.map((reading) => reading.step));
    if (all.some((reading) => Math.abs(reading.value - energy_j) > coarse)) this.quality.add('accumulator_mismatch');
    return { energy_j, energy_step_j: Math.min(...all.map((reading) => reading.step)) };
  }

  private power(model: string | undefined): Partial<Sample> {
    const averaged = this.one('power');
    const power_w = averaged ?? this.one('power_instant');
    if (power_w === undefined) return {};
    return { power_w, power_kind: averaged === undefined ? 'instant' : powerKindOf(model), power_scope: 'gpu_board' };
  }

  private memory(): Partial<Sample> {
    const used = this.one('fb_used');
    const free = this.one('fb_free');
    const reserved = this.one('fb_reserved') ?? 0;
    const sum = used === undefined || free === undefined ? undefined : used + free + reserved;
    const total = this.one('fb_total') ?? sum;
    if (total !== undefined && (total < gib || total > 2048 * gib)) {
      this.quality.add('ambiguous_unit');
      return {};
    }
    const reservedB = this.one('fb_reserved');
    return present<Partial<Sample>>({ mem_used_b: used, mem_total_b: total, mem_reserved_b: reservedB } as Sample);
  }

  private utilization(instance: string | null): Utilization | undefined {
    const value = (quantity: DcgmQuantity): number | undefined => {
      if (instance === null) return this.one(quantity);
      const all = this.readings.get(quantity)?.filter((reading) => reading.instance === instance) ?? [];
      return all.sort((a, b) => a.step - b.step)[0]?.value;
    };
    return presentOrNone<Utilization>({
      kernel: value('kernel'),
      mem_busy: value('mem_busy'),
      sm: value('sm'),
      tensor: value('tensor'),
      dram: value('dram'),
      gr: value('gr'),
    });
  }

  private parts(): DevicePart[] | undefined {
    const profiles = new Map<string, string | undefined>();
    for (const all of this.readings.values())
      for (const { instance, profile } of all) if (instance !== null) profiles.set(instance, profile);
    if (profiles.size === 0) return undefined;
    return [...profiles]
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([instance, profile]) =>
        present<DevicePart>({
          kind: 'mig',
          id: Number(instance),
          profile,
          util: this.utilization(instance),
          mem_used_b: this.readings.get('fb_used')?.find((reading) => reading.instance === instance)?.value,
        }),
      );
  }

  /** Everything that a sample holds beside its stamp, its device and its source. */
  values(model: string | undefined): Partial<Sample> {
    return present<Partial<Sample>>({
      ...this.power(model),
      power_limit_w: this.one('power_limit'),
      ...this.energy(),
      util: this.utilization(null),
      parts: this.parts(),
      ...this.memory(),
      temp_c: this.one('temp'),
      mem_temp_c: this.one('mem_temp'),
      sm_clock_hz: this.one('sm_clock'),
      mem_clock_hz: this.one('mem_clock'),
      throttle: presentOrNone<Throttle>({
        power_s: this.one('throttle_power'),
        thermal_s: this.one('throttle_thermal'),
        hw_s: this.one('throttle_hw'),
        reasons: this.mask === undefined ? undefined : clockReasons(this.mask),
      }),
      nvlink_b_per_s: this.one('nvlink'),
      pcie_tx_b_per_s: this.one('pcie_tx'),
      pcie_rx_b_per_s: this.one('pcie_rx'),
    } as Sample);
  }
}

/** The driver averages over a second on Ampere and newer but for GA100; there and before, it gives the moment. */
function powerKindOf(model: string | undefined): PowerKind {
  if (model === undefined) return 'unknown';
  if (/\b(A100|A800|A30|V100\w*|T4G?|P100|P40|P4|K80)\b/i.test(model)) return 'instant';
  if (/\b([HBL]\d+\w*|GH\d+|GB\d+|A2|A10\w?|A16|A40|RTX (A\d+|PRO|[2-6]000 Ada|[3-5]0\d0))\b/i.test(model))
    return 'avg1s';
  return 'unknown';
}
