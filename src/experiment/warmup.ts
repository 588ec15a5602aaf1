/** When an automatic warm-up may end. */
export interface Warmup {
  /** One ended request, in order of its end. `ttftMs` is null for a failure or a reply that was not streamed. */
  add(ended: { readonly seq: number; readonly endMs: number; readonly ttftMs: number | null }): void;
  /** The requests that all left together at the start of a closed loop have ended; true in an open loop. */
  readonly roundOver: boolean;
  readonly settled: boolean;
}

export interface WarmupOptions {
  /** Ended requests that are looked at as one: the concurrency of a closed loop, about a second's arrivals of an open one. */
  readonly size: number;
  /** Slots of a closed loop; null in an open one. */
  readonly slots: number | null;
}

/** Blocks in a row within this share of each other are alike: wider than the noise of a healthy server's block means. */
const alike = 0.1;
const alikeBlocks = 3;
/** From so many blocks on, noise can be told from movement. */
const leastBlocks = 6;
/** What still moves after so many is no warm-up. */
const mostBlocks = 32;
/** Rounds of ended requests after which stragglers of the first one are no longer waited for. */
const mostRounds = 3;

/**
 * Ended requests are taken in blocks; the warm-up is over when neither the completion rate nor the mean TTFT of the
 * blocks moves any more: the last three within 10 % of each other or, where block means are noisier than that, by the
 * rule of the marginal standard error (MSER: White 1997): the cut that leaves the smallest standard error of the rest
 * lies in the first half of all blocks. A drift beyond the noise moves that cut to the end.
 *
 * What met an empty server never counts: in an open loop the first block; in a closed loop every request of the first
 * round, the convoy that left together, and blocks begin where it has ended, so that a block never cuts a round whose
 * replies come together.
 */
export function createWarmup({ size, slots }: WarmupOptions): Warmup {
  const ratePerS: number[] = [];
  const ttftMs: number[] = [];
  let ended = 0;
  let firstRound = slots ?? size;
  let block = { count: 0, startedMs: Number.NaN, ttftSum: 0, ttftCount: 0 };
  let settled = false;
  const roundOver = () => firstRound <= 0 || ended >= mostRounds * (slots ?? size);

  return {
    add({ seq, endMs, ttftMs: ttft }) {
      const before = !roundOver();
      ended++;
      if (slots === null || seq < slots) firstRound--;
      if (before) {
        block.startedMs = endMs;
        return;
      }
      block.count++;
      if (ttft !== null) {
        block.ttftSum += ttft;
        block.ttftCount++;
      }
      if (block.count < size) return;
      ratePerS.push((block.count * 1000) / Math.max(endMs - block.startedMs, 0.001));
      ttftMs.push(block.ttftCount === 0 ? 0 : block.ttftSum / block.ttftCount);
      block = { count: 0, startedMs: endMs, ttftSum: 0, ttftCount: 0 };
      settled ||= ratePerS.length >= mostBlocks || (atRest(ratePerS) && atRest(ttftMs));
    },
    get roundOver() {
      return slots === null || roundOver();
    },
    get settled() {
      return settled;
    },
  };
}

function atRest(blocks: readonly number[]): boolean {
  const last = blocks.slice(-alikeBlocks);
  if (last.length < alikeBlocks) return false;
  const high = Math.max(...last);
  if (high - Math.min(...last) <= alike * high) return true;
  if (blocks.length < leastBlocks || oneWay(blocks.slice(-alikeBlocks - 1))) return false;
  // shares of growth, not amounts: what doubles with each block moves as much at its start as at its end
  const scale = blocks.every((value) => value > 0) ? blocks.map(Math.log) : blocks;
  return 2 * bestCut(scale) < blocks.length;
}

/** Each block above the one before, or each below. */
function oneWay(blocks: readonly number[]): boolean {
  const steps = blocks.slice(1).map((value, i) => Math.sign(value - blocks[i]!));
  return steps.every((step) => step === steps[0]);
}

/** Blocks to leave out at the start so that the mean of the rest, at least three, has the smallest standard error. */
function bestCut(blocks: readonly number[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  let [sum, squares, count] = [0, 0, 0];
  for (let cut = blocks.length - 1; cut >= 0; cut--) {
    // Welford, backwards
    const delta = blocks[cut]! - (count === 0 ? 0 : sum / count);
    sum += blocks[cut]!;
    count++;
    squares += delta * (blocks[cut]! - sum / count);
    const error = squares / count ** 2;
    if (count >= alikeBlocks && error <= least) [best, least] = [cut, error];
  }
  return best;
}
