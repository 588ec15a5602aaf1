import { profileDemand } from '../economics/demand.ts';
import { secondsPerHour, secondsPerMonth } from '../economics/quantity.ts';
import { need, type Values } from './decide-values.ts';

/** Demand of the decision in the units that its parts ask for. */
export interface Load {
  readonly requestsPerMonth: number;
  readonly averagePerS: number;
  readonly peakPerS: number;
  readonly peakToAverage: number;
  /** D_h in requests per hour over a week (or whatever was given): a load-duration curve is enough. */
  readonly hourly: readonly number[];
}

/**
 * Demand from its assumptions (2.1). `shape` gives the hours of a week in any unit; without one the load is flat in 168/pta hours
 * of the week and absent in the others (UTIL-2).
 */
export function loadOf(values: Values, shape: readonly number[] | null): Load {
  const requestsPerMonth = need(values, 'demand.requests_per_month');
  const { curve, peak } =
    shape === null ? flatCurve(need(values, 'demand.peak_to_average')) : (curves.get(shape) ?? levelled(shape));
  const averagePerS = requestsPerMonth / secondsPerMonth;
  return {
    requestsPerMonth,
    averagePerS,
    peakPerS: averagePerS * peak,
    peakToAverage: peak,
    // Thousands of draws never look at the hours.
    get hourly() {
      return curve.map((level) => level * averagePerS * secondsPerHour);
    },
  };
}

interface LoadCurve {
  /** Hours with a mean of 1. */
  readonly curve: readonly number[];
  readonly peak: number;
}

const curves = new WeakMap<readonly number[], LoadCurve>();
function levelled(shape: readonly number[]): LoadCurve {
  const { averagePerHour, peakPerHour } = profileDemand(shape);
  const over = (value: number) => (averagePerHour > 0 ? value / averagePerHour : 0);
  const found = { curve: shape.map(over), peak: over(peakPerHour) };
  curves.set(shape, found);
  return found;
}

let latest: (LoadCurve & { readonly of: number }) | null = null;
function flatCurve(peakToAverage: number): LoadCurve {
  if (latest?.of !== peakToAverage) latest = { of: peakToAverage, curve: flatWeek(peakToAverage), peak: peakToAverage };
  return latest;
}

/** 168 levels with mean 1 and the given peak: full hours, one partial hour, and silence. */
export function flatWeek(peakToAverage: number): number[] {
  const hours = 168;
  const full = Math.floor(hours / peakToAverage + 1e-9);
  const rest = hours - full * peakToAverage;
  return Array.from({ length: hours }, (_, hour) =>
    hour < full ? peakToAverage : hour === full ? Math.max(0, rest) : 0,
  );
}
