import { failureCodes } from '../record/exchange.ts';
import { censored, failed, ok, type Requests } from './ledger.ts';
import { round } from './number.ts';
import { placesWhere } from './selection.ts';
import type { Doubt } from './summary.ts';
import type { StepView } from './view.ts';

export const suspectShare = 0.01;
const invalidShare = 0.1;
const rateLimited = failureCodes.indexOf('rate_limited');

/** Requests that failed, were refused for their rate, never ended, or were never there. */
export function failureDoubts(view: StepView): Doubt[] {
  const { rows, members, counts } = view;
  const doubts: Doubt[] = [];
  if (rows.n === 0 || counts.sent === 0) {
    doubts.push({
      code: 'no_requests',
      severity: 'invalid',
      message:
        'No request was sent: check that the load lasts longer than the warm-up and that the workload is not empty.',
      evidence: { due: counts.due, sent: counts.sent },
    });
    if (rows.n === 0) return [...doubts, ...unfinished(view)];
  }
  if (counts.ok === 0) {
    doubts.push({
      code: 'all_failed',
      severity: 'invalid',
      message: `Not one of ${rows.n} requests succeeded: look at the failures by name and their messages.`,
      evidence: { requests: rows.n, failed: counts.failed, censored: counts.censored, most: mostFrequent(view) },
    });
  }
  const failures = placesWhere(members, (i) => rows.state[i] === failed);
  const limited = failures.filter((i) => rows.failure[i] === rateLimited).length;
  doubts.push(...tooManyFailures(view, failures.length - limited), ...tooManyRefusals(view, limited));
  return [...doubts, ...gaveUp(view), ...censoredDoubts(view), ...unfinished(view)];
}

function tooManyFailures(view: StepView, count: number): Doubt[] {
  const share = count / Math.max(1, view.members.length);
  if (share <= suspectShare || view.counts.ok === 0) return [];
  return [
    {
      code: 'high_failures',
      severity: graveIf(share, count),
      message: `${percent(share)} of the requests failed, most by ${mostFrequent(view)}: latencies of the rest flatter, so mend the failures or read the percentiles that count them.`,
      evidence: { share: round(share), failed: count, requests: view.members.length, most: mostFrequent(view) },
    },
  ];
}

function tooManyRefusals(view: StepView, count: number): Doubt[] {
  const share = count / Math.max(1, view.members.length);
  if (share <= suspectShare) return [];
  return [
    {
      code: 'rate_limited',
      severity: graveIf(share, count),
      message: `${percent(share)} of the requests were refused for their rate (429): this shows the limit of the account, not of the server, so lower the load or raise the quota.`,
      evidence: { share: round(share), refused: count, requests: view.members.length },
    },
  ];
}

/** One failure among a handful proves no broken server. */
function graveIf(share: number, count: number): 'invalid' | 'suspect' {
  return share > invalidShare && count >= 2 ? 'invalid' : 'suspect';
}

/** The step ended before its time, for nothing succeeded any more: it shows less than was asked for. */
function gaveUp(view: StepView): Doubt[] {
  const { facts, rows, counts } = view;
  if (facts.stoppedBy !== 'failures') return [];
  const inARow = failuresAtTheEnd(rows);
  const why = counts.ok === 0 ? `none of its first ${inARow} requests succeeded` : `${inARow} requests in a row failed`;
  return [
    {
      code: 'stopped_by_failures',
      severity: 'invalid',
      message: `The step was stopped before its time, for ${why}, most by ${mostFrequent(view)}: see whether the server still runs and takes this load.`,
      evidence: { inARow, ok: counts.ok, failed: counts.failed, most: mostFrequent(view) },
    },
  ];
}

function failuresAtTheEnd({ n, endMs, seq, state }: Requests): number {
  const byEnd = Array.from({ length: n }, (_, i) => i).sort((a, b) => endMs[b]! - endMs[a]! || seq[b]! - seq[a]!);
  let count = 0;
  for (const i of byEnd) {
    if (state[i] === ok) break;
    if (state[i] === failed) count++;
  }
  return count;
}

/** Sent and not done in time, or held until the arrivals ended: a longer drain helps only the first. */
function censoredDoubts({ facts, rows, members, closed }: StepView): Doubt[] {
  const open = placesWhere(members, (i) => rows.state[i] === censored && rows.censoredBy[i] === 0);
  const unsent = open.filter((i) => Number.isNaN(rows.sentMs[i]!)).length;
  const cap = closed || facts.maxInFlight === null ? null : facts.maxInFlight;
  const heldBy = cap === null ? 'by the client' : `by the cap of ${cap} requests in flight`;
  const mend = cap === null ? 'lower the load' : 'raise the cap or lower the rate';
  const doubt = (count: number, message: string): Doubt[] => {
    if (count === 0) return [];
    const share = count / members.length;
    return [
      {
        code: 'censored',
        severity: share > suspectShare ? 'suspect' : 'info',
        message: `${count} requests ${message}`,
        evidence: { censored: count, share: round(share), requests: members.length },
      },
    ];
  };
  return [
    ...doubt(
      open.length - unsent,
      'were still unfinished at the drain limit and count as infinitely slow: allow a longer drain or lower the load.',
    ),
    ...doubt(
      unsent,
      `were held back ${heldBy} until the step ended, were never sent and count as infinitely slow: ${mend}.`,
    ),
  ];
}

/** Ends of a step that are neither its own nor the user's. */
const broken: Readonly<Record<string, string>> = {
  thread_lost: 'a thread of the client ended unexpectedly; run it again, and report it when it happens again',
  disk_full: 'the disk is full; make room or name another folder with --out, and run it again',
  disk_failed: 'results could not be written any more, see the notes; name another folder with --out',
};

function unfinished({ facts, rows }: StepView): Doubt[] {
  let open = 0;
  for (let i = 0; i < rows.n; i++) if (rows.censoredBy[i] === 1) open++;
  const fault = facts.stoppedBy === null ? undefined : broken[facts.stoppedBy];
  if (fault !== undefined) {
    return [
      {
        code: facts.stoppedBy!,
        severity: 'invalid',
        message: `The step was cut short: ${fault}. What was measured before stands here.`,
        evidence: { requests: rows.n, inFlight: open },
      },
    ];
  }
  if (facts.stoppedBy === 'interrupted') {
    return [
      {
        code: 'interrupted',
        severity: 'suspect',
        message: `The step was interrupted with ${open} requests in flight, which count as infinitely slow: let it run to its end.`,
        evidence: { inFlight: open },
      },
    ];
  }
  if (facts.endMs !== null) return [];
  return [
    {
      code: 'unfinished',
      severity: 'suspect',
      message:
        'The step had not ended when this was computed, or was killed: requests that were in flight are missing.',
      evidence: { stoppedBy: facts.stoppedBy },
    },
  ];
}

function mostFrequent({ counts }: StepView): string {
  const codes = Object.entries(counts.outcomes).filter(([code]) => (failureCodes as readonly string[]).includes(code));
  return codes.sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'none';
}

/** A share for a sentence. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(share < 0.01 ? 1 : 2))} %`;
}
