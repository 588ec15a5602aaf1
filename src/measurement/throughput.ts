import { batchMeans } from '../statistics/interval.ts';
import { type Ledger, ok, type Requests } from './ledger.ts';
import { round } from './number.ts';
import type { Interval, StepSummary } from './summary.ts';
import { sliceOf, type Timeline, timelineOf } from './timeline.ts';
import { type Window, type Windows, within } from './window.ts';

export interface Throughput {
  readonly summary: Omit<StepSummary['throughput'], 'interactivityTokensPerS' | 'e2eInteractivityP90TokensPerS'>;
  readonly timeline: Timeline | null;
}

/** Slices of the headline window: batches, halves and thirds are made of whole ones. */
export const sliceCount = 120;

/** A share of requests whose token count is unknown up to which a rate of tokens is still printed. */
const unknownShareLimit = 0.01;

/** Rates of the headline window and of the full one (A.4). `good` is null without SLO clauses. */
export function throughputOf(ledger: Ledger, rows: Requests, windows: Windows, good: Uint8Array | null): Throughput {
  const window = windows.headline;
  if (window === null) return { summary: nothing, timeline: null };
  const timeline = timelineOf(ledger, rows, window, sliceCount);
  const sums = countIn(rows, window, good);
  const batches = batchCountOf(window.endMs - window.startMs, windows.medianE2eMs);
  const seconds = (window.endMs - window.startMs) / 1000;
  const per = (count: number | null) => (count === null ? null : round(count / seconds));
  // Of replies with vectors or scores there is no rate of output tokens, not one of 0.
  const generates = sums.items === null;
  const output = sums.outputKnown && generates ? timeline.tokens : null;
  const input = sums.inputKnown ? sums.input : null;
  const interval = (known: boolean, ...counts: Float64Array[]): Interval => {
    if (!known || batches === 0) return null;
    const means = batchMeans(batchSums(counts, batches).map((count) => (count * batches) / seconds));
    return means === null ? null : [round(Math.max(0, means.interval[0])), round(means.interval[1])];
  };
  return {
    timeline,
    summary: {
      outputTokensPerS: per(output),
      outputTokensPerSAll: per(
        (sums.outputKnown && generates) || timeline.tokensAll > timeline.tokens ? timeline.tokensAll : null,
      ),
      inputTokensPerS: per(input),
      totalTokensPerS: per(output === null || input === null ? null : output + input),
      requestsPerS: per(sums.completed),
      offeredPerS: per(sums.due),
      sentPerS: per(sums.sent),
      goodputPerS: per(good === null ? null : sums.good),
      goodOutputTokensPerS: per(good === null || output === null ? null : sums.goodTokens),
      peakOutputTokensPerS: output === null ? null : timeline.peakPerS,
      ...(sums.items === null ? null : { itemsPerS: per(sums.items)! }),
      intervals: {
        outputTokensPerS: interval(output !== null, timeline.slices),
        inputTokensPerS: interval(input !== null, sums.inputSlices),
        totalTokensPerS: interval(output !== null && input !== null, timeline.slices, sums.inputSlices),
        requestsPerS: interval(true, sums.completedSlices),
        goodputPerS: interval(good !== null, sums.goodSlices),
      },
      full: fullRates(rows, windows.full!),
    },
  };
}

/**
 * Slices for the batch means: as many as fit with at least 5 × the median e2e each (A.4), so that neighbours share few
 * requests. Where fewer than 20 fit, 20 of at least 2 × the median e2e, since merging until ρ < 0.2 then still bounds what
 * they share; in a shorter window no interval is given.
 */
export function batchCountOf(windowMs: number, medianE2eMs: number | null): number {
  if (medianE2eMs === null || !(medianE2eMs > 0)) return 0;
  const requests = windowMs / medianE2eMs;
  const fitting = [120, 60, 40, 30, 24, 20].find((count) => count * 5 <= requests);
  return fitting ?? (requests >= 40 ? 20 : 0);
}

function batchSums(counts: readonly Float64Array[], batches: number): number[] {
  const sums: number[] = new Array(batches).fill(0);
  const width = sliceCount / batches;
  for (const slices of counts) for (let k = 0; k < sliceCount; k++) sums[Math.floor(k / width)]! += slices[k]!;
  return sums;
}

function countIn(rows: Requests, window: Window, good: Uint8Array | null) {
  const pieces = sliceCount;
  const inputSlices = new Float64Array(pieces);
  const completedSlices = new Float64Array(pieces);
  const goodSlices = new Float64Array(pieces);
  const sums = { due: 0, sent: 0, completed: 0, input: 0, good: 0, goodTokens: 0 };
  let items: number | null = null;
  let successes = 0;
  let withoutOutput = 0;
  let withoutInput = 0;
  for (let i = 0; i < rows.n; i++) {
    const dueMs = rows.dueMs[i]!;
    if (within(window, dueMs)) sums.due++;
    if (!Number.isNaN(rows.sentMs[i]!) && within(window, rows.sentMs[i]!)) sums.sent++;
    if (rows.state[i] !== ok) continue;
    if (rows.endMs[i]! >= window.startMs && rows.sentMs[i]! <= window.endMs) {
      successes++;
      if (Number.isNaN(rows.outputTokens[i]!)) withoutOutput++;
      if (Number.isNaN(rows.inputTokens[i]!)) withoutInput++;
    }
    if (within(window, rows.endMs[i]!)) {
      sums.completed++;
      if (!Number.isNaN(rows.items[i]!)) items = (items ?? 0) + rows.items[i]!;
      completedSlices[sliceOf(window, pieces, rows.endMs[i]!)]!++;
    }
    if (!Number.isNaN(rows.inputTokens[i]!) && within(window, rows.firstContentMs[i]!)) {
      sums.input += rows.inputTokens[i]!;
      inputSlices[sliceOf(window, pieces, rows.firstContentMs[i]!)]! += rows.inputTokens[i]!;
    }
    if (good?.[i] === 1 && within(window, dueMs)) {
      sums.good++;
      sums.goodTokens += Number.isNaN(rows.outputTokens[i]!) ? 0 : rows.outputTokens[i]!;
      goodSlices[sliceOf(window, pieces, dueMs)]!++;
    }
  }
  const known = (without: number) => successes > 0 && without <= unknownShareLimit * successes;
  return {
    ...sums,
    items,
    inputSlices,
    completedSlices,
    goodSlices,
    outputKnown: known(withoutOutput),
    inputKnown: known(withoutInput),
  };
}

function fullRates(rows: Requests, full: Window): StepSummary['throughput']['full'] {
  const durationMs = full.endMs - full.startMs;
  let output = 0;
  let unknown = 0;
  let generating = 0;
  let completed = 0;
  for (let i = 0; i < rows.n; i++) {
    if (rows.state[i] !== ok) continue;
    completed++;
    if (Number.isNaN(rows.items[i]!)) generating++;
    if (Number.isNaN(rows.outputTokens[i]!)) unknown++;
    else output += rows.outputTokens[i]!;
  }
  const known = generating > 0 && unknown <= unknownShareLimit * completed;
  return {
    outputTokensPerS: known ? round((output / durationMs) * 1000) : null,
    requestsPerS: round((completed / durationMs) * 1000),
    durationMs: round(durationMs),
  };
}

const nothing: Throughput['summary'] = {
  outputTokensPerS: null,
  outputTokensPerSAll: null,
  inputTokensPerS: null,
  totalTokensPerS: null,
  requestsPerS: null,
  offeredPerS: null,
  sentPerS: null,
  goodputPerS: null,
  goodOutputTokensPerS: null,
  peakOutputTokensPerS: null,
  intervals: {},
  full: { outputTokensPerS: null, requestsPerS: null, durationMs: null },
};
