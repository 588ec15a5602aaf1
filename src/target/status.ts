import type { FailureCode } from '../record/exchange.ts';
import type { HeaderFields } from '../wire/http-head.ts';

/** A refusal by HTTP status under its own name. */
export function codeOfStatus(status: number): FailureCode {
  if (status === 429) return 'rate_limited';
  if (status === 503 || status === 529) return 'overloaded';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'not_found';
  if (status === 407) return 'proxy_failed';
  return status >= 500 ? 'server_error' : 'rejected';
}

/**
 * Milliseconds that the server asks to wait: `retry-after-ms`, then `retry-after` in seconds or as an HTTP date
 * (RFC 9110, 10.2.3). Null when it does not say; a date in the past is 0.
 */
export function retryAfterMs(headers: HeaderFields, nowUnixMs: number): number | null {
  const exact = decimal(headers['retry-after-ms']);
  if (exact !== null) return exact;
  const value = headers['retry-after'];
  if (value === undefined) return null;
  const seconds = decimal(value);
  if (seconds !== null) return seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - nowUnixMs);
}

function decimal(value: string | undefined): number | null {
  return value !== undefined && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : null;
}
