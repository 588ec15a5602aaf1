import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ClientRecord } from '../record/run.ts';

/** Period of the event-loop probe; the probe's own sleep is taken off its readings. */
const probeMs = 5;
const memoryPeriodMs = 1_000;

/** What one thread that drives load went through in a step. */
export interface ThreadRecord extends Pick<ClientRecord, 'loopLagP50Ms' | 'loopLagP99Ms' | 'loopLagMaxMs'> {
  /** CPU time of this thread, spinning included; null where Node cannot tell. */
  readonly cpuUs: number | null;
  /** Time that it spun before due times: given up as soon as there is work, hence no load. */
  readonly spunMs: number;
}

function lag(histogram: ReturnType<typeof monitorEventLoopDelay>, percentile: number): number {
  return Math.max(0, Math.round((histogram.percentile(percentile) / 1e6 - probeMs) * 1000) / 1000);
}

/** Watches the calling thread until `end`. @param spunMs time that its clock spun so far */
export function watchThread(spunMs: () => number): { end(): ThreadRecord } {
  const histogram = monitorEventLoopDelay({ resolution: probeMs });
  histogram.enable();
  const cpu = process.threadCpuUsage?.();
  const spunBeforeMs = spunMs();
  return {
    end() {
      histogram.disable();
      const used = process.threadCpuUsage?.(cpu);
      return {
        cpuUs: used === undefined ? null : used.user + used.system,
        spunMs: spunMs() - spunBeforeMs,
        loopLagP50Ms: histogram.count === 0 ? 0 : lag(histogram, 50),
        loopLagP99Ms: histogram.count === 0 ? 0 : lag(histogram, 99),
        loopLagMaxMs: histogram.count === 0 ? 0 : Math.max(0, Math.round(histogram.max / 1e6 - probeMs)),
      };
    },
  };
}

/** Watches what the client process goes through while it drives a step. */
export interface ClientWatch {
  end(facts: { readonly connectionsOpened: number; readonly threads: readonly ThreadRecord[] }): ClientRecord;
}

/** 0 where it cannot be read: that opens a file, and an overloaded server may hold all that this process may open. */
function residentBytes(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}

export function watchClient(): ClientWatch {
  const cpu = process.cpuUsage();
  const started = performance.now();
  let rssMaxBytes = residentBytes();
  const timer = setInterval(() => {
    rssMaxBytes = Math.max(rssMaxBytes, residentBytes());
  }, memoryPeriodMs);
  timer.unref();
  return {
    end({ connectionsOpened, threads }) {
      clearInterval(timer);
      const used = process.cpuUsage(cpu);
      const spunMs = threads.reduce((sum, thread) => sum + thread.spunMs, 0);
      const worst = (of: (thread: ThreadRecord) => number) => Math.max(0, ...threads.map(of));
      return {
        cpuUs: Math.max(0, Math.round(used.user + used.system - spunMs * 1000)),
        wallMs: Math.round((performance.now() - started) * 1000) / 1000,
        loopLagP50Ms: worst((thread) => thread.loopLagP50Ms),
        loopLagP99Ms: worst((thread) => thread.loopLagP99Ms),
        loopLagMaxMs: worst((thread) => thread.loopLagMaxMs),
        rssMaxBytes,
        connectionsOpened,
        threads: Math.max(1, threads.length),
        ...(threads.length > 1 && threads.every(({ cpuUs }) => cpuUs !== null)
          ? { busiestThreadCpuUs: Math.round(worst(({ cpuUs, spunMs }) => cpuUs! - spunMs * 1000)) }
          : {}),
      };
    },
  };
}
