import type { HostStats } from '../record/sample.ts';
import type { Dialect, DialectReader } from './dialect.ts';
import type { Exposition, Series } from './exposition.ts';
import { type CpuTicks, cpuShares } from './host-files.ts';
import { present } from './quantity.ts';
import { emptySample } from './stamp.ts';

function sum(
  all: readonly Series[] | undefined,
  include: (series: Series) => boolean = () => true,
): number | undefined {
  const values = (all ?? []).filter((series) => include(series) && Number.isFinite(series.value));
  return values.length === 0 ? undefined : values.reduce((total, { value }) => total + value, 0);
}

/** Seconds in place of ticks: shares are the same. */
function ticksOf({ families }: Exposition): CpuTicks | null {
  const all = families.get('node_cpu_seconds_total');
  if (all === undefined) return null;
  const mode = (name: string) => sum(all, ({ labels }) => labels['mode'] === name) ?? 0;
  const counted = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];
  return {
    all: counted.reduce((total, name) => total + mode(name), 0),
    idle: mode('idle'),
    iowait: mode('iowait'),
    steal: mode('steal'),
    processors: new Set(all.map(({ labels }) => labels['cpu'])).size,
  };
}

function createReader(): DialectReader {
  let before: CpuTicks | null = null;
  return (exposition, place, out) => {
    const { families } = exposition;
    const one = (name: string) => sum(families.get(name));
    const network = (name: string) => sum(families.get(name), ({ labels }) => labels['device'] !== 'lo');
    const [total, available] = [one('node_memory_MemTotal_bytes'), one('node_memory_MemAvailable_bytes')];
    const ticks = ticksOf(exposition);
    const stats = present<HostStats>({
      cpus: ticks?.processors,
      ...(before === null || ticks === null ? {} : (cpuShares(before, ticks) ?? {})),
      mem_total_b: total,
      mem_used_b: total === undefined || available === undefined ? undefined : total - available,
      load1: one('node_load1'),
      net_rx_b_total: network('node_network_receive_bytes_total'),
      net_tx_b_total: network('node_network_transmit_bytes_total'),
      tcp_retransmits_total: one('node_netstat_Tcp_RetransSegs'),
      pressure_cpu_s: one('node_pressure_cpu_waiting_seconds_total'),
      pressure_memory_s: one('node_pressure_memory_waiting_seconds_total'),
      pressure_io_s: one('node_pressure_io_waiting_seconds_total'),
    });
    before = ticks;
    out.sample({ ...emptySample('node-exporter', place.stamp), host_stats: stats });
    packages(exposition).forEach(({ labels, value, text }) => {
      const index = Number(labels['index'] ?? '0');
      out.sample({
        ...emptySample('node-exporter', place.stamp),
        device: { uuid: `cpu-package-${index}`, index, model: `CPU package-${index}` },
        power_scope: 'cpu_package',
        energy_j: value,
        raw: [{ name: 'node_rapl_package_joules_total', value: text, unit: 'J' }],
      });
    });
  };
}

function packages({ families }: Exposition): readonly Series[] {
  return (families.get('node_rapl_package_joules_total') ?? []).filter(({ value }) => Number.isFinite(value));
}

/** Prometheus' exporter of a machine: its load and the energy of its processors. */
export const nodeDialect: Dialect = {
  name: 'node-exporter',
  knows: ({ families }) => families.has('node_cpu_seconds_total'),
  reader: createReader,
};
