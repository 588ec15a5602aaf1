import type { Device } from './device.ts';
import { round } from './number.ts';
import type { DeviceEnergy } from './telemetry-summary.ts';
import { around, inside, periodOf, type Reading, type SecondSpan } from './watched.ts';

/** Longest distance of power readings that is integrated across (G-5). */
export const longestGapS = 3;
/** Most of the energy that its edges may be uncertain by. */
const edgeTolerance = 0.02;

/** Counter and integrated power may differ by so much. */
export const crossTolerance = 0.05;

/** Energy of one device over a window by both methods; each null with its reasons. */
export interface MeasuredEnergy {
  readonly counter: { readonly energyJ: number; readonly edgeUncertaintyJ: number } | null;
  readonly power: { readonly energyJ: number; readonly edgeUncertaintyJ: number } | null;
  /** The method that counts, with why the result must not be used. */
  readonly summary: DeviceEnergy;
}

type Method = { readonly energyJ: number; readonly edgeUncertaintyJ: number } | null;

/**
 * Energy of a device over a window: the hardware's own counter where there is one, else the integral of its power; the
 * other one stays as a cross-check (sections 9.2 and 9.3).
 */
export function energyOfDevice(device: Device, window: SecondSpan): MeasuredEnergy {
  const readings = around(device.readings, window);
  const counters = readings.filter(({ energy_j }) => energy_j !== undefined);
  const powers = readings.filter(({ power_w }) => power_w !== undefined && Number.isFinite(power_w));
  const counted = counters.length === 0 ? null : byCounter(counters, window);
  const integrated = powers.length === 0 ? null : byPower(powers, window);
  const chosen = counted !== null && !demoted(device, counted, integrated) ? counted : (integrated ?? counted);
  const issues = chosen === null ? ['unavailable'] : [...chosen.issues, ...partitions(device.readings)];
  const used = chosen === counted ? counters : powers;
  const result = chosen?.result ?? null;
  return {
    counter: counted?.result ?? null,
    power: integrated?.result ?? null,
    summary: {
      id: device.id,
      host: device.host,
      energyJ: result === null ? null : round(result.energyJ),
      edgeUncertaintyJ: result === null ? null : round(result.edgeUncertaintyJ),
      method: chosen === null ? null : chosen === counted ? 'counter' : 'power',
      samples: used.filter((reading) => inside(window, reading)).length,
      maxGapS: used.length < 2 ? null : round(longestGap(used)),
      effectivePeriodS: used.length < 2 ? null : round(changePeriod(used) ?? periodOf(used)!),
      issues: [...new Set(issues)].sort(),
    },
  };
}

/** AMD's accumulator has been wrong by whole factors: it gives way where its power does not bear it out. */
function demoted({ source }: Device, counted: Outcome, integrated: Outcome | null): boolean {
  const [counter, power] = [counted.result, integrated?.result ?? null];
  if (counter === null || power === null || !/amd|rocm|dme/i.test(source)) return false;
  return Math.abs(power.energyJ / Math.max(counter.energyJ, 1e-9) - 1) > crossTolerance;
}

const bracketed = (readings: readonly Reading[], { startS, endS }: SecondSpan): boolean =>
  readings[0]!.t_mono_s <= startS && readings.at(-1)!.t_mono_s >= endS;

function longestGap(readings: readonly Reading[]): number {
  return readings.slice(1).reduce((most, { t_mono_s }, i) => Math.max(most, t_mono_s - readings[i]!.t_mono_s), 0);
}

/** Median distance of readings whose value changed: the period of the sensor, not of whoever asks it (G-2). */
function changePeriod(readings: readonly Reading[]): number | null {
  const value = ({ energy_j, power_w }: Reading) => energy_j ?? power_w;
  return periodOf(readings.filter((reading, i) => i === 0 || value(reading) !== value(readings[i - 1]!)));
}

/** Board energy of a shared device belongs to all who share it (E-8). */
function partitions(readings: readonly Reading[]): string[] {
  const parted = readings.some(({ parts }) => parts?.some(({ kind }) => kind === 'mig' || kind === 'partition'));
  const refused = ['partitioned_device', 'duplicate_instance_rows', 'invalid_power_sample'];
  const told = readings.flatMap(({ quality }) => quality).filter((code) => refused.includes(code));
  return [...(parted ? ['partitioned_device'] : []), ...told];
}

interface Outcome {
  readonly result: Method;
  readonly issues: readonly string[];
}

/** Counters that wrap are made to go on; any other decrease is a reset (G-7). */
function unwrapped(readings: readonly Reading[]): readonly Point[] | null {
  let above = 0;
  let last = Number.NEGATIVE_INFINITY;
  const points: Point[] = [];
  for (const { t_mono_s, energy_j, energy_wraps_j } of readings) {
    if (energy_j! < last) {
      if (energy_wraps_j === undefined) return null;
      above += energy_wraps_j;
    }
    last = energy_j!;
    points.push([t_mono_s, energy_j! + above]);
  }
  return points;
}

/**
 * The counter is monotone: its true value at an edge lies between the readings around it, and its estimate on the line
 * between them. Half of what the edges leave open, and one step of the counter, is the uncertainty.
 */
function byCounter(readings: readonly Reading[], window: SecondSpan): Outcome {
  const points = unwrapped(readings);
  if (points === null) return { result: null, issues: ['counter_reset'] };
  if (readings.length < 2) return { result: null, issues: ['insufficient_samples'] };
  if (!bracketed(readings, window)) return { result: null, issues: ['window_not_bracketed'] };
  const energyJ = edge(points, window.endS) - edge(points, window.startS);
  const stepJ = readings.reduce((most, { energy_step_j = 0 }) => Math.max(most, energy_step_j), 0);
  const open = [window.startS, window.endS].map((atS) => openAt(readings, points, atS));
  const edgeUncertaintyJ = open[0]! + open[1]! + stepJ;
  const issues = edgeUncertaintyJ > edgeTolerance * energyJ ? ['edge_uncertainty_exceeded'] : [];
  return { result: { energyJ, edgeUncertaintyJ }, issues };
}

/**
 * What the readings around an edge leave open: half of what the counter rose between them, since all of it may lie on
 * either side. Where power was read beside the counter, the rise can be uneven only as far as power moved.
 */
function openAt(readings: readonly Reading[], points: readonly Point[], atS: number): number {
  const [before, after] = aroundOf(points, atS);
  const half = (points[after]![1] - points[before]![1]) / 2;
  const [a, b] = [readings[before]!, readings[after]!];
  const gapS = b.t_mono_s - a.t_mono_s;
  if (a.power_w === undefined || b.power_w === undefined || gapS > longestGapS) return half;
  return Math.min(half, (Math.abs(b.power_w - a.power_w) / 2) * gapS);
}

type Point = readonly [atS: number, value: number];

/** Indices of the points on either side of an instant; the same twice for a point that lies on it. */
function aroundOf(points: readonly Point[], atS: number): [before: number, after: number] {
  const before = points.findLastIndex(([t]) => t <= atS);
  return [before, points[before]![0] === atS ? before : before + 1];
}

/** Value at an instant on the line between the points around it. */
function edge(points: readonly Point[], atS: number): number {
  const [before, after] = aroundOf(points, atS).map((i) => points[i]!) as [Point, Point];
  return before === after
    ? before[1]
    : before[1] + ((after[1] - before[1]) * (atS - before[0])) / (after[0] - before[0]);
}

/** Trapezoids between readings, with interpolated ones at the edges of the window. */
function byPower(readings: readonly Reading[], window: SecondSpan): Outcome {
  if (readings.length < 2) return { result: null, issues: ['insufficient_samples'] };
  if (!bracketed(readings, window)) return { result: null, issues: ['window_not_bracketed'] };
  const kinds = new Set(readings.map(({ power_kind, power_scope }) => `${power_kind} ${power_scope}`));
  const points = readings.map(({ t_mono_s, power_w }): Point => [t_mono_s, power_w!]);
  const line: Point[] = [
    [window.startS, edge(points, window.startS)],
    ...points.filter(([t]) => t > window.startS && t < window.endS),
    [window.endS, edge(points, window.endS)],
  ];
  let energyJ = 0;
  for (let i = 1; i < line.length; i++)
    energyJ += ((line[i]![1] + line[i - 1]![1]) / 2) * (line[i]![0] - line[i - 1]![0]);
  const gapS = longestGap(around(readings, window));
  const issues = [
    ...(gapS > longestGapS ? ['sampling_gap_exceeded'] : []),
    ...(kinds.size > 1 || points.some(([, power]) => power < 0) ? ['invalid_power_sample'] : []),
  ];
  const open = [window.startS, window.endS].map((atS) => {
    const [a, b] = aroundOf(points, atS).map((i) => points[i]!) as [Point, Point];
    return (Math.abs(b[1] - a[1]) / 2) * (b[0] - a[0]);
  });
  return { result: { energyJ, edgeUncertaintyJ: open[0]! + open[1]! }, issues };
}
