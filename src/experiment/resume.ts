import { createClock, type ProcessClock } from '../clock/clock.ts';
import { UserError } from '../error/user-error.ts';
import type { RunRecord } from '../record/run.ts';
import type { Reached } from './reach.ts';

/** Room between the last stamp of the run and the first of its continuation, where the wall clock went back meanwhile. */
const apartMs = 1_000;

/** A clock of the same boot is this far off the wall clock at most; the two drift apart over days. */
const sameBootMs = 10_000;

/**
 * The clock of a run that goes on in another process: the same clock while the machine stayed up, else its origin is
 * found again by the wall clock, and never so that time would run backwards within the run.
 */
export function resumedClock({ startedUnixMs, startedNs, steps }: RunRecord, nowUnixMs = Date.now()): ProcessClock {
  const lastMs = Math.max(0, ...steps.map(({ startMs, endMs, stopMs }) => endMs ?? stopMs ?? startMs));
  const nowNs = process.hrtime.bigint();
  const wallMs = Math.max(nowUnixMs - startedUnixMs, lastMs + apartMs);
  const ownNs = startedNs === undefined ? null : nowNs - BigInt(startedNs);
  const stayedUp = ownNs !== null && Math.abs(Number(ownNs) / 1e6 - wallMs) < sameBootMs;
  const sinceNs = stayedUp ? ownNs : BigInt(Math.round(wallMs * 1e6));
  return createClock({ originNs: nowNs - sinceNs, originUnixMs: startedUnixMs });
}

/**
 * A run goes on only against what it began with.
 *
 * @throws UserError `resume_mismatch`, exit 3
 */
export function refuseOtherTarget({ target }: RunRecord, reached: Reached): void {
  const differences = [
    ['model', target.model, reached.model],
    ['protocol', target.protocol, reached.protocol],
    ['server', serverWords(target.server), serverWords(reached.identity)],
  ].filter(([, before, now]) => before !== now);
  if (differences.length === 0) return;
  const list = differences.map(([name, before, now]) => `${name} ${now} instead of ${before}`).join(', ');
  throw new UserError('resume_mismatch', `The server is another one than the run began with: ${list}.`, 3);
}

function serverWords({ name, version }: RunRecord['target']['server']): string {
  return version === null ? name : `${name} ${version}`;
}
