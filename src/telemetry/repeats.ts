import type { Sample } from '../record/sample.ts';
import { deviceKey } from './attendance.ts';

interface Seen {
  print: string;
  readonly firstS: number[];
  repeated: boolean;
}

/** Fewer repetitions than this are two clocks that beat, not a source that is slow. */
const slowFactor = 2.5;

/**
 * Snapshots that an exporter gives again and again until its next reading: only the first is a sample. Two snapshots
 * are one when all their counters and all their gauges are equal; a device without any of these cannot be told.
 */
export class Repeats {
  private readonly seen = new Map<string, Seen>();

  /**
   * The samples of a page without those of machines of which nothing is new. An exporter reads all its devices at once:
   * one that idles, and tells the same again beside one that works, was read anew too.
   */
  fresh(samples: readonly Sample[]): Sample[] {
    const told = samples.filter((sample) => fingerprint(sample) !== null);
    const known = new Set(told.map(({ host }) => host));
    const changed = new Set(told.filter((sample) => !this.isRepeat(sample)).map(({ host }) => host));
    return samples.filter(({ host }) => changed.has(host) || !known.has(host));
  }

  /** True for a snapshot of a device that was given before. */
  private isRepeat(sample: Sample): boolean {
    const print = fingerprint(sample);
    if (print === null) return false;
    const key = deviceKey(sample);
    const seen = this.seen.get(key);
    if (seen === undefined) this.seen.set(key, { print, firstS: [sample.t_mono_s], repeated: false });
    else if (seen.print === print) {
      seen.repeated = true;
      return true;
    } else {
      seen.print = print;
      seen.firstS.push(sample.t_mono_s);
      if (seen.firstS.length > 9) seen.firstS.shift();
    }
    return false;
  }

  /**
   * Median distance of new snapshots of a device, seconds, once it is far above the distance of asking; else null, also
   * where nothing was ever repeated: then it was the answers that failed to come.
   */
  slowPeriodS(sample: Sample, askedS: number): number | null {
    const seen = this.seen.get(deviceKey(sample));
    const first = seen?.repeated === true ? seen.firstS : [];
    const distances = first.slice(1).map((at, i) => at - first[i]!);
    if (distances.length === 0) return null;
    const median = distances.sort((a, b) => a - b)[distances.length >> 1]!;
    return median > slowFactor * askedS ? median : null;
  }
}

/** What tells two readings apart: counters, and gauges that are no whole numbers of a percent. */
function fingerprint(sample: Sample): string | null {
  const { energy_j, power_w, util, throttle } = sample;
  if (energy_j === undefined && power_w === undefined) return null;
  return JSON.stringify([
    energy_j,
    power_w,
    util,
    throttle,
    sample.temp_c,
    sample.sm_clock_hz,
    sample.mem_used_b,
    sample.pcie_tx_b_per_s,
  ]);
}
