import type { HostStats } from '../record/sample.ts';
import { present } from './quantity.ts';

/** Ticks of `/proc/stat`, of all processors together. */
export interface CpuTicks {
  readonly all: number;
  readonly idle: number;
  readonly iowait: number;
  readonly steal: number;
  readonly processors: number;
}

/** First line and processors of `/proc/stat`; null for any other text. Guest time is inside user time already. */
export function parseCpuTicks(text: string): CpuTicks | null {
  const line = /^cpu +(.*)$/m.exec(text)?.[1];
  const ticks = line?.trim().split(/\s+/).map(Number) ?? [];
  if (ticks.length < 4 || !ticks.every(Number.isFinite)) return null;
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks;
  const processors = text.match(/^cpu\d+ /gm)?.length ?? 0;
  return { all: user + nice + system + idle + iowait + irq + softirq + steal, idle, iowait, steal, processors };
}

/** Shares of the time between two readings; null where no tick has passed, or where a counter went back. */
export function cpuShares(before: CpuTicks, after: CpuTicks): Pick<HostStats, 'cpu_util' | 'steal' | 'iowait'> | null {
  const all = after.all - before.all;
  const idle = after.idle - before.idle;
  const iowait = after.iowait - before.iowait;
  const steal = after.steal - before.steal;
  if (all <= 0 || idle < 0 || steal < 0) return null;
  // iowait can go back by the kernel's own account.
  const waited = Math.max(0, iowait);
  return { cpu_util: Math.max(0, (all - idle - waited) / all), steal: steal / all, iowait: waited / all };
}

/** `/proc/meminfo`: what is used is what is not available. */
export function parseMeminfo(text: string): Pick<HostStats, 'mem_total_b' | 'mem_used_b' | 'swap_used_b'> {
  const bytes = (name: string): number | undefined => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found) * 1024;
  };
  const [total, available] = [bytes('MemTotal'), bytes('MemAvailable')];
  const [swap, swapFree] = [bytes('SwapTotal'), bytes('SwapFree')];
  return present({
    mem_total_b: total,
    mem_used_b: total === undefined || available === undefined ? undefined : total - available,
    swap_used_b: swap === undefined || swapFree === undefined ? undefined : swap - swapFree,
  });
}

/** `/proc/net/dev` over all interfaces but the loopback; a long counter may touch the colon. */
export function parseNetDev(text: string): Pick<HostStats, 'net_rx_b_total' | 'net_tx_b_total'> {
  let received: number | undefined;
  let sent: number | undefined;
  for (const line of text.split('\n')) {
    const found = /^\s*([^:|]+):\s*(.*)$/.exec(line);
    if (found === null || found[1]!.trim() === 'lo') continue;
    const counters = found[2]!.trim().split(/\s+/).map(Number);
    if (counters.length < 9 || !Number.isFinite(counters[0]) || !Number.isFinite(counters[8])) continue;
    received = (received ?? 0) + counters[0]!;
    sent = (sent ?? 0) + counters[8]!;
  }
  return present({ net_rx_b_total: received, net_tx_b_total: sent });
}

/** `RetransSegs` of `/proc/net/snmp`, by the names of its header line. */
export function parseRetransmits(text: string): number | undefined {
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(/\s+/));
  const at = lines[0]?.indexOf('RetransSegs') ?? -1;
  const value = Number(lines[1]?.[at]);
  return at > 0 && Number.isFinite(value) ? value : undefined;
}

/** Cumulative seconds of `some` in a file of `/proc/pressure`. */
export function parsePressure(text: string): number | undefined {
  const total = /^some .*\btotal=(\d+)$/m.exec(text)?.[1];
  return total === undefined ? undefined : Number(total) / 1e6;
}

export function parseLoad(text: string): number | undefined {
  const load = Number.parseFloat(text);
  return Number.isFinite(load) ? load : undefined;
}

export function parseProcesses(text: string): Pick<HostStats, 'procs_running' | 'procs_blocked'> {
  const count = (name: string) => {
    const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  return present({ procs_running: count('procs_running'), procs_blocked: count('procs_blocked') });
}

const cgroupRoot = '/sys/fs/cgroup';

/** Files of a control group, version 2; each may be missing. */
export interface CgroupTexts {
  readonly cpuMax?: string | undefined;
  readonly cpuStat?: string | undefined;
  readonly memoryMax?: string | undefined;
  readonly memoryCurrent?: string | undefined;
}

/** Limits and use of a control group; undefined where there is none. `max` is no limit. */
export function parseCgroup(texts: CgroupTexts): HostStats['cgroup'] {
  const [quota, period] = texts.cpuMax?.trim().split(/\s+/) ?? [];
  const stat = (name: string) => {
    const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(texts.cpuStat ?? '')?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const whole = (text: string | undefined) => (/^\d+$/.test(text?.trim() ?? '') ? Number(text) : undefined);
  const seconds = (us: number | undefined) => (us === undefined ? undefined : us / 1e6);
  const limit = Number(quota) / Number(period);
  const cgroup = present<NonNullable<HostStats['cgroup']>>({
    cpu_limit: Number.isFinite(limit) && limit > 0 ? limit : undefined,
    mem_limit_b: whole(texts.memoryMax),
    mem_used_b: whole(texts.memoryCurrent),
    cpu_s_total: seconds(stat('usage_usec')),
    throttled_total: stat('nr_throttled'),
    throttled_s_total: seconds(stat('throttled_usec')),
  });
  return Object.keys(cgroup).length === 0 ? undefined : cgroup;
}

/** Folder of a control group of version 2 by the text of `/proc/PID/cgroup`; the root's, which a container sees as its own. */
export function cgroupFolder(text: string): string {
  const path = /^0::(\/.*)$/m.exec(text)?.[1] ?? '/';
  return path === '/' || path.includes('..') ? cgroupRoot : `${cgroupRoot}${path}`;
}

/** Texts of the files that one reading takes, by a short name. */
export type HostTexts = Readonly<Record<string, string>>;

/** Files that a reading takes, here and on another machine. */
export const hostPaths: Readonly<Record<string, string>> = {
  stat: '/proc/stat',
  meminfo: '/proc/meminfo',
  netDev: '/proc/net/dev',
  snmp: '/proc/net/snmp',
  loadavg: '/proc/loadavg',
  pressureCpu: '/proc/pressure/cpu',
  pressureMemory: '/proc/pressure/memory',
  pressureIo: '/proc/pressure/io',
  cpuMax: '/sys/fs/cgroup/cpu.max',
  cpuStat: '/sys/fs/cgroup/cpu.stat',
  memoryMax: '/sys/fs/cgroup/memory.max',
  memoryCurrent: '/sys/fs/cgroup/memory.current',
};

/**
 * State of a machine out of its files.
 * @param before ticks of the reading before; shares need two
 * @returns null where the text holds no processor time at all
 */
export function readHost(
  texts: HostTexts,
  before: CpuTicks | null,
): { readonly stats: HostStats; readonly ticks: CpuTicks } | null {
  const ticks = parseCpuTicks(texts['stat'] ?? '');
  if (ticks === null) return null;
  const stats = present<HostStats>({
    cpus: ticks.processors > 0 ? ticks.processors : undefined,
    ...(before === null ? {} : (cpuShares(before, ticks) ?? {})),
    ...parseMeminfo(texts['meminfo'] ?? ''),
    load1: parseLoad(texts['loadavg'] ?? ''),
    ...parseProcesses(texts['stat'] ?? ''),
    ...parseNetDev(texts['netDev'] ?? ''),
    tcp_retransmits_total: parseRetransmits(texts['snmp'] ?? ''),
    pressure_cpu_s: parsePressure(texts['pressureCpu'] ?? ''),
    pressure_memory_s: parsePressure(texts['pressureMemory'] ?? ''),
    pressure_io_s: parsePressure(texts['pressureIo'] ?? ''),
    cgroup: parseCgroup({
      cpuMax: texts['cpuMax'],
      cpuStat: texts['cpuStat'],
      memoryMax: texts['memoryMax'],
      memoryCurrent: texts['memoryCurrent'],
    }),
  });
  return { stats, ticks };
}
