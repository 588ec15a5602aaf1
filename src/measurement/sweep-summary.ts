import type { Load, SearchRecord } from '../record/run.ts';
import type { Interval, RunSummary, StepSummary, Verdict } from './summary.ts';
import { outcomeOf, type SweepOutcome } from './sweep-outcome.ts';

/** How a search ended. */
export interface SweepResult {
  /**
   * `FOUND`: bracketed. `MAX_REACHED`: still inside at the highest load allowed. `NONE`: not even the lowest load is
   * inside. `CLIENT_LIMITED`, `RATE_LIMITED`: the client or the account gave out first, the server may bear more.
   * `UNDECIDED`: samples too small. `UNFINISHED`: stopped, `--resume` goes on.
   */
  readonly state: 'FOUND' | 'MAX_REACHED' | 'NONE' | 'CLIENT_LIMITED' | 'RATE_LIMITED' | 'UNDECIDED' | 'UNFINISHED';
  readonly highestPassing: number | null;
  /** Lowest load that the server itself failed at. */
  readonly lowestFailing: number | null;
  /** `highestPassing` passed a second time with fresh prompts and arrivals. */
  readonly confirmed: boolean;
  readonly limitedBy: 'objectives' | 'sustained' | 'failures' | 'client' | 'rate_limit' | 'undecided' | 'max' | null;
}

/** One point of the saturation curve. */
export interface SweepPoint {
  /** Index of the step in the run. */
  readonly step: number;
  readonly load: Load;
  readonly repeat: number;
  readonly outcome: SweepOutcome;
  readonly reasons: readonly string[];
  readonly verdict: Verdict;
  readonly outputTokensPerS: number | null;
  readonly requestsPerS: number | null;
  readonly intervals: { readonly outputTokensPerS: Interval; readonly requestsPerS: Interval };
  /** Null where the number of accelerators is not given. */
  readonly outputTokensPerSPerAccelerator: number | null;
  /** Only where replies hold vectors or scores, which have no rate of output tokens. */
  readonly ungenerated?: { readonly inputTokensPerS: number | null; readonly itemsPerS: number };
  readonly interactivityTokensPerS: number | null;
  /** From the due time in an open loop. */
  readonly ttftMs: { readonly p50: number | null; readonly p99: number | null };
  readonly tpotMs: { readonly p50: number | null; readonly p99: number | null };
  readonly e2eMs: { readonly p50: number | null; readonly p99: number | null };
  /** No other point has both more throughput and more speed for each user. */
  readonly pareto: boolean;
}

/** The document that `sweep --json` prints, and `report --json` of a sweep's directory. */
export interface SweepSummary extends SweepResult {
  readonly schema: 'tokbench.sweep/1';
  readonly directory: string;
  readonly search: SearchRecord;
  readonly accelerators: number | null;
  /** The last measurement that passed at `highestPassing`: its rates with their intervals. */
  readonly atHighest: SweepPoint | null;
  /** In the order of measuring. */
  readonly points: readonly SweepPoint[];
  readonly run: RunSummary;
}

/** A run's steps as points of the curve. */
export function sweepPoints(steps: readonly StepSummary[], accelerators: number | null): SweepPoint[] {
  const points = steps.map((step, index) => pointOf(step, index, accelerators));
  return points.map((point) => ({ ...point, pareto: isPareto(point, points) }));
}

function pointOf(step: StepSummary, index: number, accelerators: number | null): Omit<SweepPoint, 'pareto'> {
  const { load, repeat, verdict, throughput, latency } = step;
  const { outputTokensPerS, requestsPerS, interactivityTokensPerS, intervals } = throughput;
  const open = load.kind !== 'concurrency';
  const pair = ({ p50, p99 }: { p50: number | null; p99: number | null }) => ({ p50, p99 });
  return {
    step: index,
    load,
    repeat,
    ...outcomeOf(step),
    verdict,
    outputTokensPerS,
    requestsPerS,
    intervals: {
      outputTokensPerS: intervals['outputTokensPerS'] ?? null,
      requestsPerS: intervals['requestsPerS'] ?? null,
    },
    outputTokensPerSPerAccelerator:
      accelerators === null || outputTokensPerS === null ? null : round(outputTokensPerS / accelerators),
    ...(throughput.itemsPerS === undefined
      ? null
      : { ungenerated: { inputTokensPerS: throughput.inputTokensPerS, itemsPerS: throughput.itemsPerS } }),
    interactivityTokensPerS,
    ttftMs: pair(open ? latency.ttftDueMs : latency.ttftMs),
    tpotMs: pair(latency.tpotMs),
    e2eMs: pair(open ? latency.e2eDueMs : latency.e2eMs),
  };
}

type Curve = Pick<SweepPoint, 'outputTokensPerS' | 'interactivityTokensPerS' | 'verdict' | 'outcome'>;

/** Of the points that can be believed; equal ones do not exclude each other. */
function isPareto(point: Curve, points: readonly Curve[]): boolean {
  if (!isSound(point)) return false;
  const [tokens, speed] = [point.outputTokensPerS!, point.interactivityTokensPerS!];
  return !points.some((other) => {
    if (!isSound(other)) return false;
    const [more, faster] = [other.outputTokensPerS! - tokens, other.interactivityTokensPerS! - speed];
    return more >= 0 && faster >= 0 && more + faster > 0;
  });
}

function isSound({ outputTokensPerS, interactivityTokensPerS, verdict, outcome }: Curve): boolean {
  return (
    outputTokensPerS !== null && interactivityTokensPerS !== null && verdict !== 'INVALID' && outcome !== 'unfinished'
  );
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6;
