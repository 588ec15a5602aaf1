import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolvePlan } from '../../src/experiment/plan.ts';
import { dataLengths } from '../../src/experiment/plan-data.ts';
import { describePlan } from '../../src/experiment/plan-describe.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { parseTraceWindow } from '../../src/experiment/plan-quantity.ts';
import { stepLimits } from '../../src/experiment/step-limits.ts';
import { parseSuite } from '../../src/experiment/suite.ts';
import { searchOf } from '../../src/experiment/sweep.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokbench-plan-data-'));
const trace = join(folder, 'calls.jsonl');
writeFileSync(
  trace,
  Array.from({ length: 11 }, (_, i) => `{"timestamp":${1000 * i},"input_length":${100 + i},"output_length":10}`).join(
    '\n',
  ),
);

const planOf = (flags: PlanFlags, suite?: string) =>
  resolvePlan({
    suite: suite === undefined ? null : { name: 's', file: join(folder, 's.yaml'), suite: parseSuite(suite, 's.yaml') },
    flags,
    workingFolder: '/elsewhere',
  }).plan;

describe('a plan that replays', () => {
  it('says when and what; the suite names its file from where it lies', () => {
    const plan = planOf({}, 'load: {trace: calls.jsonl, traceSpeed: [1, 2], traceWindow: 1s..4s, maxInFlight: 5}');
    expect(plan.loads).toEqual([
      { kind: 'trace', value: 1, file: 'calls.jsonl' },
      { kind: 'trace', value: 2, file: 'calls.jsonl' },
    ]);
    expect(plan.workload).toEqual({
      kind: 'trace',
      name: 'calls.jsonl',
      file: trace,
      format: 'auto',
      window: { fromMs: 1000, toMs: 4000 },
      mostTokens: null,
      spread: false,
    });
    expect(plan.maxInFlight).toBe(5);
    expect(stepLimits(plan, plan.loads[0]!)).toMatchObject({
      durationMs: null,
      requests: null,
      warmup: { kind: 'none' },
      patient: false,
    });
  });

  it('takes flags over the keys of a suite, and drops what belongs to another kind of load', () => {
    const suite = 'load: {trace: calls.jsonl, traceSpeed: 2}\nname: s';
    expect(planOf({ 'trace-speed': '3' }, suite).loads).toEqual([{ kind: 'trace', value: 3, file: 'calls.jsonl' }]);
    expect(planOf({ rate: '7' }, suite)).toMatchObject({
      loads: [{ kind: 'rate', value: 7 }],
      workload: { kind: 'synthetic' },
    });
    expect(planOf({ concurrency: '3' }, suite)).toMatchObject({ loads: [{ kind: 'concurrency', value: 3 }] });
    const other = 'load: {rate: 5, arrivals: constant, maxInFlight: 9}\nworkload: chat';
    expect(planOf({ trace, 'trace-spread': true, 'trace-max-tokens': '500' }, other)).toMatchObject({
      loads: [{ kind: 'trace', value: 1 }],
      workload: { kind: 'trace', spread: true, mostTokens: 500 },
      maxInFlight: 9,
    });
  });

  it('tells what it would send', async () => {
    const outlineOf = async (flags: PlanFlags) => {
      const plan = planOf({ trace, ...flags });
      const { steps } = describePlan(plan, await dataLengths(plan));
      return steps[0]!;
    };
    await expect(outlineOf({})).resolves.toMatchObject({
      requests: 11,
      inputTokens: 1155,
      outputTokens: 110,
      seconds: 10,
      secondsAtMost: 10,
    });
    await expect(outlineOf({ 'trace-speed': '4' })).resolves.toMatchObject({ requests: 11, seconds: 2.5 });
    await expect(outlineOf({ duration: '4500ms' })).resolves.toMatchObject({ requests: 5, seconds: 4.5 });
    await expect(outlineOf({ requests: '3' })).resolves.toMatchObject({ requests: 3 });
    await expect(dataLengths(planOf({ rate: '3' }))).resolves.toBeNull();
  });

  it.each<[PlanFlags, string | undefined, string]>([
    [{ trace, rate: '3' }, undefined, 'The load has trace and rate: a trace says itself when to ask.'],
    [{ trace, workload: 'chat' }, undefined, "leave out the workload's profile"],
    [{ trace, 'output-tokens': '5' }, undefined, "leave out the workload's outputTokens"],
    [{ 'trace-speed': '2' }, undefined, 'The load has traceSpeed but no trace'],
    [{ trace, 'trace-speed': '0' }, undefined, '--trace-speed must be a speed such as 2'],
    [{ trace, 'trace-window': '5m' }, undefined, 'must be written as 10m..20m'],
    [{ arrivals: 'constant' }, 'load: {trace: calls.jsonl}', 'A trace says itself when to ask: leave arrivals out.'],
  ])('%j is refused', (flags, suite, sentence) => {
    expect(() => planOf(flags, suite)).toThrow(sentence);
  });

  it('is no start of a search', () => {
    expect(() =>
      searchOf(planOf({ trace, objective: ['ttft.p99 < 1s'] }), { least: null, most: null, resolution: null }),
    ).toThrow('A trace has its own load');
  });
});

it('reads parts of a trace', () => {
  expect(parseTraceWindow('10m..20m')).toEqual({ fromMs: 600_000, toMs: 1_200_000 });
  expect(parseTraceWindow(' 90s .. ')).toEqual({ fromMs: 90_000, toMs: null });
  expect(parseTraceWindow('..1h30m')).toEqual({ fromMs: 0, toMs: 5_400_000 });
  for (const text of ['..', '', '5m', '1m..2m..3m', '2m..1m', '1m..1m', 'x..1m'])
    expect(() => parseTraceWindow(text), text).toThrow(expect.objectContaining({ code: 'bad_trace_window' }));
});

describe('a plan that asks recorded prompts', () => {
  it('is told its lengths by the file, estimated without a tokenizer', async () => {
    const rows = [
      { prompt: 'a'.repeat(400), output_tokens: 20 },
      { prompt: 'b'.repeat(800), output_tokens: 40 },
    ];
    const file = join(folder, 'prompts.jsonl');
    writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    const plan = planOf({ dataset: file, concurrency: '1', requests: '2' });
    await expect(dataLengths(plan)).resolves.toEqual({ meanInputTokens: 150, meanOutputTokens: 30 });
    await expect(dataLengths(planOf({ dataset: join(folder, 'none.jsonl') }))).rejects.toMatchObject({
      code: 'no_such_file',
    });
  });
});
