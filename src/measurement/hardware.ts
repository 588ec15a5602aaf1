import { type Device, deviceSummary, utilizationKindOf } from './device.ts';
import { hostsOf } from './host.ts';
import type { EnergySummary, HardwareSeries, HardwareSummary, SourceSummary } from './telemetry-summary.ts';
import {
  groupedBy,
  inside,
  lostBetween,
  meanOf,
  percentileOf,
  periodOf,
  type Reading,
  type SecondSpan,
  valuesOf,
  withoutRepeats,
} from './watched.ts';

/** How a source stood at the end of a step. */
export interface SourceState {
  readonly name: string;
  readonly ok: boolean;
  readonly reason: string | null;
}

export interface HardwareInput {
  readonly readings: readonly Reading[];
  readonly sources: readonly SourceState[];
  readonly devices: readonly Device[];
  readonly window: SecondSpan;
  readonly energy: EnergySummary;
  /** Name of the machine that tokbench ran on. */
  readonly hostname: string;
  /** Slices of the step's series: start of the first and length, in seconds on the run's clock. */
  readonly slices: { readonly startS: number; readonly lengthS: number; readonly count: number };
}

/** What machines did over the window of a step, as the report shows it. */
export function hardwareOf(input: HardwareInput): HardwareSummary {
  const { readings, devices, window, energy, hostname } = input;
  const energies = new Map(energy.perDevice.map(({ id, energyJ }) => [id, energyJ]));
  const hosts = hostsOf(readings, window);
  const busy = busyOf(devices);
  const within = valuesOf(
    busy.readings.filter((reading) => inside(window, reading)),
    busy.of,
  );
  return {
    sources: input.sources.map((state) => sourceSummary(state, readings, window)),
    devices: devices.map((device) => deviceSummary(device, window, energies.get(device.id) ?? null)),
    host: hosts.find(({ name }) => name === hostname) ?? null,
    hosts: hosts.filter(({ name }) => name !== hostname),
    utilizationMean: meanOf(within),
    utilizationP95: percentileOf(within, 0.95),
    utilizationKind: busy.kind,
    series: seriesOf(input),
  };
}

/** One word for how busy the accelerators were: only where all of them tell the same quantity. */
function busyOf(devices: readonly Device[]) {
  const kinds = new Set(devices.map(({ readings }) => utilizationKindOf(readings)));
  const [kind] = kinds.size === 1 ? [...kinds] : [null];
  return {
    kind: kind ?? null,
    readings: kind == null ? [] : devices.flatMap(({ readings }) => readings),
    of: ({ util }: Reading) => (kind == null ? undefined : util?.[kind]),
  };
}

/** Which source a reading came from: by its own name where that is how the source was asked for. */
const ownerOf = ({ via, source }: Reading): string => via ?? source;

/** A source is judged by its busiest series: one device, one server or one machine of those that it watches. */
function sourceSummary(
  { name, ok, reason }: SourceState,
  readings: readonly Reading[],
  window: SecondSpan,
): SourceSummary {
  const own = readings.filter((reading) => ownerOf(reading) === name);
  const series = [
    ...groupedBy(own, ({ host, device, server }) => `${host} ${device?.uuid ?? device?.index} ${server?.url}`).values(),
  ];
  const distinct = series.map((all) => withoutRepeats(all).filter((reading) => inside(window, reading)));
  const longest = distinct.reduce<readonly Reading[]>((most, each) => (each.length > most.length ? each : most), []);
  const periodS = periodOf(longest);
  const told = distinct.flat().flatMap(({ quality }) => quality);
  const delivered = longest.length > 0;
  return {
    name,
    ok: ok && delivered,
    reason: reason ?? (delivered ? (told[0] ?? null) : 'It delivered nothing within the window.'),
    samples: longest.length,
    lost: lostBetween(longest, periodS) + missingAtEnd(longest, periodS, window),
    late: longest.filter(({ t_bound_s = 0 }) => periodS !== null && t_bound_s > periodS / 2).length,
    periodS,
  };
}

/** A source that fell silent before the end of the window owes what it would have told. */
function missingAtEnd(readings: readonly Reading[], periodS: number | null, { endS }: SecondSpan): number {
  const last = readings.at(-1);
  if (last === undefined || periodS === null || !(periodS > 0)) return 0;
  return Math.max(0, Math.floor((endS - last.t_mono_s) / periodS) - 1);
}

/** The same slices as throughput and TTFT have, so that all stand on one axis. */
function seriesOf({ readings, devices, hostname, slices }: HardwareInput): HardwareSeries {
  const sliced = (of: (reading: Reading) => number | null | undefined, among: readonly Reading[] = readings) => {
    const groups: number[][] = Array.from({ length: slices.count }, () => []);
    for (const reading of among) {
      const value = of(reading);
      const slice = Math.floor((reading.t_mono_s - slices.startS) / slices.lengthS);
      if (typeof value === 'number' && Number.isFinite(value)) groups[slice]?.push(value);
    }
    return held(groups.map(meanOf), Math.ceil(longestHoldS / slices.lengthS));
  };
  const busy = busyOf(devices);
  const powers = devices.map(({ readings: own }) => sliced(({ power_w }) => power_w, own));
  return {
    utilization: sliced(busy.of, busy.readings),
    powerW: Array.from({ length: slices.count }, (_, i) => sumOf(powers.map((power) => power[i] ?? null))),
    serverWaiting: sliced(({ server }) => server?.waiting),
    kvUsage: sliced(({ server }) => server?.kv_usage),
    hostCpu: sliced(({ host, host_stats }) => (host === hostname ? host_stats?.cpu_util : undefined)),
  };
}

/** Slices may be shorter than the distance of readings: one between two readings shows the one before. */
const longestHoldS = 2;

function held(values: readonly (number | null)[], most: number): (number | null)[] {
  let age = most;
  let last: number | null = null;
  return values.map((value) => {
    age = value === null ? age + 1 : 0;
    if (value !== null) last = value;
    return value ?? (age < most ? last : null);
  });
}

/** Of all devices, or nothing: a sum without one of them is another quantity. */
function sumOf(values: readonly (number | null)[]): number | null {
  if (values.length === 0 || values.some((value) => value === null)) return null;
  return meanOf([values.reduce<number>((sum, value) => sum + value!, 0)]);
}
