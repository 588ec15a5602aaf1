/** Where a chart is drawn as text; `paint` colours its parts and leaves widths alone. */
export interface ChartOptions {
  readonly width: number;
  readonly unicode: boolean;
  readonly paint?: { readonly data: (text: string) => string; readonly frame: (text: string) => string };
}

/** The least of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below the value. */
export function niceCeiling(value: number): number {
  if (value <= 0) return value === 0 ? 1 : 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((s) => s * power >= value * (1 - 1e-12)) ?? 10;
  return step * power;
}

/** Round numbers, 1, 2, 2.5 or 5 times a power of ten apart, that cover [low, high] with about `count` gaps. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = ([1, 2, 2.5, 5, 10].find((s) => s * power * count >= span * (1 - 1e-9)) ?? 10) * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}
