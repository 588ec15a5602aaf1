import { idOf, watchedDevices } from './device-identity.ts';
import { round, roundOrNull } from './number.ts';
import type { DeviceSummary, UtilizationKind } from './telemetry-summary.ts';
import {
  groupedBy,
  inside,
  leastResolution,
  maxOf,
  meanOf,
  percentileOf,
  type Reading,
  riseOf,
  type SecondSpan,
  valuesOf,
  withoutRepeats,
} from './watched.ts';

/** One accelerator with what its best source told of it over the run. */
export interface Device {
  readonly id: string;
  readonly name: string | null;
  readonly host: string;
  readonly index: number | null;
  readonly source: string;
  /** Ascending in time, without repetitions. */
  readonly readings: readonly Reading[];
}

/** Accelerators only: what measures processors or walls is no device of the load. */
const isDevice = ({ device, power_scope }: Reading): boolean =>
  device !== undefined && power_scope !== 'cpu_package' && power_scope !== 'wall';

/**
 * The accelerators among readings. Where several sources watch one, the one that tells energy best speaks for it: two
 * clocks and two averages are never mixed within a series.
 */
export function devicesOf(readings: readonly Reading[]): Device[] {
  const watched = watchedDevices(readings.filter(isDevice));
  const devices = watched.map((views): Device => {
    const best = views.reduce((a, b) => (worth(b.readings) > worth(a.readings) ? b : a));
    const named = views.flatMap((view) => view.readings).find(({ device }) => device?.model !== undefined);
    return {
      id: idOf(best),
      name: named?.device?.model ?? null,
      host: best.host,
      index: best.index,
      source: best.readings[0]!.source,
      readings: best.readings.toSorted((a, b) => a.t_mono_s - b.t_mono_s),
    };
  });
  return eachReadOnce(devices).sort(
    (a, b) => compare(a.host, b.host) || (a.index ?? 0) - (b.index ?? 0) || compare(a.id, b.id),
  );
}

/** An exporter reads all devices of its machine at once: what is new of one is a reading of each (G-3). */
function eachReadOnce(devices: readonly Device[]): Device[] {
  return [...groupedBy(devices, ({ source, host }) => `${source} ${host}`).values()].flatMap((group) => {
    const times = new Set(group.flatMap(({ readings }) => withoutRepeats(readings).map((reading) => reading.t_mono_s)));
    return group.map((device) => ({
      ...device,
      readings: device.readings.filter(({ t_mono_s }) => times.has(t_mono_s)),
    }));
  });
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function worth(readings: readonly Reading[]): number {
  const has = (of: (reading: Reading) => unknown) => (readings.some((each) => of(each) !== undefined) ? 1 : 0);
  return (
    4 * has(({ energy_j }) => energy_j) +
    2 * has(({ power_w }) => power_w) +
    has(({ util }) => util) +
    Math.min(0.9, readings.length / 1e6)
  );
}

/** The order in which quantities stand for "how busy": what most tools call utilisation comes first. */
const kinds: readonly UtilizationKind[] = ['kernel', 'gr', 'neuroncore', 'sm', 'dram', 'tensor', 'mem_busy'];

export function utilizationKindOf(readings: readonly Reading[]): UtilizationKind | null {
  return kinds.find((kind) => readings.some(({ util }) => util?.[kind] !== undefined)) ?? null;
}

/** What one accelerator did over the window; `energyJ` comes from the energy of the step. */
export function deviceSummary(device: Device, window: SecondSpan, energyJ: number | null): DeviceSummary {
  const within = device.readings.filter((reading) => inside(window, reading));
  const kind = utilizationKindOf(device.readings);
  const busy = kind === null ? [] : valuesOf(within, ({ util }) => util?.[kind]);
  const of = (pick: (reading: Reading) => number | undefined) => valuesOf(within, pick);
  return {
    id: device.id,
    name: device.name,
    host: device.host,
    index: device.index,
    source: device.source,
    utilizationMean: meanOf(busy),
    utilizationP95: percentileOf(busy, 0.95),
    utilizationKind: kind,
    smActiveMean: meanOf(of(({ util }) => util?.sm)),
    tensorActiveMean: meanOf(of(({ util }) => util?.tensor)),
    dramActiveMean: meanOf(of(({ util }) => util?.dram)),
    memoryUsedBytesMax: maxOf(of(({ mem_used_b }) => mem_used_b)),
    memoryTotalBytes: maxOf(of(({ mem_total_b }) => mem_total_b)),
    powerMeanW: meanOf(of(({ power_w }) => power_w)),
    powerLimitW: maxOf(of(({ power_limit_w }) => power_limit_w)),
    energyJ: roundOrNull(energyJ),
    temperatureMaxC: maxOf(of(({ temp_c }) => temp_c)),
    smClockMeanHz: meanOf(of(({ sm_clock_hz }) => sm_clock_hz)),
    ...throttled(device.readings, within, window),
    samples: within.length,
    issues: issuesOf(device.readings, within),
  };
}

function issuesOf(all: readonly Reading[], within: readonly Reading[]): string[] {
  const told = within.flatMap(({ quality }) => quality);
  const few = within.length < leastResolution ? ['low_resolution'] : [];
  const silent = all.length > 0 && within.length === 0 ? ['unavailable'] : [];
  return [...new Set([...told, ...few, ...silent])].sort();
}

const causes = {
  powerThrottledShare: { pattern: /power/i, seconds: 'power_s' },
  thermalThrottledShare: { pattern: /therm/i, seconds: 'thermal_s' },
} as const;
const anyCause = /power|therm|hw_slow|hardware_slow|reliab|throttl/i;
/** What the hardware's own slow-downs are called, which `hw_s` counts. */
const byHardware = /^hw_|hardware_/i;
/** AMD's word for a device that is throttled without telling why. */
const untold = /^throttled$/i;

/** Shares of the window: of cumulative seconds where the source counts them, else of the readings that name a reason. */
function throttled(all: readonly Reading[], within: readonly Reading[], window: SecondSpan) {
  const spanS = window.endS - window.startS;
  const told = within.flatMap(({ throttle }) => (throttle?.reasons === undefined ? [] : [throttle.reasons]));
  const named = (pattern: RegExp, counted: readonly RegExp[] = []) => {
    const meant = (reason: string) => pattern.test(reason) && !counted.some((other) => other.test(reason));
    return told.length === 0 ? null : round(told.filter((reasons) => reasons.some(meant)).length / told.length);
  };
  const counted = (key: 'power_s' | 'thermal_s' | 'hw_s') => {
    const rise = riseOf(all, window, ({ throttle }) => throttle?.[key]);
    return rise === null || !(spanS > 0) ? null : round(Math.min(1, rise / spanS));
  };
  const withoutCause = told.some((reasons) => reasons.some((each) => untold.test(each)));
  const share = ({ pattern, seconds }: (typeof causes)[keyof typeof causes]) =>
    counted(seconds) ?? (withoutCause ? null : named(pattern));
  const powerThrottledShare = share(causes.powerThrottledShare);
  const thermalThrottledShare = share(causes.thermalThrottledShare);
  const hwShare = counted('hw_s');
  // A reading says that a cause was there at its moment; where its seconds are counted, they tell more.
  const elsewhere = [
    ...Object.values(causes).flatMap(({ pattern, seconds }) => (counted(seconds) === null ? [] : [pattern])),
    ...(hwShare === null ? [] : [byHardware]),
  ];
  const known = [powerThrottledShare, thermalThrottledShare, hwShare, named(anyCause, elsewhere)];
  const parts = known.filter((each) => each !== null);
  const throttledShare = parts.length === 0 ? null : Math.max(...parts);
  return { throttledShare, powerThrottledShare, thermalThrottledShare };
}
