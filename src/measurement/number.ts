/** Six decimals: below what any clock here resolves, and short enough to read in a file. */
export function round(value: number): number {
  const rounded = Math.round(value * 1e6) / 1e6;
  return Number.isFinite(rounded) ? rounded : value;
}

export function roundOrNull(value: number | null): number | null {
  return value === null ? null : round(value);
}
