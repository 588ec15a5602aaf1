import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { summariseRun } from '../../src/experiment/analysis.ts';
import { prettyJson } from '../../src/store/canonical.ts';
import { readRun } from '../../src/store/record.ts';
import { type Measured, measure } from './measured.ts';

let measured: Measured;
let directory: string;
const path = (file: string) => join(directory, file);

beforeAll(async () => {
  measured = await measure({
    flags: { concurrency: '2,4', requests: '20', warmup: 'none', objective: ['ttft.p50 < 1s', 'errors < 50%'] },
    simulator: { pace: { ttftMs: 10, itlMs: 2 }, faults: { reset: 0.1, truncated: 0.1 }, tokensPerEvent: 2 },
  });
  directory = measured.summary.directory;
});

it('computes the same bytes from the disk as the run did while it went on', async () => {
  const written = readFileSync(path('summary.json'), 'utf8');
  const summary = await summariseRun(await readRun(directory));
  expect(prettyJson(summary)).toBe(written);
  expect(summary).toEqual(JSON.parse(JSON.stringify(measured.summary)));
  expect(summary.steps.map(({ counts }) => counts.due)).toEqual([20, 20]);
});

it('reads a run that was killed as far as it got', async () => {
  const record = JSON.parse(readFileSync(path('run.json'), 'utf8')) as { state: string; steps: object[] };
  const steps = [record.steps[0], { ...record.steps[1], stopMs: null, endMs: null, stoppedBy: null, client: null }];
  writeFileSync(path('run.json'), JSON.stringify({ ...record, state: 'running', finishedAt: null, steps }));
  const lines = readFileSync(path('exchanges.jsonl'), 'utf8').trimEnd().split('\n');
  writeFileSync(path('exchanges.jsonl'), `${lines.slice(0, 30).join('\n')}\n${lines[30]!.slice(0, 40)}`);
  const summary = await summariseRun(await readRun(directory));
  expect(summary.state).toBe('running');
  expect(summary.steps.map(({ counts }) => counts.due)).toEqual([20, 10]);
  expect(summary.steps[1]!.doubts.map(({ code }) => code)).toContain('unfinished');
});

it('reads a run that was killed before its first request ended', async () => {
  truncateSync(path('exchanges.jsonl'));
  expect((await summariseRun(await readRun(directory))).steps[0]!.doubts[0]!.code).toBe('no_requests');
  rmSync(path('exchanges.jsonl'));
  const record = JSON.parse(readFileSync(path('run.json'), 'utf8')) as object;
  writeFileSync(path('run.json'), JSON.stringify({ ...record, steps: [] }));
  const summary = await summariseRun(await readRun(directory));
  expect(summary).toMatchObject({ state: 'running', verdict: 'INVALID', steps: [] });
});

it('refuses a line in the middle that is no exchange, by its number', async () => {
  writeFileSync(path('exchanges.jsonl'), 'nonsense\n{}\n');
  const stored = await readRun(directory);
  await expect(summariseRun(stored)).rejects.toMatchObject({
    code: 'bad_run',
    message: expect.stringContaining('exchanges.jsonl:1'),
  });
});
