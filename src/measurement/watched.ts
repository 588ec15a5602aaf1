import type { Sample } from '../record/sample.ts';
import { quantileSorted, sortedCopy } from '../statistics/quantile.ts';
import { round } from './number.ts';

/** A span on the run's clock, in seconds as samples have them. */
export interface SecondSpan {
  readonly startS: number;
  readonly endS: number;
}

/** A sample without what its source wrote: what stays in memory over a long run. */
export type Reading = Omit<Sample, 'raw'>;

export function readingOf(sample: Sample): Reading {
  const { raw, ...reading } = sample;
  return reading;
}

/** Fewer readings than this are told apart from a distribution: their percentiles are not printed. */
export const leastResolution = 10;

export const inside = ({ startS, endS }: SecondSpan, { t_mono_s }: Pick<Reading, 't_mono_s'>): boolean =>
  t_mono_s >= startS && t_mono_s <= endS;

/** Readings within a span, and one on either side of it where there is one. Ascending in time. */
export function around(readings: readonly Reading[], span: SecondSpan): Reading[] {
  const first = readings.findLastIndex(({ t_mono_s }) => t_mono_s <= span.startS);
  const last = readings.findIndex(({ t_mono_s }) => t_mono_s >= span.endS);
  return readings.slice(Math.max(0, first), last < 0 ? readings.length : last + 1);
}

/**
 * A scrape gives what the exporter last read, so that a faster scrape repeats it: the repetition is no reading (G-3).
 * Sources that stamp their own time are told apart by it; tools that read the device each time never repeat.
 */
export function withoutRepeats(readings: readonly Reading[]): Reading[] {
  return readings.filter((reading, i) => {
    const before = readings[i - 1];
    return before === undefined || !repeats(reading, before);
  });
}

function repeats(reading: Reading, before: Reading): boolean {
  if (reading.t_source_s !== undefined && before.t_source_s !== undefined)
    return reading.t_source_s === before.t_source_s;
  if (!/dcgm|prometheus|exporter|^dme|http/i.test(reading.source)) return false;
  return fingerprint(reading) === fingerprint(before);
}

function fingerprint({
  power_w,
  power_share,
  energy_j,
  util,
  temp_c,
  sm_clock_hz,
  mem_used_b,
  parts,
}: Reading): string {
  return JSON.stringify([power_w, power_share, energy_j, util, temp_c, sm_clock_hz, mem_used_b, parts]);
}

/** Median distance of readings in seconds; null with fewer than two. */
export function periodOf(readings: readonly Reading[]): number | null {
  const gaps = readings.slice(1).map(({ t_mono_s }, i) => t_mono_s - readings[i]!.t_mono_s);
  return quantileSorted(sortedCopy(gaps), 0.5);
}

/** Readings that are missing between those that came, at the source's own period. */
export function lostBetween(readings: readonly Reading[], periodS: number | null): number {
  if (periodS === null || !(periodS > 0)) return 0;
  return readings.slice(1).reduce((lost, { t_mono_s }, i) => {
    const gapS = t_mono_s - readings[i]!.t_mono_s;
    return lost + Math.max(0, Math.round(gapS / periodS) - 1);
  }, 0);
}

/** The values that readings have of one quantity. */
export function valuesOf(readings: readonly Reading[], of: (reading: Reading) => number | null | undefined): number[] {
  return readings.flatMap((reading) => {
    const value = of(reading);
    return value === null || value === undefined || !Number.isFinite(value) ? [] : [value];
  });
}

export const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : round(values.reduce((a, b) => a + b, 0) / values.length);

export const maxOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));

/** A percentile of at least ten readings; null below. */
export function percentileOf(values: readonly number[], q: number): number | null {
  if (values.length < leastResolution) return null;
  return round(quantileSorted(sortedCopy(values), q)!);
}

/** Rise of a counter over a span, between the readings that bracket it; null where it is not known or went back. */
export function riseOf(
  readings: readonly Reading[],
  span: SecondSpan,
  of: (reading: Reading) => number | null | undefined,
): number | null {
  const values = valuesOf(around(readings, span), of);
  if (values.length < 2 || values.some((value, i) => i > 0 && value < values[i - 1]!)) return null;
  return values.at(-1)! - values[0]!;
}

/** Groups in the order in which they first occur. */
export function groupedBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
