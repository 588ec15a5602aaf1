import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TargetsSummary } from '../../src/experiment/several-summary.ts';
import { type SpawnedSimulator, spawnSimulator } from '../../src/simulate/spawn.ts';
import { emptyFolder, run } from './program.ts';

let fast: SpawnedSimulator;
let slow: SpawnedSimulator;
beforeAll(async () => {
  [fast, slow] = await Promise.all([
    spawnSimulator({ pace: { ttftMs: 10, itlMs: 1 } }),
    spawnSimulator({ pace: { ttftMs: 60, itlMs: 5 }, faults: { rate_limited: 0.5 } }),
  ]);
});
afterAll(() => Promise.all([fast.stop(), slow.stop()]));

const small = ['--input-tokens', '20', '--output-tokens', '6', '--concurrency', '2', '--requests', '12'];
const quick = [...small, '--warmup', 'none', '--telemetry', 'none', '--seed', '3'];

/** A working folder with presets of one's own. */
function folder(): string {
  const cwd = emptyFolder();
  mkdirSync(join(cwd, 'profiles/targets'), { recursive: true });
  const preset = (name: string, url: string) =>
    writeFileSync(
      join(cwd, `profiles/targets/${name}.yaml`),
      `schema: tokbench.target/1\nurl: ${url}\nprotocol: openai-chat\n`,
    );
  preset('fast', fast.url);
  preset('slow', slow.url);
  return cwd;
}

it('measures targets by name, prints one document, and renders it again', async () => {
  const cwd = folder();
  const measured = await run(['run', '--target', 'fast', '--target', 'slow', ...quick, '--json'], { cwd });
  const summary = JSON.parse(measured.stdout) as TargetsSummary;
  expect(summary.schema, measured.stderr).toBe('tokbench.targets/1');
  expect(measured.code).toBe(4); // half of the requests to one of them are refused
  expect(summary.targets.map(({ label, run: own }) => [label, own.schema])).toEqual([
    ['fast', 'tokbench.run/1'],
    ['slow', 'tokbench.run/1'],
  ]);
  expect(summary.comparison[0]!.rows.map(({ failedShare }) => failedShare! > 0.1)).toEqual([false, true]);
  expect(summary.caveats.map(({ code }) => code)).toEqual(expect.arrayContaining(['rate_limited', 'invalid_run']));

  const again = await run(['report', 'latest', '--json'], { cwd });
  expect(JSON.parse(again.stdout)).toEqual(summary);
  const shown = await run(['report', 'latest'], { cwd });
  expect(shown.stdout).toMatch(/fast +\d/);
  expect(shown.stdout).toContain('SIMULATED');
  const one = await run(['report', summary.targets[0]!.run.directory, '--json'], { cwd });
  expect(JSON.parse(one.stdout)).toEqual(summary.targets[0]!.run);
  const requests = await run(['report', 'latest', '--format', 'requests-csv'], { cwd });
  expect(requests.stdout.trim().split('\n')).toHaveLength(1 + 24);
  expect((await run(['report', 'latest', '--format', 'xlsx', '--output', 'both.xlsx'], { cwd })).code).toBe(0);
  const [first] = (await readXlsx(readFileSync(join(cwd, 'both.xlsx')))).sheets;
  expect(first!.name).toBe('Comparison');
  const ttft = first!.rows[0]!.indexOf('TTFT p50 ms');
  expect(first!.rows.slice(1, 3).map((row) => [row[1], row[2], row[ttft]])).toEqual(
    summary.comparison[0]!.rows.map(({ label, verdict, ttftP50Ms }) => [label, verdict, ttftP50Ms]),
  );
  for (const { message } of summary.caveats) expect(JSON.stringify(first!.rows)).toContain(JSON.stringify(message));
});

it('lists own presets, checks several targets, and says what is wrong in one sentence', async () => {
  const cwd = folder();
  const list = await run(['profiles', 'list', 'targets', '--json'], { cwd });
  const { profiles } = JSON.parse(list.stdout) as { profiles: { name: string; status: string }[] };
  expect(profiles).toContainEqual(expect.objectContaining({ name: 'fast', status: 'own' }));
  expect(profiles.map(({ name }) => name)).toContain('openai');
  writeFileSync(join(cwd, 'two.yaml'), 'targets: [fast, {preset: openai, model: gpt-5}]\nbudget: 1usd\n');
  const unpriced = await run(['check', 'two.yaml'], { cwd });
  expect([unpriced.code, unpriced.stderr]).toEqual([2, expect.stringContaining('[unknown_price]')]);
  const priced = await run(['check', 'two.yaml', '--price', 'input=1,output=2', '--json'], { cwd });
  const checked = JSON.parse(priced.stdout) as { targets: { label: string; price: { budgetUsd: number } }[] };
  expect(checked.targets.map(({ label, price }) => [label, price.budgetUsd])).toEqual([
    ['fast', 1],
    ['openai', 1],
  ]);
  const swept = await run(['sweep', 'two.yaml', '--objective', 'ttft.p50 < 1s'], { cwd });
  expect([swept.code, swept.stderr]).toEqual([2, expect.stringContaining('names several targets')]);
  const unknown = await run(['run', '--target', 'fats', ...quick], { cwd });
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('Did you mean "fast"?')]);
});
