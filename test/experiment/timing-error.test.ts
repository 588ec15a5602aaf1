import { describe, expect, it } from 'vitest';
import { errorQuantileMs, joinStamps, serverKept } from '../../src/experiment/timing-error.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import type { TruthFile } from '../../src/simulate/truth-read.ts';

const originNs = 5_000_000_000n;
const chunks = (atUs: number[]): Exchange['chunks'] => ({
  atUs,
  tokens: null,
  tokensSource: null,
  channels: '',
  choices: null,
});
/** The server got each request 0.2 ms after it was sent and wrote after 10 ms and each 2 ms; reading took 30, 40 and 50 µs. */
const exchange = (session: number, sentMs: number | null) => ({
  session,
  sentMs,
  chunks: chunks([10_230, 12_240, 14_250]),
});
const written = (id: string, sentMs: number, late = 0) => ({
  id,
  receivedNs: originNs + BigInt(sentMs * 1e6) + 200_000n,
  eventsUs: [10_000 + late, 12_000 + late, 14_000 + late],
  end: 'finished',
});
const truth = (requests: TruthFile['requests']): TruthFile => ({
  pace: { ttftMs: 10, itlMs: 2 },
  tokensPerEvent: 1,
  requests,
});
const id = ({ session }: { session: number }) => `r${session}`;

describe('stamps of client and server', () => {
  it('are joined by name, in any order', () => {
    const joined = joinStamps(
      [exchange(1, 7), exchange(0, 3)],
      truth([written('r0', 3), written('r1', 7)]),
      originNs,
      id,
    );
    expect(joined.pairs.map(({ errorUs }) => Math.round(errorUs))).toEqual([30, 40, 50, 30, 40, 50]);
    expect(joined.pairs.map(({ first }) => first)).toEqual([true, false, false, true, false, false]);
    expect(joined.pairs[0]!.readUs).toBe(17_230);
    expect(joined.unmatched).toBe(0);
    expect(errorQuantileMs(joined.pairs, 0.5)).toBeCloseTo(0.04, 9);
  });

  it('are joined in the order of sending where there are no names, earlier requests of others apart', () => {
    const joined = joinStamps(
      [exchange(1, 7), exchange(0, 3), exchange(2, null)],
      truth([written('x', 7), written('y', 3), written('probe', 1)]),
      originNs,
      null,
    );
    expect(joined.pairs.map(({ errorUs }) => Math.round(errorUs))).toEqual([30, 40, 50, 30, 40, 50]);
  });

  it('count what has no counterpart', () => {
    const cut = { ...written('r0', 3), eventsUs: [10_000] };
    expect(joinStamps([exchange(0, 3), exchange(1, 7)], truth([cut]), originNs, id)).toMatchObject({
      pairs: [],
      unmatched: 2,
    });
    expect(errorQuantileMs([], 0.5)).toBeNull();
  });

  it('tell whether the server kept its own pace', () => {
    const kept = (late: number, span = { fromMs: 0, toMs: 100 }) =>
      serverKept(truth([written('r0', 3, late)]), originNs, span);
    expect(kept(500)).toBe(true);
    expect(kept(2500)).toBe(false);
    // What it wrote outside the span does not count, and nothing written is nothing kept.
    expect(kept(2500, { fromMs: 0, toMs: 10 })).toBe(false);
    const mixed = truth([written('early', 3, 2500), written('r1', 50)]);
    expect(serverKept(mixed, originNs, { fromMs: 40, toMs: 100 })).toBe(true);
    expect(serverKept({ ...mixed, pace: null }, originNs, { fromMs: 40, toMs: 100 })).toBe(false);
  });
});
