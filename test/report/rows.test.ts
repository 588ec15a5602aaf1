import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../src/document/csv.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { exchangeColumns, exchangeCsv, exchangeRows } from '../../src/report/exchanges.ts';
import { stepRows } from '../../src/report/rows.ts';
import { runDocument } from '../../src/report/run.ts';
import { allFailed, closed, ladder, samples } from './sample.ts';

/** Reads a CSV line without quotes inside. */
const table = (text: string) => {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  return lines.map((line) => Object.fromEntries(head.split(',').map((name, i) => [name, line.split(',')[i]])));
};

describe('one row a step', () => {
  it('carries the values of the summary with all their digits, and units in the names', () => {
    const [one, four, sixteen] = table(renderCsv(runDocument(ladder)));
    expect(one).toMatchObject({
      suite: 'chat-vllm',
      simulated: 'false',
      load_kind: 'concurrency',
      load_value: '1',
      output_tokens_per_s: '107.6',
      ttft_p50_ms: '41.3',
      ttft_p99_ms: '',
      ttft_n: '118',
      client_cpu_share: '0.118',
      'objective ttft.p99 < 500ms: met': 'true',
    });
    expect(four).toMatchObject({ verdict: 'SUSPECT', doubts: 'not_stationary', failed_rate_limited: '0' });
    expect(sixteen).toMatchObject({
      failed_rate_limited: '19',
      failed_conn_reset: '3',
      failed: '22',
      ttft_with_failures_p99_ms: '',
    });
    expect(Number(four?.['ttft_p99_ms'])).toBe(ladder.steps[1]?.latency.ttftMs.p99);
  });

  it('has the same columns whatever happened, so that files can be put beneath each other', () => {
    const own = (columns: readonly string[]) => columns.filter((name) => !name.startsWith('objective '));
    const names = Object.values(samples).map((summary) => own(stepRows(summary).columns));
    for (const list of names) expect(list).toEqual(names[0]);
    expect(new Set(names[0]).size).toBe(names[0]?.length);
    expect(names[0]?.every((name) => /^[a-z0-9_]+$/.test(name))).toBe(true);
  });

  it('writes nothing where nothing is known, never 0', () => {
    const [row] = table(renderCsv(runDocument(allFailed)));
    expect(row).toMatchObject({
      ok: '0',
      output_tokens_per_s: '',
      ttft_p50_ms: '',
      e2e_mean_ms: '',
      in_flight_mean: '',
    });
  });

  it('keeps every row as long as the header', () => {
    for (const summary of Object.values(samples)) {
      const { columns, rows } = stepRows(summary);
      for (const row of rows) expect(row).toHaveLength(columns.length);
    }
    expect(stepRows({ ...closed, steps: [] }).columns).toEqual([]);
  });
});

const exchange: Exchange = {
  seq: 0,
  step: 1,
  session: 7,
  turn: 0,
  dueMs: 100,
  sentMs: 112,
  headersMs: 120,
  firstByteMs: 121,
  endMs: 300,
  connection: { dnsMs: null, connectMs: 1.5, tlsMs: null },
  chunks: { atUs: [138_000, 148_000, 158_000], tokens: null, tokensSource: null, channels: '', choices: null },
  outcome: { state: 'ok', finish: 'length' },
  flags: ['no_terminator', 'tool_call'],
  usage: { input: 9, inputCached: 0, inputCacheWrite: null, output: 3, outputReasoning: null, outputAccepted: null },
  plannedInputTokens: 9,
  plannedOutputTokens: 3,
  textTokens: null,
  textChars: 12,
  streamed: true,
  attempts: 1,
};

describe('one row a request', () => {
  const rowsOf = async (list: Exchange[]) => {
    const rows = [];
    for await (const row of exchangeRows(list))
      rows.push(Object.fromEntries(exchangeColumns.map((name, i) => [name, row[i]])));
    return rows;
  };

  it('carries stamps as they were and metrics as defined', async () => {
    const [row] = await rowsOf([exchange]);
    expect(row).toMatchObject({
      step: 1,
      session: 7,
      state: 'ok',
      failure: null,
      due_at_ms: 100,
      sent_at_ms: 112,
      queue_delay_ms: 12,
      ttft_ms: 138,
      ttft_due_ms: 150,
      tpot_ms: 10,
      e2e_ms: 158,
      total_ms: 188,
      output_tokens: 3,
      input_cached_tokens: 0,
      output_source: 'usage',
      connect_ms: 1.5,
      flags: 'no_terminator tool_call',
    });
  });

  it('names a failure and keeps what was seen of it', async () => {
    const failed: Exchange = {
      ...exchange,
      usage: null,
      outcome: {
        state: 'failed',
        code: 'conn_reset',
        message: 'reset, by peer',
        status: 200,
        retryAfterMs: null,
        body: null,
      },
    };
    const censored: Exchange = {
      ...exchange,
      sentMs: null,
      chunks: { ...exchange.chunks, atUs: [] },
      outcome: { state: 'censored', reason: 'drain_limit' },
    };
    const [one, two] = await rowsOf([failed, censored]);
    expect(one).toMatchObject({
      state: 'failed',
      failure: 'conn_reset',
      http_status: 200,
      ttft_ms: 138,
      output_tokens: null,
      message: 'reset, by peer',
    });
    expect(two).toMatchObject({
      state: 'censored',
      failure: 'drain_limit',
      sent_at_ms: null,
      ttft_ms: null,
      total_ms: null,
    });
  });

  it('streams', async () => {
    async function* many() {
      for (let seq = 0; seq < 600; seq++) yield { ...exchange, seq };
    }
    const pieces: string[] = [];
    const runs = [
      { directory: 'results/a', simulated: true, exchanges: many() },
      { directory: 'results/b', simulated: false, exchanges: [exchange] },
    ];
    for await (const piece of exchangeCsv(runs)) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    const lines = pieces.join('').trimEnd().split('\n');
    expect(lines).toHaveLength(602);
    expect(lines[0]).toMatch(/^run,simulated,step,seq,/);
    expect(lines[600]).toMatch(/^results\/a,true,1,599,/);
    expect(lines[601]).toMatch(/^results\/b,false,1,/);
  });
});
