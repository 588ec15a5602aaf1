import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MeasuredCapacity } from '../../src/procurement/capacity.ts';
import { costReport } from '../../src/procurement/cost.ts';
import { type CostLimits, readBaseline } from '../../src/procurement/cost-gate.ts';
import { offersOf } from '../../src/procurement/offer.ts';
import type { CostReport } from '../../src/procurement/offer-cost.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';
import { typedCapacity } from '../../src/procurement/typed-capacity.ts';

const date = '2026-11-25';
const none: CostLimits = { lints: false, usdPerMillion: null, regression: null, baseline: null, p99Ms: new Map() };
const typed = typedCapacity('input=24000,output=6000,scope=server');
const run = (more: Partial<MeasuredCapacity> = {}): MeasuredCapacity => ({
  ...{ ...typed, origin: 'run', name: 'results/a/1', p99: { ttftMs: 320, tpotMs: 24, e2eMs: null } },
  ...more,
});

function report(
  limits: Partial<CostLimits>,
  { capacities = [typed], price = 285_000, names = ['own:h100-sxm'] }: Partial<Parameters<typeof priced>[0]> = {},
): CostReport {
  return priced({ capacities, price, names, limits: { ...none, ...limits } });
}

function priced(of: {
  readonly capacities: readonly MeasuredCapacity[];
  readonly price: number;
  readonly names: readonly string[];
  readonly limits?: CostLimits;
}): CostReport {
  const stated = ['demand.requests_per_month=3e6', 'demand.peak_to_average=3', 'demand.input_tokens=3825'];
  const statements = [...stated, 'demand.output_tokens=288', `owned.server.price_usd=${of.price}`].map(assumedByFlag);
  const offers = offersOf(of.names, { statements, overrides: [], date });
  const { capacities, limits } = of;
  return costReport({
    capacities,
    offers,
    traceOf: () => null,
    statements,
    declared: [],
    date,
    ...(limits ? { limits } : {}),
  });
}

const folder = mkdtempSync(join(tmpdir(), 'tokbench-'));
const file = (text: string, name = 'base.json') => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const baselineOf = (json: CostReport) => readBaseline(file(JSON.stringify(json)));
const outcomes = (json: CostReport) => json.gates.map(({ name, outcome }) => `${name} ${outcome}`);

describe('gates of a cost report', () => {
  it('are none where nobody sets one', () => {
    expect(priced({ capacities: [typed], price: 285_000, names: ['own:h100-sxm'] }).gates).toEqual([]);
    expect(report({}).gates).toEqual([]);
  });

  it('hold no lint at error, and name those there are', () => {
    expect(outcomes(report({ lints: true }))).toEqual(['lints met']);
    const unlike = report({ lints: true }, { names: ['own:h100-sxm', 'rent:runpod/h100-sxm'] });
    expect(unlike.gates[0]).toMatchObject({ outcome: 'missed', observed: expect.stringContaining('E10') });
  });

  it('hold a price, of those that may be ranked', () => {
    expect(outcomes(report({ usdPerMillion: 100 }))).toEqual(['max-usd-per-million met']);
    expect(report({ usdPerMillion: 0.01 }).gates[0]).toMatchObject({ outcome: 'missed', offer: 'own:h100-sxm' });
    const doubtful = run({ state: 'not-verified', reasons: ['capacity-lower-bound'] });
    expect(outcomes(report({ usdPerMillion: 100 }, { capacities: [doubtful] }))).toEqual([
      'max-usd-per-million unknown',
    ]);
  });

  it('hold a rise against a baseline to a share of it', () => {
    const baseline = baselineOf(report({}));
    const dearer = { price: 1.2 * 285_000 };
    expect(report({ baseline, regression: 0 }).gates[0]).toMatchObject({ outcome: 'met', observed: '0 %' });
    expect(report({ baseline, regression: 0.05 }, dearer).gates[0]).toMatchObject({
      outcome: 'missed',
      offer: 'own:h100-sxm',
      observed: expect.stringMatching(/^\+1\d(\.\d)? %$/),
    });
    expect(outcomes(report({ baseline, regression: 0.2 }, dearer))).toEqual(['max-regression met']);
    expect(outcomes(report({ baseline, regression: 0 }, { price: 200_000 }))).toEqual(['max-regression met']);
  });

  it('take a rise within the noise of both for none, and say so', () => {
    // With token rates alone the price follows the capacity only where the fleet does: at a stated utilisation.
    const stated = (rate: number, interval: readonly [number, number] | null) => {
      const statements = ['demand.utilization=0.4', 'owned.server.power_kw=10.96'].map(assumedByFlag);
      const offers = offersOf(['own:h100-sxm'], { statements, overrides: [], date });
      const capacity = run({ inputTokensPerS: 4 * rate, outputTokensPerS: rate, interval });
      return { capacities: [capacity], offers, traceOf: () => null, statements, declared: [], date } as const;
    };
    const baseline = baselineOf(costReport(stated(6000, [0.8, 1.25])));
    const noisy = costReport({ ...stated(5400, [0.8, 1.25]), limits: { ...none, baseline, regression: 0.05 } });
    expect(noisy.gates[0]).toMatchObject({ outcome: 'met', reason: expect.stringContaining('within the noise') });
    const sharp = baselineOf(costReport(stated(6000, [0.99, 1.01])));
    const real = costReport({ ...stated(5400, [0.99, 1.01]), limits: { ...none, baseline: sharp, regression: 0.05 } });
    expect(real.gates[0]).toMatchObject({ outcome: 'missed', observed: expect.stringContaining('between +') });
  });

  it('do not pass what cannot be told', () => {
    const baseline = baselineOf(report({}, { names: ['own:h100-sxm', 'rent:runpod/h100-sxm'] }));
    expect(outcomes(report({ baseline, regression: 1 })).sort()).toEqual([
      'max-regression met',
      'max-regression unknown',
    ]);
    expect(report({ p99Ms: new Map([['ttftMs', 500]]) }).gates[0]).toMatchObject({
      outcome: 'unknown',
      reason: 'nobody measured it',
    });
  });

  it('hold percentiles at the capacity of a run', () => {
    const gates = (limit: number, name: 'ttftMs' | 'e2eMs' = 'ttftMs') =>
      outcomes(report({ p99Ms: new Map([[name, limit]]) }, { capacities: [run()] }));
    expect(gates(500)).toEqual(['max-p99 met']);
    expect(gates(300)).toEqual(['max-p99 missed']);
    expect(gates(300, 'e2eMs')).toEqual(['max-p99 unknown']);
  });
});

describe('a baseline', () => {
  it.each([
    ['no JSON', 'not json', /is not JSON/],
    ['another document', '{"schema": "tokbench.run/1"}', /is no report of cost \(schema\)/],
    [
      'a price that is none',
      JSON.stringify({
        schema: 'tokbench.cost/1',
        offers: [{ offer: 'own', usdPerMillion: { blended: -1 }, intervals: { blended: null } }],
      }),
      /blended/,
    ],
  ])('is refused as %s', (_, text, message) => {
    expect(() => readBaseline(file(text))).toThrow(message);
  });
  it('is refused where an offer has several prices', () => {
    const row = { offer: 'own', usdPerMillion: { blended: 1 }, intervals: { blended: null } };
    expect(() => readBaseline(file(JSON.stringify({ schema: 'tokbench.cost/1', offers: [row, row] })))).toThrow(
      /more than once/,
    );
    expect(() => readBaseline(join(folder, 'none.json'))).toThrow(/Cannot read the baseline/);
  });
});
