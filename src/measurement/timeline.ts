import { type Ledger, ok, type Requests } from './ledger.ts';
import type { Span } from './occupancy.ts';
import { type Window, within } from './window.ts';

/** Output tokens of a window by the time of their events, whoever owns them. */
export interface Timeline {
  /** Tokens of successful requests, and of all. */
  readonly tokens: number;
  readonly tokensAll: number;
  /** Tokens of successful requests in equal slices of the window; they add up to `tokens`. */
  readonly slices: Float64Array;
  /** Most tokens of successful requests in one second, in steps of `stepMs`; null without any. */
  readonly peakPerS: number | null;
  /** Time-weighted mean of Σ (P + tokens so far) of the requests in flight; null where an input length is unknown. */
  readonly tokensInFlightMean: number | null;
}

/** Which of `pieces` equal slices of a span holds an instant of it. */
export function sliceOf({ startMs, endMs }: Span, pieces: number, ms: number): number {
  return Math.max(0, Math.min(pieces - 1, Math.floor(((ms - startMs) / (endMs - startMs)) * pieces)));
}

/** Reads every content event once. */
export function timelineOf(ledger: Ledger, rows: Requests, window: Window, pieces: number): Timeline {
  const { startMs, endMs } = window;
  const slices = new Float64Array(pieces);
  const stepMs = peakStep(endMs - startMs);
  const firstBin = Math.floor(startMs / stepMs);
  const bins = new Uint32Array(Math.floor(endMs / stepMs) - firstBin + 1);
  let tokens = 0;
  let tokensAll = 0;
  let area = 0;
  let inputKnown = true;
  for (let i = 0; i < rows.n; i++) {
    const stopMs = Math.min(rows.endMs[i]!, endMs);
    if (!(rows.sentMs[i]! <= endMs && rows.endMs[i]! >= startMs)) continue;
    const input = Number.isNaN(rows.inputTokens[i]!) ? rows.plannedInputTokens[i]! : rows.inputTokens[i]!;
    if (Number.isNaN(input)) inputKnown = false;
    area += input * Math.max(0, stopMs - Math.max(rows.sentMs[i]!, startMs));
    const successful = rows.state[i] === ok;
    const events = ledger.events(rows, i);
    for (let k = 0; k < events.count; k++) {
      const atMs = events.at[k]!;
      const count = events.tokens[k]!;
      if (count === 0) continue;
      if (atMs < stopMs) area += count * (stopMs - Math.max(atMs, startMs));
      if (!within(window, atMs)) continue;
      tokensAll += count;
      if (!successful) continue;
      tokens += count;
      slices[sliceOf(window, pieces, atMs)]! += count;
      bins[Math.floor(atMs / stepMs) - firstBin]! += count;
    }
  }
  const tokensInFlightMean = inputKnown && endMs > startMs ? area / (endMs - startMs) : null;
  return { tokens, tokensAll, slices, peakPerS: peak(bins, 1000 / stepMs), tokensInFlightMean };
}

/** 1 ms, or the next divisor of a second that keeps the bins below a few million. */
function peakStep(durationMs: number): number {
  return [1, 2, 5, 10, 20, 50, 100].find((step) => durationMs / step <= 4_000_000) ?? 250;
}

/** Largest sum of `width` neighbouring bins. */
function peak(bins: Uint32Array, width: number): number | null {
  let sum = 0;
  let most = 0;
  for (let i = 0; i < bins.length; i++) {
    sum += bins[i]! - (i >= width ? bins[i - width]! : 0);
    if (sum > most) most = sum;
  }
  return most === 0 ? null : most;
}
