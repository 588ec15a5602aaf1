import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { summariseRun } from '../../src/experiment/analysis.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { readRun } from '../../src/store/record.ts';
import { type Measured, measure, newFolder, sum } from './measured.ts';

/** Conversations that grow by a block each time, five beginnings in all. */
const rows = Array.from({ length: 40 }, (_, i) => {
  const [chat, turn] = [i % 5, Math.floor(i / 5)];
  const blocks = Array.from({ length: 2 + turn }, (_, k) => (k === 0 ? 0 : 1000 * (chat + 1) + k));
  // the last block is only begun: it is another one when it is full
  const last = 100_000 + i;
  return {
    timestamp: 60 * i,
    input_length: 512 * (blocks.length - 1) + 100,
    output_length: 3 + (i % 4),
    hash_ids: [...blocks.slice(0, -1), last],
  };
});
const trace = join(newFolder(), 'chats.jsonl');
writeFileSync(trace, rows.map((row) => JSON.stringify(row)).join('\n'));

const replayed = (flags: PlanFlags = {}): Promise<Measured> =>
  measure({
    suite: {},
    flags: { trace, telemetry: ['none'], seed: '5', ...flags },
    simulator: { pace: { ttftMs: 5, itlMs: 1 } },
  });

it('replays when and what: due times, lengths and shared beginnings are those of the record', async () => {
  const run = await replayed({ 'trace-speed': '2' });
  const { step, record, exchanges, truth } = run;
  expect(step.load).toEqual({ kind: 'trace', value: 2, file: 'chats.jsonl' });
  expect(record.steps[0]).toMatchObject({ stoppedBy: 'requests', scheduled: 40, sharedPrefix: true });
  expect(step.counts).toMatchObject({ due: 40, sent: 40, ok: 40 });
  const inOrder = exchanges.toSorted((a, b) => a.seq - b.seq);
  expect(inOrder.map(({ dueMs }) => Math.round(dueMs - record.steps[0]!.startMs))).toEqual(
    rows.map(({ timestamp }) => timestamp / 2),
  );
  expect(inOrder.map(({ usage }) => [usage!.input, usage!.output])).toEqual(
    rows.map(({ input_length, output_length }) => [input_length, output_length]),
  );
  expect(truth.map(({ prompt_tokens }) => prompt_tokens).sort()).toEqual(rows.map((row) => row.input_length).sort());

  // what a cache of any size can serve: all but the last block of each call that a call before had
  const seen = new Set<number>();
  const cacheable = rows.map(({ hash_ids }) => {
    let hit = 0;
    while (seen.has(hash_ids[hit]!)) hit++;
    for (const id of hash_ids) seen.add(id);
    return 512 * hit;
  });
  const share = sum(cacheable) / sum(rows.map(({ input_length }) => input_length));
  expect(record.notes.join()).toContain(`can serve up to ${(100 * share).toFixed(1)} %`);
  const cached = sum(inOrder.map(({ usage }) => usage!.inputCached ?? 0));
  expect(cached).toBeGreaterThan(0.9 * sum(cacheable));
  expect(cached).toBeLessThanOrEqual(sum(cacheable) + 40 * 16); // the template's own first tokens
  expect(step.doubts.map(({ code }) => code)).not.toContain('cache_warm');
  expect(JSON.stringify(await summariseRun(await readRun(run.summary.directory)))).toBe(JSON.stringify(run.summary));
});

it('has the same schedule on several threads, behind a cap, and with the hash of the first run', async () => {
  const one = await replayed({ 'trace-speed': '4', threads: '1' });
  const three = await replayed({ 'trace-speed': '4', threads: '3', 'max-in-flight': '6' });
  expect(three.record.steps[0]!.schedule).toEqual(one.record.steps[0]!.schedule);
  expect(one.record.steps[0]!.schedule).toMatchObject({ sessions: 40, version: 2 });
  expect(three.step.counts).toMatchObject({ due: 40, ok: 40 });
  expect(three.step.concurrency.max).toBeLessThanOrEqual(6);
});

it('measures a part of it, as a ladder of speeds, with fresh prompts at each', async () => {
  const { summary } = await replayed({ 'trace-speed': '4,8', 'trace-window': '300ms..1500ms', warmup: 'none' });
  expect(summary.steps.map(({ load }) => load.value)).toEqual([4, 8]);
  const due = rows.filter(({ timestamp }) => timestamp >= 300 && timestamp < 1500).length;
  for (const { counts } of summary.steps) expect(counts).toMatchObject({ due, ok: due });
  const [first, second] = summary.steps;
  expect(second!.tokens.inputCached).toBeLessThanOrEqual(first!.tokens.inputCached! * 1.1);
});
