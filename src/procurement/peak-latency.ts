import { monotoneCurve } from '../economics/interpolation.ts';
import { reasonsOf, type StateName, shownValue } from '../economics/state.ts';
import type { MeasuredCapacity } from './capacity.ts';

/** What requests wait for in the busiest hour, when every replica gets its part of the peak. */
export interface PeakLatency {
  /** Requests of production per second and replica. */
  readonly ratePerS: number;
  readonly ttftP99Ms: number | null;
  readonly state: StateName;
  readonly reasons: readonly string[];
}

/**
 * TTFT p99 at the peak, on a monotone curve through the measured loads (section 2.2); a rate outside of them has none. Requests of
 * production that are larger than those measured count as so many more of them.
 *
 * @param replicas those that serve, spares left out; @param perReplica requests of production that one completes per second
 */
export function peakLatency(
  { origin, requestsPerS, evidence }: MeasuredCapacity,
  {
    peakPerS,
    replicas,
    perReplica,
  }: { readonly peakPerS: number; readonly replicas: number; readonly perReplica: number | null },
): PeakLatency | null {
  if (origin !== 'run' || requestsPerS === null || perReplica === null || replicas === 0) return null;
  const ratePerS = peakPerS / replicas;
  const loads = [...(evidence?.loads ?? [])].sort((a, b) => a.offeredPerS - b.offeredPerS);
  const rising = loads.every(({ offeredPerS }, i) => i === 0 || offeredPerS > loads[i - 1]!.offeredPerS);
  if (loads.length < 2 || !rising) return { ratePerS, ttftP99Ms: null, state: 'refused', reasons: ['missing-input'] };
  const measured = ratePerS * (requestsPerS / perReplica);
  const found = monotoneCurve(
    loads.map(({ offeredPerS }) => offeredPerS),
    loads.map(({ p99Ms }) => p99Ms),
  )(measured);
  return { ratePerS, ttftP99Ms: shownValue(found), state: found.state, reasons: reasonsOf(found) };
}
