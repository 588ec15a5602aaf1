import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ClientRecord } from '../record/run.ts';

/** Period of the event-loop probe; the probe's own sleep is taken off its readings. */
const probeMs = 5;
const memoryPeriodMs = 1_000;

/** Watches what the client process itself goes through while it drives a step. */
export interface ClientWatch {
  /** Ends the watch. `connectionsOpened` and `threads` are known to the caller only. */
  end(facts: { connectionsOpened: number; threads: number }): ClientRecord;
}

function lag(histogram: ReturnType<typeof monitorEventLoopDelay>, percentile: number): number {
  return Math.max(0, Math.round((histogram.percentile(percentile) / 1e6 - probeMs) * 1000) / 1000);
}

/** @param spunMs time that this process spun before due times so far: given up as soon as there is work, hence no load */
export function watchClient(spunMs: () => number): ClientWatch {
  const histogram = monitorEventLoopDelay({ resolution: probeMs });
  histogram.enable();
  const cpu = process.cpuUsage();
  const started = performance.now();
  const spunBeforeMs = spunMs();
  let rssMaxBytes = process.memoryUsage.rss();
  const timer = setInterval(() => {
    rssMaxBytes = Math.max(rssMaxBytes, process.memoryUsage.rss());
  }, memoryPeriodMs);
  timer.unref();
  return {
    end({ connectionsOpened, threads }) {
      clearInterval(timer);
      histogram.disable();
      const used = process.cpuUsage(cpu);
      return {
        cpuUs: Math.max(0, Math.round(used.user + used.system - (spunMs() - spunBeforeMs) * 1000)),
        wallMs: Math.round((performance.now() - started) * 1000) / 1000,
        loopLagP50Ms: histogram.count === 0 ? 0 : lag(histogram, 50),
        loopLagP99Ms: histogram.count === 0 ? 0 : lag(histogram, 99),
        loopLagMaxMs: histogram.count === 0 ? 0 : Math.max(0, Math.round(histogram.max / 1e6 - probeMs)),
        rssMaxBytes,
        connectionsOpened,
        threads,
      };
    },
  };
}
