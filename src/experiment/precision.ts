import { exactSample } from '../measurement/sample.ts';
import { batchCountOf } from '../measurement/throughput.ts';
import { createRandom } from '../random/random.ts';
import type { Exchange } from '../record/exchange.ts';
import { blockBootstraps, blockLength } from '../statistics/bootstrap.ts';
import { batchMeans } from '../statistics/interval.ts';
import { minimumSample, quantileInterval, quantileSorted, sortedCopy } from '../statistics/quantile.ts';

/** Tells a step that its numbers are as narrow as was wished. */
export interface Precision {
  /** Every request as it ends, those of the warm-up too: their tokens may fall behind it. */
  add(exchange: Exchange): void;
  readonly enough: boolean;
}

export interface PrecisionOptions {
  /** Largest half-width of an interval, as a share of its value. */
  readonly wish: number;
  /** Closed loop: TTFT and E2E from when a request was sent; open loop: from when it was due. */
  readonly closed: boolean;
  /** End of the warm-up: what is due from here on counts. */
  readonly fromMs: number;
}

/** The widest first: it is the one that says no. */
const levels = [0.99, 0.9, 0.5];
/** The next look comes when the sample has grown by a fifth: with the bootstrap's cost it stays cheap in all. */
const growth = 1.2;
const reserve = 16;
/** Against 2,000 of the report; the ends of an interval then scatter by 7 % of its width, and a lucky look ends the step. */
const draws = 200;
const margin = 0.9;
/** Order statistics cost a sort. The bootstrap, ten times that, is for when they say neither far off nor far within. */
const rough = { far: 1.25, within: 0.4 };
const binMs = 100;

/**
 * Enough is when p50, p90 and p99 of TTFT and E2E and the output rate have 95 % intervals, made as the report makes
 * them, of at most ± the wish. Looks are rare and in small pieces, one a request: the load goes on meanwhile.
 */
export function createPrecision({ wish, closed, fromMs }: PrecisionOptions): Precision {
  const due: number[] = [];
  const ttft: number[] = [];
  const e2e: number[] = [];
  const tokens = new TokenBins(fromMs);
  let [timeMs, lastEndMs] = [0, fromMs];
  let nextLook = minimumSample(0.99) + reserve;
  let look: Iterator<boolean> | null = null;
  let enough = false;

  const steadyRate = () => {
    const sorted = sortedCopy(e2e.filter((value) => !Number.isNaN(value)));
    // tokens of requests that still run are not known: what the slowest one in a hundred may hide is left out
    const slices = tokens.slices(lastEndMs - (quantileSorted(sorted, 0.99) ?? 0), quantileSorted(sorted, 0.5));
    if (slices === 'unknown') return true;
    const means = slices === null ? null : batchMeans(slices);
    return means !== null && isNarrow(means.interval, means.mean, wish);
  };
  function* pieces(): Generator<boolean> {
    yield steadyRate();
    const inFlight = timeMs / Math.max(1, lastEndMs - fromMs);
    for (const series of [ttft, e2e]) yield* narrow(inOrder(series, due), inFlight, wish);
  }

  return {
    add(exchange) {
      const { outcome, dueMs, sentMs, endMs, chunks } = exchange;
      if (outcome.state !== 'ok' || sentMs === null) return;
      tokens.add(exchange);
      lastEndMs = Math.max(lastEndMs, endMs);
      if (dueMs < fromMs) return;
      const originMs = closed ? sentMs : dueMs;
      const [first, last] = [chunks.atUs[0], chunks.atUs.at(-1)];
      due.push(dueMs);
      ttft.push(first === undefined ? Number.NaN : sentMs + first / 1000 - originMs);
      e2e.push((last === undefined ? endMs : sentMs + last / 1000) - originMs);
      timeMs += endMs - sentMs;
      if (enough || (look === null && due.length < nextLook)) return;
      look ??= pieces();
      const piece = look.next();
      if (piece.done) enough = true;
      else if (!piece.value) {
        look = null;
        nextLook = Math.ceil(due.length * growth);
      }
    },
    get enough() {
      return enough;
    },
  };
}

/** Piece by piece: is each percentile narrow? Values in due order. */
function* narrow(ordered: Float64Array, inFlight: number, wish: number): Generator<boolean> {
  if (ordered.length === 0) return; // not streamed: there is no TTFT to wait for
  const sample = exactSample(ordered, 0);
  const sorted = sortedCopy(ordered);
  const block = blockLength(ordered.length, inFlight);
  for (const level of levels) {
    const { value } = sample.quantile(level);
    const interval = quantileInterval(sorted, level, sample.effective);
    if (value === null || interval === null) yield false;
    else if (isNarrow(interval, value, wish * rough.within)) yield true;
    else if (!isNarrow(interval, value, wish * rough.far)) yield false;
    else {
      const random = createRandom(ordered.length, 'precision');
      const [found] = blockBootstraps(ordered, [level], { block, draws, random });
      yield found != null && isNarrow(found, value, wish * margin);
    }
  }
}

function isNarrow([low, high]: readonly [number, number], value: number, wish: number): boolean {
  return (high - low) / 2 <= wish * Math.abs(value);
}

/** By due time, without what is not there. */
function inOrder(values: readonly number[], due: readonly number[]): Float64Array {
  const order = [...values.keys()].filter((i) => !Number.isNaN(values[i]!)).sort((a, b) => due[a]! - due[b]! || a - b);
  return Float64Array.from(order, (i) => values[i]!);
}

/** Output tokens by the time of their events, in bins that become slices. */
class TokenBins {
  readonly #fromMs: number;
  readonly #bins: number[] = [];
  #known = true;

  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  add({ sentMs, endMs, chunks, usage }: Exchange): void {
    const told = chunks.tokens?.reduce((sum, count) => sum + count, 0) ?? null;
    const total = usage?.output ?? told;
    if (total === null) this.#known = false;
    if (total === null || sentMs === null) return;
    const events = chunks.atUs.length;
    if (events === 0) this.#put(endMs, total);
    for (let k = 0; k < events; k++) {
      const share = told ? chunks.tokens![k]! / told : 1 / events;
      this.#put(sentMs + chunks.atUs[k]! / 1000, total * share);
    }
  }

  #put(atMs: number, tokens: number): void {
    const bin = Math.floor((atMs - this.#fromMs) / binMs);
    if (bin < 0) return;
    while (this.#bins.length <= bin) this.#bins.push(0);
    this.#bins[bin]! += tokens;
  }

  /** Sums of as many equal slices up to a time as the report would make; null where it would make none yet. */
  slices(untilMs: number, medianE2eMs: number | null): Float64Array | null | 'unknown' {
    if (!this.#known) return 'unknown';
    const bins = Math.floor((untilMs - this.#fromMs) / binMs);
    const count = bins <= 0 ? 0 : batchCountOf(bins * binMs, medianE2eMs);
    if (count === 0) return null;
    const width = Math.floor(bins / count);
    if (width === 0) return null;
    const skipped = bins - width * count;
    const sums = new Float64Array(count);
    for (let i = 0; i < width * count; i++) sums[Math.floor(i / width)]! += this.#bins[skipped + i] ?? 0;
    return sums;
  }
}
