import type { HostStats } from '../record/sample.ts';
import { round } from './number.ts';
import type { HostSummary } from './telemetry-summary.ts';
import {
  groupedBy,
  inside,
  maxOf,
  meanOf,
  percentileOf,
  type Reading,
  riseOf,
  type SecondSpan,
  valuesOf,
} from './watched.ts';

/** What the machines did over a window, in the order in which they were first read. */
export function hostsOf(readings: readonly Reading[], window: SecondSpan): HostSummary[] {
  const machines = groupedBy(
    readings.filter(({ host_stats }) => host_stats !== undefined),
    ({ host }) => host,
  );
  return Array.from(machines, ([name, own]) => hostSummary(name, own, window)).filter((each) => each !== null);
}

function hostSummary(name: string, own: readonly Reading[], window: SecondSpan): HostSummary | null {
  const within = own.filter((reading) => inside(window, reading));
  if (within.length === 0) return null;
  const of = (pick: (stats: HostStats) => number | undefined) =>
    valuesOf(within, ({ host_stats }) => pick(host_stats!));
  const rise = (pick: (stats: HostStats) => number | undefined) =>
    riseOf(own, window, ({ host_stats }) => pick(host_stats!));
  const perS = (pick: (stats: HostStats) => number | undefined) => {
    const bytes = rise(pick);
    return bytes === null || !(window.endS > window.startS) ? null : round(bytes / (window.endS - window.startS));
  };
  const cpu = of(({ cpu_util }) => cpu_util);
  return {
    name,
    cpuUtilizationMean: meanOf(cpu),
    cpuUtilizationP95: percentileOf(cpu, 0.95),
    stealMean: meanOf(of(({ steal }) => steal)),
    memoryUsedBytesMax: maxOf(of(({ mem_used_b }) => mem_used_b)),
    memoryTotalBytes: maxOf(of(({ mem_total_b }) => mem_total_b)),
    networkReceivedBytesPerS: perS(({ net_rx_b_total }) => net_rx_b_total),
    networkSentBytesPerS: perS(({ net_tx_b_total }) => net_tx_b_total),
    throttledS: rise(({ cgroup }) => cgroup?.throttled_s_total),
  };
}
