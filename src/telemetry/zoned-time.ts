/** Offset of a zone at an instant, ms: local − UTC. */
function offsetMs(unixMs: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(unixMs);
  const part = (type: string) => Number(parts.find((candidate) => candidate.type === type)?.value);
  const local = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return local - Math.floor(unixMs / 1000) * 1000;
}

/** Wall time without a zone; month 1…12. */
export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/**
 * Unix seconds of a local time in a zone.
 * @param zone IANA name, or `UTC`
 * @returns null where the zone has that time twice or never, as clocks are set back or forward, and for no time at all
 */
export function unixSeconds(time: LocalTime, zone: string): number | null {
  const whole = Math.floor(time.second);
  const asUtcMs = Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, whole);
  const check = new Date(asUtcMs);
  if (
    check.getUTCMonth() !== time.month - 1 ||
    check.getUTCHours() !== time.hour ||
    check.getUTCMinutes() !== time.minute
  )
    return null;
  const fraction = time.second - whole;
  if (zone === 'UTC') return asUtcMs / 1000 + fraction;
  const day = 86_400_000;
  const offsets = new Set([offsetMs(asUtcMs - day, zone), offsetMs(asUtcMs + day, zone)]);
  const found = [...offsets].map((offset) => asUtcMs - offset).filter((ms) => ms + offsetMs(ms, zone) === asUtcMs);
  return found.length === 1 ? found[0]! / 1000 + fraction : null;
}
