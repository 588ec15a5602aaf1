import type { DevicePart, HostStats, RawValue, ReasonCode, Sample } from '../record/sample.ts';
import { DocumentSplitter } from './documents.ts';
import { at, entriesAt, listAt, numberAt, textAt } from './json-value.ts';
import { present } from './quantity.ts';
import { emptySample } from './stamp.ts';
import type { Output, OutputReader, Place } from './stream-source.ts';

/** A NeuronCore over all applications that use it. */
interface Core {
  share?: number | undefined;
  flops?: number | undefined;
  memoryB?: number | undefined;
}

type Say = (code: ReasonCode, sentence: string) => void;

/** A group of a report without an error of its own; undefined with one, which is said. */
function group(runtime: unknown, name: string, say: Say): unknown {
  const found = at(runtime, 'report', name);
  if (found === undefined) return undefined;
  const error = textAt(found, 'error');
  if (error === undefined) return found;
  const tag = textAt(runtime, 'neuron_runtime_tag') ?? 'an application';
  say('unavailable', `neuron-monitor gives no ${name} of ${tag}: ${error}`);
  return undefined;
}

/** Entries whose keys are numbers of cores. */
function byCore(value: unknown, key: string): (readonly [string, unknown])[] {
  return entriesAt(value, key).filter(([id]) => /^\d{1,6}$/.test(id));
}

/**
 * Cores over the applications of a report: every application lists every core, with 0 for those it does not drive, so
 * that shares are added and capped, never averaged.
 */
function coresOf(document: unknown, say: Say): Map<number, Core> {
  const cores = new Map<number, Core>();
  const core = (id: string): Core => {
    const found = cores.get(Number(id)) ?? {};
    cores.set(Number(id), found);
    return found;
  };
  let partial = false;
  for (const runtime of listAt(document, 'neuron_runtime_data')) {
    const error = textAt(runtime, 'error');
    if (error !== undefined)
      say('unavailable', `neuron-monitor: ${textAt(runtime, 'neuron_runtime_tag') ?? 'an application'}: ${error}`);
    const counters = group(runtime, 'neuroncore_counters', say);
    partial ||= counters === undefined && at(runtime, 'report', 'neuroncore_counters') !== undefined;
    for (const [id, values] of byCore(counters, 'neuroncores_in_use')) {
      const percent = numberAt(values, 'neuroncore_utilization');
      const flops = numberAt(values, 'effective_flops') ?? numberAt(values, 'flops');
      if (percent !== undefined) core(id).share = Math.min(1, (core(id).share ?? 0) + percent / 100);
      if (flops !== undefined) core(id).flops = (core(id).flops ?? 0) + flops;
    }
    const usage = at(group(runtime, 'memory_used', say), 'neuron_runtime_used_bytes', 'usage_breakdown');
    for (const [id, kinds] of byCore(usage, 'neuroncore_memory_usage')) {
      const bytes = entriesAt(kinds).reduce((sum, [kind]) => sum + (numberAt(kinds, kind) ?? 0), 0);
      core(id).memoryB = (core(id).memoryB ?? 0) + bytes;
    }
  }
  // A core that nobody is known to drive may be driven by the application whose counters are missing.
  if (partial)
    for (const found of cores.values())
      if (found.share === 0) Object.assign(found, { share: undefined, flops: undefined });
  return cores;
}

/** What applications did in the period: counts of this period alone, which are added over a window. */
function rawOf(document: unknown): RawValue[] {
  return listAt(document, 'neuron_runtime_data').flatMap((runtime): RawValue[] => {
    const labels = { runtime_tag: textAt(runtime, 'neuron_runtime_tag') ?? '' };
    const stats = at(runtime, 'report', 'execution_stats');
    const names = [
      ['execution_stats.period', ['period'], 's'],
      ['execution_summary.completed', ['execution_summary', 'completed'], undefined],
      ['execution_summary.completed_with_err', ['execution_summary', 'completed_with_err'], undefined],
      ['latency_stats.total_latency.p50', ['latency_stats', 'total_latency', 'p50'], 's'],
      ['latency_stats.device_latency.p50', ['latency_stats', 'device_latency', 'p50'], 's'],
    ] as const;
    const values = names.flatMap(([name, path, unit]) => {
      const value = numberAt(stats, ...path);
      return value === undefined ? [] : [present<RawValue>({ name, labels, value: String(value), unit })];
    });
    const cores = entriesAt(runtime, 'report', 'neuroncore_counters', 'neuroncores_in_use').flatMap(([id, core]) =>
      entriesAt(core).flatMap(([name, value]) =>
        typeof value === 'number' ? [{ name: `neuroncore.${id}.${name}`, labels, value: String(value) }] : [],
      ),
    );
    return [...cores, ...values];
  });
}

function hostOf(document: unknown): HostStats | undefined {
  const system = at(document, 'system_data');
  const idle = numberAt(system, 'vcpu_usage', 'average_usage', 'idle');
  const waiting = numberAt(system, 'vcpu_usage', 'average_usage', 'io_wait') ?? 0;
  const memory = at(system, 'memory_info');
  const used = numberAt(memory, 'memory_used_bytes');
  if (idle === undefined && used === undefined) return undefined;
  return present<HostStats>({
    cpu_util: idle === undefined ? undefined : Math.max(0, Math.min(1, (100 - idle - waiting) / 100)),
    mem_used_b: used,
    mem_total_b: numberAt(memory, 'memory_total_bytes'),
    swap_used_b: numberAt(memory, 'swap_used_bytes'),
  });
}

/** How many logical cores a device has: two physical ones may be one logical. */
export function coresPerDevice(hardware: unknown): number | undefined {
  const cores = numberAt(hardware, 'neuroncore_per_device_count') ?? numberAt(hardware, 'nc_count');
  return cores === undefined
    ? undefined
    : Math.max(1, Math.floor(cores / (numberAt(hardware, 'logical_neuroncore_config') ?? 1)));
}

function partOf(id: number, core: Core): DevicePart {
  return present<DevicePart>({
    kind: 'neuroncore',
    id,
    util: core.share === undefined ? undefined : { neuroncore: core.share },
    flops_per_s: core.flops,
    mem_used_b: core.memoryB,
  });
}

/**
 * Samples of one report: one a device that an application uses; and the machine's own state where it is another machine
 * (this one's is read from its own files), or where there is nothing else to tell yet.
 */
export function neuronSamples(document: unknown, { clock, host, local }: Place, say: Say): Sample[] {
  const stamp = clock.stamp(host, null);
  const hardware = at(document, 'neuron_hardware_info');
  const perDevice = coresPerDevice(hardware) ?? Number.POSITIVE_INFINITY;
  const devices = new Map<number, DevicePart[]>();
  for (const [id, core] of [...coresOf(document, say)].sort(([a], [b]) => a - b)) {
    const index = Math.floor(id / perDevice);
    devices.set(index, [...(devices.get(index) ?? []), partOf(id, core)]);
  }
  const raw = rawOf(document);
  const samples = [...devices].map(([index, parts], i): Sample => {
    const sample = emptySample('neuron-monitor', stamp);
    const shares = parts.flatMap(({ util }) => util?.neuroncore ?? []);
    const memory = parts.flatMap(({ mem_used_b }) => mem_used_b ?? []);
    sample.device = present({ index, model: textAt(hardware, 'neuron_device_type') });
    sample.parts = parts;
    if (shares.length > 0) sample.util = { neuroncore: shares.reduce((sum, share) => sum + share, 0) / shares.length };
    if (memory.length > 0) sample.mem_used_b = memory.reduce((sum, bytes) => sum + bytes, 0);
    const total = numberAt(hardware, 'neuron_device_memory_size');
    if (total !== undefined) sample.mem_total_b = total;
    if (i === 0) sample.raw = raw;
    return sample;
  });
  const stats = local && samples.length > 0 ? undefined : hostOf(document);
  if (stats === undefined) return samples;
  return [...samples, { ...emptySample('neuron-monitor', stamp), host_stats: stats }];
}

function isReport(value: unknown): boolean {
  return at(value, 'neuron_runtime_data') !== undefined || at(value, 'system_data') !== undefined;
}

/** Reports of `neuron-monitor`, one JSON document each, on one line or several. */
export class NeuronReader implements OutputReader {
  private readonly out: Output;
  private readonly place: Place;
  private readonly documents = new DocumentSplitter(isReport);
  private broken = 0;

  constructor(out: Output, place: Place) {
    this.out = out;
    this.place = place;
  }

  push(bytes: Buffer): void {
    const say: Say = (code, sentence) => this.out.note(code, sentence);
    for (const document of this.documents.push(bytes))
      for (const sample of neuronSamples(document, this.place, say)) this.out.sample(sample);
    if (this.documents.broken > this.broken)
      say('malformed_output', 'neuron-monitor wrote reports that could not be read; they were left out.');
    this.broken = this.documents.broken;
  }
}
