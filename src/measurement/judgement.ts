import { roundOrNull } from './number.ts';
import { keeps, type Objective, type RateWord, type Statistic } from './objective.ts';
import type { Quantile, Sample } from './sample.ts';
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

type Observation = Pick<ObjectiveResult, 'observed' | 'reason'> & {
  /** Failures made it +∞: missed, whatever the limit. */
  readonly infinite?: boolean;
};

/** Judges each objective on what was observed; `met` is null, not true, where the sample cannot tell. */
export function judge(objectives: readonly Objective[], view: StepView): ObjectiveResult[] {
  return objectives.map((objective) => {
    const latency = objective.kind === 'latency' ? judgedLatency(objective.latency, view.closed) : null;
    const { observed, reason, infinite } = observe(objective, latency, view);
    const met =
      infinite === true ? false : observed === null ? null : keeps(observed, objective.comparison, objective.limit);
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
  if (objective.kind === 'latency') return observeLatency(objective.statistic, view.samples[latency!]);
  if (objective.kind === 'rate') return orUnknown(rateOf(objective.rate, view), `${objective.rate} is not known`);
  if (objective.share === 'attainment') return orUnknown(view.attainment, 'no request has a latency limit to keep');
  const bad = view.members.filter((i) => view.rows.state[i] !== 0).length;
  return { observed: bad / view.members.length, reason: null };
}

function observeLatency(statistic: Statistic, sample: Sample): Observation {
  const level = levels[statistic];
  if (level !== null) return ofQuantile(sample.quantileWithFailures(level), statistic, sample);
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

function ofQuantile({ value, reason }: Quantile, statistic: Statistic, sample: Sample): Observation {
  if (reason === 'infinite') return { observed: null, reason: failedSentence(sample), infinite: true };
  if (reason === 'n_too_small') {
    const worth = sample.effective < sample.n ? ` (worth ${sample.effective} independent ones)` : '';
    return {
      observed: null,
      reason: `n_too_small: ${sample.n + sample.failures} requests${worth} cannot show a ${statistic}`,
    };
  }
  return orUnknown(value, 'no request has this value');
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
