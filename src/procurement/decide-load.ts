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
  const curve = shape === null ? flatWeek(need(values, 'demand.peak_to_average')) : levelled(shape);
  const peakToAverage = shape === null ? need(values, 'demand.peak_to_average') : Math.max(...curve);
  const averagePerS = requestsPerMonth / secondsPerMonth;
  return {
    requestsPerMonth,
    averagePerS,
    peakPerS: averagePerS * peakToAverage,
    peakToAverage,
    hourly: curve.map((level) => level * averagePerS * secondsPerHour),
  };
}

/** Hours with a mean of 1. */
function levelled(shape: readonly number[]): number[] {
  const { averagePerHour } = profileDemand(shape);
  return shape.map((value) => (averagePerHour > 0 ? value / averagePerHour : 0));
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
