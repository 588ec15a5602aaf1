import { quantileBounds } from '../statistics/interval.ts';
import { quantileSide } from '../statistics/quantile.ts';
import { ok } from './ledger.ts';
import { roundOrNull } from './number.ts';
import { keeps, type Objective, type RateWord, type Statistic } from './objective.ts';
import type { Quantile, Sample } from './sample.ts';
import { placesWhere } from './selection.ts';
import type { LatencyName, ObjectiveResult } from './summary.ts';
import type { StepView } from './view.ts';

/** In an open loop these are judged from the due time: a request that waits in the client waits all the same (A.2). */
const fromDue: Readonly<Partial<Record<LatencyName, LatencyName>>> = { ttftMs: 'ttftDueMs', e2eMs: 'e2eDueMs' };

/** The probability that a quantile name stands for; null for mean and max. */
const levels: Readonly<Record<Statistic, number | null>> = {
  mean: null,
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  p999: 0.999,
  max: null,
};

type LatencyObjective = Extract<Objective, { kind: 'latency' }>;

type Observation = Pick<ObjectiveResult, 'observed' | 'reason'> & {
  /** Failures made it +∞: missed, whatever the limit. */
  readonly infinite?: boolean;
  /** Decided by how many requests keep the limit, where the quantile itself cannot be told. */
  readonly kept?: boolean;
};

/**
 * Judges each objective on what was observed. Where a quantile cannot be printed, the number of requests that keep the
 * limit may still decide (`quantileSide`), or the distance of the limit (`quantileBounds`); `met` is null, not true, where
 * nothing does.
 */
export function judge(objectives: readonly Objective[], view: StepView): ObjectiveResult[] {
  return objectives.map((objective) => {
    const latency =
      objective.kind === 'latency' ? judgedLatency(objective.latency, view.closed && !view.facts.retries) : null;
    const { observed, reason, infinite, kept } = observe(objective, latency, view);
    const decided = infinite === true ? false : (kept ?? null);
    const met = observed === null ? decided : keeps(observed, objective.comparison, objective.limit);
    const moved = objective.kind === 'latency' && latency !== objective.latency;
    return {
      text: moved ? `${objective.text} (from the due time)` : objective.text,
      observed: roundOrNull(observed),
      met,
      reason,
    };
  });
}

/** The latency that an objective is judged on. */
export function judgedLatency(latency: LatencyName, closed: boolean): LatencyName {
  return closed ? latency : (fromDue[latency] ?? latency);
}

function observe(objective: Objective, latency: LatencyName | null, view: StepView): Observation {
  if (view.members.length === 0) return { observed: null, reason: 'no request was due in the window' };
  if (objective.kind === 'latency') return observeLatency(objective, view.samples[latency!]);
  if (objective.kind === 'rate') return orUnknown(rateOf(objective.rate, view), `${objective.rate} is not known`);
  if (objective.share === 'attainment') return orUnknown(view.attainment, 'no request has a latency limit to keep');
  const bad = placesWhere(view.members, (i) => view.rows.state[i] !== ok).length;
  return { observed: bad / view.members.length, reason: null };
}

function observeLatency(objective: LatencyObjective, sample: Sample): Observation {
  const { statistic } = objective;
  const level = levels[statistic];
  if (level !== null) return ofQuantile(sample.quantileWithFailures(level), level, objective, sample);
  if (statistic === 'max') {
    if (sample.failures > 0) return { observed: null, reason: failedSentence(sample), infinite: true };
    return orUnknown(sample.max, 'no request has this value');
  }
  // A mean with failures in it would be infinite and say nothing: the successes' own, and how many it leaves out.
  const { observed, reason } = orUnknown(sample.mean, 'no request has this value');
  return {
    observed,
    reason: observed !== null && sample.failures > 0 ? `without ${sample.failures} failed requests` : reason,
  };
}

function ofQuantile(
  { value, reason }: Quantile,
  level: number,
  objective: LatencyObjective,
  sample: Sample,
): Observation {
  if (reason === 'infinite') return { observed: null, reason: failedSentence(sample), infinite: true };
  if (reason === 'n_too_small') return byCount(level, objective, sample);
  return orUnknown(value, 'no request has this value');
}

function byCount(level: number, { statistic, comparison, limit }: LatencyObjective, sample: Sample): Observation {
  const { n, failures, effective, values } = sample;
  const all = n + failures;
  const worth = effective < n ? ` (worth ${effective} independent ones)` : '';
  const small = `n_too_small: ${all} requests${worth} cannot show a ${statistic}`;
  if (values === null) return { observed: null, reason: small };
  const inside = values.reduce((sum, value) => sum + (keeps(value, comparison, limit) ? 1 : 0), 0);
  const side = quantileSide(inside, all, level, n === 0 ? all : (effective / n) * all);
  const told = `${inside} of ${all} keep the limit`;
  if (side !== null) return { observed: null, reason: `${small}; ${told}, which decides`, kept: side === 'below' };
  const kept = farFrom(limit, level, sample);
  if (kept === null) return { observed: null, reason: `${small}; ${told}, which does not decide` };
  return { observed: null, reason: `${small}; ${told}, and the limit is far away`, kept };
}

/** Whether all that so few values leave possible keeps a limit, or none of it does; null where neither, or some failed. */
function farFrom(limit: number, level: number, { failures, mean, stddev, effective }: Sample): boolean | null {
  if (failures > 0 || mean === null || stddev === null) return null;
  const bounds = quantileBounds({ mean, stddev }, level, effective);
  if (bounds === null) return null;
  return bounds.high < limit ? true : bounds.low > limit ? false : null;
}

function failedSentence(sample: Sample): string {
  return `infinite: ${sample.failures} of ${sample.n + sample.failures} requests failed`;
}

function orUnknown(value: number | null, reason: string): Observation {
  return value === null ? { observed: null, reason } : { observed: value, reason: null };
}

function rateOf(rate: RateWord, { throughput }: StepView): number | null {
  switch (rate) {
    case 'output.rate':
      return throughput.outputTokensPerS;
    case 'input.rate':
      return throughput.inputTokensPerS;
    case 'total.rate':
      return throughput.totalTokensPerS;
    case 'requests.rate':
      return throughput.requestsPerS;
    case 'goodput':
      return throughput.goodputPerS;
    case 'interactivity':
      return throughput.interactivityTokensPerS;
  }
}
