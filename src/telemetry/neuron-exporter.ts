import type { DevicePart, Sample } from '../record/sample.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import { exporterKind } from './exporter-kind.ts';
import type { Exposition, Series } from './exposition.ts';
import { coresPerDevice } from './neuron-report.ts';
import { present } from './quantity.ts';
import { emptySample } from './stamp.ts';

const utilization = 'neuroncore_utilization_ratio';
const memory = /^neuroncore_memory_usage_(?:constants|model_code|model_shared_scratchpad|runtime_memory|tensors)$/;

/** Sum over applications for each core. */
function byCore(all: readonly Series[]): Map<number, number> {
  const cores = new Map<number, number>();
  for (const { labels, value } of all) {
    const id = Number(labels['neuroncore']);
    if (Number.isInteger(id) && Number.isFinite(value)) cores.set(id, (cores.get(id) ?? 0) + value);
  }
  return cores;
}

function read({ families }: Exposition): readonly DevicePart[] {
  const shares = byCore(families.get(utilization) ?? []);
  const used = byCore([...families].flatMap(([name, all]) => (memory.test(name) ? all : [])));
  const ids = [...new Set([...shares.keys(), ...used.keys()])].sort((a, b) => a - b);
  return ids.map((id) => {
    const share = shares.get(id);
    return present<DevicePart>({
      kind: 'neuroncore',
      id,
      // Every application lists every core, with 0 for those it does not drive.
      util: share === undefined ? undefined : { neuroncore: Math.min(1, share) },
      mem_used_b: used.get(id),
    });
  });
}

const createReader = (): DialectReader => (exposition, place, out) => {
  const labels = exposition.families.get(utilization)?.[0]?.labels ?? {};
  const hardware = exposition.families.get('neuron_hardware_info')?.[0]?.labels;
  const perDevice = coresPerDevice(hardware) ?? Number.POSITIVE_INFINITY;
  const devices = new Map<number, DevicePart[]>();
  for (const part of read(exposition)) {
    const index = Math.floor(part.id / perDevice);
    devices.set(index, [...(devices.get(index) ?? []), part]);
  }
  const host = labels['instance_id'] || place.stamp.host;
  for (const [index, parts] of devices) {
    const sample: Sample = emptySample('neuron-exporter', { ...place.stamp, host });
    const used = parts.flatMap(({ mem_used_b }) => mem_used_b ?? []);
    const busy = parts.flatMap(({ util }) => util?.neuroncore ?? []);
    sample.device = present({ index, model: labels['instance_type'] });
    sample.parts = parts;
    if (busy.length > 0) sample.util = { neuroncore: busy.reduce((sum, share) => sum + share, 0) / busy.length };
    if (used.length > 0) sample.mem_used_b = used.reduce((sum, bytes) => sum + bytes, 0);
    sample.raw = (exposition.families.get(utilization) ?? []).map(({ labels: own, text }) => ({
      name: utilization,
      labels: present({ neuroncore: own['neuroncore'], runtime_tag: own['runtime_tag'] }),
      value: text,
    }));
    out.sample(sample);
  }
};

export const neuronDialect: Dialect = {
  name: 'neuron-exporter',
  knows: ({ families }) => families.has(utilization),
  reader: createReader,
};

/** AWS's Prometheus script: its usual port is that of vLLM, so that its URL is always given. */
export const neuronExporter = exporterKind({
  name: 'neuron-exporter',
  usual: [],
  auto: false,
  dialects: [neuronDialect],
});
