import { minimumSample } from '../statistics/quantile.ts';
import type { StepFacts } from './facts.ts';
import { percent } from './failure-doubt.ts';
import { judgedLatency } from './judgement.ts';
import { round } from './number.ts';
import type { Doubt, ObjectiveResult } from './summary.ts';
import type { StepView } from './view.ts';

const quantiles = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
] as const;

const headlines = [
  ['ttft', 'ttftMs'],
  ['tpot', 'tpotMs'],
  ['e2e', 'e2eMs'],
] as const;

/** A window that is missing or too short, a sample that is too small, a load that was not delivered. */
export function windowDoubts(view: StepView, objectives: readonly ObjectiveResult[]): Doubt[] {
  return [
    ...window(view),
    ...warmup(view),
    ...sampleSize(view),
    ...imprecise(view),
    ...undecided(objectives),
    ...delivery(view),
  ];
}

function window({ windows }: StepView): Doubt[] {
  const { steady, medianE2eMs, why, full } = windows;
  if (steady === null) {
    return [
      {
        code: 'no_steady_window',
        severity: 'suspect',
        message: `There is no steady window (${why}): the numbers hold ramp and drain, so measure longer.`,
        evidence: { fullMs: full === null ? null : round(full.endMs - full.startMs), medianE2eMs },
      },
    ];
  }
  const lengthMs = steady.endMs - steady.startMs;
  if (medianE2eMs === null || lengthMs >= 3 * medianE2eMs) return [];
  return [
    {
      code: 'short_window',
      severity: 'suspect',
      message: `The steady window of ${seconds(lengthMs)} is shorter than 3 typical requests of ${seconds(medianE2eMs)}: measure for ${seconds(Math.ceil((4 * medianE2eMs) / 1000) * 1000)} or more.`,
      evidence: { windowMs: round(lengthMs), medianE2eMs: round(medianE2eMs) },
    },
  ];
}

function warmup({ facts }: StepView): Doubt[] {
  if (facts.warmupEndMs === null || facts.warmupEndMs > facts.startMs) return [];
  const { load } = facts;
  // these are measured from their beginning unless a fixed warm-up is asked for
  const varies = load.kind === 'trace' || (load.kind === 'rate' && load.shape !== undefined);
  const mend = varies ? 'give it a fixed one, such as --warmup 10s,' : 'leave the warm-up on';
  return [
    {
      code: 'warmup_missing',
      severity: 'info',
      message: `There was no warm-up: a cold server shows up to a third less at first, so ${mend} unless that is what you measure.`,
      evidence: {},
    },
  ];
}

/** Percentiles that are withheld (A.4), by latency, and what the sample is worth where neighbours resemble each other. */
function sampleSize({ samples, members, closed, facts }: StepView): Doubt[] {
  const withheld = headlines.flatMap(([name, latency]) => {
    const sample = samples[judgedLatency(latency, closed && !facts.retries)];
    const names = quantiles
      .filter(([, q]) => sample.quantile(q).reason === 'n_too_small')
      .map(([quantile]) => quantile);
    return sample.n === 0 || names.length === 0 ? [] : [{ text: `${name} ${names.join(' ')}`, sample, name }];
  });
  if (withheld.length === 0) return [];
  const n = members.length;
  const worth = withheld
    .filter(({ sample }) => sample.effective < sample.n)
    .map(({ name, sample }) => `${name} worth ${sample.effective} independent ones`);
  const needed = minimumSample(0.99);
  return [
    {
      code: 'n_too_small',
      // Without a median nothing typical can be said at all.
      severity: n < minimumSample(0.5) ? 'suspect' : 'info',
      message: `${n === 1 ? '1 request' : `${n} requests`}${worth.length === 0 ? '' : ` (${worth.join(', ')})`} ${n === 1 ? 'is' : 'are'} too few for ${withheld.map(({ text }) => text).join(', ')}: a p99 needs ${needed} independent ones, so measure longer.`,
      evidence: {
        n,
        effective: Math.min(...withheld.map(({ sample }) => sample.effective)),
        withheld: withheld.map(({ text }) => text).join(', '),
        needed,
      },
    },
  ];
}

const ownEnds: readonly StepFacts['stoppedBy'][] = ['duration', 'requests', 'workload'];

/** `--precision` asked for narrower intervals than the step had when its own limits ended it. */
function imprecise({ facts }: StepView): Doubt[] {
  const { precision, stoppedBy } = facts;
  if (precision === undefined || !ownEnds.includes(stoppedBy)) return [];
  return [
    {
      code: 'precision_missed',
      severity: 'info',
      message: `Percentiles and output rate were not yet known to ± ${percent(precision)} when the step ended by its ${stoppedBy}: allow more of it, or ask for less precision.`,
      evidence: { precision, stoppedBy },
    },
  ];
}

function undecided(objectives: readonly ObjectiveResult[]): Doubt[] {
  const open = objectives.filter((objective) => objective.met === null);
  if (open.length === 0) return [];
  return [
    {
      code: 'objective_undecided',
      severity: 'suspect',
      message: `${open.map((o) => `"${o.text}"`).join(', ')} could not be decided (${open[0]!.reason}): measure longer, or choose a lower percentile.`,
      evidence: { objectives: open.length, first: open[0]!.text },
    },
  ];
}

/** Sent < 0.98 offered (A.4), by two requests or more: a single one may cross the window's edge. */
function delivery({ closed, rows, members, windows, counts, facts }: StepView): Doubt[] {
  if (closed || windows.headline === null) return [];
  const { startMs, endMs } = windows.headline;
  const sent = members.filter((i) => rows.sentMs[i]! >= startMs && rows.sentMs[i]! <= endMs).length;
  const missing = facts.endMs === null ? 0 : counts.due - rows.n;
  const offered = members.length + missing;
  if (sent >= 0.98 * offered || offered - sent < 2) return [];
  const capped = facts.maxInFlight === null ? '' : `, or raise the cap of ${facts.maxInFlight} requests in flight`;
  return [
    {
      code: 'under_delivered',
      severity: 'suspect',
      message: `Only ${sent} of ${offered} requests that were due went out in time: the load was lower than asked for, so lower the rate${capped}.`,
      evidence: { offered, sent, share: round(sent / offered), maxInFlight: facts.maxInFlight },
    },
  ];
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}
