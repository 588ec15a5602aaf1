import type { Sample, Utilization } from '../record/sample.ts';
import { amdPower } from './amd-record.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import { exporterKind } from './exporter-kind.ts';
import type { Exposition, Series } from './exposition.ts';
import { present, presentOrNone, toSi } from './quantity.ts';
import { Repeats } from './repeats.ts';
import { emptySample } from './stamp.ts';
import { Violations } from './violations.ts';

/** Families with an optional prefix that the exporter's configuration may set. */
const family =
  /^(?:[a-z0-9]+_)*?(gpu_(?:package_power|average_package_power|power_usage|energy_consumed|gfx_activity|umc_activity|total_vram|used_vram|free_vram|clock|edge_temperature|junction_temperature|memory_temperature|prof_sm_active|prof_tensor_active_percent|violation_current_accumulated_counter|violation_(?:ppt|processor_hot|socket_thermal|vr_thermal|hbm_thermal)_residency_accumulated))$/;
const powers = ['gpu_package_power', 'gpu_average_package_power', 'gpu_power_usage'];

interface Rows {
  readonly labels: Series['labels'];
  readonly series: { readonly name: string; readonly raw: string; readonly one: Series }[];
  readonly partitions: Set<string>;
}

/** Rows by board: host and serial number, for the UUID is optional; of partition 0, which alone has power and energy. */
function boards({ families }: Exposition, target: string): [string, Rows][] {
  const found = new Map<string, [string, Rows]>();
  for (const [raw, all] of families) {
    const name = family.exec(raw)?.[1];
    if (name === undefined) continue;
    for (const one of all) {
      const { labels } = one;
      if (labels['gpu_id'] === undefined) continue;
      const host = labels['hostname'] || target;
      const key = `${host}/${labels['serial_number'] || labels['gpu_uuid'] || labels['gpu_id']}`;
      const entry: [string, Rows] = found.get(key) ?? [host, { labels, series: [], partitions: new Set() }];
      found.set(key, entry);
      const partition = labels['gpu_partition_id'] ?? '0';
      entry[1].partitions.add(partition);
      if (!/^[1-9]\d*$/.test(partition)) entry[1].series.push({ name, raw, one });
    }
  }
  return [...found.values()];
}

function partitioned({ labels, partitions }: Rows): boolean {
  const mode = (labels['gpu_compute_partition_type'] ?? '').toLowerCase();
  return partitions.size > 1 || !['', 'spx', 'na', 'n/a'].includes(mode);
}

function fill(sample: Sample, rows: Rows, violations: Violations): void {
  const value = (name: string, unit: string, include: (series: Series) => boolean = () => true): number | undefined => {
    const found = rows.series.find(
      (entry) => entry.name === name && Number.isFinite(entry.one.value) && include(entry.one),
    );
    return found === undefined ? undefined : toSi(found.one.value, unit);
  };
  const residency = (name: string) => {
    const family = `gpu_violation_${name === 'counter' ? 'current_accumulated_counter' : `${name}_residency_accumulated`}`;
    return rows.series.find((entry) => entry.name === family && Number.isFinite(entry.one.value))?.one.value;
  };
  const clock = (type: string) =>
    value('gpu_clock', 'MHz', ({ labels }) => labels['clock_type']?.toLowerCase() === type);
  const model = rows.labels['card_series'] ?? rows.labels['card_model'];
  const powerFamily = powers.find((name) => value(name, 'W') !== undefined);
  const power = powerFamily === undefined ? undefined : value(powerFamily, 'W');
  const energy_j = value('gpu_energy_consumed', 'uJ');
  const activeShare = value('gpu_prof_sm_active', '%');
  Object.assign(
    sample,
    amdPower(power, model),
    powerFamily === 'gpu_package_power'
      ? { power_kind: 'instant' }
      : powerFamily === 'gpu_average_package_power'
        ? { power_kind: 'avg' }
        : {},
    energy_j === undefined ? {} : { energy_j, energy_step_j: 15.259e-6 },
    present<Partial<Sample>>({
      util: presentOrNone<Utilization>({
        kernel: value('gpu_gfx_activity', '%'),
        mem_busy: value('gpu_umc_activity', '%'),
        // Consumer cards give 0 whatever they do.
        sm: activeShare === 0 ? undefined : activeShare,
        tensor: value('gpu_prof_tensor_active_percent', '%'),
      }),
      mem_used_b: value('gpu_used_vram', 'MiB'),
      mem_total_b: value('gpu_total_vram', 'MiB'),
      temp_c: value('gpu_junction_temperature', 'C') ?? value('gpu_edge_temperature', 'C'),
      mem_temp_c: value('gpu_memory_temperature', 'C'),
      sm_clock_hz: clock('system'),
      mem_clock_hz: clock('memory'),
      throttle: violations.throttle(sample, residency),
    } as Sample),
  );
}

function createReader(): DialectReader {
  const repeats = new Repeats();
  const violations = new Violations();
  return (exposition, place, out) => {
    const samples = boards(exposition, place.stamp.host).map(([host, rows]) => {
      const { labels } = rows;
      const sample = emptySample('amd-exporter', { ...place.stamp, host });
      sample.device = present({
        index: labels['gpu_id'] === undefined ? undefined : Number(labels['gpu_id']),
        uuid: labels['gpu_uuid'] || undefined,
        serial: labels['serial_number'] || undefined,
        model: labels['card_series'] || labels['card_model'] || undefined,
      });
      fill(sample, rows, violations);
      if (partitioned(rows)) sample.quality.push('partitioned_device');
      sample.raw = rows.series.map(({ raw, one }) => ({ name: raw, value: one.text }));
      return sample;
    });
    if (samples.some(({ power_w }) => power_w !== undefined) && samples.some(({ power_w }) => power_w === undefined))
      out.note(
        'expected_device_count_mismatch',
        'amd-exporter gives no power for some GPUs: a first reading of 0 can silence one until the exporter is started again.',
      );
    for (const sample of repeats.fresh(samples)) out.sample(sample);
  };
}

export const amdDialect: Dialect = {
  name: 'amd-exporter',
  knows: ({ families }) =>
    [...families].some(([name, all]) => family.test(name) && all.some(({ labels }) => labels['gpu_id'] !== undefined)),
  reader: createReader,
};

/** AMD's device-metrics-exporter. */
export const amdExporter = exporterKind({
  name: 'amd-exporter',
  usual: ['http://127.0.0.1:5000/metrics'],
  auto: true,
  dialects: [amdDialect],
});
