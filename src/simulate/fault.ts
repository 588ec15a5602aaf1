import { UserError } from '../error/user-error.ts';
import { draw } from './draw.ts';

/** What the simulator can do wrong on purpose, in the order in which shares are laid out for the draw. */
export const faultNames = [
  /** TCP reset in the middle of the stream. */
  'reset',
  /** Silence for ever in the middle of the stream; the connection stays open. */
  'stall',
  /** The connection ends in good order, but without finish reason, usage and terminator. */
  'truncated',
  /** One event whose JSON is broken; the stream goes on after it. */
  'malformed',
  /** Status 429 with `retry-after`. */
  'rate_limited',
  /** Status 500. */
  'server_error',
  /** Status 200, then an event with an error in the middle of the stream. */
  'stream_error',
  /** A stream in good order without a single token. */
  'empty_output',
  /** The response head, and all that follows, later by `slowHeaderMs`. */
  'slow_header',
] as const;
export type FaultName = (typeof faultNames)[number];
export type FaultShares = { readonly [name in FaultName]?: number | undefined };

/** `reset=0.05` → `{ name: 'reset', share: 0.05 }`; throws UserError `bad_fault`. */
export function parseFault(text: string): { name: FaultName; share: number } {
  const [name = '', share = ''] = text.split('=');
  const value = share.trim() === '' ? Number.NaN : Number(share);
  if (!isFaultName(name.trim()) || !(value >= 0 && value <= 1))
    throw new UserError(
      'bad_fault',
      `Cannot read the fault '${text}': write NAME=SHARE with a share from 0 to 1 and one of the names ${faultNames.join(', ')}.`,
    );
  return { name: name.trim() as FaultName, share: value };
}

/** Several `NAME=SHARE`; throws UserError `bad_fault`, also for a name that comes twice or shares of more than 1 together. */
export function parseFaults(texts: readonly string[]): FaultShares {
  const shares: { [name in FaultName]?: number } = {};
  for (const text of texts) {
    const { name, share } = parseFault(text);
    if (shares[name] !== undefined) throw new UserError('bad_fault', `The fault '${name}' is given twice.`);
    shares[name] = share;
  }
  checkFaults(shares);
  return shares;
}

/** Throws UserError `bad_fault` for an unknown name, a share outside [0, 1] or shares of more than 1 together. */
export function checkFaults(shares: FaultShares): void {
  let sum = 0;
  for (const [name, share] of Object.entries(shares)) {
    if (share === undefined) continue;
    if (!isFaultName(name))
      throw new UserError('bad_fault', `There is no fault '${name}'; the faults are ${faultNames.join(', ')}.`);
    if (typeof share !== 'number' || !(share >= 0 && share <= 1))
      throw new UserError('bad_fault', `The share of the fault '${name}' must be a number from 0 to 1, not ${share}.`);
    sum += share;
  }
  if (sum > 1 + 1e-9)
    throw new UserError('bad_fault', `The shares of all faults together are ${sum}: they must not exceed 1.`);
}

function isFaultName(name: string): name is FaultName {
  return (faultNames as readonly string[]).includes(name);
}

/** The fault of request `ordinal` (from 0), or null: a pure function, so that a test can count ahead. */
export function faultOf(shares: FaultShares, seed: number, ordinal: number): FaultName | null {
  let u = draw(seed, 'fault', ordinal);
  for (const name of faultNames) {
    u -= shares[name] ?? 0;
    if (u < 0) return name;
  }
  return null;
}

/** Number of good events before a fault strikes: uniform over 1 … events − 1, so that it is in the middle of the stream. */
export function eventsBeforeFault(seed: number, ordinal: number, events: number): number {
  return 1 + Math.floor(draw(seed, 'fault/event', ordinal) * Math.max(1, events - 1));
}
