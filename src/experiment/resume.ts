import { createClock, type ProcessClock } from '../clock/clock.ts';
import { UserError } from '../error/user-error.ts';
import type { RunRecord } from '../record/run.ts';
import type { Reached } from './reach.ts';

/** Room between the last stamp of the run and the first of its continuation, where the wall clock went back meanwhile. */
const apartMs = 1_000;

/**
 * The clock of a run that goes on in another process, perhaps after a reboot: its origin is found again by the wall
 * clock, and never so that time would run backwards within the run.
 */
export function resumedClock({ startedUnixMs, steps }: RunRecord, nowUnixMs = Date.now()): ProcessClock {
  const lastMs = Math.max(0, ...steps.map(({ startMs, endMs, stopMs }) => endMs ?? stopMs ?? startMs));
  const sinceMs = Math.max(nowUnixMs - startedUnixMs, lastMs + apartMs);
  const originNs = process.hrtime.bigint() - BigInt(Math.round(sinceMs * 1e6));
  return createClock({ originNs, originUnixMs: startedUnixMs });
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
