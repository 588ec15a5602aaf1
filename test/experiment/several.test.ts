import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { renderConsole } from '../../src/document/console.ts';
import { renderCsv } from '../../src/document/csv.ts';
import { renderHtml } from '../../src/document/html.ts';
import { renderMarkdown } from '../../src/document/markdown.ts';
import type { UserError } from '../../src/error/user-error.ts';
import { resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { blocksOf, runSeveral, type SeveralOptions, Turns } from '../../src/experiment/several.ts';
import { caveatsOf } from '../../src/experiment/several-caveat.ts';
import { severalPlans } from '../../src/experiment/several-plan.ts';
import { summariseTargets } from '../../src/experiment/several-summary.ts';
import { parseSuite } from '../../src/experiment/suite.ts';
import { targetsDocument } from '../../src/report/targets.ts';
import { comparisonSheet } from '../../src/report/targets-workbook.ts';
import type { SimulatorOptions } from '../../src/simulate/options.ts';
import { type Simulator, startSimulator } from '../../src/simulate/simulator.ts';
import { readRun } from '../../src/store/record.ts';
import { readTargets } from '../../src/store/targets.ts';

vi.setConfig({ testTimeout: 60_000 });
const out = mkdtempSync(join(tmpdir(), 'several-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));
let simulators: Simulator[] = [];
afterEach(async () => {
  await Promise.all(simulators.map((one) => one.close()));
  simulators = [];
});
const simulated = async (options: SimulatorOptions) => {
  const one = await startSimulator(options);
  simulators.push(one);
  return one.url;
};
const plansOf = (suite: string, flags: Omit<PlanFlags, 'target'> = {}, targets: string[] = []) =>
  severalPlans({ suite: { name: 's', file: join(out, 's.yaml'), suite: parseSuite(suite, 's.yaml') }, flags, targets });
const run = (
  suite: string,
  flags: Omit<PlanFlags, 'target'> = {},
  signal = new AbortController().signal,
  emit: SeveralOptions['emit'] = () => {},
) =>
  runSeveral({
    targets: plansOf(suite, { out, ...flags })!,
    suite: 's',
    version: '0',
    environment: {},
    signal,
    emit,
  });
const small =
  'workload: {inputTokens: 20, outputTokens: 8}\nload: {concurrency: 2}\nrequests: 8\nwarmup: none\ntelemetry: none\n';
const refusal = (act: () => unknown): UserError => {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ name: 'UserError', exit: 2 });
    return error as UserError;
  }
  throw new Error('was not refused');
};

describe('plans of several targets', () => {
  it('differ in the target only, and have labels and folders of their own', () => {
    const plans = plansOf(
      'targets: [openai, {preset: openai, model: b, price: "input=1,output=2"}, {url: "http://h:1/v1"}, {name: mine, url: "http://h:1/v1"}]\nprice: input=3,output=4\n',
      { model: 'a' },
    )!;
    expect(plans.map(({ label }) => label)).toEqual(['openai a', 'openai a 2', 'h:1', 'mine']);
    expect(plans.map(({ plan }) => plan.suite)).toEqual(['s-openai a', 's-openai a 2', 's-h:1', 's-mine']);
    expect(plans.map(({ plan }) => plan.spending?.price)).toEqual([
      'input=3,output=4',
      'input=1,output=2',
      'input=3,output=4',
      'input=3,output=4',
    ]);
    const rest = plans.map(({ plan: { target, suite, spending, ...same } }) => same);
    expect(new Set(rest.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  it('are none for one target, or an address on the command line', () => {
    expect(plansOf('target: openai\n')).toBeNull();
    expect(plansOf('targets: [openai, groq]\n', { url: 'http://h/v1' })).toBeNull();
    expect(plansOf('targets: [openai, groq]\n', {}, ['mistral'])).toBeNull();
    expect(plansOf('target: openai\n', {}, ['vllm', 'llamacpp'])!.map(({ label }) => label)).toEqual([
      'vllm',
      'llamacpp',
    ]);
    expect(refusal(() => plansOf('target: openai\ntargets: [groq, xai]\n')).code).toBe('bad_plan');
    expect(refusal(() => plansOf('requests: 50\n', { url: 'http://h/v1' }, ['vllm', 'tgi'])).code).toBe('bad_plan');
    const suite = { name: 's', file: join(out, 's.yaml'), suite: parseSuite('targets: [groq, xai]\n', 's.yaml') };
    expect(refusal(() => resolvePlan({ suite, flags: {} })).message).toContain('names several targets');
    expect(resolvePlan({ suite, flags: { target: 'groq' } }).plan.target.preset).toBe('groq');
  });
});

it('draws an order for every block, by the seed', () => {
  const plans = plansOf('targets: [groq, xai, mistral]\nload: {concurrency: [1, 2]}\nrepeat: 30\n')!;
  const blocks = blocksOf(plans, 1);
  expect(blocks).toHaveLength(60);
  expect(blocksOf(plans, 1)).toEqual(blocks);
  expect(blocksOf(plans, 2)).not.toEqual(blocks);
  for (const { order } of blocks) expect(order.toSorted()).toEqual(['groq', 'mistral', 'xai']);
  const first = (label: string) => blocks.filter(({ order }) => order[0] === label).length;
  for (const label of ['groq', 'mistral', 'xai']) expect(first(label)).toBeGreaterThan(8);
});

it('gives turns in order, and passes over who has left', async () => {
  const turns = new Turns(['a', 'b', 'a', 'b', 'c']);
  const seen: string[] = [];
  const take = async (label: string, count: number) => {
    for (let i = 0; i < count; i++) {
      await turns.mine(label);
      seen.push(label);
      turns.next();
    }
  };
  const a = take('a', 2);
  const c = take('c', 1);
  const b = turns.mine('b').then(() => {
    seen.push('b leaves');
    turns.leave('b');
  });
  turns.begin();
  await Promise.all([a, b, c]);
  expect(seen).toEqual(['a', 'b leaves', 'a', 'c']);
});

describe('measuring several targets', () => {
  it('leaves a run of each and one comparison that is read again the same', async () => {
    const fast = await simulated({ pace: { ttftMs: 10, itlMs: 1 }, model: 'm' });
    const slow = await simulated({ pace: { ttftMs: 300, itlMs: 6 }, model: 'm' });
    const suite = `targets: [{name: fast, url: "${fast}", price: "input=1,output=4"}, {name: slow, url: "${slow}"}]\nrepeat: 3\nseed: 7\n${small}`;
    const summary = await run(suite);
    expect(summary).toMatchObject({ schema: 'tokbench.targets/1', suite: 's', seed: 7, simulated: true });
    expect(summary.targets.map(({ label, run: own }) => [label, own.schema, own.state, own.steps.length])).toEqual([
      ['fast', 'tokbench.run/1', 'finished', 3],
      ['slow', 'tokbench.run/1', 'finished', 3],
    ]);
    const [{ rows }] = summary.comparison as [(typeof summary.comparison)[number]];
    const [a, b] = rows as [(typeof rows)[number], (typeof rows)[number]];
    expect(a).toMatchObject({ label: 'fast', repeats: 3, meanOutputTokens: 8, failedShare: 0 });
    expect(a.usdPerMillion!).toBeCloseTo((20 * 1 + 8 * 4) / 28, 6);
    expect(b.usdPerMillion).toBeNull();
    expect(b.ttftP50Ms!).toBeGreaterThan(a.ttftP50Ms!);
    expect(a.meanOutputChars).toBeGreaterThan(8);
    expect(summary.caveats.map(({ code }) => code)).toContain('no_price');
    expect(summary.caveats.map(({ code }) => code)).not.toContain('other_tokens');

    const read = (await readTargets(summary.directory))!;
    expect(await summariseTargets(read.directory, read.record)).toEqual(summary);
    const latest = (await readTargets('latest', out))!;
    expect(await summariseTargets(latest.directory, latest.record)).toEqual(summary);
    expect(await readTargets(summary.targets[0]!.run.directory)).toBeNull();

    // one at a time: no step of one overlaps a step of the other
    const spans = await Promise.all(
      summary.targets.map(async ({ run: own }) => {
        const { record } = await readRun(own.directory);
        return record.steps.map(({ startMs, endMs }) => ({
          from: record.startedUnixMs + startMs,
          to: record.startedUnixMs + endMs!,
        }));
      }),
    );
    const all = spans.flat().sort((x, y) => x.from - y.from);
    for (const [i, span] of all.entries()) expect(span.from).toBeGreaterThanOrEqual((all[i - 1]?.to ?? 0) - 20);
    // the same prompts' lengths and arrivals for both
    expect(new Set(summary.targets.map(({ run: own }) => own.steps[0]!.tokens.plannedMeanInput)).size).toBe(1);

    const document = targetsDocument(summary);
    const text = renderConsole(document, { columns: 80, unicode: true, color: false } as never);
    expect(text).toMatch(/fast\s+\d+(\.\d+)?\s+/);
    expect(text).toContain('SIMULATED');
    expect(summary.comparison[0]!.differences.map(({ repeats, interval }) => [repeats, interval !== null])).toEqual(
      Array(4).fill([3, true]),
    );
    expect(text).toContain('Differences over 3 repeats');
    expect(text).toContain('slow against fast');
    expect(JSON.stringify(comparisonSheet([summary]).rows)).toContain('slow against fast');
    expect(renderMarkdown(document)).toContain('| fast |');
    expect(renderHtml(document)).toContain('slow');
    const csv = renderCsv(document).trim().split('\n');
    expect(csv).toHaveLength(3);
    expect(csv[0]).toContain('usd_per_million');
  });

  it('refuses before any load when one cannot be reached, and says which', async () => {
    const url = await simulated({ model: 'm' });
    const folder = join(out, 'never');
    const suite = `targets: [{name: there, url: "${url}"}, {name: gone, url: "http://127.0.0.1:1/v1"}]\n${small}`;
    await expect(run(suite, { out: folder })).rejects.toMatchObject({
      code: 'unreachable',
      exit: 3,
      message: expect.stringMatching(/^Target gone: /),
    });
    expect(existsSync(folder)).toBe(false);
  });

  it('keeps what was measured when it is interrupted', async () => {
    const url = await simulated({ pace: { ttftMs: 10, itlMs: 1 }, model: 'm' });
    const suite = `targets: [{name: a, url: "${url}"}, {name: b, url: "${url}"}]\n${small.replace('requests: 8', 'duration: 60s')}`;
    const controller = new AbortController();
    const summary = await run(suite, {}, controller.signal, ({ kind }) => {
      if (kind === 'step') setTimeout(() => controller.abort(), 500);
    });
    expect(summary.targets.map(({ run: own }) => own.state)).toEqual(['interrupted', 'interrupted']);
    expect(summary.targets.filter(({ run: own }) => own.steps.length > 0).length).toBeGreaterThan(0);
  });
});

it('says what must not be compared', () => {
  const side = (label: string, more: object = {}) => ({
    label,
    forcedLength: true,
    price: 'p',
    run: { simulated: false, verdict: 'VALID', target: { model: 'm' }, steps: [], ...more } as never,
  });
  const row = (label: string, more: object = {}) => ({
    label,
    repeats: 1,
    meanInputTokens: 100,
    meanOutputTokens: 50,
    charsPerToken: 4,
    rateLimited: 0,
    ...more,
  });
  const load = { kind: 'concurrency', value: 1 } as const;
  const codes = (sides: Parameters<typeof caveatsOf>[0], rows: ReturnType<typeof row>[], repeat = 2) =>
    caveatsOf(sides, [{ load, rows }], [{ load, repeat, order: [] }]).map(({ code }) => code);
  const both = [side('a'), side('b')];
  expect(codes(both, [row('a'), row('b')])).toEqual([]);
  expect(codes(both, [row('a'), row('b')], 1)).toEqual(['few_repeats']);
  expect(codes(both, [row('a'), row('b', { charsPerToken: 4.5 })])).toEqual(['other_tokens']);
  expect(codes(both, [row('a'), row('b', { meanOutputTokens: 53 })])).toEqual(['other_lengths']);
  expect(codes(both, [row('a'), row('b', { meanInputTokens: 110 })])).toEqual(['other_inputs']);
  expect(codes(both, [row('a'), row('b', { rateLimited: 1 })])).toEqual(['rate_limited']);
  expect(codes([side('a'), side('b', { simulated: true })], [row('a'), row('b')])).toEqual(['simulated_beside_real']);
  expect(codes([side('a'), side('b', { verdict: 'INVALID' })], [row('a'), row('b')])).toEqual(['invalid_run']);
  const doubts = [
    {
      doubts: [
        { severity: 'info', code: 'n_too_small' },
        { severity: 'suspect', code: 'short_window' },
      ],
    },
  ];
  const [suspect] = caveatsOf(
    [side('a'), side('b', { verdict: 'SUSPECT', steps: doubts })],
    [{ load, rows: [row('a'), row('b')] }],
    [{ load, repeat: 2, order: [] }],
  );
  expect(suspect).toMatchObject({ code: 'suspect_run', message: expect.stringContaining('b (short_window)') });
  expect(codes([side('a'), side('b', { target: { model: 'n' } })], [row('a'), row('b')])).toEqual(['other_models']);
  expect(codes([side('a'), { ...side('b'), price: null }], [row('a'), row('b')])).toEqual(['no_price']);
  const free = [side('a'), { ...side('b'), forcedLength: false }];
  const [lengths] = caveatsOf(
    free,
    [{ load, rows: [row('a'), row('b', { meanOutputTokens: 30 })] }],
    [{ load, repeat: 1, order: [] }],
  );
  expect(lengths?.message).toContain('b cannot be made to generate a given length');
});
