import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { type SpawnedSimulator, spawnSimulator } from '../../src/simulate/spawn.ts';
import { type Ended, emptyFolder, type Options, run } from './program.ts';
import { type RealServer, realServer } from './real-server.ts';

let simulator: SpawnedSimulator;
let real: RealServer;
beforeAll(async () => {
  simulator = await spawnSimulator({ pace: { ttftMs: 15, itlMs: 3 } });
  real = await realServer();
});
afterAll(() => Promise.all([simulator.stop(), real.close()]));

const short = ['--input-tokens', '24', '--output-tokens', '6'];
const few = [...short, '--concurrency', '2', '--requests', '16', '--warmup', 'none'];
const shortly = (...args: string[]) => ['run', '--url', simulator.url, ...few, ...args];

interface Measured extends Ended {
  readonly cwd: string;
  readonly summary: RunSummary;
}

/** A run with `--json`. */
async function measure(args: readonly string[], options: Options = {}): Promise<Measured> {
  const cwd = emptyFolder();
  const ended = await run([...args, '--json'], { ...options, cwd });
  const summary = JSON.parse(ended.stdout) as RunSummary;
  expect(summary.schema, ended.stderr).toBe('tokbench.run/1');
  return { ...ended, cwd, summary };
}

/** This machine was too busy for the client, and nothing else was wrong: the contract's code is then 4. */
function isBusy({ steps }: RunSummary): boolean {
  const grave = steps.flatMap(({ doubts }) => doubts).filter(({ severity }) => severity === 'invalid');
  return grave.length > 0 && grave.every(({ code }) => code === 'client_limited');
}

/** The same, again, at most twice, where this machine was too busy. */
async function measureCalmly(args: readonly string[]): Promise<Measured> {
  let measured = await measure(args);
  for (let tries = 1; tries < 3 && isBusy(measured.summary); tries++) measured = await measure(args);
  return measured;
}

describe.concurrent('a run', () => {
  it('prints its result as one document on stdout, progress on stderr, and leaves the same on disk', async () => {
    const { code, stdout, stderr, cwd, summary } = await measure(shortly());
    expect(code).toBe(isBusy(summary) ? 4 : 0);
    expect(summary).toMatchObject({ schema: 'tokbench.run/1', simulated: true, state: 'finished' });
    expect(summary.steps[0]!.counts).toMatchObject({ due: 16, ok: 16, failed: 0 });
    expect(stderr).toContain('step 1/1: 2 in flight started');
    expect(stderr).toContain('step 1/1: 2 in flight done after');
    expect(stderr).not.toContain('"schema"');
    const directory = join(cwd, summary.directory);
    expect(summary.directory).toMatch(/^results\/adhoc\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/);
    expect(readdirSync(directory).sort()).toEqual(
      expect.arrayContaining(['exchanges.jsonl', 'run.json', 'summary.json']),
    );
    expect(realpathSync(join(cwd, 'results/latest'))).toBe(realpathSync(directory));
    expect(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).toEqual(JSON.parse(stdout));
    expect(readFileSync(join(directory, 'exchanges.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(16);
    expect(JSON.parse(readFileSync(join(directory, 'run.json'), 'utf8'))).toMatchObject({ state: 'finished' });
  });

  it('prints its report on stdout, without colour and bars where nobody watches', async () => {
    const { stdout, stderr } = await run(shortly());
    expect(stdout).toContain('[SIMULATED]');
    expect(stdout).toMatch(/\n\[(VALID|SUSPECT|INVALID)\] /);
    expect(stdout).toContain('16 of 16 requests ok');
    expect(stdout).toMatch(/^ {2}TTFT /m);
    expect(stdout).toMatch(/ {2}stored in {4}results\/adhoc\//);
    expect(`${stdout}${stderr}`).not.toContain('\x1b');
    expect(`${stdout}${stderr}`).not.toContain('\r');
    expect(stderr).not.toBe('');
  });

  it('--quiet leaves stderr empty', async () => {
    const { stderr, stdout } = await run(shortly('--quiet'));
    expect(stderr).toBe('');
    expect(stdout).toContain('tokbench run');
  });

  it('reads a suite, whose keys flags replace', async () => {
    const { summary } = await measure(['run', 'demo', '--url', simulator.url, ...few]);
    expect(summary.suite).toBe('demo');
    expect(summary.steps.map(({ load }) => load)).toEqual([{ kind: 'concurrency', value: 2 }]);
    expect(summary.steps[0]!.objectives).toHaveLength(3);
    expect(summary.directory).toMatch(/^results\/demo\//);
  });

  it('starts a simulated server itself, and ends it', async () => {
    const { summary, code } = await measure(['run', '--simulate', '--pace', '10ms,2ms', ...few]);
    expect(code).toBe(isBusy(summary) ? 4 : 0);
    expect(summary).toMatchObject({ simulated: true, suite: 'simulated' });
    await expect(fetch(summary.target.url.replace('/v1', '/health'))).rejects.toThrow();
  });
});

describe('the exit code', () => {
  it('is 0 where every objective is met, and 5 where one is missed', async () => {
    const met = await measureCalmly(shortly('--objective', 'errors < 1%', '--objective', 'ttft.max < 60s'));
    expect(met.summary.steps[0]!.objectives.map((one) => one.met)).toEqual([true, true]);
    expect(met.code).toBe(isBusy(met.summary) ? 4 : 0);
    const missed = await measureCalmly(shortly('--objective', 'errors < 1%', '--objective', 'ttft.max < 1ms'));
    expect(missed.summary.steps[0]!.objectives.map((one) => one.met)).toEqual([true, false]);
    expect(missed.code).toBe(isBusy(missed.summary) ? 4 : 5);
  });

  it('is 4 where the result is INVALID, written and printed all the same', async () => {
    const cwd = emptyFolder();
    const args = ['run', '--simulate', '--pace', '5,1', '--fault', 'server_error=1', ...short, '--duration', '60s'];
    const { code, stdout } = await run([...args, '--concurrency', '2', '--objective', 'errors < 1%'], { cwd });
    expect(code).toBe(4);
    expect(stdout).toContain('[INVALID]');
    expect(stdout).toContain('No request succeeded');
    expect(stdout).toContain('stopped before its time');
    expect(stdout).toMatch(/^ {2}server_error +5\d/m);
    expect(stdout).not.toMatch(/^ {2}TTFT .*\b0\b/m);
    expect(existsSync(join(cwd, 'results/latest/summary.json'))).toBe(true);
  });
});

it('survives a server that holds more connections than this process may open', async () => {
  const slow = await spawnSimulator({ pace: { ttftMs: 1500, itlMs: 5 } });
  const load = ['--rate', '400', '--arrivals', 'constant', '--requests', '400', '--warmup', 'none', ...short];
  const cwd = emptyFolder();
  const ended = await run(['run', '--url', slow.url, ...load, '--json', '--quiet'], {
    cwd,
    through: (command) => ['/bin/sh', '-c', 'ulimit -n 160; exec "$@"', 'sh', ...command],
  });
  await slow.stop();
  expect(ended).toMatchObject({ code: 4, stderr: '' });
  const summary = JSON.parse(ended.stdout) as RunSummary;
  const { counts } = summary.steps[0]!;
  expect(counts.due).toBe(400);
  expect(counts.ok).toBeGreaterThan(50);
  expect(counts.outcomes).toEqual({ client_exhausted: 400 - counts.ok });
  expect(JSON.parse(readFileSync(join(cwd, summary.directory, 'run.json'), 'utf8'))).toMatchObject({
    state: 'finished',
  });
});

it('never marks a real server as simulated', async () => {
  const { summary, cwd } = await measure(['run', '--url', real.url, ...few]);
  expect(summary).toMatchObject({ simulated: false, target: { model: 'real', server: { name: 'unknown' } } });
  expect(summary.steps[0]!.counts).toMatchObject({ due: 16, ok: 16 });
  for (const format of ['console', 'csv', 'html', 'junit']) {
    const { stdout, code } = await run(['report', 'latest', '--format', format], { cwd });
    expect(code).toBe(0);
    expect(stdout.replace(/"?simulated"?(,|: false)/g, '')).not.toMatch(/simulated/i);
  }
});

const hasTerminal = process.platform === 'linux' && existsSync('/usr/bin/script');

describe.runIf(hasTerminal).concurrent('on a terminal', () => {
  const onTerminal = async (args: readonly string[], env: Record<string, string>) => {
    const through = (command: readonly string[]) => {
      return ['/usr/bin/script', '-qec', command.map((word) => `'${word}'`).join(' '), '/dev/null'];
    };
    return (await run(args, { env: { TERM: 'xterm-256color', ...env }, through })).stdout;
  };
  const colour = /\x1b\[\d*(;\d+)*m/;

  it('shows colour and a bar that moves', async () => {
    const output = await onTerminal(shortly(), {});
    expect(output).toMatch(colour);
    expect(output).toMatch(/[━─]{5}/);
  });

  it.each([
    ['NO_COLOR', { NO_COLOR: '1' }, []],
    ['--no-color', {}, ['--no-color']],
    ['CI', { CI: 'true' }, []],
  ] as const)('shows none with %s', async (name, env, args) => {
    const output = await onTerminal(shortly(...args), env);
    expect(output).not.toMatch(colour);
    if (name === 'CI') expect(output).not.toMatch(/[━─]{5}.*left/);
    expect(output).toContain('16 of 16 requests ok');
  });
});
