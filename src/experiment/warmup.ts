/** When an automatic warm-up may end. */
export interface Warmup {
  /** One completed request, in order of its end. `ttftMs` is null for a failure or a reply that was not streamed. */
  add(endMs: number, ttftMs: number | null): void;
  readonly settled: boolean;
}

interface Block {
  readonly ratePerS: number;
  readonly ttftMs: number;
}

/** Two neighbouring blocks count as alike within this share: wider than the noise of a healthy server's block means. */
const alike = 0.1;

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= alike * Math.max(Math.abs(a), Math.abs(b));
}

/**
 * Completions are taken in blocks of `size`; the warm-up is over when the last two blocks have the same completion
 * rate and the same mean TTFT within 10 %. The first block never counts: its requests met an empty server.
 * At least three blocks, hence at least twice the concurrency when `size` is the concurrency, are always spent.
 * @param size requests a block: the concurrency of a closed loop, about a second's arrivals of an open one
 */
export function createWarmup(size: number): Warmup {
  const blocks: Block[] = [];
  let count = 0;
  let startedMs: number | null = null;
  let ttftSum = 0;
  let ttftCount = 0;
  return {
    add(endMs, ttftMs) {
      startedMs ??= endMs;
      if (ttftMs !== null) {
        ttftSum += ttftMs;
        ttftCount += 1;
      }
      count += 1;
      if (count < size) return;
      const seconds = Math.max(endMs - startedMs, 0.001) / 1000;
      blocks.push({ ratePerS: count / seconds, ttftMs: ttftCount === 0 ? 0 : ttftSum / ttftCount });
      [count, ttftSum, ttftCount, startedMs] = [0, 0, 0, endMs];
    },
    get settled() {
      const [before, last] = blocks.slice(-2);
      if (blocks.length < 3 || !before || !last) return false;
      return close(before.ratePerS, last.ratePerS) && close(before.ttftMs, last.ttftMs);
    },
  };
}
