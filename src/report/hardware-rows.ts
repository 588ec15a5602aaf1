import type { StepSummary } from '../measurement/summary.ts';

type Entry = readonly [name: string, value: string | number | boolean | null];

/** Telemetry of a step in the flat table; every column is always there, so that files of several runs fit together. */
export function hardwareEntries({ hardware, energy, efficiency, bottleneck, server }: StepSummary): Entry[] {
  const { load } = server;
  const devices = hardware?.devices ?? [];
  const most = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  return [
    ['accelerators_observed', hardware === null ? null : devices.length],
    ['accelerator_busy_mean_share', hardware?.utilizationMean ?? null],
    ['accelerator_busy_p95_share', hardware?.utilizationP95 ?? null],
    ['accelerator_busy_kind', hardware?.utilizationKind ?? null],
    ['accelerator_memory_interface_mean_share', most(devices.map((each) => each.dramActiveMean))],
    ['accelerator_matrix_units_mean_share', most(devices.map((each) => each.tensorActiveMean))],
    ['accelerator_memory_used_max_bytes', most(devices.map((each) => each.memoryUsedBytesMax))],
    ['accelerator_temperature_max_c', most(devices.map((each) => each.temperatureMaxC))],
    ['accelerator_throttled_share', most(devices.map((each) => each.throttledShare))],
    ['energy_valid', energy?.valid ?? null],
    ['energy_j', energy?.energyJ ?? null],
    ['power_mean_w', energy?.powerMeanW ?? null],
    ['joules_per_output_token', energy?.joulesPerOutputToken ?? null],
    ['joules_per_total_token', energy?.joulesPerTotalToken ?? null],
    ['joules_per_request', energy?.joulesPerRequest ?? null],
    ['output_tokens_per_j', energy?.outputTokensPerJ ?? null],
    ['energy_above_idle_j', energy?.energyAboveIdleJ ?? null],
    ['energy_method', energy?.method ?? null],
    ['energy_scope', energy?.scope ?? null],
    ['energy_reasons', energy === null ? null : energy.reasons.join(' ')],
    ['output_tokens_per_s_per_accelerator', efficiency?.outputTokensPerSPerAccelerator ?? null],
    ['output_tokens_per_s_per_kw', efficiency?.outputTokensPerSPerKw ?? null],
    ['output_tokens_per_s_per_1000_usd', efficiency?.outputTokensPerSPerKusd ?? null],
    ['model_bandwidth_utilization_share', efficiency?.modelBandwidthUtilization?.value ?? null],
    ['model_flops_utilization_share', efficiency?.modelFlopsUtilization?.value ?? null],
    ['server_running_mean', load?.runningMean ?? null],
    ['server_waiting_mean', load?.waitingMean ?? null],
    ['server_waiting_max', load?.waitingMax ?? null],
    ['server_kv_usage_max_share', load?.kvUsageMax ?? null],
    ['server_preemptions', load?.preemptions ?? null],
    ['server_prefix_hit_share', load?.prefixHitRate ?? null],
    ['server_drafts_accepted_share', load?.speculationAcceptance ?? null],
    ['server_ttft_mean_ms', load?.ttftMeanMs ?? null],
    ['server_counters', server.identity?.verdict ?? null],
    ['host_cpu_mean_share', hardware?.host?.cpuUtilizationMean ?? null],
    ['host_memory_used_max_bytes', hardware?.host?.memoryUsedBytesMax ?? null],
    ['bottleneck', bottleneck?.kind ?? null],
  ];
}
