import type { Sample, Utilization } from '../record/sample.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { Exposition } from './exposition.ts';
import { present, presentOrNone } from './quantity.ts';
import { emptySample } from './stamp.ts';

const family =
  /^nv_(?:gpu_(?:utilization|memory_total_bytes|memory_used_bytes|power_usage|power_limit)|energy_consumption)$/;

/** Values of a GPU by the names of their families. */
function gpus({ families }: Exposition): Map<string, Map<string, { readonly value: number; readonly text: string }>> {
  const found = new Map<string, Map<string, { value: number; text: string }>>();
  for (const [name, all] of families) {
    if (!family.test(name)) continue;
    for (const { labels, value, text } of all) {
      const uuid = labels['gpu_uuid'];
      if (uuid === undefined || !Number.isFinite(value)) continue;
      const values = found.get(uuid) ?? new Map();
      found.set(uuid, values.set(name, { value, text }));
    }
  }
  return found;
}

const createReader = (): DialectReader => (exposition, place, out) => {
  for (const [uuid, values] of gpus(exposition)) {
    const value = (name: string) => values.get(name)?.value;
    const power_w = value('nv_gpu_power_usage');
    const sample: Sample = { ...emptySample('triton-gpu', place.stamp), device: { uuid } };
    if (power_w !== undefined) Object.assign(sample, { power_w, power_kind: 'unknown', power_scope: 'gpu_board' });
    Object.assign(
      sample,
      present<Partial<Sample>>({
        power_limit_w: value('nv_gpu_power_limit'),
        energy_j: value('nv_energy_consumption'),
        util: presentOrNone<Utilization>({ kernel: value('nv_gpu_utilization') }),
        mem_used_b: value('nv_gpu_memory_used_bytes'),
        mem_total_b: value('nv_gpu_memory_total_bytes'),
      } as Sample),
    );
    sample.raw = [...values].map(([name, { text }]) => ({ name, value: text }));
    out.sample(sample);
  }
};

/** What Triton itself tells of the GPUs that it uses: watts, joules since it started, shares, bytes. */
export const tritonGpuDialect: Dialect = {
  name: 'triton-gpu',
  knows: (exposition) => gpus(exposition).size > 0,
  reader: createReader,
};
