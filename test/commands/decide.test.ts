import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../src/procurement/decide-result.ts';
import { recalculate } from '../document/recalculate.ts';
import { emptyFolder, run } from './program.ts';

const day = ['--date', '2026-11-25'];

describe('tokbench decide', { timeout: 240_000 }, () => {
  it('decides a study that ships, the verdict first, no line wider than the screen', async () => {
    const { code, stdout, stderr } = await run(['decide', '--demo', ...day], { env: { COLUMNS: '100' } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[3]).toMatch(/^\[HYBRID, NOT VERIFIED\] Own the base/);
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(100);
  });

  it('gives the JSON of the contract, alone on stdout', async () => {
    const { code, stdout } = await run(['decide', 'invoice-processing', ...day, '--json', '--seed', '7']);
    expect(code).toBe(0);
    const decision = JSON.parse(stdout) as Decision;
    expect(decision).toMatchObject({ schema: 'tokbench.decide/1', study: 'invoice-processing', date: '2026-11-25' });
    expect(Object.keys(decision)).toEqual(
      expect.arrayContaining([
        ...['study', 'verdict', 'matrix', 'options', 'breakEven', 'npv', 'breakEvenRates', 'hybrid', 'tornado'],
        ...['monteCarlo', 'burn', 'register', 'lints'],
      ]),
    );
    expect(decision.monteCarlo).toMatchObject({ seed: 7, draws: 10_000 });
    expect(decision.reproduction.command).toBe('tokbench decide invoice-processing --date 2026-11-25 --json --seed 7');
    const [option] = decision.options;
    expect(Object.keys(option!)).toEqual(
      expect.arrayContaining([
        ...['name', 'kind', 'state', 'reasons', 'capexUsd', 'opexUsdPerYear', 'usdPerYear', 'usdPerAcceleratorHour'],
        ...['usdPerMillion', 'servers', 'utilization'],
      ]),
    );
    expect(stdout).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('writes a starter, never over a file that is there, and decides it', async () => {
    const cwd = emptyFolder();
    const written = await run(['decide', '--init', 'meeting-summary', ...day], { cwd });
    expect(written.stdout).toContain('Wrote meeting-summary-study.yaml');
    expect(readFileSync(join(cwd, 'meeting-summary-study.yaml'), 'utf8')).toContain('demand: meeting-summary');
    const again = await run(['decide', '--init', 'meeting-summary'], { cwd });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') });
    const checked = await run(['check', 'meeting-summary-study.yaml'], { cwd });
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing is wrong with it') });
    const decided = await run(['decide', 'meeting-summary-study.yaml', ...day], { cwd });
    expect(decided).toMatchObject({ code: 0, stdout: expect.stringContaining('Pay an API') });
  });

  it('explains a figure with its formula, numbers and sources', async () => {
    const { code, stdout } = await run(['decide', '--demo', ...day, '--explain', 'npv_usd']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('own:b200-sxmx8 against') });
    expect(stdout).toContain('capex 1,418,100');
    expect(stdout).toContain('prices/servers.yaml');
    const json = JSON.parse((await run(['decide', '--demo', ...day, '--explain', 'usd_per_year', '--json'])).stdout);
    expect(json).toMatchObject({ schema: 'tokbench.decide-explanation/1', figure: 'usd_per_year' });
    const wrong = await run(['decide', '--demo', ...day, '--explain', 'npv']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('npv_usd') });
  });

  it.each(['md', 'html', 'csv'])('renders %s into a file', async (format) => {
    const cwd = emptyFolder();
    const { code, stdout } = await run(['decide', 'contract-review', ...day, '--format', format, '-o', 'out'], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(readFileSync(join(cwd, 'out'), 'utf8')).toMatch(/infeasible/i);
  });

  it('ends with 6 at a gate: nothing feasible, or a price too old to rank by', async () => {
    expect((await run(['decide', 'contract-review', ...day])).code).toBe(0);
    expect((await run(['decide', 'contract-review', ...day, '--gate'])).code).toBe(6);
    expect((await run(['decide', 'internal-search', ...day, '--gate'])).code).toBe(6);
  });

  it('says what is wrong with a study, with file, line and the right word', async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, 's.yaml'), 'schema: tokbench.study/1\noffers: [own:h100-sxm]\nstrategy: {cor: true}\n');
    for (const command of ['decide', 'check']) {
      const { code, stderr, stdout } = await run([command, 's.yaml'], { cwd });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('s.yaml:3:12 unknown key "cor" in strategy; did you mean "core"?');
    }
    expect((await run(['decide', 'no-such'])).code).toBe(2);
    expect((await run(['decide'])).stderr).toContain('decide --init');
    expect((await run(['decide', '--demo', '--assume', 'finance.wac=1'])).stderr).toContain('finance.wacc');
  });
});

describe('tokbench decide with a run', { timeout: 240_000 }, () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = emptyFolder();
    const load = '--input-tokens 24 --output-tokens 5 --concurrency 1,2,8 --requests 30 --warmup none'.split(' ');
    await run(
      ['run', '--simulate', '--pace', '10,2', '--objective', 'ttft.p50 < 1s', '--hardware', 'l40s', ...load, '--quiet'],
      { cwd },
    );
    expect(existsSync(join(cwd, 'results/latest'))).toBe(true);
  });

  it('takes its capacity, or that it has none, and says that the server was simulated', async () => {
    const args = ['decide', 'internal-search', '--run', 'latest', ...day];
    const decision = JSON.parse((await run([...args, '--json'], { cwd })).stdout) as Decision;
    expect(decision.simulated).toBe(true);
    expect(decision.capacity.runs).toEqual([expect.stringContaining('results/')]);
    const own = decision.options.find(({ kind }) => kind === 'own')!;
    // On a machine that is busy elsewhere the client's own verdict may leave no load that counts.
    expect(own.reasons.some((reason) => ['simulated-capacity', 'slo-never-met'].includes(reason))).toBe(true);
    expect(own.reasons).not.toContain('capacity-not-measured');
    const { stdout } = await run(args, { cwd });
    expect(stdout).toContain('[SIMULATED]');
  });

  it('makes an API-versus-owned study of it, and every document from one command each, marked', async () => {
    const study = ['--demand', 'internal-search', '--run', 'latest', ...day];
    const offers = ['--offer', 'own:l40sx1', '--offer', 'api:openai/gpt-5-mini'];
    const document = async (format: string) => {
      const args = ['decide', ...study, ...offers, '--format', format, '-o', `decision.${format}`];
      expect(await run(args, { cwd }), format).toMatchObject({ code: 0, stdout: '', stderr: '' });
      return readFileSync(join(cwd, `decision.${format}`));
    };
    const decision = JSON.parse((await document('json')).toString()) as Decision;
    expect(decision.options.map(({ name }) => name)).toEqual(['own:l40sx1', 'api:openai/gpt-5-mini', 'hybrid']);
    expect(decision.verdict.tests).toMatchObject({ core: null, predictable: null });
    const yearly = Math.round(decision.options[1]!.usdPerYear.annuity!).toLocaleString('en-US');
    for (const format of ['console', 'md', 'html']) {
      const text = (await document(format)).toString();
      expect(text, format).toContain('SIMULATED');
      expect(text, format).toContain(yearly);
    }
    const [, , csv] = (await document('csv')).toString().trim().split('\n');
    expect(csv).toContain('api:openai/gpt-5-mini');
    const focus = (await document('focus')).toString();
    expect(focus).toContain('""simulated"":true');
    const book = await recalculate(await document('xlsx'));
    expect(book.named('out_api_usd_per_year')).toBeCloseTo(decision.options[1]!.usdPerYear.annuity!, 6);
  });

  it('takes a throughput typed by hand instead, and says what is wrong with its flags', async () => {
    const offers = ['--offer', 'own:h100-sxm', '--offer', 'api:openai/gpt-5-mini'];
    const typed = ['--demand', 'internal-search', '--throughput', 'input=24000,output=6000,scope=server'];
    const { code, stdout } = await run(['decide', ...typed, ...offers, ...day, '--json'], { cwd });
    const { capacity, simulated } = JSON.parse(stdout) as Decision;
    expect({ code, simulated, origin: capacity.origin }).toEqual({
      code: 0,
      simulated: false,
      origin: 'assumed (--throughput)',
    });
    const wrong = async (...args: string[]) => (await run(['decide', ...args, ...day], { cwd })).stderr;
    expect(await wrong(...typed)).toContain('--offer own:NAME');
    expect(await wrong('demo', ...typed, ...offers)).toContain('A study names its own demand');
    expect(await wrong('--demand', 'internal-serch', ...offers)).toContain('internal-search');
    expect(await wrong('--demo', '--throughput', 'input=1,output=1')).toContain('scope is missing');
  });
});
