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
