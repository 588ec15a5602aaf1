import type { Calibration, CalibrationFact, CalibrationPoint } from '../record/calibration.ts';

/** What one client process was put under, as its calibration counts it. */
export interface ClientLoad {
  /** Mean requests in flight. */
  readonly streams: number;
  /** Content events read, or whole replies where nothing streams. */
  readonly eventsPerS: number;
  readonly requestsPerS: number;
  readonly threads: number;
}

export interface TimingError {
  readonly p99Ms: number | null;
  /** Why there is none. */
  readonly reason: string | null;
  /** The calibration found that the client cannot time such a load within its limit. */
  readonly beyond: boolean;
}

/**
 * The client's own timing error at a load, from its calibration. Errors are taken to grow with streams and with events a
 * second: the error lies between the greatest of the loads that this one exceeds in both and the least of those that
 * exceed it in both, and is interpolated between the nearest two, on log scales. Threads share the load evenly.
 */
export function timingErrorAt(fact: CalibrationFact | undefined, load: ClientLoad | null): TimingError {
  if (fact === undefined) return unknown('this client was not calibrated on its machine: run tokbench calibrate there');
  if (!fact.known) return unknown(fact.reason);
  if (load === null) return unknown('the load in the window is not known');
  const { calibration } = fact;
  const at = { streams: load.streams / load.threads, tokensPerS: load.eventsPerS / load.threads };
  const curve = calibration.curve.filter(({ axis, serverKept }) => axis !== 'requests' && serverKept);
  const below = curve.filter((point) => point.streams <= at.streams && point.tokensPerS <= at.tokensPerS);
  const above = curve.filter((point) => point.streams >= at.streams && point.tokensPerS >= at.tokensPerS);
  const rush = tooManyRequests(calibration, load.requestsPerS / load.threads);
  const least = worst(below);
  if (above.length === 0) {
    const beyond = rush || least > calibration.limitMs;
    return { p99Ms: null, reason: 'the load is beyond the loads that the calibration tried', beyond };
  }
  const most = Math.max(least, Math.min(...above.map(({ timingErrorP99Ms }) => timingErrorP99Ms)));
  const [from, to] = [nearest(below, Math.max), nearest(above, Math.min)!];
  const share = from === null ? 1 : position(at, from, to);
  const p99Ms = from === null ? most : least + share * (most - least);
  return { p99Ms, reason: null, beyond: rush || p99Ms > calibration.limitMs };
}

type Place = Pick<CalibrationPoint, 'streams' | 'tokensPerS'>;

const unknown = (reason: string): TimingError => ({ p99Ms: null, reason, beyond: false });
const worst = (points: readonly CalibrationPoint[]) =>
  points.reduce((most, { timingErrorP99Ms }) => Math.max(most, timingErrorP99Ms), 0);
const size = ({ streams, tokensPerS }: Place) => Math.log(Math.max(1, streams)) + Math.log(Math.max(1, tokensPerS));

function nearest(points: readonly CalibrationPoint[], end: (...sizes: number[]) => number): CalibrationPoint | null {
  if (points.length === 0) return null;
  const best = end(...points.map(size));
  return points.find((point) => size(point) === best)!;
}

/** Where a load lies between two, 0 … 1. */
function position(at: Place, from: Place, to: Place): number {
  const span = size(to) - size(from);
  return span > 0 ? Math.min(1, Math.max(0, (size(at) - size(from)) / span)) : 1;
}

function tooManyRequests({ ceiling, bounds }: Calibration, requestsPerS: number): boolean {
  return bounds.requestsPerS === 'client' && ceiling.requestsPerS !== null && requestsPerS > ceiling.requestsPerS;
}
