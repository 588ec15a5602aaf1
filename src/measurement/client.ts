import { minimumSample } from '../statistics/quantile.ts';
import type { TimingError } from './calibrated.ts';
import type { StepFacts } from './facts.ts';
import type { Requests } from './ledger.ts';
import { roundOrNull } from './number.ts';
import { heldByCap } from './occupancy.ts';
import { exactSample, type Sample } from './sample.ts';
import { knownAt, type Places, placesWhere } from './selection.ts';
import type { StepSummary } from './summary.ts';
import { isClosed } from './window.ts';

export interface ClientView {
  readonly summary: StepSummary['client'];
  /** `sent − due` of the requests that no cap held back: the client's own lateness. */
  readonly scheduleLag: Sample;
  /** CPU time of the busiest thread over wall time; null without a client record. */
  readonly cpuShareOfThread: number | null;
  readonly timing: TimingError;
}

/**
 * What the client itself went through, over the requests due in the headline window. In a closed loop a request is due
 * when its slot is free, so that nothing but the client can hold it; in an open loop the cap on requests in flight may.
 */
export function clientOf(facts: StepFacts, rows: Requests, members: Places, timing: TimingError): ClientView {
  const held = heldByCap(rows, isClosed(facts) ? null : facts.maxInFlight, facts.client?.threads ?? 1);
  const free = placesWhere(members, (i) => held[i] === 0);
  const scheduleLag = exactSample(knownAt(rows.queueDelayMs, free), 0);
  const { client } = facts;
  let tokens = 0;
  for (const count of rows.outputTokens) if (!Number.isNaN(count)) tokens += count;
  const shareOf = (cpuUs: number) => (client === null || client.wallMs <= 0 ? null : cpuUs / 1000 / client.wallMs);
  const cpuShare = shareOf(client?.cpuUs ?? 0);
  return {
    scheduleLag,
    timing,
    cpuShareOfThread: shareOf(client?.busiestThreadCpuUs ?? (client?.cpuUs ?? 0) / Math.max(1, client?.threads ?? 1)),
    summary: {
      cpuUsPerToken: client === null || tokens === 0 ? null : roundOrNull(client.cpuUs / tokens),
      cpuShare: roundOrNull(cpuShare),
      loopLagP99Ms: roundOrNull(client?.loopLagP99Ms ?? null),
      // What this client did, all of it: that its lags come in bunches makes the number no less true.
      scheduleLagP99Ms: scheduleLag.n < minimumSample(0.99) ? null : roundOrNull(scheduleLag.plain(0.99)),
      coalescedShare: roundOrNull(coalescedShare(rows, members)),
      timingErrorP99Ms: roundOrNull(timing.p99Ms),
      timingErrorReason: timing.reason,
    },
  };
}

/** Content events that share the stamp of the one before / all content events. */
function coalescedShare(rows: Requests, members: Places): number | null {
  let events = 0;
  let coalesced = 0;
  for (const i of members) {
    events += rows.events[i]!;
    coalesced += rows.coalesced[i]!;
  }
  return events === 0 ? null : coalesced / events;
}
