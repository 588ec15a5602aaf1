/** Text of a duration: one or more numbers with a unit, the larger unit first: `500ms`, `60s`, `1.5m`, `1h30m`. */
export const durationPattern =
  /^(?=\d)(?:\d+(?:\.\d+)?d)?(?:\d+(?:\.\d+)?h)?(?:\d+(?:\.\d+)?m)?(?:\d+(?:\.\d+)?s)?(?:\d+(?:\.\d+)?ms)?$/;

const unitsMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration in milliseconds; null when the text is none. `0s` is 0. */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) return null;
  let totalMs = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(ms|[dhms])/g)) totalMs += Number(number) * unitsMs[unit!]!;
  return Math.round(totalMs * 1000) / 1000;
}

/** `chat`, `h100-sxm x 8`, `h100-sxmx8`: a hardware profile and how many. */
export interface HardwareCount {
  readonly name: string;
  readonly count: number;
}

/**
 * The count may follow without a space, but then has at most three digits, so that `rtx4090` stays one name; null when
 * the text is not of that form.
 */
export function parseHardware(text: string): HardwareCount | null {
  const match = /^(.*\S)(?:\s+x\s*(\d{1,6})|(?<=[^\sx])x(\d{1,3}))$/i.exec(text.trim());
  const [name, count] = match === null ? [text.trim(), 1] : [match[1]!.trim(), Number(match[2] ?? match[3])];
  return /^[\w.+-]+$/.test(name) && count >= 1 ? { name, count } : null;
}

/** A number as its text says it; the text itself where it says none, for the schema to refuse. */
export function numberOrText(text: string): number | string {
  const trimmed = text.trim();
  const value = Number(trimmed);
  return trimmed !== '' && Number.isFinite(value) ? value : trimmed;
}

/** `1,4,16` as numbers; parts that are none stay text. */
export function numberList(text: string): (number | string)[] {
  return text.split(',').map(numberOrText);
}
