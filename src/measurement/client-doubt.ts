import type { TimingError } from './calibrated.ts';
import { percent } from './failure-doubt.ts';
import { round } from './number.ts';
import type { Doubt } from './summary.ts';
import type { StepView } from './view.ts';

/** A loop that lags blurs every stamp; what is small beside the times measured casts no doubt on them. */
const loopLagLimit = { ms: 10, ofMedianTtft: 0.05 };
const cpuLimit = 0.85;
const coalescedLimit = 0.2;
/** Events of up to this many tokens on average count as one-token events. */
const oneToken = 1.5;

/**
 * Is it the client that was measured? A schedule that slipped by more than max(20 ms, 5 % of the median TTFT) is
 * CLIENT_LIMITED, hence INVALID, by itself. An event loop that lags by more than
 * max(10 ms, 5 % of the median TTFT), a busy core and merged reads are signs that one noisy
 * neighbour can cause on a healthy run, and a load beyond the calibrated ceiling says that they are to be expected: one of
 * them is SUSPECT, two together are CLIENT_LIMITED.
 */
export function clientDoubts(view: StepView): Doubt[] {
  const lag = lagTail(view);
  const medianTtftMs = view.samples.ttftMs.plain(0.5) ?? 0;
  const limitMs = Math.max(20, 0.05 * medianTtftMs);
  const loopLimitMs = Math.max(loopLagLimit.ms, loopLagLimit.ofMedianTtft * medianTtftMs);
  const { loopLagP99Ms, coalescedShare } = view.client.summary;
  const cpu = view.client.cpuShareOfThread;
  const slipped = lag !== null && lag.ms > limitMs;
  const lateLoop = loopLagP99Ms !== null && loopLagP99Ms > loopLimitMs;
  const busy = cpu !== null && cpu > cpuLimit;
  const merged = mergedReads(view);
  const { timing } = view.client;
  const signs = [
    slipped ? `requests left ${ms(lag.ms)} late (${lag.name})` : null,
    lateLoop ? `its event loop lagged ${ms(loopLagP99Ms)} (p99)` : null,
    busy ? `it used ${percent(cpu)} of a core` : null,
    timing.beyond ? beyondWords(timing) : null,
    merged && (lateLoop || busy) ? `${percent(coalescedShare!)} of the events shared a read` : null,
  ].filter((sign) => sign !== null);
  const evidence = {
    scheduleLagMs: lag === null ? null : round(lag.ms),
    scheduleLagLimitMs: round(limitMs),
    loopLagP99Ms,
    loopLagLimitMs: round(loopLimitMs),
    cpuShare: cpu === null ? null : round(cpu),
    coalescedShare,
    timingErrorP99Ms: timing.p99Ms === null ? null : round(timing.p99Ms),
  };
  const doubts: Doubt[] = [];
  if (signs.length > 0) {
    doubts.push({
      code: 'client_limited',
      severity: slipped || signs.length >= 2 ? 'invalid' : 'suspect',
      message: `The client was a bottleneck: ${signs.join(', ')}; give it a core of its own, another machine, or a lower load.`,
      evidence,
    });
  } else if (lag !== null && lag.ms > 5) {
    doubts.push({
      code: 'schedule_lag',
      severity: 'info',
      message: `Requests left up to ${ms(lag.ms)} (${lag.name}) after they were due: give the client a quieter machine if that matters.`,
      evidence,
    });
  }
  return merged ? [...doubts, coalesced(view, coalescedShare!)] : doubts;
}

function beyondWords({ p99Ms }: TimingError): string {
  return p99Ms === null
    ? 'the load is beyond what its calibration found it able to time'
    : `by its calibration it times such a load with an error of ${ms(p99Ms)} (p99)`;
}

/** The highest percentile of the lag, up to p99, that its sample can show: one hiccup is no tail. */
function lagTail({ client }: StepView): { ms: number; name: string } | null {
  for (const [name, q] of [
    ['p99', 0.99],
    ['p95', 0.95],
    ['p90', 0.9],
    ['p50', 0.5],
  ] as const) {
    const { value } = client.scheduleLag.quantile(q);
    if (value !== null) return { ms: value, name };
  }
  return null;
}

function mergedReads({ client, tokens }: StepView): boolean {
  const share = client.summary.coalescedShare;
  return share !== null && share > coalescedLimit && (tokens.tokensPerEvent ?? 1) <= oneToken;
}

function coalesced({ tokens }: StepView, share: number): Doubt {
  return {
    code: 'coalesced_reads',
    severity: 'suspect',
    message: `${percent(share)} of the content events came in one read with the event before: inter-token times are blurred by the client, a proxy or compression, so look for what sits in between.`,
    evidence: { coalescedShare: round(share), tokensPerEvent: tokens.tokensPerEvent },
  };
}

function ms(value: number): string {
  return `${Number(value.toPrecision(3))} ms`;
}
