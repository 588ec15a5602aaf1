import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CostReport } from '../../src/procurement/offer-cost.ts';
import type { SizeReport } from '../../src/procurement/size.ts';
import { emptyFolder, run } from './program.ts';

let cwd: string;
const typed = [
  '--throughput',
  'input=24000,output=6000,scope=server',
  '--demand',
  'internal-search',
  '--date',
  '2026-11-25',
];
const program = (...args: string[]) => run(args, { cwd });
const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await program(...args, '--json')).stdout) as T;

beforeAll(async () => {
  cwd = emptyFolder();
  const load = '--input-tokens 24 --output-tokens 5 --concurrency 1,2,8 --requests 30 --warmup none'.split(' ');
  await program(
    'run',
    '--simulate',
    '--pace',
    '10,2',
    '--objective',
    'ttft.p50 < 1s',
    '--hardware',
    'h100-sxm',
    ...load,
    '--quiet',
  );
});

describe.concurrent('tokbench cost', { timeout: 120_000 }, () => {
  it('prices offers side by side, at a utilisation that the demand leaves', async () => {
    const report = await json<CostReport>(
      'cost',
      ...typed,
      '--offer',
      'own:h100-sxm',
      '--offer',
      'rent:runpod/h100-sxm',
      '--offer',
      'api:openai/gpt-5-mini',
    );
    expect(report.schema).toBe('tokbench.cost/1');
    expect(report.offers.map(({ kind }) => kind).sort()).toEqual(['api', 'own', 'rent']);
    for (const row of report.offers) {
      expect(Object.keys(row)).toEqual(
        expect.arrayContaining([
          'offer',
          'kind',
          'state',
          'reasons',
          'rankable',
          'usdPerHour',
          'usdPerAcceleratorHour',
          'usdPerMillion',
          'intervals',
          'basis',
          'attribution',
          'utilization',
          'energy',
          'lints',
        ]),
      );
      expect(row.reconciliation!.holds).toBe(true);
    }
    const own = report.offers.find(({ kind }) => kind === 'own')!;
    expect(own.utilization).toBeGreaterThan(0);
    expect(own.utilization).toBeLessThan(0.2);
    expect(report.priceSnapshot).toMatchObject({ version: '0.1.8', date: '2026-11-23' });
  });

  it('is byte for byte the same again', async () => {
    const args = ['cost', ...typed, '--offer', 'own:h100-sxm', '--json'];
    const [one, two] = await Promise.all([program(...args), program(...args)]);
    expect(one.stdout).toBe(two.stdout);
  });

  it('prices a run, marked as simulated in every format, with requests of an API one by one', async () => {
    const args = [
      'cost',
      'latest',
      '--offer',
      'own:h100-sxm',
      '--offer',
      'api:openai/gpt-5',
      '--assume',
      'demand.utilization=0.4',
    ];
    const report = await json<CostReport>(...args);
    expect(report.simulated).toBe(true);
    const api = report.offers.find(({ kind }) => kind === 'api')!;
    expect(api.usdPerMillion.inputUncached).toBeCloseTo(1.25, 6);
    const own = report.offers.find(({ kind }) => kind === 'own')!;
    expect(own.run).toMatch(/^results\//);
    expect(own.lints.map(({ id, severity }) => `${id} ${severity}`)).toContain('E1 error');
    for (const format of ['console', 'md', 'html']) {
      expect((await program(...args, '--format', format)).stdout, format).toContain('SIMULATED');
    }
    expect((await program(...args, '--format', 'csv')).stdout.split('\n')[0]).toContain('blended_usd_per_million');
  });

  it('ends with 6 at a gate with a lint at error, or with a price above the limit; with 0 else', async () => {
    const lone = ['cost', ...typed, '--offer', 'own:h100-sxm'];
    const alone = await program(...lone, '--gate');
    expect(alone.code).toBe(0);
    // A ranked price says whose word its capacity is.
    expect(alone.stdout.replace(/\s+/g, ' ')).toContain('if the capacity is what was typed: nothing here measured it');
    expect((await program(...lone, '--offer', 'rent:runpod/h100-sxm', '--gate')).code).toBe(6);
    expect((await program(...lone, '--offer', 'rent:runpod/h100-sxm', '--gate', '--declare', 'purchase')).code).toBe(0);
    expect((await program(...lone, '--max-usd-per-million', '100')).code).toBe(0);
    expect((await program(...lone, '--max-usd-per-million', '0.01')).code).toBe(6);
  });

  it('compares prices with a baseline, and holds the latency of a run', async () => {
    const own = ['--offer', 'own:h100-sxm', '--assume', 'demand.utilization=0.4', '--date', '2026-11-25'];
    const { stdout } = await program('cost', 'latest', ...own, '--json');
    writeFileSync(join(cwd, 'base.json'), stdout);
    const gated = ['cost', 'latest', ...own, '--baseline', 'base.json', '--max-regression', '5%'];
    const same = await program(...gated);
    expect({ code: same.code, out: same.stdout }).toEqual({
      code: 0,
      out: expect.stringContaining('at most 5 % dearer'),
    });
    const dearer = await program(...gated, '--assume', 'owned.server.price_usd=900000', '--json');
    expect(dearer.code).toBe(6);
    expect((JSON.parse(dearer.stdout) as CostReport).gates).toMatchObject([
      { name: 'max-regression', outcome: 'missed' },
    ]);
    // Thirty requests have no 99th percentile, and a gate that cannot be told does not pass.
    const latency = await program('cost', 'latest', ...own, '--max-p99', 'ttft=10s');
    expect({ code: latency.code, out: latency.stdout }).toEqual({
      code: 6,
      out: expect.stringContaining('no such percentile'),
    });
    expect((await program('cost', 'latest', ...own, '--max-p99', 'ttff=1ms')).stderr).toContain('ttft, tpot or e2e');
    expect((await program('cost', 'latest', ...own, '--max-regression', '5%')).code).toBe(2);
  });

  it('explains a figure with its formula, numbers and sources', async () => {
    const { stdout } = await program(
      'cost',
      ...typed,
      '--offer',
      'own:h100-sxm',
      '--explain',
      'usd_per_million_output',
    );
    expect(stdout).toContain('c_out = C_h · 1e6');
    expect(stdout).toContain('P = 285,000');
    expect(stdout).toContain('prices/servers.yaml');
    const wrong = await program('cost', ...typed, '--offer', 'own:h100-sxm', '--explain', 'usd_per_milion_output');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('did you mean "usd_per_million_output"');
  });

  it('lets a user’s own profile override one that ships, by its name', async () => {
    const folder = emptyFolder();
    const text = readFileSync(join(import.meta.dirname, '../../profiles/demand/internal-search.yaml'), 'utf8');
    mkdirSync(join(folder, 'profiles/demand'), { recursive: true });
    writeFileSync(
      join(folder, 'profiles/demand/internal-search.yaml'),
      text.replace('value: 3000000', 'value: 12345').replace('low: 1500000', 'low: 1000'),
    );
    const { stdout } = await run(['cost', ...typed, '--offer', 'own:h100-sxm', '--json'], { cwd: folder });
    const { register } = JSON.parse(stdout) as CostReport;
    expect(register.entries.find(({ id }) => id === 'demand.requests_per_month')!.value).toBe(12_345);
  });

  it.each([
    [['--offer', 'own'], /needs a capacity/],
    [['--throughput', 'input=1,output=1', '--offer', 'own'], /scope is missing/],
    [[...typed, '--offer', 'own'], /The offer own needs owned\.server\.price_usd/],
    [[...typed, '--offer', 'own:h100-sxm', '--assume', 'site.pue=0.5'], /site\.pue is 0\.5; it must be at least 1/],
    [['--offer', 'own', '--date', '2026-02-31'], /--date 2026-02-31/],
    [[], /Name at least one --offer/],
  ])('says in a sentence what is wrong: %j', async (args, message) => {
    const { code, stderr, stdout } = await program('cost', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});

describe.concurrent('tokbench size', { timeout: 120_000 }, () => {
  it('sizes a demand from a run, says that the capacity is a lower bound', async () => {
    const report = await json<SizeReport>('size', 'latest', '--demand', 'internal-search', '--offer', 'own:h100-sxm');
    expect(report).toMatchObject({
      schema: 'tokbench.size/1',
      simulated: true,
      lowerBound: true,
      state: 'not-verified',
    });
    expect(report.servers.bought).toBe(report.servers.needed! + 1);
    const { stdout } = await program('size', 'latest', '--demand', 'internal-search', '--offer', 'own:h100-sxm');
    expect(stdout).toContain('lower bound');
    expect(stdout).toContain('[SIMULATED]');
  });

  it('asks for a demand, a capacity and a server by name', async () => {
    expect((await program('size', '--demand', 'internal-search')).stderr).toMatch(/needs a capacity/);
    expect((await program('size', ...typed)).stderr).toMatch(/owned\.server\.accelerators/);
    const { stderr } = await program(
      'size',
      '--throughput',
      'input=1,output=1,scope=server',
      '--assume',
      'owned.server.accelerators=8',
    );
    expect(stderr).toMatch(/demand\.requests_per_month.*demand\.peak_to_average/);
  });
});
