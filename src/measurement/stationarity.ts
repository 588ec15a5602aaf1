import { Moments } from '../statistics/moments.ts';
import { trend } from '../statistics/trend.ts';
import { percent } from './failure-doubt.ts';
import { ok } from './ledger.ts';
import { round } from './number.ts';
import { demand } from './occupancy.ts';
import type { Doubt } from './summary.ts';
import { sliceOf } from './timeline.ts';
import type { StepView } from './view.ts';
import { slices } from './window.ts';

const trendSlices = 20;
/** Poisson arrivals fewer than these are never even. */
const few = 20;

/**
 * Is the steady window steady? (A.3) Halves of the window more than 10 % apart in tokens, Little's law off by more than
 * 5 %, or (open loop) demand and TTFT both rising. Each sign must also exceed what a perfectly steady run shows by
 * chance: where a window's edges cut a generation of requests, and how Poisson arrivals scatter.
 */
export function stationarityDoubts(view: StepView): Doubt[] {
  if (view.windows.steady === null || view.timeline === null) return [];
  if (!view.closed && view.members.length < few) return [];
  const { load } = view.facts;
  if (load.kind === 'trace' || (load.kind === 'rate' && load.shape !== undefined)) return []; // it varies on purpose
  const half = shift(view, 2);
  const { little } = view;
  const risen = view.closed ? null : rising(view);
  const signs = [
    half?.real ? `the output rate of its halves differs by ${percent(Math.abs(half.change))}` : null,
    little !== null && little.error > 0.05 && little.generations > littleChance(view)
      ? `Little's law is off by ${percent(little.error)}`
      : null,
    risen !== null ? `requests waiting and time to first token both rose (${percent(risen.growth - 1)})` : null,
  ].filter((sign) => sign !== null);
  const third = shift(view, 3);
  const evidence = {
    halvesChange: half === null ? null : round(half.change),
    thirdsChange: third === null ? null : round(third.change),
    littleError: little === null ? null : round(little.error),
    demandGrowth: risen === null ? null : round(risen.growth),
  };
  if (signs.length > 0) {
    const advice =
      risen !== null
        ? 'the load is above what the server sustains, so lower it'
        : 'lengthen the warm-up and measure longer';
    return [
      {
        code: 'not_stationary',
        severity: 'suspect',
        message: `The window is not steady: ${signs.join(', ')}; ${advice}.`,
        evidence,
      },
    ];
  }
  if (third === null || !third.real) return [];
  return [
    {
      code: 'drift',
      severity: 'info',
      message: `The output rate of the last third differs from the first by ${percent(Math.abs(third.change))}: the server was still warming up or is slowing down, so measure longer to see which.`,
      evidence,
    },
  ];
}

/** Relative change of tokens from the first to the last of `parts` equal parts; real = more than 10 % and than chance. */
function shift(view: StepView, parts: 2 | 3): { change: number; real: boolean } | null {
  const counts = view.timeline!.slices;
  const width = counts.length / parts;
  let first = 0;
  let last = 0;
  for (let k = 0; k < width; k++) {
    first += counts[k]!;
    last += counts[counts.length - 1 - k]!;
  }
  if (first + last === 0) return null;
  const change = (2 * (last - first)) / (first + last);
  return { change, real: Math.abs(change) > 0.1 && Math.abs(last - first) > chance(view, parts) };
}

/**
 * Tokens by which two equal parts of a steady window may differ: those of 1.5 generations of requests in flight (bursts that
 * one part holds and the other just misses), and in an open loop three standard deviations of a Poisson count of requests.
 */
function chance({ rows, members, concurrency, closed }: StepView, parts: number): number {
  let sum = 0;
  let squares = 0;
  for (const i of members) {
    if (rows.state[i] !== ok || Number.isNaN(rows.outputTokens[i]!)) continue;
    sum += rows.outputTokens[i]!;
    squares += rows.outputTokens[i]! ** 2;
  }
  if (sum === 0) return Infinity;
  // ΣN²/ΣN and not the mean: it is the long ones that an edge is likely to cut.
  const generation = (concurrency.mean ?? 0) * (squares / sum);
  if (closed) return (members.length < few ? 2 : 1.5) * generation;
  return Math.max(1.5 * generation, 3 * Math.sqrt((2 * squares) / parts));
}

/**
 * Generations of requests by which Little's law may be off in a steady window: two; in an open loop the number in flight at
 * either edge is itself a Poisson count of mean L, which matters where L is small (three standard deviations).
 */
function littleChance({ closed, concurrency }: StepView): number {
  return closed ? 2 : Math.max(2, 3 * Math.sqrt(2 / (3 * (concurrency.mean ?? 1))));
}

/**
 * Over-saturation, as guidellm tests it: requests due and unfinished, and the TTFT from due, both rise through the window.
 * Over 20 slices both slopes must be significant at 0.1 % and the last third be at least 1.5 × the first, since slices
 * that share requests are no independent points.
 */
function rising(view: StepView): { growth: number } | null {
  const window = view.windows.steady!;
  const { rows, members } = view;
  const ttfts = Array.from({ length: trendSlices }, () => new Moments());
  for (const i of members) {
    if (rows.state[i] === ok && !Number.isNaN(rows.ttftDueMs[i]!)) {
      ttfts[sliceOf(window, trendSlices, rows.dueMs[i]!)]!.add(rows.ttftDueMs[i]!);
    }
  }
  const wanted = demand(rows);
  const waiting = growthOf(slices(window, trendSlices).map((slice) => wanted.mean(slice) ?? 0));
  const ttft = growthOf(ttfts.flatMap(({ mean }) => (mean === null ? [] : [mean])));
  return waiting !== null && ttft !== null ? { growth: waiting } : null;
}

/** Mean of the last third over that of the first where a series clearly rises; null where it does not. */
function growthOf(values: readonly number[]): number | null {
  if (values.length < 10) return null;
  const slope = trend([...values.keys()], values)!;
  const third = Math.floor(values.length / 3);
  const first = Moments.of(values.slice(0, third)).mean!;
  const last = Moments.of(values.slice(-third)).mean!;
  return slope.slope > 0 && slope.p < 0.001 && last >= 1.5 * first && first > 0 ? last / first : null;
}
