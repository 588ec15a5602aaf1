/** Two-sided interval [low, high]. */
export type Range = readonly [number, number];

/** How a unit is written, and the larger or smaller units that a set of values may move to. */
interface UnitStyle {
  readonly symbol: string;
  /** Counts are printed whole, never rounded to significant digits. */
  readonly whole?: boolean;
  /** Significant digits where three are too few, and whole numbers keep their decimals then. */
  readonly digits?: number;
  /** Digits after the point, the same for small and large. */
  readonly decimals?: number;
  /** A factor that applies before printing, e.g. 100 for shares. */
  readonly factor?: number;
  readonly scales?: readonly Scale[];
  /** Larger units for the axes of charts only: tables of money keep whole dollars. */
  readonly axes?: readonly Scale[];
}

/** A rewriting of a unit: values are divided by `per` and carry `symbol`. */
export interface Scale {
  readonly symbol: string;
  readonly per: number;
}

const si = (symbol: string): readonly Scale[] => [
  { symbol: `M ${symbol}`.trim(), per: 1e6 },
  { symbol: `G ${symbol}`.trim(), per: 1e9 },
];

const thousands = (symbol: string): readonly Scale[] => [
  { symbol: `thousand ${symbol}`, per: 1e3 },
  { symbol: `million ${symbol}`, per: 1e6 },
  { symbol: `billion ${symbol}`, per: 1e9 },
];

/** Units of the values that travel in a document. Adding one is one line. */
export const units = {
  none: { symbol: '' },
  count: { symbol: '', whole: true },
  share: { symbol: '%', factor: 100 },
  ms: {
    symbol: 'ms',
    scales: [
      { symbol: 'µs', per: 1e-3 },
      { symbol: 's', per: 1e3 },
    ],
  },
  'ms/token': { symbol: 'ms/tok' },
  'us/token': { symbol: 'µs/tok' },
  s: { symbol: 's' },
  tokens: { symbol: 'tok', whole: true, scales: si('tok') },
  'tokens/s': { symbol: 'tok/s', scales: si('tok/s') },
  chars: { symbol: 'char', whole: true },
  'chars/s': { symbol: 'char/s' },
  'requests/s': { symbol: 'req/s' },
  'results/s': { symbol: 'results/s' },
  requests: { symbol: 'req', whole: true },
  bytes: {
    symbol: 'B',
    whole: true,
    scales: [
      { symbol: 'KiB', per: 1024 },
      { symbol: 'MiB', per: 1024 ** 2 },
      { symbol: 'GiB', per: 1024 ** 3 },
    ],
  },
  W: { symbol: 'W', scales: [{ symbol: 'kW', per: 1e3 }] },
  J: {
    symbol: 'J',
    scales: [
      { symbol: 'kJ', per: 1e3 },
      { symbol: 'MJ', per: 1e6 },
    ],
  },
  'J/token': { symbol: 'J/tok' },
  celsius: { symbol: '°C' },
  kW: { symbol: 'kW' },
  kWh: { symbol: 'kWh', whole: true },
  usd: { symbol: 'USD', whole: true, axes: thousands('USD') },
  'usd/year': { symbol: 'USD/year', whole: true, axes: thousands('USD/year') },
  'usd/month': { symbol: 'USD/month', whole: true, axes: thousands('USD/month') },
  'usd/day': { symbol: 'USD/day', decimals: 2 },
  'usd/h': { symbol: 'USD/h', decimals: 4 },
  'usd/accelerator-h': { symbol: 'USD/acc-h', decimals: 4 },
  'usd/kWh': { symbol: 'USD/kWh', digits: 4 },
  'usd/request': { symbol: 'USD/req', digits: 4 },
  'usd/Mtok': { symbol: 'USD/Mtok', digits: 4 },
  'usd/Mchar': { symbol: 'USD/Mchar', digits: 4 },
  'requests/month': { symbol: 'req/month', whole: true, axes: thousands('req/month') },
  'requests/h': { symbol: 'req/h' },
  'tokens/day': { symbol: 'tok/day', whole: true, scales: si('tok/day') },
  months: { symbol: 'months', whole: true },
  years: { symbol: 'years' },
} as const satisfies Record<string, UnitStyle>;
export type Unit = keyof typeof units;

/** Printed for every value that is undefined or unknown. */
export const absent = '–';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const significantDigits = 3;

/**
 * A number for people: three significant digits below 1,000, whole with thousands separators from there on.
 * Never "NaN" or "undefined": what is not a number prints as a dash, an infinity as ∞.
 */
export function formatNumber(value: number | null | undefined, whole = false): string {
  if (value === null || value === undefined || Number.isNaN(value)) return absent;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  return signed(formatAt(value, whole ? 0 : decimalsOf(value)));
}

/** Digits after the point that give a value its significant ones; with three of them 0 from 99.95 on. */
function decimalsOf(value: number, digits = significantDigits): number {
  if (value === 0) return 0;
  const rounded = Number(value.toPrecision(digits));
  const magnitude = Math.floor(Math.log10(Math.abs(rounded)));
  return Math.max(0, digits - 1 - magnitude);
}

function formatAt(value: number, decimals: number, digits = significantDigits): string {
  if (decimals === 0) return grouped.format(value);
  if (decimals > 5 + digits) return value.toExponential(digits - 1);
  const [whole = '', fraction] = value.toFixed(decimals).split('.');
  return `${/^-?\d{4,}$/.test(whole) ? grouped.format(BigInt(whole)) : whole}.${fraction}`;
}

/** Digits after the point of a scaled value of a unit, and the significant ones they stand for. */
function precisionOf(value: number, unit: Unit, scale: Scale): readonly [decimals: number, digits: number] {
  const style: UnitStyle = units[unit];
  const digits = style.digits ?? significantDigits;
  if (style.whole === true && scale.per === 1) return [0, digits];
  return [style.decimals ?? decimalsOf(value, digits), style.decimals === undefined ? digits : style.decimals + 1];
}

/** A proper minus sign, and no minus before a zero. */
const signed = (text: string): string => (/^-[0.,]*$/.test(text) ? text.slice(1) : text.replace(/^-/, '−'));

/**
 * The scale that a set of values of one unit should share, so that a column never mixes ms and s: seconds once the
 * largest value reaches 10 s and the smallest does not shrink below 0.1 s, or when all of them pass 1 s.
 */
export function chooseScale(unit: Unit, values: readonly (number | null | undefined)[]): Scale {
  const style: UnitStyle = units[unit];
  const base = { symbol: style.symbol, per: 1 / (style.factor ?? 1) };
  const sizes = values.flatMap((v) =>
    v !== null && v !== undefined && Number.isFinite(v) && v !== 0 ? [Math.abs(v)] : [],
  );
  if (sizes.length === 0 || style.scales === undefined) return base;
  const low = sizes.reduce((a, b) => Math.min(a, b));
  const high = sizes.reduce((a, b) => Math.max(a, b));
  let chosen: Scale = base;
  for (const scale of style.scales) {
    if (scale.per < 1 ? high < 0.1 : low >= scale.per || (high >= 10 * scale.per && low >= 0.1 * scale.per))
      chosen = scale;
  }
  return chosen;
}

/** The scale of a chart's axis: as `chooseScale`, but money and volumes in thousands, millions or billions. */
export function axisScale(unit: Unit, values: readonly (number | null | undefined)[]): Scale {
  const { axes }: UnitStyle = units[unit];
  if (axes === undefined) return chooseScale(unit, values);
  const high = values.reduce<number>((a, v) => (v && Number.isFinite(v) ? Math.max(a, Math.abs(v)) : a), 0);
  return axes.findLast(({ per }) => high >= 2 * per) ?? chooseScale(unit, values);
}

/** The number of a scaled value without its unit, with the unit's own rounding. */
export function formatScaled(value: number | null | undefined, unit: Unit, scale: Scale): string {
  if (value === null || value === undefined) return absent;
  const scaled = value / scale.per;
  if (!Number.isFinite(scaled)) return formatNumber(scaled);
  if (unit === 'share') return formatShare(scaled);
  return signed(formatAt(scaled, ...precisionOf(scaled, unit, scale)));
}

/** A percentage that reads 100 only when it is 100: 99.995 keeps the digits that tell it apart. */
function formatShare(percent: number): string {
  const text = formatNumber(percent);
  if (!(percent > 99 && percent < 100) || Number(text) < 100) return text;
  for (let decimals = 1; decimals <= 6; decimals++) {
    const longer = percent.toFixed(decimals);
    if (Number(longer) < 100) return longer;
  }
  return '<100';
}

/**
 * An interval beside its value, in the same unit and to the same decimals: `±23` when it lies evenly about the
 * value, `(83.1–90.4)` when it does not. Empty when there is none.
 */
export function formatInterval(
  value: number | null,
  interval: Range | null | undefined,
  unit: Unit,
  scale: Scale,
): string {
  if (value === null || !interval || !interval.every(Number.isFinite)) return '';
  const [low, high] = [interval[0] / scale.per, interval[1] / scale.per];
  const middle = value / scale.per;
  const [decimals] = precisionOf(middle, unit, scale);
  const [below, above] = [middle - low, high - middle];
  const half = (high - low) / 2;
  if (half >= 0 && Math.abs(above - below) <= 0.2 * half + 1e-12) {
    const text = formatAt(half, decimals);
    return `±${half > 0 && Number(text.replaceAll(',', '')) === 0 ? formatNumber(Number(half.toPrecision(1))) : text}`;
  }
  return `(${signed(formatAt(low, decimals))}–${signed(formatAt(high, decimals))})`;
}

/** A value with its unit and its interval, e.g. `1,234 tok/s ±23`, `99.8 %`, `12.0 s`. */
export function formatQuantity(value: number | null | undefined, unit: Unit, interval?: Range | null): string {
  if (value === null || value === undefined || Number.isNaN(value)) return absent;
  const scale = chooseScale(unit, [value]);
  const beside = formatInterval(value, interval, unit, scale);
  return [formatScaled(value, unit, scale), scale.symbol, beside].filter((part) => part !== '').join(' ');
}

/** Milliseconds as people say them: `850 ms`, `58.2 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return absent;
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms < 1000) return `${formatNumber(Math.round(ms))} ms`;
  if (ms < 119_950) return `${formatNumber(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours > 0) return minutes === 0 ? `${grouped.format(hours)} h` : `${grouped.format(hours)} h ${minutes} min`;
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/** A number for machines: all its digits; null for everything that JSON and a spreadsheet cannot hold. */
export function rawNumber(value: number | null | undefined): number | null {
  if (value === null || value === undefined || !Number.isFinite(value)) return null;
  return value === 0 ? 0 : value;
}
