/** What tools write where they have no value; a text in brackets is always one of these. */
const nothing = /^(?:|n\/?a.*|-|\[.*\]|<<<.*>>>|none|null|unknown|not supported|not available)$/i;

/** A cell that says that there is no value. */
export function isBlank(text: string): boolean {
  return nothing.test(text.trim());
}

/** Units as multiples of SI, and as parts of it: division keeps 61 % at 0.61. Memory that vendors call MB is counted in 1024². */
const multiples: Readonly<Record<string, number>> = {
  W: 1,
  kW: 1e3,
  J: 1,
  Hz: 1,
  MHz: 1e6,
  GHz: 1e9,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  s: 1,
  C: 1,
};
const parts: Readonly<Record<string, number>> = {
  '%': 100,
  mW: 1e3,
  uW: 1e6,
  mJ: 1e3,
  uJ: 1e6,
  ms: 1e3,
  us: 1e6,
  ns: 1e9,
};

/** A value in SI; undefined where the unit is not known. */
export function toSi(value: number, unit: string): number | undefined {
  const multiple = multiples[unit];
  if (multiple !== undefined) return value * multiple;
  const part = parts[unit];
  return part === undefined ? undefined : value / part;
}

/**
 * A number in SI from a cell such as `611.48 W`, `100 %` or `131204`.
 * @param unit of the column where the cell has none; its own wins
 * @returns undefined for a blank, for text that is no number, and for a unit that is not known
 */
export function siNumber(cell: string, unit?: string): number | undefined {
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([a-zA-Z%µ]*)$/.exec(cell.trim());
  if (found === null) return undefined;
  const name = (found[2] === '' ? unit : found[2])?.replace('µ', 'u');
  const value = Number(found[1]) + 0; // -0 is 0
  if (!Number.isFinite(value)) return undefined;
  return name === undefined || name === '' ? value : toSi(value, name);
}

/** An object without the keys that have no value: what a source did not tell is absent. */
export function present<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}

/** The same, and undefined where nothing is left. */
export function presentOrNone<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T | undefined {
  const kept = present<T>(value);
  return Object.keys(kept).length === 0 ? undefined : kept;
}
