/** What a field of `--query-gpu` is asked for, newest name first: older drivers know the others. */
export const wantedFields: readonly (readonly string[])[] = [
  ['timestamp'],
  ['index'],
  ['uuid', 'gpu_uuid'],
  ['name', 'gpu_name'],
  ['pci.bus_id', 'gpu_bus_id'],
  ['driver_version'],
  ['pstate'],
  ['power.draw.instant'],
  ['power.draw.average'],
  ['power.draw'],
  ['enforced.power.limit'],
  ['utilization.gpu'],
  ['utilization.memory'],
  ['memory.used'],
  ['memory.total'],
  ['memory.reserved'],
  ['temperature.gpu'],
  ['temperature.memory'],
  ['clocks.current.sm', 'clocks.sm'],
  ['clocks.current.memory', 'clocks.mem'],
  ['clocks_event_reasons.active', 'clocks_throttle_reasons.active'],
  ['clocks_event_reasons_counters.sw_power_cap'],
  ['clocks_event_reasons_counters.sw_thermal_slowdown'],
  ['clocks_event_reasons_counters.hw_thermal_slowdown'],
  ['clocks_event_reasons_counters.hw_power_brake_slowdown'],
  ['mig.mode.current'],
];

/** Names that `nvidia-smi --help-query-gpu` lists. */
export function namedFields(help: string): Set<string> {
  const names = new Set<string>();
  for (const line of help.split('\n')) {
    if (!line.startsWith('"')) continue;
    for (const [, name] of line.matchAll(/"([a-zA-Z0-9_.]+)"/g)) names.add(name!);
  }
  return names;
}

/** The fields to ask for: the newest name of each that this driver knows. All newest names where nothing is known. */
export function askableFields(known: ReadonlySet<string>): string[] {
  if (known.size === 0) return wantedFields.map((names) => names[0]!);
  return wantedFields.flatMap((names) => names.find((name) => known.has(name)) ?? []);
}

/** The next list after the driver refused a field of this one: its older name, else without it; null when nothing was refused. */
export function withoutRefused(fields: readonly string[], said: string): string[] | null {
  const refused = /Field ["“]?([a-zA-Z0-9_.]+)["”]? is not a valid field to query/.exec(said)?.[1];
  if (refused === undefined || !fields.includes(refused)) return null;
  const names = wantedFields.find((candidates) => candidates.includes(refused)) ?? [];
  const older = names[names.indexOf(refused) + 1];
  return fields.flatMap((field) => (field === refused ? (older ?? []) : field));
}

/** Clock event reasons as `nvml.h` has them; 0x200 and 0x400 as third parties report them. */
const reasonBits: readonly (readonly [bigint, string])[] = [
  [0x001n, 'gpu_idle'],
  [0x002n, 'applications_clocks_setting'],
  [0x004n, 'sw_power_cap'],
  [0x008n, 'hw_slowdown'],
  [0x010n, 'sync_boost'],
  [0x020n, 'sw_thermal_slowdown'],
  [0x040n, 'hw_thermal_slowdown'],
  [0x080n, 'hw_power_brake_slowdown'],
  [0x100n, 'display_clock_setting'],
  [0x200n, 'board_limit'],
  [0x400n, 'reliability'],
];

/** Names of the bits of a mask such as `0x0000000000000004`; bits without a name keep their number. Undefined for no mask. */
export function clockReasons(mask: string): string[] | undefined {
  if (!/^(0x[0-9a-fA-F]+|\d+)$/.test(mask)) return undefined;
  let rest = BigInt(mask);
  const names: string[] = [];
  for (const [bit, name] of reasonBits) {
    if ((rest & bit) === 0n) continue;
    names.push(name);
    rest &= ~bit;
  }
  for (let bit = 1n; rest !== 0n; bit <<= 1n) {
    if ((rest & bit) === 0n) continue;
    names.push(`bit_0x${bit.toString(16)}`);
    rest &= ~bit;
  }
  return names;
}
