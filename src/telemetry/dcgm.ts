import type { Sample, Utilization } from '../record/sample.ts';
import { DcgmDevice, type DcgmRow, type RatioMeaning } from './dcgm-device.ts';
import { dcgmField, isNewUnitFamily, isRenamed, tellsRatio } from './dcgm-names.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import { exporterKind } from './exporter-kind.ts';
import type { Exposition, Series } from './exposition.ts';
import { present } from './quantity.ts';
import { Repeats } from './repeats.ts';
import { emptySample } from './stamp.ts';

const family = /^(DCGM_(FI|EXP)_|dcgm_)/;
const profiled = ['sm', 'tensor', 'dram', 'gr'] as const;
/** A device whose kernels are resident for so long has engines that were active. */
const surelyActive = 0.1;

/** Unit of a family that is not known: by its suffix, else by its help, the user's own text. */
function rawUnitOf(name: string, help: string | undefined): string | undefined {
  if (/^DCGM_FI_PROF_.*_BYTES$/.test(name)) return 'B/s';
  const suffix = /_(WATTS|JOULES_TOTAL|HERTZ|BYTES_PER_SECOND|BYTES|CELSIUS|SECONDS_TOTAL|NS|RATIO|MASK)$/.exec(
    name,
  )?.[1];
  return suffix?.toLowerCase() ?? /\(in ([^)]+)\)/.exec(help ?? '')?.[1];
}

/** A row of a GPU, not of a link, a switch or a processor. */
function isGpuRow({ labels }: Series): boolean {
  return labels['gpu'] !== undefined && (labels['UUID'] ?? labels['uuid']) !== undefined;
}

function hostOf(labels: Series['labels'], target: string): string {
  const name = Object.keys(labels).find((key) => key.toLowerCase() === 'hostname');
  const host = name === undefined ? undefined : labels[name];
  return host === undefined || host === '' ? target : host;
}

class DcgmReader {
  private readonly repeats = new Repeats();
  private percentSeen = false;
  private lastAskedS: number | null = null;

  readonly read: DialectReader = (exposition, place, out) => {
    const ratio = this.ratioMeaning(exposition);
    if (ratio === 'percent')
      out.note(
        'ambiguous_unit',
        'dcgm: a family named RATIO holds percentages, as DCGM 4.6 writes it; it was divided by 100.',
      );
    const samples = devicesOf(exposition, place.stamp.host).map(([host, rows]) => {
      const device = new DcgmDevice(rows, ratio);
      const { labels } = rows[0]!.series;
      const sample = emptySample(sourceOf(exposition), { ...place.stamp, host });
      sample.device = present({
        index: Number(labels['gpu']),
        uuid: labels['UUID'] ?? labels['uuid'],
        model: labels['modelName'],
        pci: labels['pci_bus_id'],
        driver: labels['DCGM_FI_DRIVER_VERSION'] ?? labels['DCGM_FI_SYSTEM_DRIVER_VERSION'],
      });
      Object.assign(sample, device.values(labels['modelName']));
      sample.raw = device.raw;
      sample.quality = [...device.quality];
      return sample;
    });
    dropPaused(samples, (sentence) => out.note('stale_source', sentence));
    const askedS = this.lastAskedS === null ? 1 : place.stamp.t_mono_s - this.lastAskedS;
    this.lastAskedS = place.stamp.t_mono_s;
    const fresh = this.repeats.fresh(samples);
    if (fresh.length > 0 && fresh.every((sample) => this.repeats.slowPeriodS(sample, askedS) !== null))
      out.note(
        'stale_source',
        'dcgm gives new values more rarely than it is asked: start the exporter with DCGM_EXPORTER_INTERVAL=1000.',
      );
    for (const sample of fresh) out.sample(sample);
  };

  /** A percentage anywhere in the run tells; else only the company of families that came with the ratio. */
  private ratioMeaning({ families }: Exposition): RatioMeaning {
    for (const [name, all] of families)
      if (dcgmField(name)?.unit === 'ratio' && all.some(({ value }) => value > 1.5 && value <= 100))
        this.percentSeen = true;
    if (this.percentSeen) return 'percent';
    for (const [name, all] of families) {
      if (tellsRatio(name)) return 'ratio';
      if (all.some(({ labels }) => labels['DCGM_FI_SYSTEM_DRIVER_VERSION'] !== undefined)) return 'ratio';
    }
    return 'unknown';
  }
}

/** Rows by device: host and UUID, never the index. */
function devicesOf({ families, help }: Exposition, target: string): [string, DcgmRow[]][] {
  const devices = new Map<string, [string, DcgmRow[]]>();
  for (const [name, all] of families) {
    if (!family.test(name)) continue;
    const rawUnit = rawUnitOf(name, help.get(name));
    for (const series of all) {
      if (!isGpuRow(series)) continue;
      const host = hostOf(series.labels, target);
      const key = `${host}/${series.labels['UUID'] ?? series.labels['uuid']}`;
      const device = devices.get(key);
      if (device) device[1].push({ name, series, rawUnit });
      else devices.set(key, [host, [{ name, series, rawUnit }]]);
    }
  }
  return [...devices.values()];
}

function sourceOf({ families }: Exposition): string {
  const names = [...families.keys()].filter((name) => dcgmField(name) !== undefined);
  const fresh = names.some(isNewUnitFamily);
  const legacy = names.some((name) => !isRenamed(name) && !name.startsWith('DCGM_FI_PROF_'));
  return fresh ? (legacy ? 'dcgm/mixed' : 'dcgm/4.9') : 'dcgm/legacy';
}

/** Profiling that is paused for the whole host reads 0 everywhere; devices that compute do not. */
function dropPaused(samples: readonly Sample[], say: (sentence: string) => void): void {
  const told = samples.filter(({ util }) => profiled.some((key) => util?.[key] !== undefined));
  if (told.length === 0 || told.some(({ util }) => profiled.some((key) => (util?.[key] ?? 0) > 0))) return;
  if (!samples.some(({ util }) => (util?.kernel ?? 0) > surelyActive)) return;
  say(
    'dcgm: profiling metrics read 0 on every GPU while kernels run; they are paused or lack permission, and were left out.',
  );
  for (const sample of told) {
    const util: Utilization = { ...sample.util };
    for (const key of profiled) delete util[key];
    sample.util = util;
    sample.quality.push('stale_source');
  }
}

export const dcgmDialect: Dialect = {
  name: 'dcgm',
  knows: ({ families }) => [...families].some(([name, all]) => family.test(name) && all.some(isGpuRow)),
  reader: () => new DcgmReader().read,
};

/** NVIDIA's exporter: power, energy counter, utilization of engines and memory. */
export const dcgm = exporterKind({
  name: 'dcgm',
  usual: ['http://127.0.0.1:9400/metrics', 'http://127.0.0.1:9401/metrics'],
  auto: true,
  dialects: [dcgmDialect],
});
