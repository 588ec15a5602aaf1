import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { type SpawnedSimulator, spawnSimulator } from '../../src/simulate/spawn.ts';
import { emptyFolder, type Program, run, start } from './program.ts';
import { realServer } from './real-server.ts';

const pace = { ttftMs: 10, itlMs: 4 };
let simulator: SpawnedSimulator;
beforeAll(async () => {
  simulator = await spawnSimulator({ pace });
});
afterAll(() => simulator.stop());

const load = '--input-tokens 24 --output-tokens 5 --concurrency 4 --duration 60s --warmup none'.split(' ');

/** A run of a minute, of which so many exchanges are on the disk. */
async function running(url: string, cwd: string, exchanges: number, ...args: string[]): Promise<Program> {
  const program = await start(['run', '--url', url, ...load, ...args], { cwd });
  const file = join(cwd, 'results/latest/exchanges.jsonl');
  while (program.child.exitCode === null && linesOf(file) < exchanges) await sleep(20);
  return program;
}

const linesOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
const latest = (cwd: string, file: string) => readFileSync(join(cwd, 'results/latest', file), 'utf8');

describe.concurrent('interrupted', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('by %s, a run writes what it measured and ends with 130', async (signal) => {
    const cwd = emptyFolder();
    const program = await running(simulator.url, cwd, 20, '--json');
    program.child.kill(signal);
    const ended = await program.ended;
    expect(ended.code).toBe(130);
    const summary = JSON.parse(ended.stdout) as RunSummary;
    expect(summary.state).toBe('interrupted');
    expect(JSON.parse(latest(cwd, 'summary.json'))).toEqual(summary);
    expect(JSON.parse(latest(cwd, 'run.json'))).toMatchObject({
      state: 'interrupted',
      steps: [{ stoppedBy: 'interrupted', endMs: expect.any(Number) }],
    });
    const { counts, doubts } = summary.steps[0]!;
    expect(counts.ok).toBeGreaterThanOrEqual(16);
    expect(counts.censored).toBeLessThanOrEqual(4);
    expect(counts.failed).toBe(0);
    expect(counts.due).toBe(linesOf(join(cwd, 'results/latest/exchanges.jsonl')));
    expect(doubts.map(({ code }) => code)).toContain('interrupted');
    const report = await run(['report', 'latest'], { cwd });
    expect(report.code).toBe(0);
    expect(report.stdout).toContain('[INTERRUPTED]');
  });

  it('before the load, a run ends at once, whatever the server does', async () => {
    const silent = await realServer(() => {}); // never answers a generation
    const program = await start(['run', '--url', silent.url, ...load, '--json']);
    while (silent.asked === 0) await sleep(20);
    program.child.kill('SIGINT');
    const ended = await program.ended;
    await silent.close();
    expect(ended).toMatchObject({
      code: 130,
      stderr: 'tokbench: Interrupted before anything was measured. [interrupted]\n',
    });
    expect(JSON.parse(ended.stdout)).toMatchObject({ schema: 'tokbench.error/1', code: 'interrupted', exit: 130 });
    expect(existsSync(join(program.cwd, 'results'))).toBe(false);
  });

  it('twice, a run ends at once, and can still be reported', async () => {
    const cwd = emptyFolder();
    const program = await running(simulator.url, cwd, 20);
    // Both before the program can look: the second finds the first under way.
    program.child.kill('SIGSTOP');
    program.child.kill('SIGINT');
    program.child.kill('SIGTERM');
    program.child.kill('SIGCONT');
    const ended = await program.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect((await run(['report', 'latest', '--json'], { cwd })).code).toBe(0);
  });
});

it('killed, a run loses no exchange that was older than a second, and is reported as unfinished', async () => {
  const cwd = emptyFolder();
  const truthFile = join(cwd, 'truth.jsonl');
  const server = await spawnSimulator({ pace, truth: truthFile });
  const program = await running(server.url, cwd, 200);
  await sleep(500);
  const killedUnixMs = Date.now();
  program.child.kill('SIGKILL');
  expect((await program.ended).signal).toBe('SIGKILL');
  await server.stop();
  const [head, ...truth] = readFileSync(truthFile, 'utf8').trimEnd().split('\n');
  expect(head).toContain('tokbench.simulator-truth');
  const ended = truth
    .map(
      (line) => JSON.parse(line) as { received_unix_ms: number; end_us: number; planned_tokens: number; end: string },
    )
    .filter(({ planned_tokens, end }) => planned_tokens === 5 && end === 'finished')
    .filter(({ received_unix_ms, end_us }) => received_unix_ms + end_us / 1000 < killedUnixMs - 1000);
  expect(linesOf(join(cwd, 'results/latest/exchanges.jsonl'))).toBeGreaterThanOrEqual(ended.length);

  expect(JSON.parse(latest(cwd, 'run.json'))).toMatchObject({ state: 'running' });
  expect(existsSync(join(cwd, 'results/latest/summary.json'))).toBe(false);
  const report = await run(['report', 'latest'], { cwd });
  expect(report.code).toBe(0);
  expect(report.stdout).toContain('[UNFINISHED]');
  expect(report.stdout).toMatch(/^ {2}TTFT /m);
  const summary = JSON.parse(latest(cwd, 'summary.json')) as RunSummary;
  expect(summary.state).toBe('running');
  expect(summary.steps[0]!.counts.ok).toBeGreaterThanOrEqual(200);
});
