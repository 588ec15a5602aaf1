import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { RunSummary } from '../../src/measurement/summary.ts';
import type { OfferCost } from '../../src/procurement/offer-cost.ts';
import { spawnSimulator } from '../../src/simulate/spawn.ts';
import { emptyFolder, run, start } from './program.ts';

/** Tools that play a recorded load: the program calls them as it would call the vendors'. */
const tools = join(import.meta.dirname, '../fixtures/telemetry/bin');
const environment = { PATH: `${tools}${delimiter}${process.env['PATH']}`, FAKE_LOAD: 'constant' };
const load = '--simulate --pace=10ms,4ms --input-tokens 24 --output-tokens 20 --concurrency 4 --warmup 1s --seed 3';
const measure = (...args: string[]) => [
  'run',
  ...load.split(' '),
  ...(args.includes('--duration') ? [] : ['--duration', '6s']),
  ...args,
];

async function measured(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const cwd = emptyFolder();
  const ended = await run(args, { cwd, env: { ...environment, ...env } });
  const summary = JSON.parse(readFileSync(join(cwd, 'results/latest/summary.json'), 'utf8')) as RunSummary;
  return { ...ended, cwd, summary, step: summary.steps[0]! };
}

describe('telemetry of a run', { timeout: 120_000 }, () => {
  it('shows utilization, energy and dollars of NVIDIA accelerators, and the same again from disk', async () => {
    const args = measure(
      '--telemetry',
      'nvidia-smi,server,host',
      '--hardware',
      'h200-sxmx2',
      '--telemetry-interval',
      '500ms',
    );
    const { stdout, stderr, cwd, summary, step } = await measured(args);
    expect(stderr).toMatch(/^Telemetry: .*nvidia-smi/m);
    expect(stdout).toMatch(/2 × NVIDIA H200 · 99\.\d % busy, p95 100 % \(time with a kernel resident\)/);
    expect(stdout).toMatch(/J per output token .* tok\/s\/W/s);
    expect(stdout).toMatch(/per 1,000\s+USD of\s+hardware/);
    expect(stdout).toContain('accelerators busy, %');
    expect(step.hardware!.devices.map(({ name, powerMeanW }) => [name, powerMeanW])).toEqual([
      ['NVIDIA H200', 600],
      ['NVIDIA H200', 599],
    ]);
    expect(step.energy).toMatchObject({ valid: true, method: 'power', scope: 'gpu_board', devicesExpected: 2 });
    const rate = step.throughput.outputTokensPerS!;
    expect(step.energy!.joulesPerOutputToken! * rate).toBeCloseTo(1_199, 0);
    expect(step.efficiency!.outputTokensPerSPerAccelerator! * 2).toBeCloseTo(rate, 3);
    expect(step.server.load).toMatchObject({ dialect: 'vllm', runningMax: expect.any(Number) });
    expect(step.bottleneck).not.toBeNull();

    const before = readFileSync(join(cwd, 'results/latest/summary.json'), 'utf8');
    expect(JSON.parse((await run(['report', 'latest', '--json'], { cwd })).stdout)).toEqual(summary);
    expect(readFileSync(join(cwd, 'results/latest/summary.json'), 'utf8')).toBe(before);
    for (const format of ['html', 'md', 'csv']) {
      const text = (await run(['report', 'latest', '--format', format], { cwd })).stdout;
      expect(text).toMatch(
        format === 'csv' ? /accelerator_busy_mean_share.*joules_per_output_token/ : /J per output token/,
      );
    }
    const assume = [
      'demand.requests_per_month=1000000',
      'demand.peak_to_average=2',
      'owned.server.accelerators=2',
      'owned.server.price_usd=90000',
      'owned.server.power_kw=3',
    ];
    const cost = await run(
      [
        'cost',
        'latest',
        '--offer',
        'own',
        '--objective',
        'ttft.p50 < 9s',
        '--json',
        ...assume.flatMap((each) => ['--assume', each]),
      ],
      { cwd },
    );
    const { offers } = JSON.parse(cost.stdout) as { offers: OfferCost[] };
    expect(offers[0]!.energy).toMatchObject({ basis: 'measured metered-board', usdPerMillion: expect.any(Number) });
    expect(offers[0]!.energy!.joulesPerOutputToken).toBeCloseTo(step.energy!.joulesPerOutputToken!, 3);
  });

  it('shows AMD accelerators with their energy counter', async () => {
    const { stdout, step } = await measured(measure('--telemetry', 'amd-smi', '--telemetry-interval', '500ms'));
    expect(step.hardware!.devices[0]).toMatchObject({ name: expect.stringContaining('MI300X'), utilizationMean: 1 });
    expect(step.energy).toMatchObject({ valid: true, devicesObserved: 2 });
    expect(stdout).toMatch(/J per output token/);
  });

  it('shows NeuronCores, and says that their power is not told in watts', async () => {
    const { stdout, step } = await measured(measure('--telemetry', 'neuron-monitor'));
    expect(step.hardware!.devices[0]).toMatchObject({ utilizationKind: 'neuroncore' });
    expect(step.hardware!.utilizationMean).toBeGreaterThan(0.5);
    expect(step.energy).toMatchObject({
      valid: false,
      energyJ: null,
      reasons: expect.arrayContaining(['unavailable']),
    });
    expect(stdout).toMatch(/not counted:.*no source tells power/s);
    expect(step.verdict).not.toBe('INVALID');
  });

  it('names a source that died, and goes on without it', async () => {
    const args = measure('--telemetry', 'nvidia-smi', '--quiet');
    const { summary, step } = await measured(args, { FAKE_FAULT: 'die@1' });
    expect(summary.notes.join(' ')).toMatch(/nvidia-smi ended/);
    expect(step.hardware!.sources[0]).toMatchObject({ name: 'nvidia-smi', ok: false });
    expect(step.energy!.valid).toBe(false);
    expect(step.counts.ok).toBeGreaterThan(0);
  });
});

describe('a run that is killed', { timeout: 120_000 }, () => {
  it('keeps its samples, and leaves nobody watching', async () => {
    const cwd = emptyFolder();
    const env = { ...environment, FAKE_DEVICES: '3' };
    const args = measure('--telemetry', 'nvidia-smi', '--telemetry-interval', '500ms', '--duration', '60s');
    const program = await start(args, { cwd, env });
    await program.printed('stderr', /in flight started/);
    const lines = () => readFileSync(join(cwd, 'results/latest/samples.jsonl'), 'utf8').split('\n').length;
    await vi.waitFor(() => expect(lines()).toBeGreaterThan(24), { timeout: 30_000, interval: 100 });
    program.child.kill('SIGKILL');
    await program.ended;
    const report = JSON.parse((await run(['report', 'latest', '--json'], { cwd })).stdout) as RunSummary;
    expect(report.state).toBe('running');
    expect(report.steps[0]!.hardware!.devices).toHaveLength(3);
    expect(report.steps[0]!.hardware!.sources).toEqual([expect.objectContaining({ name: 'nvidia-smi' })]);
    // The collector ends with the run, and its tools with it: nobody is left who was started from there.
    const all = () => execFileSync('ps', ['axeww', '-o', 'command'], { encoding: 'utf8', maxBuffer: 2 ** 26 });
    const left = () =>
      all()
        .split('\n')
        .filter((line) => line.includes(`HOME=${cwd} `) || line.endsWith(`HOME=${cwd}`));
    await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 20_000, interval: 200 });
  });
});

describe('who used the server', { timeout: 120_000 }, () => {
  it('finds one request of somebody else, and is exact without', async () => {
    const server = await spawnSimulator({ pace: { ttftMs: 10, itlMs: 4 } });
    const args = `run --url ${server.url} ${load.replace('--simulate --pace=10ms,4ms', '')} --duration 3s --telemetry server --json`;
    try {
      const alone = await run(args.split(/ +/));
      expect((JSON.parse(alone.stdout) as RunSummary).steps[0]!.server.identity!.verdict).toBe('exact');
      const program = await start(args.split(/ +/));
      await program.printed('stderr', /in flight started/);
      const messages = [{ role: 'user', content: 'somebody else' }];
      const foreign = await fetch(`${server.url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: server.model, messages, max_tokens: 30 }),
      });
      expect(foreign.status).toBe(200);
      await foreign.text();
      const [step] = (JSON.parse((await program.ended).stdout) as RunSummary).steps;
      expect(step!.server.identity).toMatchObject({ verdict: 'not_exclusive', requests: { residual: 1 } });
      expect(step!.doubts.find(({ code }) => code === 'not_exclusive')!.message).toContain('1 request,');
    } finally {
      await server.stop();
    }
  });
});

describe('what is asked of telemetry', { timeout: 120_000 }, () => {
  it.each([
    [['--telemetry', 'nvidia-smy'], 'unknown_telemetry', 'nvidia-smi'],
    [['--hardware', 'h100-sxn x 8'], 'unknown_hardware', 'h100-sxm'],
    [['--model-config', 'nowhere/config.json'], 'bad_model_config', 'does not exist'],
    [['--telemetry-interval', '10ms'], 'bad_flag', '--telemetry-interval'],
  ])('refuses %j before anything is sent', async (args, code, word) => {
    const cwd = emptyFolder();
    const ended = await run(measure(...args, '--json'), { cwd });
    expect(ended.code).toBe(2);
    expect(ended.stdout + ended.stderr).toContain(code);
    expect(ended.stdout + ended.stderr).toContain(word);
  });

  it('makes a run INVALID only where it is required', async () => {
    const without = await measured(measure('--telemetry', 'none'));
    expect(without.step).toMatchObject({ hardware: null, energy: null });
    expect(without.code).not.toBe(4);
    const required = await measured(measure('--telemetry', 'host', '--require-energy'));
    expect(required.code).toBe(4);
    expect(required.step.doubts[0]).toMatchObject({ code: 'energy_missing', severity: 'invalid' });
    expect(required.stdout).toContain('no source tells power or energy');
  });
});
