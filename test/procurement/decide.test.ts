import { describe, expect, it } from 'vitest';
import { decide } from '../../src/procurement/decide.ts';
import type { DecisionCase } from '../../src/procurement/decide-case.ts';
import { caseWith, offer } from './decide-sample.ts';

const options = { seed: 42, draws: 200, date: '2026-11-25' };
const verdictOf = (about: DecisionCase) => decide(about, options).verdict;

describe('the verdict', () => {
  it('is to own what is massive, predictable, core and most likely pays', () => {
    const decision = decide(caseWith(), options);
    expect(decision.verdict).toMatchObject({
      choice: 'own',
      state: 'ok',
      option: 'own',
      reasons: ['three-tests-and-npv'],
      tests: { massive: true, predictable: true, core: true },
    });
    expect(decision.monteCarlo?.shareNpvPositive).toBe(1);
    expect(decision.npv.usd).toBeGreaterThan(0);
    expect(decision.breakEven).toMatchObject({ state: 'reached', against: 'api' });
  });

  it('is an API where the volume does not pay a server, and says from when it would', () => {
    const decision = decide(caseWith({ 'demand.requests_per_month': 1_000_000 }), options);
    expect(decision.verdict).toMatchObject({ choice: 'api', tests: { massive: false } });
    expect(decision.breakEven.sustainedRequestsPerMonth).toBeGreaterThan(1_000_000);
    expect(decision.hybrid).toMatchObject({ state: 'not-reached', reasons: ['no-server-worth-owning'] });
  });

  it('says which test kept the cheapest plan from winning', () => {
    const about = caseWith(
      { 'api.usd_per_request': 0.0003, 'demand.peak_to_average': 1 },
      { offers: [offer('own', 'own'), offer('api', 'api')] },
    );
    expect(verdictOf(about)).toMatchObject({ choice: 'own' });
    const strategy = { ...about.strategy, core: false };
    expect(verdictOf({ ...about, strategy }).reasons).toContain('not-core');
    expect(verdictOf({ ...about, strategy: { ...strategy, core: null } })).toMatchObject({ state: 'not-verified' });
  });

  it('is a hybrid where the base is busy and the peak is not', () => {
    const shape = Array.from({ length: 168 }, (_, hour) => (hour % 24 === 12 ? 10 : 1));
    const about = caseWith(
      { 'api.usd_per_request': 0.0006 },
      { situation: { shape, powerBasis: 'all-in-it', mostServers: null } },
    );
    const decision = decide(about, options);
    expect(decision.verdict).toMatchObject({ choice: 'hybrid' });
    expect(decision.hybrid.selfShare).toBeGreaterThan(0.5);
    expect(decision.hybrid.selfShare).toBeLessThan(1);
    const chosen = decision.options.find(({ kind }) => kind === 'hybrid')!;
    const own = decision.options.find(({ kind }) => kind === 'own')!;
    expect(chosen.usdPerYear.annuity).toBeLessThan(own.usdPerYear.annuity!);
    expect(chosen.capexUsd).toBeLessThan(own.capexUsd!);
  });

  it('is to rent where that is cheaper than both', () => {
    const about = caseWith({ 'rent.usd_per_accelerator_hour': 1 });
    const decision = decide(about, options);
    expect(decision.verdict).toMatchObject({ choice: 'rent', option: 'rent' });
    expect(decision.npv.against).toBe('rent');
  });

  it('is the same for the same seed, and the draws are others for another', () => {
    const about = caseWith({}, {}, { 'demand.growth': [-0.2, 0.6], 'api.price_decline': [0, 0.8] });
    expect(decide(about, options)).toEqual(decide(about, options));
    const other = decide(about, { ...options, seed: 43 });
    expect(other.monteCarlo?.mean).not.toBe(decide(about, options).monteCarlo?.mean);
  });
});

describe('gates', () => {
  const restricted = { sensitiveShare: 1, apiAllowed: false, rentAllowed: true, sensitivity: 'restricted' };

  it('privacy closes the API and every burst to it, and owning competes with the rental', () => {
    const decision = decide(caseWith({}, { privacy: restricted }), options);
    expect(decision.options.find(({ kind }) => kind === 'api')).toMatchObject({
      state: 'infeasible',
      reasons: ['sensitive-class-needs-self-hosting'],
      explanation: 'Sensitive requests may not be sent to an outside API.',
    });
    expect(decision.options.find(({ kind }) => kind === 'hybrid')).toMatchObject({ state: 'infeasible' });
    expect(decision.npv).toMatchObject({ against: 'rent', hypothetical: false });
    expect(decision.gates.find(({ name }) => name === 'privacy')?.state).toBe('closed');
  });

  it('privacy without a permitted alternative leaves owning, and the NPV says that it is hypothetical', () => {
    const decision = decide(caseWith({}, { privacy: { ...restricted, rentAllowed: false } }), options);
    expect(decision.verdict).toMatchObject({ choice: 'own' });
    expect(decision.npv).toMatchObject({ against: 'api', hypothetical: true });
  });

  it('capital closes the purchase but not a smaller hybrid', () => {
    const shape = Array.from({ length: 168 }, (_, hour) => (hour % 24 === 12 ? 10 : 1));
    const about = caseWith(
      { 'api.usd_per_request': 0.0006 },
      {
        situation: { shape, powerBasis: 'all-in-it', mostServers: null },
        limits: { capitalUsd: 400_000, servers: null, budgetUsd: null },
      },
    );
    const decision = decide(about, options);
    expect(decision.options.find(({ kind }) => kind === 'own')).toMatchObject({
      state: 'infeasible',
      reasons: ['capital-limit-exceeded'],
    });
    expect(decision.verdict).toMatchObject({ choice: 'hybrid' });
    expect(decision.hybrid.serversOwned).toBe(1);
  });

  it('quality and privacy together leave nothing, and both are said', () => {
    const quality = { floor: 0.9, self: 0.62, api: 0.95, equivalence: 'declared' as const, check: 'counsel' };
    const decision = decide(caseWith({}, { privacy: restricted, quality }), options);
    expect(decision.verdict).toMatchObject({
      choice: 'infeasible',
      state: 'infeasible',
      option: null,
      reasons: ['sensitive-class-needs-self-hosting', 'quality-below-floor'],
    });
    expect(decision.verdict.sentence).toMatch(
      /^Nothing is feasible: sensitive requests .*; the model .* quality floor\.$/,
    );
    expect(decision.verdict.declarations.map(({ id }) => id)).toEqual([
      'privacy.apiAllowed',
      'quality.self reaches quality.floor',
    ]);
    expect(decision.burn).toBeNull();
  });

  it('an API below the floor is closed as well', () => {
    const quality = { floor: 0.9, self: 0.95, api: 0.8, equivalence: 'declared' as const, check: null };
    const api = decide(caseWith({}, { quality }), options).options.find(({ kind }) => kind === 'api');
    expect(api).toMatchObject({ state: 'infeasible', reasons: ['quality-below-floor'] });
  });

  it('a part that is sensitive is split from the rest', () => {
    const alike = { qualityOwn: null, apiFactor: 1, acceleratorFactor: 1 };
    const about = caseWith(
      { 'demand.requests_per_month': 400_000_000, 'api.usd_per_request': 0.00005 },
      {
        privacy: { ...restricted, sensitiveShare: 0.4, rentAllowed: false },
        classes: [
          { name: 'sensitive', share: 0.4, sensitive: true, ...alike },
          { name: 'other', share: 0.6, sensitive: false, ...alike },
        ],
      },
    );
    const decision = decide(about, options);
    expect(decision.verdict.choice).toBe('hybrid');
    expect(decision.hybrid).toMatchObject({ method: 'class-split' });
    expect(decision.hybrid.classes.find(({ name }) => name === 'sensitive')).toEqual({
      name: 'sensitive',
      sensitive: true,
      selfShare: 1,
    });
  });
});

describe('options', () => {
  it('reconcile: class prices times tokens are the bill of a year', () => {
    const list = { inputUncached: 0.25, cacheRead: 0.025, cacheWrite: null, outputVisible: 2, outputReasoning: 2 };
    const changes = { 'demand.cached_share': 0.3, 'demand.reasoning_tokens': 56 };
    const decision = decide(
      caseWith(changes, {
        offers: [offer('own', 'own'), offer('rent', 'rent'), offer('api', 'api', { listUsdPerMillion: list })],
      }),
      options,
    );
    const year = 12 * 200_000_000;
    const tokens = { inputUncached: 0.7 * 512, cacheRead: 0.3 * 512, outputVisible: 200, outputReasoning: 56 };
    for (const row of decision.options.filter(({ usdPerYear }) => usdPerYear.annuity !== null)) {
      const bill = Object.entries(tokens).reduce(
        (total, [name, count]) => total + ((row.usdPerMillion[name as keyof typeof tokens] ?? 0) * count * year) / 1e6,
        0,
      );
      expect(bill / row.usdPerYear.annuity!, row.name).toBeCloseTo(1, 9);
      const lines = row.lines.reduce((total, line) => total + line.usdPerYear, 0);
      expect(lines / row.usdPerYear.annuity!, row.name).toBeCloseTo(1, 9);
    }
  });

  it('in total over years are a year times years where nothing grows or declines', () => {
    for (const row of decide(caseWith(), options).options) {
      if (row.usdPerYear.straightLine === null) continue;
      expect(row.totalsUsd.years3! / row.usdPerYear.straightLine, row.name).toBeCloseTo(3, 6);
      expect(row.totalsUsd.years5! / row.usdPerYear.straightLine, row.name).toBeCloseTo(5, 6);
    }
  });

  it('follow growth: more servers, a larger bill', () => {
    const [flat, grown] = [caseWith(), caseWith({ 'demand.growth': 1 })].map((about) => decide(about, options).options);
    flat!.forEach((row, index) => {
      if (row.totalsUsd.years4 !== null)
        expect(grown![index]!.totalsUsd.years4, row.name).toBeGreaterThan(row.totalsUsd.years4);
    });
  });

  it('without their figures say by name what is missing, and the others are decided', () => {
    const about = caseWith(
      {},
      {
        offers: [
          offer('own', 'own', { without: ['owned.server.price_usd'] }),
          offer('rent', 'rent'),
          offer('api', 'api'),
        ],
      },
    );
    const decision = decide(about, options);
    expect(decision.options[0]).toMatchObject({
      state: 'refused',
      reasons: ['missing-input'],
      explanation: 'Missing: owned.server.price_usd (price of a complete server).',
    });
    expect(decision.npv.state).toBe('refused');
    expect(decision.breakEven.explanation).toMatch(/owned option/);
    expect(['api', 'rent']).toContain(decision.verdict.choice);
  });

  it('with doubts are compared but not verified, and spot capacity competes only for work that may be lost', () => {
    const spot = { 'rent.spot_usd_per_accelerator_hour': 0.05, 'rent.spot_lost_share': 0.1 };
    const offers = [offer('spot', 'spot'), offer('api', 'api', { doubts: ['price-stale'] })];
    expect(verdictOf(caseWith(spot, { offers }))).toMatchObject({
      choice: 'api',
      state: 'not-verified',
      reasons: ['price-stale'],
    });
    expect(verdictOf(caseWith(spot, { offers, interruptible: true }))).toMatchObject({
      choice: 'rent',
      option: 'spot',
    });
  });

  it('tie at an indifference price that follows the capacities (IND-1)', () => {
    const b = {
      values: {
        'owned.server.price_usd': 404_000,
        'owned.server.install_usd': 28_300,
        'owned.server.power_kw': 13.68,
        'owned.server.power_provisioned_kw': 13.68,
        'capacity.requests_per_s_per_replica': 46.5,
      },
    };
    const about = caseWith(
      { 'demand.requests_per_month': 20_000_000, 'capacity.requests_per_s_per_replica': 29.671875 },
      { offers: [offer('own', 'a'), offer('own', 'b', b)] },
    );
    const [row] = decide(about, options).indifference;
    expect(row).toMatchObject({ offer: 'b', against: 'a', state: 'reached' });
    expect(row!.usdPerAcceleratorHour).toBeCloseTo(4.1861475951, 8);
    expect(row!.serverPriceUsd! / 571_792.306696).toBeCloseTo(1, 8);
    expect(row!.asks).toBeCloseTo(3.37752485482, 8);
  });
});

describe('what would reverse it', () => {
  it('finds the price at which the verdict turns, inside its range only', () => {
    const range = { 'api.usd_per_request': [0.0001, 0.0004] } as const;
    const [first] = verdictOf(caseWith({}, {}, range)).reversers;
    expect(first).toMatchObject({ id: 'api.usd_per_request', from: 0.0004 });
    expect(first!.value).toBeGreaterThan(0.0001);
    const there = verdictOf(caseWith({ 'api.usd_per_request': first!.value * 0.99 }));
    expect(there.choice).toBe(first!.choice);
    expect(there.choice).not.toBe('own');
    expect(verdictOf(caseWith({ 'api.usd_per_request': first!.value * 1.02 })).choice).toBe('own');
    expect(verdictOf(caseWith({}, {}, { 'api.usd_per_request': [0.00039, 0.0005] })).reversers).toEqual([]);
  });

  it('turns declarations round', () => {
    const about = caseWith(
      {},
      { strategy: { core: false, predictable: true, predictableEvidence: null, modelControl: 0 } },
    );
    expect(verdictOf(about).declarations).toContainEqual({ id: 'strategy.core', value: true, choice: 'own' });
  });
});

describe('burn, waste and return', () => {
  it('are those of the recommended option, and the return is ROI-1 with an escalation', () => {
    const about = caseWith(
      { 'demand.requests_per_month': 1_000_000 / 12, 'api.usd_per_request': 0.012 },
      {
        offers: [offer('api', 'api')],
        quality: { floor: null, self: null, api: 0.98, equivalence: 'declared', check: null },
        value: {
          unit: 'task',
          callsPerTask: 1,
          usdPerTask: 0.9,
          reviewUsdPerTask: 0.05,
          escalate: false,
          failedShare: 0.01,
          discardedShare: 0,
          claimedMargin: null,
        },
        limits: { capitalUsd: null, servers: null, budgetUsd: 6000 },
      },
    );
    const { burn, task, audit } = decide(about, options);
    expect(burn!.usdPerYear).toBeCloseTo(12_000, 6);
    expect(burn!.budgetDaysLeft).toBeCloseTo(6000 / (12_000 / 365), 6);
    expect(task.usdPerAccepted).toBeCloseTo(0.0122448979592, 9);
    expect(task.wastedShare).toBeCloseTo(0.02, 9);
    expect(audit!.usdTotal).toBeCloseTo(1000, 6);
    expect(audit!.classes.outputVisible.tokens.failed).toBeCloseTo((1_000_000 / 12) * 256 * 0.01, 3);
  });

  it('without a quality figure are the cost of an attempt, and nothing is invented', () => {
    const { task, audit } = decide(caseWith(), options);
    expect(task).toMatchObject({
      state: 'refused',
      missing: ['quality.self'],
      usdPerAccepted: null,
      valuePerUsd: null,
    });
    expect(task.usdPerAttempt).toBeGreaterThan(0);
    expect(audit).toBeNull();
  });
});
