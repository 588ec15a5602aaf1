import { availableParallelism } from 'node:os';
import type { CalibrationFact } from '../record/calibration.ts';
import type { Load } from '../record/run.ts';
import { mostInFlight, type Recorded, sizeOf } from './assignment.ts';

/** What one thread drives without its timing suffering. */
export interface ThreadCeiling {
  readonly streams: number;
  readonly tokensPerS: number;
  readonly requestsPerS: number;
}

/** Cautious for any machine of these years; a calibration knows its own. */
const usualCeiling: ThreadCeiling = { streams: 750, tokensPerS: 37_500, requestsPerS: 2_000 };

/** What one thread drives by the calibration of this machine; where it does not say, what is usual. */
export function threadCeiling(fact: CalibrationFact | undefined): ThreadCeiling {
  if (fact === undefined || !fact.known) return usualCeiling;
  const { ceiling, bounds } = fact.calibration;
  // Only a ceiling that is the client's own may be lower than usual: others are lower bounds.
  const of = (name: keyof ThreadCeiling) =>
    bounds[name] === 'client'
      ? (ceiling[name] ?? usualCeiling[name])
      : Math.max(ceiling[name] ?? 0, usualCeiling[name]);
  return { streams: of('streams'), tokensPerS: of('tokensPerS'), requestsPerS: of('requestsPerS') };
}

export interface ThreadDemand {
  readonly load: Load;
  readonly maxInFlight: number | null;
  readonly recorded?: Recorded;
  /** Of a request; null when the workload does not know. */
  readonly meanOutputTokens: number | null;
}

/**
 * Threads for one load: as many as were asked for; with `auto` as many as it needs, yet one core stays free for the
 * main thread and the rest of the machine. Never more than there are requests in flight to share.
 */
export function threadsFor(
  wanted: number | 'auto',
  demand: ThreadDemand,
  { cores = availableParallelism(), ceiling = usualCeiling }: { cores?: number; ceiling?: ThreadCeiling } = {},
): number {
  const useful = mostInFlight(demand) ?? Number.POSITIVE_INFINITY;
  if (wanted !== 'auto') return Math.max(1, Math.min(wanted, useful));
  const needed = Math.ceil(needOf(demand, ceiling));
  return Math.max(1, Math.min(needed, cores - 1, useful));
}

/** In threads. How long a request takes is not known, so an open loop is judged by its requests and tokens. */
function needOf({ load, recorded = {}, meanOutputTokens }: ThreadDemand, ceiling: ThreadCeiling): number {
  const size = sizeOf(load, recorded);
  if (load.kind === 'concurrency') return size / ceiling.streams;
  return Math.max(size / ceiling.requestsPerS, (size * (meanOutputTokens ?? 0)) / ceiling.tokensPerS);
}
