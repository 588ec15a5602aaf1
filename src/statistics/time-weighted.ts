/** A level and how long it lasted, in any one unit ≥ 0. */
export type Piece = readonly [value: number, duration: number];

/**
 * Quantile of a step function over time: pieces sorted by value, the smallest value whose cumulative share of the time is
 * at least q; null when no time passed.
 */
export function timeWeightedQuantile(pieces: readonly Piece[], q: number): number | null {
  return timeWeightedQuantiles(pieces, [q])[0]!;
}

/** Several quantiles of one step function: its pieces are sorted once. */
export function timeWeightedQuantiles(pieces: readonly Piece[], quantiles: readonly number[]): (number | null)[] {
  const sorted = pieces.filter(([, duration]) => duration > 0).sort((a, b) => a[0] - b[0]);
  const total = sorted.reduce((sum, [, duration]) => sum + duration, 0);
  return quantiles.map((q) => {
    const wanted = q * total * (1 - 1e-12); // equal shares must not fail on the last bit
    let passed = 0;
    for (const [value, duration] of sorted) {
      passed += duration;
      if (passed >= wanted) return value;
    }
    return null;
  });
}

/** Mean of a step function over time; null when no time passed. */
export function timeWeightedMean(pieces: readonly Piece[]): number | null {
  let [sum, total] = [0, 0];
  for (const [value, duration] of pieces) {
    sum += value * duration;
    total += duration;
  }
  return total > 0 ? sum / total : null;
}
