/** What repeated measurements say: the middle and the ends. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Null when no round could be used. */
export function spreadOf(values: readonly (number | null | undefined)[]): Spread | null {
  const known = values.filter((value) => value !== null && value !== undefined && Number.isFinite(value)) as number[];
  if (known.length === 0) return null;
  const sorted = known.toSorted((a, b) => a - b);
  const [lower, upper] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!];
  return { median: (lower + upper) / 2, low: sorted[0]!, high: sorted.at(-1)!, n: sorted.length };
}

/** Ratios of neighbours: both were measured in one round, under what the machine then was. */
export function ratiosOf(
  above: readonly (number | null | undefined)[],
  below: readonly (number | null | undefined)[],
): Spread | null {
  return spreadOf(above.map((value, i) => (value != null && below[i] != null ? value / below[i] : null)));
}

export function words(spread: Spread | null, unit = '', digits = 3): string {
  if (spread === null) return 'withheld';
  const text = (value: number) =>
    Number(value.toPrecision(digits)).toLocaleString('en-US', { maximumFractionDigits: 4 });
  const ends = spread.n > 1 ? ` (${text(spread.low)} – ${text(spread.high)})` : '';
  return `${text(spread.median)}${unit === '' ? '' : ` ${unit}`}${ends}`;
}
