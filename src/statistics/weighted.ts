/**
 * Quantiles of a step function over time: pieces sorted by value, the smallest value whose cumulative share of the time
 * is at least q. Null for each q when no time passed.
 *
 * @param values level of each piece
 * @param durations length of each piece in any one unit, ≥ 0
 */
export function timeWeightedQuantiles(
  values: ArrayLike<number>,
  durations: ArrayLike<number>,
  quantiles: readonly number[],
): (number | null)[] {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i)
    .filter((i) => durations[i]! > 0)
    .sort((a, b) => values[a]! - values[b]!);
  const total = order.reduce((sum, i) => sum + durations[i]!, 0);
  return quantiles.map((q) => {
    const wanted = q * total * (1 - 1e-12); // equal shares must not fail on the last bit
    let passed = 0;
    for (const i of order) {
      passed += durations[i]!;
      if (passed >= wanted) return values[i]!;
    }
    return null;
  });
}

/** Mean of a step function over time; null when no time passed. */
export function timeWeightedMean(values: ArrayLike<number>, durations: ArrayLike<number>): number | null {
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += values[i]! * durations[i]!;
    total += durations[i]!;
  }
  return total > 0 ? sum / total : null;
}
