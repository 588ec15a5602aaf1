import { expect, it } from 'vitest';
import { renderConsole } from '../../src/document/console.ts';
import { renderHtml } from '../../src/document/html.ts';
import { measureStep } from '../../src/measurement/measure.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import type { Load } from '../../src/record/run.ts';
import { runDocument } from '../../src/report/run.ts';
import { run } from './sample.ts';

const tokens = 20;

/** Eight slots, each reply TTFT 50 ms and 20 tokens at 10 ms; every tenth request breaks off when asked to. */
function exchanges(count: number, failing: boolean): Exchange[] {
  return Array.from({ length: count }, (_, seq) => {
    const sentMs = Math.floor(seq / 8) * 250;
    const broken = failing && seq % 10 === 0;
    return {
      seq,
      step: 0,
      session: seq,
      turn: 0,
      dueMs: sentMs,
      sentMs,
      headersMs: sentMs + 40,
      firstByteMs: sentMs + 41,
      endMs: sentMs + 250,
      connection: null,
      chunks: {
        atUs: broken ? [] : Array.from({ length: tokens }, (_, k) => 50_000 + k * 10_000),
        tokens: null,
        tokensSource: null,
        channels: '',
        choices: null,
      },
      outcome: broken
        ? { state: 'failed', code: 'conn_reset', message: 'reset', status: 200, retryAfterMs: null, body: null }
        : { state: 'ok', finish: 'length' },
      flags: [],
      usage: broken
        ? null
        : {
            input: 64,
            inputCached: null,
            inputCacheWrite: null,
            output: tokens,
            outputReasoning: null,
            outputAccepted: null,
          },
      plannedInputTokens: 64,
      plannedOutputTokens: tokens,
      textTokens: null,
      textChars: 80,
      streamed: true,
      attempts: 1,
    };
  });
}

function measured(list: readonly Exchange[], load: Load) {
  const endMs = Math.max(0, ...list.map((e) => e.endMs));
  const measurement = measureStep({
    load,
    repeat: 0,
    seed: 1,
    startMs: 0,
    warmupEndMs: 0,
    stopMs: Math.max(0, endMs - 250),
    endMs,
    stoppedBy: 'requests',
    maxInFlight: load.kind === 'concurrency' ? load.value : null,
    scheduled: load.kind === 'concurrency' ? null : list.length,
    client: null,
    counters: null,
    objectives: ['ttft.p99 < 500ms', 'errors < 1%'],
  });
  for (const exchange of list) measurement.add(exchange);
  return measurement.summary();
}

const print = (list: readonly Exchange[], load: Load = { kind: 'concurrency', value: 8 }) => {
  const document = runDocument(run([measured(list, load)]));
  return { text: renderConsole(document, { columns: 80, color: false, unicode: true }), html: renderHtml(document) };
};

it('prints what the measurement really found', () => {
  const { text } = print(exchanges(800, false));
  expect(text).toMatch(/TTFT +50\.0 +50\.0 +50\.0/);
  expect(text).toMatch(/TPOT +10\.0 +10\.0 +10\.0/);
  expect(text).toMatch(/ttft\.p99 < 500ms +met +50\.0 ms/);
  expect(text).toMatch(/errors < 1% +met +0 %/);
  expect(text).toContain('800 of 800 requests ok');
});

it('prints failures by name and percentiles that they make infinite', () => {
  const { text } = print(exchanges(800, true));
  expect(text).toMatch(/conn_reset +80 +10\.0/);
  expect(text).toMatch(/TTFT with failures +50\.0 +\S+ +∞/);
  expect(text).toMatch(/errors < 1% +missed +10(\.\d)? %/);
});

it.each<[string, Exchange[], Load]>([
  ['nothing at all', [], { kind: 'concurrency', value: 8 }],
  ['one request', exchanges(1, false), { kind: 'concurrency', value: 8 }],
  ['only failures', exchanges(1, true), { kind: 'concurrency', value: 8 }],
  ['an open loop', exchanges(100, true), { kind: 'rate', value: 32, arrivals: 'poisson' }],
  ['a trace', exchanges(100, false), { kind: 'trace', value: 1, file: 'trace.jsonl' }],
])('survives %s', (_, list, load) => {
  const { text, html } = print(list, load);
  for (const page of [text, html]) expect(page).not.toMatch(/NaN|undefined|Infinity|>null</);
});
