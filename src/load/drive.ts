import type { Drive, DriveOptions } from './contract.ts';
import { Driver } from './driver.ts';

export type { Drive, DriveEnd, DriveEvent, DriveOptions, StoppedBy } from './contract.ts';

/**
 * The one driver: sessions × admission × target → exchanges.
 *
 * Closed loop: each slot is due again when its request ended. Open loop: requests are due by the schedule, and all that
 * are overdue start in one turn; a cap holds them in line and moves no due time. In both a later turn is due when the
 * reply before it ended, plus its think time. What was due before the stop but held by the cap until then is emitted as
 * censored, unsent. When the sessions run out the drive ends, `workload`, once the last reply brought no further turn;
 * until then no drain limit holds, only the target's own.
 *
 * @throws RangeError for a concurrency or cap that is no whole number from 1
 */
export function drive(options: DriveOptions): Drive {
  const { admission } = options;
  const limit = admission.kind === 'closed' ? admission.concurrency : admission.maxInFlight;
  if (limit !== null && !(Number.isInteger(limit) && limit >= 1))
    throw new RangeError(`${limit} requests in flight: not a whole number from 1`);
  return new Driver(options);
}
