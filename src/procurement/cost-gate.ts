import * as z from 'zod';
import { figure, percent } from '../economics/finding.ts';
import { UserError } from '../error/user-error.ts';
import type { Interval } from '../measurement/summary.ts';
import type { MeasuredCapacity, MeasuredP99 } from './capacity.ts';
import type { CostGate, CostReport, OfferCost } from './offer-cost.ts';
import { readText } from './yaml-file.ts';

/** Gates of `cost` for CI (section 13): each limit that was stated, and whether the report keeps it. */

export type P99Name = keyof MeasuredP99;

export interface CostLimits {
  /** No lint at error. */
  readonly lints: boolean;
  readonly usdPerMillion: number | null;
  /** Largest rise of a price against the baseline, as a share of it. */
  readonly regression: number | null;
  readonly baseline: Baseline | null;
  readonly p99Ms: ReadonlyMap<P99Name, number>;
}

/** Prices of an earlier report, by offer. */
export interface Baseline {
  readonly path: string;
  readonly offers: readonly {
    readonly offer: string;
    readonly blended: number | null;
    readonly interval: Interval;
  }[];
}

const pair = z.tuple([z.number(), z.number()]).nullable();
const baselineSchema = z.looseObject({
  schema: z.literal('tokbench.cost/1'),
  offers: z.array(
    z.looseObject({
      offer: z.string(),
      usdPerMillion: z.looseObject({ blended: z.number().nonnegative().nullable() }),
      intervals: z.looseObject({ blended: pair }),
    }),
  ),
});

/** Reads what `cost --json` wrote. @throws UserError `no_such_file`, `bad_baseline` */
export function readBaseline(path: string): Baseline {
  const bad = (why: string) =>
    new UserError('bad_baseline', `--baseline ${path} ${why}; write one with tokbench cost … --json > FILE.`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readText(path, 'baseline'));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw bad('is not JSON');
  }
  const result = baselineSchema.safeParse(parsed);
  if (!result.success) throw bad(`is no report of cost (${result.error.issues[0]!.path.join('.') || 'the file'})`);
  const offers = result.data.offers.map(({ offer, usdPerMillion, intervals }) => ({
    offer,
    blended: usdPerMillion.blended,
    interval: intervals.blended,
  }));
  const twice = offers.find(({ offer }, index) => offers.findIndex((other) => other.offer === offer) !== index);
  if (twice !== undefined)
    throw bad(`prices ${twice.offer} more than once, so nobody knows which price to compare with`);
  return { path, offers };
}

/** Every gate that was asked for. What cannot be told does not pass: a gate that nobody checked protects nothing. */
export function judgeGates(
  report: Pick<CostReport, 'offers' | 'lints'>,
  capacities: readonly MeasuredCapacity[],
  limits: CostLimits,
): CostGate[] {
  const { usdPerMillion, baseline, regression } = limits;
  return [
    ...(limits.lints ? [lintGate(report)] : []),
    ...(usdPerMillion === null ? [] : [priceGate(report.offers, usdPerMillion)]),
    ...(baseline === null || regression === null ? [] : regressionGates(report.offers, baseline, regression)),
    ...[...limits.p99Ms].flatMap(([name, limitMs]) => capacities.map((capacity) => p99Gate(capacity, name, limitMs))),
  ];
}

function lintGate({ lints }: Pick<CostReport, 'lints'>): CostGate {
  const errors = [...new Set(lints.filter(({ severity }) => severity === 'error').map(({ id }) => id))];
  return {
    ...{ name: 'lints', limit: 'no lint at error', offer: null },
    outcome: errors.length === 0 ? 'met' : 'missed',
    observed: errors.length === 0 ? 'none' : errors.join(', '),
    reason: null,
  };
}

function priceGate(offers: readonly OfferCost[], limit: number): CostGate {
  const said = {
    name: 'max-usd-per-million',
    limit: `blended at most ${figure(limit)} USD per million tokens`,
  } as const;
  const [best] = offers
    .filter(({ rankable }) => rankable)
    .sort((a, b) => a.usdPerMillion.blended! - b.usdPerMillion.blended!);
  if (best === undefined)
    return { ...said, offer: null, outcome: 'unknown', observed: null, reason: 'no offer may be ranked' };
  const price = best.usdPerMillion.blended!;
  return {
    ...said,
    offer: best.offer,
    outcome: price <= limit ? 'met' : 'missed',
    observed: figure(price),
    reason: null,
  };
}

/**
 * A price has regressed when it rose by more than the limit and the interval of the rise, from the lower end now against the upper
 * end then to the reverse, lies above none: a rise within the noise of both is none.
 */
function regressionGates(offers: readonly OfferCost[], baseline: Baseline, limit: number): CostGate[] {
  const said = { name: 'max-regression', limit: `at most ${percent(limit)} dearer than ${baseline.path}` } as const;
  return baseline.offers.map(({ offer, blended: then, interval: thenInterval }): CostGate => {
    const same = offers.filter((row) => row.offer === offer);
    const open = (reason: string): CostGate => ({ ...said, offer, outcome: 'unknown', observed: null, reason });
    if (same.length === 0) return open('it is in the baseline and not among the offers');
    if (same.length > 1) return open('several capacities price it now: compare one at a time');
    const now = same[0]!.usdPerMillion.blended;
    if (then === null || now === null) return open(`it has no price ${then === null ? 'in the baseline' : 'now'}`);
    if (then === 0) return open('the baseline price is 0');
    const rise = now / then - 1;
    const range = riseRange(same[0]!.intervals.blended ?? [now, now], thenInterval ?? [then, then]);
    const certain = range[0] > 0;
    const within = range[0] === range[1] ? '' : `, between ${signed(range[0])} and ${signed(range[1])}`;
    return {
      ...{ ...said, offer, outcome: rise > limit && certain ? 'missed' : 'met', observed: `${signed(rise)}${within}` },
      reason: rise > limit && !certain ? 'the rise is above the limit but within the noise of both prices' : null,
    };
  });
}

const riseRange = (now: readonly [number, number], then: readonly [number, number]): readonly [number, number] => [
  now[0] / then[1] - 1,
  now[1] / then[0] - 1,
];
const signed = (share: number): string => `${share > 0 ? '+' : ''}${percent(share)}`;

function p99Gate({ name: run, p99, origin }: MeasuredCapacity, name: P99Name, limitMs: number): CostGate {
  const said = {
    name: 'max-p99',
    limit: `${name.replace('Ms', '')} p99 at most ${figure(limitMs)} ms`,
    offer: run,
  } as const;
  const observed = p99?.[name] ?? null;
  if (observed === null) {
    const reason = origin === 'run' ? 'the run has no such percentile at its capacity' : 'nobody measured it';
    return { ...said, outcome: 'unknown', observed: null, reason };
  }
  return { ...said, outcome: observed <= limitMs ? 'met' : 'missed', observed: `${figure(observed)} ms`, reason: null };
}
