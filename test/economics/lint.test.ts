import { describe, expect, it } from 'vitest';
import type { LintFired, LintId } from '../../src/economics/finding.ts';
import { type LintFacts, lint, lintErrors, lintNames } from '../../src/economics/lint.ts';
import { vector } from './vectors/vector.ts';

/** What each lint takes for an offer without fault. */
const sound = {
  E1: { utilization: 0.4, utilizationSource: 'profile', interactive: true },
  E2: { offeredPerS: 25, completedPerS: 24.9, rates: 'steady', highestCompletedPerS: 31.9, objectivesMissed: [] },
  E3: { priceClass: 'output', tokenClass: 'output', comparedClass: null },
  E4: {
    usdPerHour: 10,
    priced: [
      { usdPerMillion: 1, tokensPerHour: 4e6 },
      { usdPerMillion: 3, tokensPerHour: 2e6 },
    ],
  },
  E5: {
    alwaysPaid: true,
    low: { utilization: 0.1, usdPerMonth: 10_000, energyUsdPerMonth: 500 },
    high: { utilization: 0.9, usdPerMonth: 10_300, energyUsdPerMonth: 800 },
  },
  E6: { basis: 'metered-wall', colocationIncludesPower: false, energyUsdPerYear: 9000, pueApplied: 1.3 },
  E7: {
    throughputScope: 'server',
    priceScope: 'server',
    converted: null,
    replicas: 4,
    acceleratorsPerReplica: 2,
    accelerators: 8,
  },
  E8: { unitCounts: { servers: 3, replicas: 12 } },
  E9: { prices: [{ id: 'h100', ageDays: 20, limitDays: 30, source: 'list' }], usedToRank: true },
  E10: {
    offers: [
      { name: 'a', purchaseClass: 'spot', precision: 'fp8' },
      { name: 'b', purchaseClass: 'spot', precision: 'fp8' },
    ],
    declared: false,
  },
  E11: { measuredHitRate: 0.5, pricedHitRate: 0.45, randomPrompts: false, sharedPrefixDeclared: false },
  E12: { tiered: true, timeOfDay: true, pricedBy: 'request', requestsWithoutTime: 0 },
  E13: { countedRequests: 100, succeededRequests: 100, countedTokens: 5000, succeededTokens: 5000 },
  E14: { reasoningTokens: 100, reasoningModel: true, billedOutputTokens: 300, visibleOutputTokens: 200 },
  E15: { tokenizer: 'a', otherTokenizer: 'b', measuredRatio: 1.1 },
  E16: { margin: 0.845, price: 562_027, cost: 87_072 },
  E17: { given: { wacc: true, residual: true, staff: true, spares: true, network: true, facility: true } },
  E18: {
    windowStartMs: 20_000,
    warmupEndMs: 10_000,
    loads: [
      { offeredPerS: 1, p99Ms: 40 },
      { offeredPerS: 5, p99Ms: 59 },
    ],
  },
  E19: {
    ...{ benchmarkInputTokens: 512, benchmarkOutputTokens: 256 },
    ...{ productionInputTokens: 600, productionOutputTokens: 240, recomputed: false },
  },
  E20: {
    sentPerS: 10,
    offeredPerS: 10,
    cpuShare: 0.3,
    loopLagP99Ms: 2,
    saturationClaimed: true,
    serverQueueEmpty: false,
  },
} as const satisfies LintFacts;

const run = (facts: LintFacts) => lint(facts)[0]!;
const cap = vector('CAP-1').in;
const capLoads = cap.offered_req_s.map((offeredPerS: number, i: number) => ({
  offeredPerS,
  p99Ms: cap.p99_ttft_ms[i],
}));
const attr7 = vector('ATTR-7');
const oneRequest = 3600 / attr7.in.gpu_s_per_req;

/** Each way in which a lint must fire: the facts that differ from the sound ones, and what the sentence must say. */
const faults: readonly (readonly [LintId, object, RegExp])[] = [
  ['E1', { utilization: 1 }, /100 %/],
  ['E1', { utilization: 0.9 }, /interactive/],
  ['E1', { utilizationSource: 'typed' }, /typed/],
  ['E2', { objectivesMissed: ['ttft.p99 < 500ms'] }, /ttft\.p99/],
  ['E2', { completedPerS: 24 }, /24/],
  // CAP-1 at 50 requests/s: 356 ms at p99, but only 29.673 complete.
  ['E2', { offeredPerS: 50, completedPerS: 29.673, rates: 'whole-run', highestCompletedPerS: 31.856 }, /29\.67/],
  // ATTR-1: the run behind it was offered 50.
  ['E2', { offeredPerS: 50, completedPerS: vector('ATTR-1').in.X_req_s_per_gpu, highestCompletedPerS: 31.856 }, /50/],
  ['E3', { tokenClass: 'blended' }, /output token was divided by blended/],
  ['E3', { priceClass: 'blended', tokenClass: 'blended', comparedClass: 'output' }, /compared/],
  // ATTR-7: the whole node charged to input and to output.
  [
    'E4',
    {
      usdPerHour: attr7.in.C_gpuh,
      priced: [
        { usdPerMillion: attr7.out.c_in_full, tokensPerHour: attr7.in.I * oneRequest },
        { usdPerMillion: attr7.out.c_out_full, tokensPerHour: attr7.in.O * oneRequest },
      ],
    },
    /2 times/,
  ],
  ['E4', { usdPerHour: 9.9999 }, /\$10 an hour/],
  ['E5', { low: { utilization: 0.1, usdPerMonth: 1000, energyUsdPerMonth: 500 } }, /\$9300/],
  ['E6', { basis: 'tdp' }, /thermal/],
  ['E6', { colocationIncludesPower: true }, /\$9000/],
  ['E6', { basis: 'all-in-utility' }, /1\.3/],
  ['E7', { throughputScope: 'accelerator' }, /per accelerator/],
  ['E7', { accelerators: 6 }, /4 replicas of 2/],
  ['E8', { unitCounts: { servers: 2.5 } }, /2\.5 servers/],
  ['E9', { prices: [{ id: 'p4de.24xlarge', ageDays: 306, limitDays: 30, source: 'aws-gpu' }] }, /p4de.*306/],
  ['E9', { prices: [{ id: 'x', ageDays: 1, limitDays: 30, source: null }] }, /x has no source/],
  ['E9', { prices: [{ id: 'x', ageDays: null, limitDays: 30, source: 'a' }] }, /x has no source or date/],
  ['E10', { offers: [sound.E10.offers[0], { name: 'c', purchaseClass: 'own', precision: 'fp8' }] }, /spot, own/],
  ['E10', { offers: [sound.E10.offers[0], { name: 'c', purchaseClass: 'spot', precision: 'bf16' }] }, /precision/],
  ['E11', { pricedHitRate: 0.39 }, /39 %/],
  ['E11', { randomPrompts: true }, /Random/],
  ['E11', { measuredHitRate: 0.95, pricedHitRate: 0.95 }, /95 %/],
  ['E12', { pricedBy: 'total' }, /one call/],
  ['E12', { requestsWithoutTime: 3 }, /3 requests/],
  ['E13', { countedRequests: 103 }, /3 requests/],
  ['E13', { countedTokens: 5001 }, /1 tokens/],
  ['E14', { billedOutputTokens: 200 }, /visible/],
  ['E14', { reasoningTokens: null, billedOutputTokens: 200 }, /visible/],
  ['E15', { measuredRatio: null }, /a and of b/],
  ['E16', { margin: 5.45 }, /markup/],
  ['E16', { margin: 0.25, price: 125, cost: 100 }, /the margin is 20 %/],
  ['E17', { given: { ...sound.E17.given, wacc: false, staff: false } }, /no wacc, no staff/],
  ['E18', { windowStartMs: 5000 }, /5000 ms before/],
  ['E18', { loads: capLoads }, /at 5 requests/],
  ['E19', { productionOutputTokens: 400 }, /36 % of output/],
  ['E20', { sentPerS: 9.7 }, /9\.7 of 10/],
  ['E20', { cpuShare: 0.9 }, /90 %/],
  ['E20', { loopLagP99Ms: 10.1 }, /10\.1 ms/],
  ['E20', { serverQueueEmpty: true }, /queue/],
];

describe('lints', () => {
  it('find nothing in a sound offer, in the order E1 to E20', () => {
    const results = lint(sound);
    expect(results.map(({ id }) => id)).toEqual(Object.keys(lintNames));
    expect(results.filter(({ outcome }) => outcome !== 'pass')).toEqual([]);
    expect(results).toHaveLength(20);
  });

  it.each(faults)('%s fires for %o', (id, fault, sentence) => {
    const result = run({ [id]: { ...sound[id], ...fault } });
    expect(result.outcome).toBe('fired');
    const { sentence: said, evidence } = result as LintFired;
    expect(said).toMatch(sentence);
    expect(Object.keys(evidence).length).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence);
  });

  it('have the severities of section 8', () => {
    const severities = Object.fromEntries(
      faults.map(([id, fault]) => [id, (run({ [id]: { ...sound[id], ...fault } }) as LintFired).severity]),
    );
    const warns = ['E6', 'E11', 'E15', 'E16', 'E17', 'E18', 'E19'];
    for (const [id, severity] of Object.entries(severities))
      expect([id, severity]).toEqual([id, warns.includes(id) ? 'warn' : 'error']);
    const old = { ...sound.E9, prices: [{ id: 'x', ageDays: 99, limitDays: 30, source: 'a' }] };
    expect(run({ E9: { ...old, usedToRank: false } })).toMatchObject({ outcome: 'fired', severity: 'warn' });
  });

  it('say cannot-check, and what is missing, where nothing is known: never pass', () => {
    for (const id of Object.keys(sound) as LintId[]) {
      expect(run({ [id]: null })).toEqual({ id, outcome: 'cannot-check', missing: [lintNames[id].toLowerCase()] });
      const unknown = Object.fromEntries(
        Object.entries(sound[id]).map(([name, value]) => [
          name,
          name === 'usedToRank' || name === 'declared' ? value : null,
        ]),
      );
      const result = run({ [id]: unknown });
      expect([id, result.outcome]).toEqual([id, 'cannot-check']);
    }
  });

  it('fire on what is known even when the rest is not', () => {
    expect(run({ E20: { ...sound.E20, sentPerS: null, cpuShare: 0.99 } }).outcome).toBe('fired');
    expect(run({ E20: { ...sound.E20, sentPerS: null } })).toEqual({
      id: 'E20',
      outcome: 'cannot-check',
      missing: ['sentPerS'],
    });
    expect(run({ E1: { utilization: 0.5, utilizationSource: null, interactive: null } })).toMatchObject({
      outcome: 'cannot-check',
      missing: ['interactive', 'utilizationSource'],
    });
  });

  it('pass where the question does not arise', () => {
    expect(run({ E5: { alwaysPaid: false, low: null, high: null } }).outcome).toBe('pass');
    expect(run({ E10: { offers: [sound.E10.offers[0]], declared: false } }).outcome).toBe('pass');
    expect(run({ E12: { tiered: false, timeOfDay: false, pricedBy: 'total', requestsWithoutTime: 0 } }).outcome).toBe(
      'pass',
    );
    expect(
      run({ E14: { reasoningTokens: 0, reasoningModel: null, billedOutputTokens: 5, visibleOutputTokens: 5 } }).outcome,
    ).toBe('pass');
    expect(run({ E15: { tokenizer: 'a', otherTokenizer: 'a', measuredRatio: null } }).outcome).toBe('pass');
    expect(run({ E19: { ...sound.E19, productionOutputTokens: 999, recomputed: true } }).outcome).toBe('pass');
    expect(lint({})).toEqual([]);
  });

  it('tell errors, which block ranking, from warnings', () => {
    const results = lint({ ...sound, E6: { ...sound.E6, basis: 'tdp' }, E8: { unitCounts: { servers: 0.5 } } });
    expect(lintErrors(results).map(({ id }) => id)).toEqual(['E8']);
  });
});
