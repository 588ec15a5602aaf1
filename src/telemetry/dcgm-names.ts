/** What a family of DCGM's tells, and how finely; `unit` is that of `quantity.ts`, `share` a number 0…1. */
export interface DcgmField {
  readonly quantity: DcgmQuantity;
  readonly unit: string;
}

export type DcgmQuantity =
  | 'power'
  | 'power_instant'
  | 'power_limit'
  | 'energy'
  | 'kernel'
  | 'mem_busy'
  | 'gr'
  | 'sm'
  | 'tensor'
  | 'dram'
  | 'fb_free'
  | 'fb_used'
  | 'fb_reserved'
  | 'fb_total'
  | 'temp'
  | 'mem_temp'
  | 'sm_clock'
  | 'mem_clock'
  | 'throttle_power'
  | 'throttle_thermal'
  | 'throttle_hw'
  | 'reasons'
  | 'nvlink'
  | 'pcie_tx'
  | 'pcie_rx';

const field = (quantity: DcgmQuantity, unit: string): DcgmField => ({ quantity, unit });

/** Exporters up to 4.8, and what their older ones wrote with `-o`. */
const legacy: Readonly<Record<string, DcgmField>> = {
  DCGM_FI_DEV_SM_CLOCK: field('sm_clock', 'MHz'),
  DCGM_FI_DEV_MEM_CLOCK: field('mem_clock', 'MHz'),
  DCGM_FI_DEV_GPU_TEMP: field('temp', 'C'),
  DCGM_FI_DEV_MEMORY_TEMP: field('mem_temp', 'C'),
  DCGM_FI_DEV_POWER_USAGE: field('power', 'W'),
  DCGM_FI_DEV_POWER_USAGE_INSTANT: field('power_instant', 'W'),
  DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION: field('energy', 'mJ'),
  DCGM_FI_DEV_ENFORCED_POWER_LIMIT: field('power_limit', 'W'),
  DCGM_FI_DEV_GPU_UTIL: field('kernel', '%'),
  DCGM_FI_DEV_MEM_COPY_UTIL: field('mem_busy', '%'),
  DCGM_FI_DEV_FB_FREE: field('fb_free', 'MiB'),
  DCGM_FI_DEV_FB_USED: field('fb_used', 'MiB'),
  DCGM_FI_DEV_FB_RESERVED: field('fb_reserved', 'MiB'),
  DCGM_FI_DEV_FB_TOTAL: field('fb_total', 'MiB'),
  // Always nanoseconds, whatever the help text of the exporter says.
  DCGM_FI_DEV_POWER_VIOLATION: field('throttle_power', 'ns'),
  DCGM_FI_DEV_THERMAL_VIOLATION: field('throttle_thermal', 'ns'),
  DCGM_FI_DEV_BOARD_LIMIT_VIOLATION: field('throttle_hw', 'ns'),
  DCGM_FI_DEV_CLOCKS_EVENT_REASONS: field('reasons', 'mask'),
  DCGM_FI_DEV_CLOCK_THROTTLE_REASONS: field('reasons', 'mask'),
  // KiB/s ÷ 1000, whatever its declared type says.
  DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL: field('nvlink', 'nvlink'),
  DCGM_FI_PROF_GR_ENGINE_ACTIVE: field('gr', 'share'),
  DCGM_FI_PROF_SM_ACTIVE: field('sm', 'share'),
  DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: field('tensor', 'share'),
  DCGM_FI_PROF_DRAM_ACTIVE: field('dram', 'share'),
  // Rates, though their names end as totals would.
  DCGM_FI_PROF_PCIE_TX_BYTES: field('pcie_tx', 'B'),
  DCGM_FI_PROF_PCIE_RX_BYTES: field('pcie_rx', 'B'),
  dcgm_sm_clock: field('sm_clock', 'MHz'),
  dcgm_memory_clock: field('mem_clock', 'MHz'),
  dcgm_gpu_temp: field('temp', 'C'),
  dcgm_memory_temp: field('mem_temp', 'C'),
  dcgm_power_usage: field('power', 'W'),
  dcgm_total_energy_consumption: field('energy', 'mJ'),
  dcgm_gpu_utilization: field('kernel', '%'),
  dcgm_mem_copy_utilization: field('mem_busy', '%'),
  dcgm_fb_free: field('fb_free', 'MiB'),
  dcgm_fb_used: field('fb_used', 'MiB'),
};

/** Names of DCGM 4.6 and later; their units came with DCGM 4.7 and exporter 4.9. */
const renamed: Readonly<Record<string, DcgmField>> = {
  DCGM_FI_DEV_SM_CLOCK_HERTZ: field('sm_clock', 'Hz'),
  DCGM_FI_DEV_MEMORY_CLOCK_HERTZ: field('mem_clock', 'Hz'),
  DCGM_FI_DEV_GPU_TEMP_CELSIUS: field('temp', 'C'),
  DCGM_FI_DEV_MEMORY_TEMP_CELSIUS: field('mem_temp', 'C'),
  DCGM_FI_DEV_BOARD_POWER_WATTS: field('power', 'W'),
  DCGM_FI_DEV_BOARD_POWER_RAW_WATTS: field('power_instant', 'W'),
  DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL: field('energy', 'J'),
  DCGM_FI_DEV_BOARD_POWER_LIMIT_ENFORCED_WATTS: field('power_limit', 'W'),
  DCGM_FI_DEV_GPU_UTIL_RATIO: field('kernel', 'ratio'),
  DCGM_FI_DEV_MEMORY_UTIL_RATIO: field('mem_busy', 'ratio'),
  DCGM_FI_DEV_FB_CAPACITY_BYTES: field('fb_total', 'B'),
  DCGM_FI_DEV_FB_FREE_BYTES: field('fb_free', 'B'),
  DCGM_FI_DEV_FB_USED_BYTES: field('fb_used', 'B'),
  DCGM_FI_DEV_FB_RESERVED_BYTES: field('fb_reserved', 'B'),
  DCGM_FI_DEV_GPU_POWER_THROTTLE_SECONDS_TOTAL: field('throttle_power', 's'),
  DCGM_FI_DEV_GPU_THERMAL_THROTTLE_SECONDS_TOTAL: field('throttle_thermal', 's'),
  DCGM_FI_DEV_NVLINK_THROUGHPUT_BYTES_PER_SECOND: field('nvlink', 'B'),
  DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO: field('gr', 'share'),
  DCGM_FI_PROF_SM_UTIL_RATIO: field('sm', 'share'),
  DCGM_FI_PROF_TENSOR_UTIL_RATIO: field('tensor', 'share'),
  DCGM_FI_PROF_DRAM_UTIL_RATIO: field('dram', 'share'),
};

/** Known families only: a suffix tells a unit, but not what is measured. */
export function dcgmField(name: string): DcgmField | undefined {
  return renamed[name] ?? legacy[name];
}

/** Families whose unit changed with their name: an exporter of 4.9, or an older one that was told to give them. */
export function isNewUnitFamily(name: string): boolean {
  return /^DCGM_FI_DEV_(?:.*_HERTZ|.*_JOULES_TOTAL|FB_[A-Z]+_BYTES)$/.test(name);
}

/**
 * Families that came with DCGM 4.7: beside them `…_UTIL_RATIO` is a ratio. In 4.6 it was a percentage under that name,
 * where hertz and joules were there already.
 */
export function tellsRatio(name: string): boolean {
  return /^DCGM_FI_DEV_(?:FB_(?:CAPACITY|FREE|USED|RESERVED)_BYTES|NVLINK_THROUGHPUT_BYTES_PER_SECOND)$/.test(name);
}

export function isRenamed(name: string): boolean {
  return name in renamed;
}

/** Steps of a quantity in its unit: where two dialects tell the same, the finer one is taken. */
export const unitSteps: Readonly<Record<string, number>> = {
  mJ: 1e-3,
  J: 1,
  '%': 1e-2,
  ratio: 1e-6,
  MHz: 1e6,
  Hz: 1,
  MiB: 1024 ** 2,
  B: 1,
  nvlink: 1e6,
  ns: 1e-9,
  s: 1e-6,
};

/** Text that stands for no value. */
const blankTexts = /^<<<.*>>>$/;
const int32Blank = (value: number) => value >= 2_147_483_632 && value <= 2_147_483_635;

/**
 * DCGM's blanks: not found, not supported, not permitted. The 64-bit ones cannot be told apart as numbers, and an
 * exporter may have scaled them; a share so large is one of them.
 */
export function isDcgmBlank(value: number, text: string, { quantity, unit }: DcgmField): boolean {
  if (!Number.isFinite(value) || blankTexts.test(text)) return true;
  if (value >= 9.2e18) return true;
  if (value >= 1.4e14 && unit !== 'mJ' && unit !== 'ns' && unit !== 'B') return true;
  if (value >= 140_737_488_355_328 && value <= 140_737_488_355_331) return true;
  const wide = quantity === 'energy' || unit === 'B' || unit === 'ns' || unit === 'Hz';
  return !wide && int32Blank(value);
}
