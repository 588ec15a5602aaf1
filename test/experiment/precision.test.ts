import { expect, it } from 'vitest';
import { createPrecision } from '../../src/experiment/precision.ts';
import { measureStep } from '../../src/measurement/measure.ts';
import { createRandom } from '../../src/random/random.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { stepFacts } from '../measurement/facts.ts';
import { sampleExchange } from '../store/sample-exchange.ts';

interface Setup {
  readonly wish: number;
  /** Standard deviation of the logarithm of TTFT. */
  readonly spread: number;
  readonly seed?: number;
  readonly fromMs?: number;
  readonly tokens?: number | null;
  readonly streamed?: boolean;
  readonly most?: number;
}

const perS = 50;

/** Exchanges of an open loop until there is enough; null when there never is. */
function until({ wish, spread, seed = 1, fromMs = 0, tokens = 20, streamed = true, most = 60_000 }: Setup) {
  const random = createRandom(seed, 'test');
  const precision = createPrecision({ wish, closed: false, fromMs });
  const exchanges: Exchange[] = [];
  let dueMs = 0;
  for (let i = 0; i < most; i++) {
    dueMs = Math.round((dueMs + (1000 / perS) * random.exponential()) * 1000) / 1000;
    const ttftMs = 100 * Math.exp(spread * random.normal());
    const atUs = streamed ? Array.from({ length: 10 }, (_, k) => Math.round((ttftMs + 10 * k) * 1000)) : [];
    const exchange = exchangeOf(i, dueMs, atUs, dueMs + ttftMs + 100, tokens);
    exchanges.push(exchange);
    precision.add(exchange);
    if (precision.enough) return exchanges;
  }
  return null;
}

function exchangeOf(seq: number, dueMs: number, atUs: number[], endMs: number, tokens: number | null): Exchange {
  const { usage } = sampleExchange();
  return sampleExchange({
    seq,
    session: seq,
    dueMs,
    sentMs: dueMs,
    endMs: Math.round(endMs * 1000) / 1000,
    chunks: { atUs, tokens: null, tokensSource: null, channels: '', choices: null },
    usage: tokens === null ? null : { ...usage!, output: tokens },
    plannedOutputTokens: tokens,
  });
}

/** What the report prints of them. */
function printed(exchanges: readonly Exchange[]) {
  const last = exchanges.at(-1)!;
  const measurement = measureStep(
    stepFacts({ warmupEndMs: 0, stopMs: last.dueMs + 0.001, endMs: last.endMs + 1000, stoppedBy: 'precision' }),
  );
  for (const exchange of exchanges) measurement.add(exchange);
  return measurement.summary();
}

const halfWidths = ({ latency, throughput }: ReturnType<typeof printed>) => {
  const share = (interval: readonly [number, number] | null | undefined, value: number | null) =>
    interval && value ? (interval[1] - interval[0]) / 2 / value : Number.POSITIVE_INFINITY;
  const of = (name: 'ttftDueMs' | 'e2eDueMs') =>
    (['p50', 'p90', 'p99'] as const).map((q) => share(latency[name].intervals[q], latency[name][q]));
  const { outputTokensPerS: rate, intervals } = throughput;
  return [...of('ttftDueMs'), ...of('e2eDueMs'), share(intervals['outputTokensPerS'], rate)];
};

it.each([
  [0.05, 0.3],
  [0.1, 0.6],
])('stops when the report can print every interval within ± %f, spread %f', (wish, spread) => {
  for (const seed of [1, 2, 3]) {
    const exchanges = until({ wish, spread, seed })!;
    expect(Math.max(...halfWidths(printed(exchanges)))).toBeLessThanOrEqual(1.1 * wish);
    // and not much later: half of it was not enough
    const before = exchanges.slice(0, Math.floor(exchanges.length * 0.45));
    expect(Math.max(...halfWidths(printed(before)))).toBeGreaterThan(wish);
  }
});

it('takes longer for a finer wish and for a wider spread', () => {
  const count = (wish: number, spread: number) => until({ wish, spread })!.length;
  expect(count(0.05, 0.3)).toBeGreaterThan(2 * count(0.1, 0.3));
  expect(count(0.1, 0.6)).toBeGreaterThan(1.5 * count(0.1, 0.3));
});

it('is never content with fewer than a p99 needs, however even they are', () => {
  expect(until({ wish: 0.5, spread: 0.001 })!.length).toBeGreaterThanOrEqual(368);
});

it('does not count what was due in the warm-up', () => {
  const fromMs = 60_000;
  const exchanges = until({ wish: 0.3, spread: 0.1, fromMs })!;
  expect(exchanges.filter(({ dueMs }) => dueMs >= fromMs).length).toBeGreaterThanOrEqual(368);
});

it('waits for no TTFT where nothing is streamed, and for no rate of tokens that nobody counts', () => {
  expect(until({ wish: 0.1, spread: 0.1, streamed: false, tokens: null })!.length).toBeLessThan(2000);
});

it('goes by latencies from the due time in an open loop: waiting in the client counts', () => {
  const enoughAt = (closed: boolean) => {
    const precision = createPrecision({ wish: 0.1, closed, fromMs: 0 });
    const random = createRandom(1, 'wait');
    for (let i = 0; i < 10_000; i++) {
      const exchange = exchangeOf(i, 20 * i, [100_000, 110_000], 20 * i + 700, 10);
      precision.add({ ...exchange, sentMs: 20 * i + 500 * random.next() ** 8 });
      if (precision.enough) return i;
    }
    return 10_000;
  };
  expect(enoughAt(true)).toBeLessThan(400);
  expect(enoughAt(false)).toBeGreaterThan(600);
});
