import type { Sample, Throttle } from '../record/sample.ts';
import { deviceKey } from './attendance.ts';

/** Accumulated residencies of AMD's firmware, as its exporter names them, beside the counter that advances with all. */
const causes = ['ppt', 'processor_hot', 'socket_thermal', 'vr_thermal', 'hbm_thermal'] as const;
type Cause = (typeof causes)[number];

interface Seen {
  readonly atS: number;
  readonly counter: number;
  readonly residencies: ReadonlyMap<Cause, number>;
  readonly throttle: Required<Pick<Throttle, 'power_s' | 'thermal_s'>>;
}

/**
 * Throttled seconds since a device's first reading. The firmware counts in ticks whose length it does not tell: what a
 * residency rose by, over the ticks between two readings, is its share of the time between them.
 */
export class Violations {
  private readonly devices = new Map<string, Seen>();

  /**
   * @param of value of a residency, or of the counter; undefined where the device has none
   * @returns undefined without them, and in a reading in which they began anew
   */
  throttle(sample: Sample, of: (name: Cause | 'counter') => number | undefined): Throttle | undefined {
    const counter = of('counter');
    const residencies = new Map(causes.map((cause) => [cause, of(cause) ?? 0] as const));
    if (counter === undefined || causes.every((cause) => of(cause) === undefined)) return undefined;
    const key = deviceKey(sample);
    const now = { atS: sample.t_mono_s, counter, residencies };
    const before = this.devices.get(key) ?? { ...now, throttle: { power_s: 0, thermal_s: 0 } };
    const shares = sharesOf(before, now);
    const { power_s, thermal_s } = before.throttle;
    const spanS = now.atS - before.atS;
    const throttle = {
      power_s: power_s + (shares?.power ?? 0) * spanS,
      thermal_s: thermal_s + (shares?.heat ?? 0) * spanS,
    };
    // An exporter repeats a reading until it has read anew: the time meanwhile belongs to the next.
    if (counter === before.counter && this.devices.has(key)) return before.throttle;
    this.devices.set(key, { ...now, throttle });
    return shares === null ? undefined : throttle;
  }
}

type Reading = Pick<Seen, 'counter' | 'residencies'>;

/** Null where a counter went back. */
function sharesOf(before: Reading, now: Reading): { readonly power: number; readonly heat: number } | null {
  const ticks = now.counter - before.counter;
  const rises = new Map(causes.map((cause) => [cause, now.residencies.get(cause)! - before.residencies.get(cause)!]));
  if (ticks < 0 || [...rises.values()].some((rise) => rise < 0)) return null;
  const share = (cause: Cause) => (ticks === 0 ? 0 : Math.min(1, rises.get(cause)! / ticks));
  const hot = causes.filter((cause) => cause !== 'ppt').map(share);
  // Several sensors may be too hot at once: their times are not added.
  return { power: share('ppt'), heat: Math.max(...hot) };
}
