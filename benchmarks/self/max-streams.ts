/** How many streams of 50 tokens/s a client carries on one core, its stamps within 10 ms of the server's. */
import type { ClientOrder } from './client.ts';
import type { Pins } from './rig.ts';
import { measureClient } from './stream-sample.ts';

export const maxStreamsLimitMs = 10;
const step = Math.SQRT2;
const tries = 4;

export interface MaxStreams {
  readonly streams: number | null;
  /** More was not tried, or the server could not give more. */
  readonly atLeast: boolean;
}

/** Steps up or down from what its cost suggests until it passes on one side and fails on the other. */
export async function maxStreams(
  kind: ClientOrder['kind'],
  usPerToken: number,
  pins: Pins,
  spans: { readonly rampMs: number; readonly spanMs: number },
): Promise<MaxStreams> {
  const carried = 20_000 / usPerToken;
  let streams = Math.round(Math.min(2000, carried * 0.7));
  let passed: number | null = null;
  let failed: number | null = null;
  for (let k = 0; k < tries && (passed === null || failed === null); k++) {
    const { serverKept, timing } = await measureClient(kind, streams, pins, spans);
    if (!serverKept) return { streams: passed, atLeast: true };
    const inside = timing?.p99Ms != null && timing.p99Ms <= maxStreamsLimitMs;
    if (inside) passed = streams;
    else failed = streams;
    streams = Math.round(inside ? streams * step : streams / step);
  }
  return { streams: passed, atLeast: failed === null };
}
