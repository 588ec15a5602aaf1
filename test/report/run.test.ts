import { describe, expect, it } from 'vitest';
import { programName } from '../../src/commands/shared/program.ts';
import { renderConsole } from '../../src/document/console.ts';
import { renderMarkdown } from '../../src/document/markdown.ts';
import { widthOf } from '../../src/document/terminal.ts';
import type { RunSummary, StepSummary } from '../../src/measurement/summary.ts';
import { runDocument } from '../../src/report/run.ts';
import { serverWords } from '../../src/report/server.ts';
import { allFailed, closed, distribution, ladder, open, run, samples, simulated, step } from './sample.ts';

const screen = { columns: 80, color: false, unicode: true };
const print = (summary: RunSummary, more: Partial<typeof screen> = {}) =>
  renderConsole(runDocument(summary), { ...screen, ...more });

describe('the report of a run', () => {
  it.each(Object.keys(samples) as (keyof typeof samples)[])('%s, on a terminal of 80 columns', async (name) => {
    await expect(print(samples[name])).toMatchFileSnapshot(`snapshot/${name}.txt`);
  });

  it.each(Object.entries(samples))('%s fits every width from 60 on, in ASCII too', (_, summary) => {
    for (let columns = 60; columns <= 160; columns += 7)
      for (const unicode of [true, false]) {
        const text = print(summary, { columns, unicode });
        for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        if (!unicode) expect(text).toMatch(/^[\x20-\x7e\n]*$/);
      }
  });

  it.each(Object.entries(samples))('%s never says NaN, undefined, null or Infinity, in any format', (_, summary) => {
    expect(print(summary)).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
    expect(renderMarkdown(runDocument(summary))).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
  });

  it('reads in Markdown', async () => {
    await expect(renderMarkdown(runDocument(ladder))).toMatchFileSnapshot('snapshot/ladder-markdown.txt');
  });
});

describe('what must be seen first', () => {
  it('says SIMULATED before the verdict, in every format', () => {
    for (const text of [print(simulated), renderMarkdown(runDocument(simulated))]) {
      expect(text.indexOf('SIMULATED')).toBeGreaterThan(0);
      expect(text.indexOf('SIMULATED')).toBeLessThan(text.indexOf('VALID'));
    }
    expect(print(closed)).not.toContain('SIMULATED');
  });

  it('says every doubt as a sentence, the gravest first, once for all steps that share it', () => {
    const doubt = (code: string, severity: 'info' | 'suspect' | 'invalid', message: string) => ({
      code,
      severity,
      message,
      evidence: {},
    });
    const at = (value: number, doubts: StepSummary['doubts']) =>
      step({
        load: { kind: 'concurrency', value },
        n: 400,
        ttftMs: 50,
        tpotMs: 10,
        outputTokensPerS: 100,
        doubts,
        verdict: 'INVALID',
      });
    const info = doubt('a', 'info', 'Just so.');
    const shared = doubt('b', 'suspect', 'The lag was high.');
    const document = runDocument(
      run([at(1, [info, shared]), at(4, [shared]), at(8, [doubt('c', 'invalid', 'All failed.')])]),
    );
    expect(document.verdict?.notes.map((note) => [note.tone, note.code, note.text])).toEqual([
      ['bad', 'c', 'in flight 8: All failed.'],
      ['warn', 'b', 'in flight 1, 4: The lag was high.'],
      ['info', 'a', 'in flight 1: Just so.'],
    ]);
    expect(document.verdict?.text).toBe('do not quote these numbers, for 2 reasons');
  });

  it('says that a run is unfinished', () => {
    expect(print({ ...closed, state: 'running' })).toContain('[UNFINISHED]');
    expect(print({ ...closed, state: 'interrupted' })).toContain('[INTERRUPTED]');
  });

  it('says so when not even one step was started', () => {
    expect(print(run([], { state: 'interrupted' }))).toContain('No step was started');
  });
});

describe('latency', () => {
  it('counts from the due time in open loop, and shows the other reading beneath', () => {
    const text = print(open);
    expect(text).toMatch(/TTFT since due +131 .*\n(.*\n){3} +TTFT since sent +92\.7/);
    expect(print(closed)).not.toContain('since due');
  });

  it('shows a dash and the reason once where a sample is too small', () => {
    const text = print(samples.interrupted);
    expect(text).toMatch(/TTFT +70\.1 +– +– /);
    expect(text.match(/too few independent requests/g)).toHaveLength(1);
  });

  it('prints no latency and no rate at all when every request failed', () => {
    const text = print(allFailed);
    expect(text).toContain('No request succeeded');
    expect(text).not.toMatch(/TTFT +[\d–]|tok\/s/);
    expect(text).toMatch(/server_error +96 +96\.0/);
    const quoted = allFailed.steps.map((one) => ({
      ...one,
      counts: { ...one.counts, messages: { server_error: 'It says: out of memory.' } },
    }));
    expect(print({ ...allFailed, steps: quoted })).toContain('server_error, the first: It says: out of memory.');
    expect(print({ ...allFailed, steps: [...quoted, ...quoted] })).toContain(
      'server_error, the first: It says: out of',
    );
  });

  it('shows percentiles with failures as infinite where failures reach them', () => {
    expect(print(ladder)).toMatch(/16 +385 +485 +∞/);
  });

  it('shows the exact TPOT and the first answer only where they tell something else', () => {
    const base = closed.steps[0]!;
    const text = print(
      run([
        {
          ...base,
          latency: { ...base.latency, tpotExactMs: distribution(912, 16, 0.1), ttfoMs: distribution(912, 900, 0.1) },
        },
      ]),
    );
    expect(text).toContain('TPOT exact');
    expect(text).toContain('first answer');
    expect(print(closed)).not.toMatch(/TPOT exact|first answer/);
  });
});

it('tells loads apart by kind, arrivals and repeat where the value is not enough', () => {
  const at = (load: StepSummary['load'], repeat = 0): StepSummary => ({
    ...step({ load, n: 400, ttftMs: 50, tpotMs: 10, outputTokensPerS: 100 }),
    repeat,
  });
  const first = (steps: StepSummary[]) =>
    print(run(steps))
      .match(/^ +(\S.*?) {2,}100/gm)
      ?.map((line) => line.trim().replace(/ +100$/, ''));
  expect(first([at({ kind: 'concurrency', value: 4 }, 0), at({ kind: 'concurrency', value: 4 }, 1)])).toEqual(
    expect.arrayContaining(['4 #1', '4 #2']),
  );
  expect(
    first([
      at({ kind: 'rate', value: 2.5, arrivals: 'poisson' }),
      at({ kind: 'rate', value: 2.5, arrivals: 'constant' }),
    ]),
  ).toEqual(expect.arrayContaining(['2.5 poisson', '2.5 constant']));
});

it('quotes a directory that a shell would split', () => {
  expect(print({ ...closed, directory: "my results/it's" })).toContain(`tokbench report 'my results/it'\\''s'`);
});

it('offers its commands as the program was called', () => {
  const { blocks } = runDocument(closed, programName({ npm_command: 'exec' }));
  expect(JSON.stringify(blocks)).toContain(`npx tokbench report ${closed.directory}`);
  expect(programName({ npm_command: 'run-script' })).toBe('tokbench');
});

it('lets no escape sequence of a server through', () => {
  const evil = { ...closed, target: { ...closed.target, model: 'x\u001b]0;owned\u0007\u001b[2Jy' } };
  expect(print(evil)).toContain('xy · openai-chat');
  expect(print(evil)).not.toContain('\u001b');
});

it('calls a server that says nothing of itself by the preset that was asked for', () => {
  const server = { name: 'unknown', version: null } as const;
  expect(serverWords(server)).toBe('unknown server');
  expect(serverWords(server, 'openai')).toBe('asked for as openai');
  expect(serverWords({ name: 'vllm', version: '0.32.0' }, 'sglang')).toBe('vLLM 0.32.0');
});
