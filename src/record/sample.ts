import * as z from 'zod';

/** Why a value is missing or not to be trusted; stable, scripts may match on them. */
export const reasonCodes = [
  'endpoint_unreachable',
  'endpoint_absent',
  'endpoint_not_metrics',
  'unknown_dialect',
  'ambiguous_unit',
  'low_resolution',
  'stale_source',
  'window_not_bracketed',
  'sampling_gap_exceeded',
  'insufficient_samples',
  'invalid_timestamp',
  'invalid_power_sample',
  'identity_missing',
  'expected_device_count_mismatch',
  'duplicate_instance_rows',
  'counter_reset',
  'edge_uncertainty_exceeded',
  'accumulator_mismatch',
  'duration_mismatch',
  'partitioned_device',
  'not_exclusive',
  'unavailable',
  /** The tool of a source is not installed. */
  'tool_absent',
  /** The tool is there, but ended with an error or said nothing that could be read. */
  'tool_failed',
  'permission_denied',
  /** Lines or documents that could not be read; the rest was. */
  'malformed_output',
  /** A source that delivered and then ended. */
  'source_died',
  /** A device that was there and is not any more. */
  'device_vanished',
] as const;
export type ReasonCode = (typeof reasonCodes)[number];

/** Shares of time or of a peak, 0…1; each is another quantity, see the notes. */
export interface Utilization {
  /** Share of time in which at least one kernel was resident; not how much of the device worked. */
  kernel?: number;
  /** Share of time in which memory was read or written; not a share of peak bandwidth. */
  mem_busy?: number;
  /** Share of streaming multiprocessors that were busy. */
  sm?: number;
  /** Share of cycles in which the matrix units worked. */
  tensor?: number;
  /** Share of cycles in which the memory interface moved data. */
  dram?: number;
  /** Share of time in which the graphics and compute engine was active. */
  gr?: number;
  /** Share of time in which a NeuronCore worked. */
  neuroncore?: number;
}

export interface SampledDevice {
  uuid?: string;
  index?: number;
  model?: string;
  pci?: string;
  serial?: string;
  driver?: string;
}

/** A part of a device that is measured by itself: an instance of a partitioned GPU, a NeuronCore. */
export interface DevicePart {
  kind: 'mig' | 'partition' | 'neuroncore';
  id: number;
  profile?: string;
  util?: Utilization;
  mem_used_b?: number;
  /** Floating-point operations per second as the source counts them. */
  flops_per_s?: number;
}

/** `avg1s`: mean of the second before; `avg`: a mean over a window that the vendor does not state. */
export type PowerKind = 'avg1s' | 'avg' | 'instant' | 'unknown';
/** What the watts cover; `device_share` is a share of an unpublished maximum, then there are no watts. */
export type PowerScope = 'gpu_board' | 'module' | 'device_share' | 'cpu_package' | 'wall';

/** Cumulative seconds in which clocks were held down, and what holds them down at this moment. */
export interface Throttle {
  power_s?: number;
  thermal_s?: number;
  hw_s?: number;
  /** Names as the vendor's mask has them; empty = nothing; absent = not told. */
  reasons?: string[];
}

/** Sum and count of a histogram of the server's: only means of differences are taken from it. */
export interface ServerHistogram {
  sum: number;
  count: number;
}

/** A model server's own gauges and counters at one moment; absent = this server does not tell it. */
export interface ServerStats {
  /** Whose families these are, e.g. `vllm`. */
  dialect: string;
  /** Where they were read, without its query. */
  url: string;
  models?: string[];
  /** Requests being computed and requests waiting, summed over engines. */
  running?: number;
  waiting?: number;
  /** Share of the KV cache in use, 0…1; of the fullest engine. */
  kv_usage?: number;
  preemptions_total?: number;
  /** Prompt tokens, cached ones included. */
  prompt_tokens_total?: number;
  prompt_cached_tokens_total?: number;
  generation_tokens_total?: number;
  /** Requests that the server counts as finished well. */
  requests_total?: number;
  aborted_total?: number;
  prefix_hits_total?: number;
  prefix_queries_total?: number;
  spec_accepted_total?: number;
  spec_drafted_total?: number;
  /** Operations and bytes moved per accelerator by the server's own estimate. */
  flops_total?: number;
  memory_read_b_total?: number;
  memory_written_b_total?: number;
  ttft_s?: ServerHistogram;
  /** Time between tokens. */
  itl_s?: ServerHistogram;
  /** Time per output token, per request. */
  tpot_s?: ServerHistogram;
  e2e_s?: ServerHistogram;
  queue_s?: ServerHistogram;
  prefill_s?: ServerHistogram;
  decode_s?: ServerHistogram;
  /** Start of the server's process and creation of its counters, Unix seconds: a change is evidence of a reset. */
  started_unix_s?: number;
  created_unix_s?: number;
  /** Gauges apart where several engines answer at one address. */
  engines?: { id: string; running?: number; waiting?: number; kv_usage?: number }[];
}

/** A machine's own state at one moment. */
export interface HostStats {
  /** Processors that are online. */
  cpus?: number;
  /** Shares of all processors' time since the sample before, 0…1. */
  cpu_util?: number;
  steal?: number;
  iowait?: number;
  mem_used_b?: number;
  mem_total_b?: number;
  swap_used_b?: number;
  load1?: number;
  procs_running?: number;
  procs_blocked?: number;
  /** Cumulative, all interfaces but the loopback. */
  net_rx_b_total?: number;
  net_tx_b_total?: number;
  tcp_retransmits_total?: number;
  /** Cumulative seconds in which some task waited for it. */
  pressure_cpu_s?: number;
  pressure_memory_s?: number;
  pressure_io_s?: number;
  cgroup?: {
    /** Processors that the group may use; absent = no limit. */
    cpu_limit?: number;
    mem_limit_b?: number;
    mem_used_b?: number;
    cpu_s_total?: number;
    throttled_total?: number;
    throttled_s_total?: number;
  };
}

/** What a source wrote, before any reading of it. */
export interface RawValue {
  name: string;
  labels?: Record<string, string>;
  value: string;
  unit?: string;
}

/**
 * One reading of a device, a model server or a machine, in SI units; `quality` says what is doubtful of it.
 *
 * What a source did not tell is absent, never 0; a 0 that it did tell is 0.
 */
export interface Sample {
  /** Seconds on the run's clock at collection: joins the milliseconds of exchanges. */
  t_mono_s: number;
  /** Wall clock at collection, Unix seconds. */
  t_wall_s: number;
  /** Time that the source stamped itself, Unix seconds. */
  t_source_s?: number;
  /** Largest error of `t_mono_s` that is known, seconds: half of the call that brought the value. */
  t_bound_s?: number;
  /** Source and dialect, e.g. `dcgm/4.9`, `nvidia-smi`. */
  source: string;
  /** The source as it was asked for, e.g. `dcgm http://node-2:9400/metrics`; absent where `source` says the same. */
  via?: string;
  host: string;
  device?: SampledDevice;
  parts?: DevicePart[];
  power_w?: number;
  power_kind?: PowerKind;
  power_scope?: PowerScope;
  /** Limit that the device holds itself to. */
  power_limit_w?: number;
  /** Mean over the last minute as a share of the device's unpublished maximum, 0…1. */
  power_share?: number;
  /** Cumulative counter as read. */
  energy_j?: number;
  /** The counter's step. */
  energy_step_j?: number;
  /** The counter starts again from 0 at this value: only then is a decrease not a reset. */
  energy_wraps_j?: number;
  util?: Utilization;
  mem_used_b?: number;
  mem_total_b?: number;
  mem_reserved_b?: number;
  /** Celsius: the one unit of the record that is not SI. */
  temp_c?: number;
  mem_temp_c?: number;
  sm_clock_hz?: number;
  mem_clock_hz?: number;
  throttle?: Throttle;
  /** Bytes per second over the device's links to others and to the machine. */
  nvlink_b_per_s?: number;
  pcie_tx_b_per_s?: number;
  pcie_rx_b_per_s?: number;
  server?: ServerStats;
  host_stats?: HostStats;
  raw: RawValue[];
  quality: ReasonCode[];
}

const optionalNumber = z.number().optional();
const utilization = z.record(z.string(), z.number()).optional();

/** As far as reading depends on it; further fields pass through. */
export const sampleSchema = z.looseObject({
  t_mono_s: z.number(),
  t_wall_s: z.number(),
  t_source_s: optionalNumber,
  source: z.string(),
  host: z.string(),
  device: z
    .looseObject({
      uuid: z.string().optional(),
      index: optionalNumber,
      model: z.string().optional(),
      pci: z.string().optional(),
    })
    .optional(),
  parts: z.array(z.looseObject({ kind: z.string(), id: z.number(), util: utilization })).optional(),
  power_w: optionalNumber,
  power_kind: z.enum(['avg1s', 'avg', 'instant', 'unknown']).optional(),
  power_scope: z.enum(['gpu_board', 'module', 'device_share', 'cpu_package', 'wall']).optional(),
  energy_j: optionalNumber,
  util: utilization,
  mem_used_b: optionalNumber,
  mem_total_b: optionalNumber,
  temp_c: optionalNumber,
  throttle: z
    .looseObject({
      power_s: optionalNumber,
      thermal_s: optionalNumber,
      hw_s: optionalNumber,
      reasons: z.array(z.string()).optional(),
    })
    .optional(),
  server: z.looseObject({ dialect: z.string(), url: z.string() }).optional(),
  host_stats: z.looseObject({ cpu_util: optionalNumber }).optional(),
  raw: z.array(z.looseObject({ name: z.string(), value: z.string() })),
  quality: z.array(z.string()),
});

/** A sample from parsed JSON; null for anything else. */
export function parseSample(value: unknown): Sample | null {
  const parsed = sampleSchema.safeParse(value);
  return parsed.success ? (parsed.data as unknown as Sample) : null;
}
