import { createRandom } from '../random/random.ts';
import { blockBootstraps, blockLength } from '../statistics/bootstrap.ts';
import { round, roundOrNull } from './number.ts';
import type { Quantile, Sample } from './sample.ts';
import type { Distribution, Interval, QuantileName } from './summary.ts';

export const quantileLevels: Readonly<Record<QuantileName, number>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  p999: 0.999,
};
const quantileNames = Object.keys(quantileLevels) as QuantileName[];
const failureNames = ['p50', 'p90', 'p95', 'p99'] as const;

const fullDraws = 2000;
/** Values times draws of one sample; beyond it draws are cut, down to `leastDraws`, so that a report stays a matter of seconds. */
const drawBudget = 20_000_000;
const leastDraws = 200;

export interface BootstrapPlan {
  /** Seed of the step: the same record gives the same interval. */
  readonly seed: number;
  readonly meanConcurrency: number;
}

/** A sample as the summary prints it: quantiles only where the sample can show them (A.4), the rest with reasons. */
export function distributionOf(name: string, sample: Sample, plan: BootstrapPlan): Distribution {
  const reasons: Record<string, string> = {};
  const printed = (key: string, { value, reason }: Quantile) => {
    if (reason !== null) reasons[key] = reason;
    return roundOrNull(value);
  };
  const quantile = (q: QuantileName) => printed(q, sample.quantile(quantileLevels[q]));
  const [p50, p90, p95, p99, p999] = quantileNames.map(quantile) as [number, number, number, number, number];
  const withFailures = failureNames.map(
    (q) =>
      [
        q,
        printed(`withFailures.${q}`, sample.failures === 0 ? nothing : sample.quantileWithFailures(quantileLevels[q])),
      ] as const,
  );
  return {
    n: sample.n,
    mean: roundOrNull(sample.mean),
    stddev: roundOrNull(sample.stddev),
    min: roundOrNull(sample.min),
    p50,
    p90,
    p95,
    p99,
    p999,
    max: roundOrNull(sample.max),
    intervals: intervalsOf(name, sample, plan, reasons),
    withFailures:
      sample.failures === 0 ? null : (Object.fromEntries(withFailures) as unknown as Distribution['withFailures']),
    reasons,
  };
}

const nothing: Quantile = { value: null, reason: null };

/** 95 % intervals of the mean and of the printed quantiles by the moving-block bootstrap over the due order. */
function intervalsOf(
  name: string,
  sample: Sample,
  { seed, meanConcurrency }: BootstrapPlan,
  reasons: Record<string, string>,
): Distribution['intervals'] {
  const { values, n } = sample;
  if (values === null || n === 0) return {};
  const names = quantileNames.filter((q) => sample.quantile(quantileLevels[q]).reason === null);
  const draws = Math.max(leastDraws, Math.min(fullDraws, Math.floor(drawBudget / n)));
  if (draws < fullDraws) reasons['intervals'] = `${draws} bootstrap draws instead of ${fullDraws}: n is ${n}`;
  const block = blockLength(n, meanConcurrency);
  const found = blockBootstraps(values, ['mean', ...names.map((q) => quantileLevels[q])], {
    block,
    draws,
    random: createRandom(seed, `bootstrap.${name}`),
  });
  const intervals: Partial<Record<QuantileName | 'mean', Interval>> = {};
  (['mean', ...names] as const).forEach((key, k) => {
    const interval = found[k]!;
    intervals[key] = interval === null ? null : [round(interval[0]), round(interval[1])];
    if (interval === null) reasons[`intervals.${key}`] = 'n_too_small';
  });
  return intervals;
}
