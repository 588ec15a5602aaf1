import { quantileSorted, sortedCopy } from '../statistics/quantile.ts';
import type { StepFacts } from './facts.ts';
import { type Ledger, ok, type Requests } from './ledger.ts';
import { round } from './number.ts';
import { inFlight } from './occupancy.ts';
import type { StepSummary } from './summary.ts';
import { sliceOf } from './timeline.ts';
import { slices, type Windows } from './window.ts';

/**
 * The step from its start to its last end in 20 to 60 equal slices, about a second each where that fits: tokens of
 * successes by event time, median TTFT of the successes due in it, mean requests in flight. For charts only.
 */
export function seriesOf(facts: StepFacts, ledger: Ledger, rows: Requests, windows: Windows): StepSummary['series'] {
  if (windows.full === null) return { atMs: [], outputTokensPerS: [], ttftP50Ms: [], inFlight: [] };
  const span = { startMs: Math.min(facts.startMs, windows.full.startMs), endMs: windows.full.endMs };
  const pieces = Math.max(20, Math.min(60, Math.round((span.endMs - span.startMs) / 1000)));
  const tokens = new Float64Array(pieces);
  const ttfts: number[][] = Array.from({ length: pieces }, () => []);
  for (let i = 0; i < rows.n; i++) {
    if (rows.state[i] !== ok) continue;
    const events = ledger.events(rows, i);
    for (let k = 0; k < events.count; k++) tokens[sliceOf(span, pieces, events.at[k]!)]! += events.tokens[k]!;
    if (!Number.isNaN(rows.ttftMs[i]!)) ttfts[sliceOf(span, pieces, rows.dueMs[i]!)]!.push(rows.ttftMs[i]!);
  }
  const occupancy = inFlight(rows);
  const spans = slices(span, pieces);
  const seconds = (span.endMs - span.startMs) / 1000 / pieces;
  return {
    atMs: spans.map((slice) => round(slice.startMs - span.startMs)),
    outputTokensPerS: Array.from(tokens, (count) => round(count / seconds)),
    ttftP50Ms: ttfts.map((values) => (values.length === 0 ? null : round(quantileSorted(sortedCopy(values), 0.5)!))),
    inFlight: spans.map((slice) => round(occupancy.mean(slice) ?? 0)),
  };
}
