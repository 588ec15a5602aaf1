import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSimulator } from '../../src/simulate/simulator.ts';
import { readTruth } from '../../src/simulate/truth-read.ts';
import { postJson } from './client.ts';

it('reads back what a simulator wrote, on the clock of the machine', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'truth.jsonl');
  const server = await startSimulator({ pace: { ttftMs: 3, itlMs: 1 }, truth: path });
  const beforeNs = process.hrtime.bigint();
  const sent = await fetch(`${server.url}/completions`, {
    method: 'POST',
    headers: { 'x-request-id': 'mine-7' },
    body: JSON.stringify({ prompt: 'a', max_tokens: 4, ignore_eos: true, stream: true }),
  });
  await sent.text();
  const afterNs = process.hrtime.bigint();
  expect((await postJson(`${server.url}/completions`, { prompt: 'a', max_tokens: 2, ignore_eos: true })).status).toBe(
    200,
  );
  await server.close();
  const { pace, tokensPerEvent, requests } = readTruth(path);
  expect({ pace, tokensPerEvent }).toEqual({ pace: { ttftMs: 3, itlMs: 1 }, tokensPerEvent: 1 });
  expect(requests).toHaveLength(2);
  const [first] = requests;
  expect(first).toMatchObject({ id: 'mine-7', end: 'finished' });
  expect(first!.eventsUs).toHaveLength(4);
  expect(first!.eventsUs[0]).toBeGreaterThanOrEqual(3000);
  expect(first!.receivedNs > beforeNs && first!.receivedNs < afterNs).toBe(true);
});

it('tells of every reply that was under way when the server was closed', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'truth.jsonl');
  const server = await startSimulator({ pace: { ttftMs: 1, itlMs: 5 }, truth: path });
  const body = JSON.stringify({ prompt: 'a', max_tokens: 1000, ignore_eos: true, stream: true });
  const replies = Array.from({ length: 40 }, () => fetch(`${server.url}/completions`, { method: 'POST', body }));
  await Promise.all(replies.map(async (reply) => (await reply).body!.getReader().read()));
  await server.close();
  const { requests } = readTruth(path);
  expect(requests).toHaveLength(40);
  expect(new Set(requests.map(({ end }) => end))).toEqual(new Set(['client_gone']));
});

it('leaves out a last line that was cut off, and refuses anything else that is no truth log', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'truth.jsonl');
  const head = '{"schema":"tokbench.simulator-truth/1","settings":{"pace":null,"tokensPerEvent":2}}\n';
  const line = '{"id":"cmpl-a","received_ns":"12","events_us":[1],"end":"finished"}\n';
  writeFileSync(path, `${head}${line}{"id":"cm`);
  expect(readTruth(path)).toMatchObject({ pace: null, tokensPerEvent: 2, requests: [{ id: 'a', receivedNs: 12n }] });
  appendFileSync(path, `\n${line}`);
  expect(() => readTruth(path)).toThrow(/damaged in line 3/);
  writeFileSync(path, 'x\n');
  expect(() => readTruth(path)).toThrow(/does not begin as one/);
  expect(() => readTruth(`${path}.none`)).toThrow(/cannot be read \(ENOENT\)/);
  expect(readFileSync(path, 'utf8')).toBe('x\n');
});
