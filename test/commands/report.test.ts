import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readXlsx } from 'hucre/xlsx';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/measurement/summary.ts';
import { emptyFolder, run } from './program.ts';

let cwd: string;
let summary: RunSummary;

beforeAll(async () => {
  cwd = emptyFolder();
  const load = '--input-tokens 24 --output-tokens 5 --concurrency 2,4 --requests 20 --warmup none'.split(' ');
  const faulty = ['run', '--simulate', '--pace', '10,2', '--fault', 'reset=0.2', '--objective', 'errors < 1%'];
  const { stdout } = await run([...faulty, ...load, '--json'], { cwd });
  summary = JSON.parse(stdout) as RunSummary;
});

const report = (...args: string[]) => run(['report', ...args], { cwd });

describe.concurrent('tokbench report', () => {
  it('prints what the run printed, marked as simulated', async () => {
    const { code, stdout, stderr } = await report('latest');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('[SIMULATED]');
    expect(stdout).toContain('[INVALID]');
    expect(stdout).toContain('conn_reset');
  });

  it('prints the same document as JSON, by --json and by --format json, from the directory or a file in it', async () => {
    const outputs = await Promise.all([
      report('latest', '--json'),
      report('latest', '--format', 'json'),
      report(summary.directory, '--json'),
      report(join(summary.directory, 'exchanges.jsonl'), '--json'),
    ]);
    for (const { code, stdout } of outputs) {
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual(summary);
    }
  });

  it('gives one row a step and one row a request as CSV, each marked', async () => {
    const steps = (await report('latest', '--format', 'csv')).stdout.trimEnd().split('\n');
    expect(steps).toHaveLength(3);
    const requests = (await report('latest', '--format', 'requests-csv')).stdout.trimEnd().split('\n');
    expect(requests).toHaveLength(41);
    for (const [head, ...rows] of [steps, requests]) {
      const column = head!.split(',').indexOf('simulated');
      for (const row of rows) expect(row.split(',')[column]).toBe('true');
    }
  });

  it.each([
    ['md', /\*\*SIMULATED\*\*/],
    ['html', /<html[\s\S]*SIMULATED/],
    ['junit', /<testsuites?[\s\S]*SIMULATED/i],
  ] as const)('gives %s, marked', async (format, mark) => {
    const { code, stdout } = await report('latest', '--format', format);
    expect(code).toBe(0);
    expect(stdout).toMatch(mark);
    expect(stdout.replaceAll('\\_', '_')).toContain('conn_reset');
  });

  it('writes a spreadsheet, marked', async () => {
    expect((await report('latest', '--format', 'xlsx', '--output', 'report.xlsx')).code).toBe(0);
    const { sheets } = await readXlsx(readFileSync(join(cwd, 'report.xlsx')));
    expect(JSON.stringify(sheets[0])).toContain('SIMULATED');
  });

  it('reads several runs at once', async () => {
    const { stdout } = await report(summary.directory, 'latest', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'tokbench.runs/1', runs: [summary, summary] });
  });

  it.each([
    ['a run that is not there', ['results/simulated/never'], 'run_not_found', 'simulated'],
    ['a format that there is not', ['latest', '--format', 'pdf'], 'bad_flag', 'html'],
    ['no run', [], 'bad_flag', 'run'],
    ['a file in no folder', ['latest', '--output', 'nowhere/report.txt'], 'unwritable_output', 'nowhere/report.txt'],
    ['a folder as a file', ['latest', '--output', '.'], 'unwritable_output', 'is a folder'],
  ] as const)('refuses %s in one sentence', async (_, args, code, word) => {
    const ended = await report(...args, '--json');
    expect(ended.code).toBe(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({ schema: 'tokbench.error/1', code, exit: 2 });
    expect(ended.stderr).toContain(word);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

it('writes a summary that was deleted again, byte for byte', async () => {
  const file = join(cwd, summary.directory, 'summary.json');
  const before = readFileSync(file, 'utf8');
  rmSync(file);
  expect((await report('latest', '--json')).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(before);
});

it('refuses a record that is damaged, and names it', async () => {
  const copy = emptyFolder();
  cpSync(join(cwd, summary.directory), join(copy, 'run'), { recursive: true });
  writeFileSync(join(copy, 'run/run.json'), '{"schema": "tokbench.run-record/1"');
  const ended = await run(['report', 'run'], { cwd: copy });
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toMatch(/^tokbench: run\/run\.json .*\. \[bad_run\]\n$/);
});
