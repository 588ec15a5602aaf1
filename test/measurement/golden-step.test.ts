import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { arrivals, schedule } from '../../src/load/arrival.ts';
import { linearRamp } from '../../src/load/intensity.ts';
import { requestMetrics } from '../../src/measurement/latency.ts';
import { measureStep } from '../../src/measurement/measure.ts';
import { exactSample } from '../../src/measurement/sample.ts';
import { createRandom } from '../../src/random/random.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import type { StepRecord } from '../../src/record/run.ts';
import { quantileSorted } from '../../src/statistics/quantile.ts';
import { about, at } from '../golden/expect.ts';
import { exchange, failure, stepFacts, usage } from './facts.ts';

interface StepCase {
  readonly id: number;
  readonly variant?: string;
  readonly requests: readonly {
    readonly due: number;
    readonly sent?: number;
    readonly input?: number;
    readonly events: readonly [first: number, last: number, every: number];
    readonly end: number;
  }[];
  readonly tokensPerEvent?: number;
  readonly marks?: Partial<StepRecord>;
  readonly expect?: Readonly<Record<string, unknown>>;
  readonly each?: Readonly<Record<string, readonly number[]>>;
}

const cases = parse(readFileSync(join(import.meta.dirname, '../golden/step.yaml'), 'utf8')) as StepCase[];

function exchangesOf(given: StepCase): Exchange[] {
  return given.requests.map(({ due, sent, input, events: [first, last, every], end }, seq) => {
    const events: number[] = [];
    for (let ms = first; ms <= last; ms += every) events.push(ms);
    const tokens = events.map(() => given.tokensPerEvent ?? 1);
    const sketch = { seq, dueMs: due, sentMs: sent ?? due, events, tokens, endMs: end };
    return exchange(sketch, input === undefined ? {} : { usage: usage(input, null) });
  });
}

describe.each(
  cases.map((given) => [`${given.id}${given.variant === undefined ? '' : ` (${given.variant})`}`, given] as const),
)('golden case %s', (_name, given) => {
  it('comes out of the fold', () => {
    const exchanges = exchangesOf(given);
    const step = measureStep(stepFacts(given.marks));
    for (const one of exchanges) step.add(one);
    const summary = step.summary();
    for (const [path, wanted] of Object.entries(given.expect ?? {}))
      expect(at(summary, path), path).toEqual(about(wanted));
    for (const [key, wanted] of Object.entries(given.each ?? {}))
      expect(
        exchanges.map((one) => (requestMetrics(one) as unknown as Record<string, number>)[key]),
        key,
      ).toEqual(about(wanted));
  });
});

it('golden case 46: failures stay in the population', () => {
  const step = measureStep(stepFacts({ endMs: 1000, objectives: ['e2e.p99 <= 90ms'] }));
  for (let seq = 0; seq < 100; seq++) {
    const ms = ((seq * 37) % 100) + 1; // in no order, so that each counts as one
    step.add(exchange({ seq, dueMs: 0, events: [ms], endMs: ms }, ms <= 97 ? {} : { outcome: failure() }));
  }
  const { latency, attainment, objectives } = step.summary();
  expect(latency.e2eMs.n).toBe(97);
  expect(latency.e2eMs.withFailures).toEqual({ p50: 50.5, p90: 90.1, p95: 95.05, p99: null });
  expect(latency.e2eMs.reasons['withFailures.p99']).toBe('n_too_small');
  expect(latency.e2eMs.p99).toBeNull();
  expect(latency.e2eMs.max).toBe(97);
  expect(attainment).toBe(0.9); // of the successes alone it would be 0.928
  expect(objectives[0]).toMatchObject({ met: false, observed: null }); // withheld, yet 10 of 100 beyond it decide

  const successes = Float64Array.from({ length: 97 }, (_, k) => k + 1);
  expect(quantileSorted(successes, 0.97, 3)).toBe(Number.POSITIVE_INFINITY);
});

it('golden case 48: percentiles of ntpot are inverted after they are taken', () => {
  const ntpot = exactSample(Float64Array.of(20, 25, 50), 0).plain(0.9)!;
  expect(1000 / ntpot).toBeCloseTo(22.2, 1);
  const step = measureStep(stepFacts());
  for (let seq = 0; seq < 36; seq++) {
    const perToken = [20, 25, 50][(seq * 7) % 3]!;
    step.add(exchange({ seq, dueMs: seq, events: [seq + perToken, seq + 2 * perToken] }));
  }
  const { throughput, latency } = step.summary();
  expect(throughput.e2eInteractivityP90TokensPerS).toBeCloseTo(1000 / latency.ntpotMs.p90!, 4);
});

it('golden case 50: unit points through a linear ramp', () => {
  expect([...schedule([1, 5, 10, 20], linearRamp(1, 3, 10))].map((ms) => Number((ms / 1000).toFixed(3)))).toEqual([
    0.916, 3.66, 6.18, 10,
  ]);
});

it('golden case 51: one seed gives one due list, however many workers take their share of it', () => {
  const due = (): number[] => {
    const list: number[] = [];
    for (const ms of arrivals('poisson', 20, createRandom(7, 'arrivals'))) if (list.push(ms) === 300) break;
    return list;
  };
  for (const workers of [1, 3, 10]) {
    const shares = Array.from({ length: workers }, (_, w) => due().filter((_ms, i) => i % workers === w));
    expect(shares.flat().sort((a, b) => a - b)).toEqual(due());
    const summaries = [due(), shares.flat()].map((list) => {
      const step = measureStep(stepFacts({ endMs: 60_000 }));
      for (const ms of list) {
        const seq = due().indexOf(ms);
        step.add(exchange({ seq, dueMs: ms, events: [ms + 50, ms + 70] }));
      }
      return JSON.stringify(step.summary());
    });
    expect(summaries[1]).toBe(summaries[0]);
  }
});
