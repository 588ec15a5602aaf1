import { timeWeightedQuantiles } from '../statistics/weighted.ts';
import type { Requests } from './ledger.ts';
import { round, roundOrNull } from './number.ts';
import { inFlight } from './occupancy.ts';
import type { StepSummary } from './summary.ts';
import { type Window, within } from './window.ts';

/** Little's law over a window: L = λW. */
export interface Little {
  /** |L − λW| / L. */
  readonly error: number;
  /**
   * The same difference in generations of requests: |L·T − ΣW| / (L · ΣW²/ΣW). Over a finite window it is nothing but the
   * ages of the requests in flight at its two edges, so that up to about two is chance, however steady the state is.
   */
  readonly generations: number;
}

/** Time-weighted requests in flight over a window, failures included. */
export function concurrencyOf(
  rows: Requests,
  window: Window | null,
  tokensInFlightMean: number | null,
): { summary: StepSummary['concurrency']; little: Little | null } {
  if (window === null) return { summary: nothing, little: null };
  const occupancy = inFlight(rows);
  const durations: number[] = [];
  occupancy.eachPiece(window, (value, durationMs) => {
    while (durations.length <= value) durations.push(0);
    durations[value]! += durationMs;
  });
  const max = Math.max(0, durations.length - 1);
  const [p50, p90] = timeWeightedQuantiles([...durations.keys()], durations, [0.5, 0.9]) as [
    number | null,
    number | null,
  ];
  const mean = occupancy.mean(window);
  const little = littleOf(rows, window, mean);
  return {
    little,
    summary: {
      mean: roundOrNull(mean),
      p50,
      p90,
      max,
      littleError: little === null ? null : round(little.error),
      tokensInFlightMean: roundOrNull(tokensInFlightMean),
    },
  };
}

function littleOf(rows: Requests, window: Window, mean: number | null): Little | null {
  let completions = 0;
  let totalMs = 0;
  let squares = 0;
  for (let i = 0; i < rows.n; i++) {
    if (Number.isNaN(rows.sentMs[i]!) || !within(window, rows.endMs[i]!)) continue;
    completions++;
    totalMs += rows.endMs[i]! - rows.sentMs[i]!;
    squares += (rows.endMs[i]! - rows.sentMs[i]!) ** 2;
  }
  if (mean === null || !(mean > 0) || completions === 0) return null;
  const areaMs = mean * (window.endMs - window.startMs);
  const generation = totalMs > 0 ? mean * (squares / totalMs) : 0;
  return {
    error: Math.abs(areaMs - totalMs) / areaMs,
    generations: generation > 0 ? Math.abs(areaMs - totalMs) / generation : 0,
  };
}

const nothing: StepSummary['concurrency'] = {
  mean: null,
  p50: null,
  p90: null,
  max: null,
  littleError: null,
  tokensInFlightMean: null,
};
