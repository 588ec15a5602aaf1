import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MeasuredCapacity } from '../../src/procurement/capacity.ts';
import { assumedByFlag } from '../../src/procurement/statement.ts';
import { loadStudy, parseStudy, plainStudy, studyNames } from '../../src/procurement/study.ts';
import { decideStudy, type StudyOptions } from '../../src/procurement/study-decide.ts';
import { typedCapacity } from '../../src/procurement/typed-capacity.ts';

const options: StudyOptions = {
  assumed: [],
  offers: [],
  runs: [],
  overrides: [],
  date: '2026-11-25',
  seed: 42,
  draws: 300,
  command: 'tokbench decide',
};
const demo = readFileSync(join(import.meta.dirname, '../../profiles/studies/demo.yaml'), 'utf8');
const decided = (name: string, more: Partial<StudyOptions> = {}) =>
  decideStudy(loadStudy(name, '/'), { ...options, ...more }).decision;

describe('the use cases that ship', () => {
  it.each(studyNames('/'))('%s gives a verdict with reasons that stays what it is', (name) => {
    const decision = decided(name);
    const { choice, state, sentence, tests, reversers, declarations } = decision.verdict;
    const rows = decision.options.map(
      ({ name, state, usdPerYear, reasons }) =>
        `${name} · ${state} · ${usdPerYear.annuity === null ? '–' : Math.round(usdPerYear.annuity)} · ${reasons.join(', ')}`,
    );
    expect({
      choice,
      state,
      sentence,
      tests,
      gates: decision.gates.map((gate) => `${gate.name}: ${gate.state}. ${gate.sentence}`),
      options: rows,
      breakEven: `${decision.breakEven.state} against ${decision.breakEven.against}`,
      reversers: reversers.map(({ id, choice }) => `${id} → ${choice}`),
      declarations: declarations.map(({ id, value, choice }) => `${id} = ${value} → ${choice}`),
      task: decision.task.state,
    }).toMatchSnapshot();
    expect(sentence).toMatch(/\.$/);
    for (const option of decision.options) expect(option.state === 'ok', option.name).toBe(option.explanation === null);
    expect(decision.matrix.every(({ evidence }) => evidence.length > 0)).toBe(true);
  });

  it('say where the years speak for another option than today does', () => {
    const { verdict, options } = decided('demo');
    const totalOf = (name: string | null) => options.find((option) => option.name === name)!.totalsUsd.years4;
    expect(verdict).toMatchObject({ choice: 'hybrid', longRun: { years: 4, option: 'own:b200-sxmx8' } });
    expect(verdict.longRun).toMatchObject({ usd: totalOf('own:b200-sxmx8'), chosenUsd: totalOf(verdict.option) });
    expect(verdict.longRun!.usd).toBeLessThan(verdict.longRun!.chosenUsd);
    expect(decided('internal-search').verdict.longRun).toBeNull();
    expect(decided('contract-review').verdict.longRun).toBeNull();
  });

  it('keep restricted data at home', () => {
    expect(decided('clinical-documentation').verdict.choice).toBe('rent');
    expect(decided('contract-review').verdict).toMatchObject({
      choice: 'infeasible',
      reasons: ['sensitive-class-needs-self-hosting', 'quality-below-floor'],
    });
  });

  it('own the steady ones at a volume that fills servers, where the work is core and only a hyperscaler may be rented', () => {
    const loaded = loadStudy('invoice-processing', '/');
    const offers = ['own:l40sx4', 'rent:aws/g6e.xlarge'];
    const strategy = { ...loaded.study.strategy, core: true };
    const study = {
      ...loaded,
      study: { ...loaded.study, offers, strategy },
      offerStatements: [[], []],
      offerPlaces: [],
    };
    const assumed = ['demand.requests_per_month=60e6', 'rent.scales=false', 'rent.usd_per_accelerator_hour=2.5'].map(
      assumedByFlag,
    );
    const { verdict } = decideStudy(study, { ...options, assumed }).decision;
    expect(verdict).toMatchObject({ choice: 'own', tests: { massive: true, predictable: true, core: true } });
    expect(verdict.reasons).toContain('three-tests-and-npv');
  });
});

describe('a study', () => {
  const text = `schema: tokbench.study/1
demand: internal-search
offers: [own:h100-sxmx8, rent:lambda/h100-sxm, api:openai/gpt-5-mini]
strategy: {core: true, predictable: true}
quality: {equivalence: declared}
assumptions:
  capacity.requests_per_s_per_replica: 3.2
  capacity.accelerators_per_replica: 1
`;
  const study = parseStudy(text, 's.yaml');
  const run: MeasuredCapacity = {
    ...{ origin: 'run', name: 'results/x/1', simulated: false, model: 'm', state: 'ok', reasons: [], scope: 'replica' },
    ...{ accelerators: 2, hardware: 'h100-sxm', requestsPerS: 5, inputTokensPerS: 5000, outputTokensPerS: 1440 },
    ...{ interval: [0.9, 1.1], shape: { inputTokens: 3825, outputTokens: 144 }, cachedShare: 0, reasoningShare: 0 },
    ...{
      power: null,
      p99: null,
      bracket: ['5 req/s', '6 req/s'],
      objectives: ['ttft.p95 < 1s'],
      evidence: null,
      notes: [],
    },
  } as MeasuredCapacity;

  it('takes the capacity of a run, for requests of the size of production, with its interval', () => {
    const { decision } = decideStudy(study, {
      ...options,
      runs: [{ capacity: run, startedAt: '2026-11-20T10:00:00Z' }],
    });
    expect(decision.capacity).toMatchObject({
      requestsPerSPerReplica: 2.5,
      acceleratorsPerReplica: 2,
      origin: 'measured',
      runs: ['results/x/1'],
      bracket: ['5 req/s', '6 req/s'],
    });
    const entry = decision.register.entries.find(({ id }) => id === 'capacity.requests_per_s_per_replica');
    expect(entry).toMatchObject({ kind: 'measured', date: '2026-11-20', range: [2.25, 2.75] });
    expect(decision.options.find(({ kind }) => kind === 'own')?.reasons).not.toContain('capacity-not-measured');
  });

  it('does not fall back to an assumption where the run met no objective', () => {
    const none = { ...run, state: 'infeasible', reasons: ['slo-never-met'], requestsPerS: null } as MeasuredCapacity;
    const { decision } = decideStudy(study, { ...options, runs: [{ capacity: none, startedAt: null }] });
    for (const option of decision.options.filter(({ kind }) => kind !== 'api'))
      expect(option, option.name).toMatchObject({ state: 'infeasible', reasons: ['slo-never-met'] });
    expect(decision.verdict.choice).toBe('api');
  });

  it('marks what rests on a simulated server', () => {
    const simulated = { ...run, simulated: true };
    const { decision } = decideStudy(study, { ...options, runs: [{ capacity: simulated, startedAt: null }] });
    expect(decision.simulated).toBe(true);
    expect(decision.verdict.state).toBe('not-verified');
    expect(decision.options[0]?.reasons).toContain('simulated-capacity');
  });

  it('says which hardware a run was on, or that nobody said', () => {
    const reasons = (capacity: MeasuredCapacity, offers: readonly string[] = []) =>
      Object.fromEntries(
        decideStudy(study, { ...options, offers, runs: [{ capacity, startedAt: null }] }).decision.options.map(
          ({ name, reasons }) => [name, reasons],
        ),
      );
    const own = 'own:h100-sxmx8';
    expect(reasons({ ...run, hardware: null })[own]).toContain('hardware-unknown');
    const both = reasons(run, ['own:l40sx4']);
    expect(both[own]).not.toContain('capacity-of-other-hardware');
    expect(both['own:l40sx4']).toContain('capacity-of-other-hardware');
  });

  it('keeps the capacity that an offer states for itself where the run is of other hardware', () => {
    const { decision } = decideStudy(loadStudy('demo', '/'), {
      ...options,
      runs: [{ capacity: run, startedAt: null }],
    });
    const used = (name: string) => decision.options.find((option) => option.name === name);
    expect(used('own:h100-sxmx8')?.reasons).toEqual([]);
    expect(used('own:b200-sxmx8')?.reasons).toContain('capacity-not-measured');
  });

  it('splits the tokens of a month as the run counted them, and the bill stays what it is', () => {
    const judged = parseStudy(
      `${text}`.replace('{equivalence: declared}', '{equivalence: declared, api: 0.9, self: 0.9}'),
      's.yaml',
    );
    const counted = {
      ...run,
      cachedShare: 0.6,
      reasoningShare: 0.25,
      evidence: { failedShare: 0.02 },
    } as MeasuredCapacity;
    const { decision } = decideStudy(judged, { ...options, runs: [{ capacity: counted, startedAt: null }] });
    const { audit, burn } = decision;
    expect(audit).toMatchObject({ measured: ['classes', 'failed'], run: 'results/x/1' });
    const { inputUncached, cacheRead, outputVisible, outputReasoning } = audit!.classes;
    expect(cacheRead.tokensTotal / (cacheRead.tokensTotal + inputUncached.tokensTotal)).toBeCloseTo(0.6, 9);
    expect(outputReasoning.tokensTotal / outputVisible.tokensTotal).toBeCloseTo(1 / 3, 9);
    expect(inputUncached.tokens.failed / inputUncached.tokensTotal).toBeCloseTo(0.02, 9);
    expect(audit!.usdTotal).toBeCloseTo(burn!.usdPerMonth, 6);
  });

  it('takes a throughput typed by hand: of a server that its offers name, for requests of production', () => {
    const decided = (text: string) =>
      decideStudy(study, { ...options, runs: [{ capacity: typedCapacity(text), startedAt: null }] }).decision;
    // 3,825 + 288 tokens a request: input allows 6.27 a second, output 20.8; eight replicas of one accelerator.
    const { capacity, options: rows } = decided('input=24000,output=6000,scope=server');
    expect(capacity.requestsPerSPerReplica).toBeCloseTo(24_000 / 3825 / 8, 9);
    expect(capacity.acceleratorsPerReplica).toBe(1);
    expect(rows.find(({ kind }) => kind === 'own')?.reasons).toContain('capacity-not-measured');
    expect(decided('input=3000,output=750,scope=accelerator').capacity.requestsPerSPerReplica).toBeCloseTo(
      3000 / 3825,
      9,
    );
    const entry = decided('input=24000,output=6000,scope=server').register.entries.find(
      ({ id }) => id === 'capacity.requests_per_s_per_replica',
    );
    expect(entry).toMatchObject({ kind: 'assumed', source: 'flag', confidence: 'low' });
    expect(entry?.range?.[0]).toBeCloseTo(0.7 * (24_000 / 3825 / 8), 9);
  });

  it('says in which line an offer stands that cannot be had, or stands twice', () => {
    const refused = (offers: string) => () =>
      decideStudy(
        parseStudy(`schema: tokbench.study/1\ndemand: internal-search\noffers:\n${offers}`, 's.yaml'),
        options,
      );
    expect(refused('  - own:h100-sxmx8\n  - api:openai/gpt-55\n')).toThrow(
      /^s\.yaml:5: The price list has no model "gpt-55" of openai; did you mean "gpt-5"/,
    );
    expect(refused('  - own:h100-sxmx8\n  - own:h100-sxmx8\n')).toThrow(
      's.yaml:5: the offer own:h100-sxmx8 is there twice; give one of them a name of its own.',
    );
    // Who is to blame is another line, or a flag.
    expect(refused('  - own:h100-sxmx8\nassumptions:\n  finance.wacc: -0.1\n')).toThrow(/^s\.yaml:6: finance\.wacc is/);
    const flag = { ...options, assumed: [assumedByFlag('demand.growth=abc')] };
    expect(() => decideStudy(study, flag)).toThrow(/^--assume demand\.growth: demand\.growth needs a number/);
  });

  it('can be a demand and offers alone: what nobody declared stays open', () => {
    const { decision } = decideStudy(plainStudy('internal-search'), {
      ...options,
      offers: ['own:h100-sxmx8', 'api:openai/gpt-5-mini'],
      runs: [{ capacity: run, startedAt: null }],
    });
    expect(decision.verdict.tests).toMatchObject({ predictable: null, core: null });
    expect(decision.verdict.state).toBe('not-verified');
    expect(decision.options.map(({ name }) => name)).toEqual(['own:h100-sxmx8', 'api:openai/gpt-5-mini', 'hybrid']);
  });

  it('is overridden by flags, and has more offers by them', () => {
    const more = { assumed: [assumedByFlag('finance.wacc=0.15')], offers: ['own:l40sx4'] };
    const { decision } = decideStudy(study, { ...options, ...more });
    expect(decision.register.entries.find(({ id }) => id === 'finance.wacc')).toMatchObject({
      value: 0.15,
      source: 'flag',
    });
    expect(decision.options.map(({ name }) => name)).toContain('own:l40sx4');
  });

  it('rests on the cheapest offer of a kind, so that its price is what sensitivities vary', () => {
    const { decision } = decideStudy(study, { ...options, offers: ['own:l40sx4'] });
    const own = decision.options
      .filter(({ kind }) => kind === 'own')
      .sort((a, b) => a.usdPerYear.annuity! - b.usdPerYear.annuity!)[0]!;
    const price = decision.register.entries.find(({ id }) => id === 'owned.server.price_usd');
    expect([own.name, price?.value]).toEqual(['own:l40sx4', 94_000]);
    expect(decision.tornado.map(({ id }) => id)).toContain('owned.server.price_usd');
  });

  it('gives prices without a stated range one of 30 % either way', () => {
    const price = decideStudy(study, options).decision.register.entries.find(
      ({ id }) => id === 'owned.server.price_usd',
    );
    expect(price?.range).toEqual([expect.closeTo(0.7 * 285_000, 6), expect.closeTo(1.3 * 285_000, 6)]);
  });

  it('has lints of its prices at error where it ranks by them, and the oldest reason is said', () => {
    const { decision } = decideStudy(study, { ...options, date: '2027-06-01' });
    expect(decision.lints.filter(({ severity }) => severity === 'error').map(({ id }) => id)).toContain('E9');
    expect(decision.options.find(({ kind }) => kind === 'own')?.reasons).toContain('price-stale');
  });

  it('asks by name for what it lacks and decides the rest', () => {
    const bare = parseStudy('schema: tokbench.study/1\noffers: [own:h100-sxmx8, api:openai/gpt-5-mini]\n', 's.yaml');
    expect(() => decideStudy(bare, options)).toThrow(/needs demand\.(input_tokens|requests_per_month)/);
    const noCapacity = parseStudy(text.replace(/assumptions:[\s\S]*/, ''), 's.yaml');
    const { decision } = decideStudy(noCapacity, options);
    expect(decision.verdict.choice).toBe('api');
    expect(decision.options[0]).toMatchObject({
      state: 'refused',
      explanation: expect.stringMatching(/^Missing: capacity\.requests/),
    });
  });

  it('is told that two statements of it contradict each other', () => {
    const twice = parseStudy(text.replace('assumptions:', 'assumptions:\n  demand.utilization: 0.4'), 's.yaml');
    expect(() => decideStudy(twice, options)).toThrow(
      /demand\.utilization = 0\.4 .* contradicts demand\.requests_per_month/,
    );
  });

  it('gives the same bytes for the same inputs', () => {
    const [first, second] = [decideStudy(study, options), decideStudy(parseStudy(text, 's.yaml'), options)];
    expect(JSON.stringify(first.decision)).toBe(JSON.stringify(second.decision));
  });
});

describe('assumptions of single offers', () => {
  it('stand beside the register with their sources, only where they differ from it', () => {
    const { offerAssumptions, register } = decided('demo');
    const of = (offer: string) => offerAssumptions.find((row) => row.offer === offer)?.entries ?? [];
    expect(of('own:h100-sxmx8')).toContainEqual(
      expect.objectContaining({ id: 'owned.server.price_usd', value: 285_000, date: '2026-08-01' }),
    );
    expect(of('own:b200-sxmx8')).toEqual([]);
    expect(register.entries).toContainEqual(expect.objectContaining({ id: 'owned.server.price_usd', value: 404_000 }));
  });
});

describe('quotes', () => {
  it('are what a vendor asks, of which day, and until when all its prices hold', () => {
    const { options: rows } = decided('demo');
    const quoteOf = (offer: string) => rows.find(({ name }) => name === offer)?.quote;
    expect(quoteOf('own:h100-sxmx8')).toEqual({
      ...{ usd: 285_000, unit: 'USD/server', kind: 'list' },
      ...{ date: '2026-08-01', validUntil: '2027-01-28' },
    });
    expect(quoteOf('hybrid')).toBeNull();
    expect(quoteOf('rent:lambda/h100-sxm')).toEqual({
      ...{ usd: 4.29, unit: 'USD/accelerator-hour', kind: 'list' },
      ...{ date: '2026-09-30', validUntil: '2026-10-30' },
    });
  });

  it("are the buyer's own where a study states them, beside the list price of the same thing", () => {
    const text = demo.replace(
      '  - own:h100-sxmx8 ',
      `  - own:h100-sxmx8
  - offer: own:h100-sxmx8
    name: own:quote-77
    assumptions:
      owned.server.price_usd: {value: 262000, kind: quoted, source: Quote 77, date: 2026-11-02, expires_after_days: 60} `,
    );
    const { options: rows } = decideStudy(parseStudy(text, 's.yaml'), options).decision;
    const [list, own] = ['own:h100-sxmx8', 'own:quote-77'].map((name) => rows.find((row) => row.name === name)!);
    expect(own!.quote).toMatchObject({ usd: 262_000, kind: 'quoted', date: '2026-11-02', validUntil: '2027-01-01' });
    expect(own!.capexUsd).toBeCloseTo(list!.capexUsd! * ((262_000 * 1.1 + 22_300) / (285_000 * 1.1 + 22_300)), 6);
  });
});

describe('a claimed margin', () => {
  const claimed = (margin: number) => {
    const text = demo.replace('usdPerTask: 0.4,', `usdPerTask: 0.4, claimedMargin: ${margin},`);
    return decideStudy(parseStudy(text, 's.yaml'), options).decision;
  };
  const { grossMargin, usdPerAccepted } = decided('demo').task;
  const found = (margin: number) => claimed(margin).lints.filter(({ id }) => id === 'E16');

  it('above all that is earned is a markup, and so is one that equals the markup', () => {
    expect(grossMargin).toBeCloseTo(1 - usdPerAccepted! / 0.4, 12);
    expect(found(5.45)).toMatchObject([{ severity: 'warn', sentence: expect.stringContaining('no margin exceeds') }]);
    expect(found(0.4 / usdPerAccepted! - 1)).toMatchObject([
      { sentence: expect.stringContaining('the margin is 99.8 %') },
    ]);
  });

  it('that is one is let pass, and nobody is asked for one', () => {
    expect(found(grossMargin!)).toEqual([]);
    expect(decided('demo').lints.filter(({ id }) => id === 'E16')).toEqual([]);
  });
});
