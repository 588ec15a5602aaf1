import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readServerCounters } from '../../src/telemetry/counters.ts';
import { type Exposition, parseExposition, readExposition } from '../../src/telemetry/exposition.ts';
import { server } from '../../src/telemetry/server.ts';
import { ServerScrape } from '../../src/telemetry/server-families.ts';
import { statsOf } from '../../src/telemetry/server-stats.ts';
import type { Source } from '../../src/telemetry/source.ts';
import { Delivered, recorded } from './recorded.ts';

function readServerStats(exposition: Exposition, url: string, model: string | null = null) {
  const scrape = ServerScrape.of(exposition, model);
  return scrape === null ? null : statsOf(scrape, url);
}

const stats = (name: string, model?: string) =>
  readServerStats(readExposition(recorded(name)), 'http://s/metrics', model ?? null);
const counters = (name: string, model?: string) => readServerCounters(recorded(name), model ?? null);

it('reads both engines of vLLM before and after', () => {
  expect(stats('vllm-dp2-s0.prom')).toEqual({
    dialect: 'vllm',
    url: 'http://s/metrics',
    models: ['demo/m-8b'],
    running: 0,
    waiting: 0,
    kv_usage: 0,
    generation_tokens_total: 150,
    prompt_tokens_total: 750,
    requests_total: 3,
    started_unix_s: 1.7899999901e9,
    created_unix_s: 1.79000000012e9,
    engines: [
      { id: '0', running: 0, waiting: 0, kv_usage: 0 },
      { id: '1', running: 0, waiting: 0, kv_usage: 0 },
    ],
  });
  expect(stats('vllm-dp2-s1.prom')).toMatchObject({
    generation_tokens_total: 150 + 3400,
    prompt_tokens_total: 750 + 12_000,
    requests_total: 3 + 34,
    preemptions_total: 0,
    ttft_s: { sum: 2.64, count: 22 },
  });
});

it('gives the deltas that a client counts, and finds a foreign request', () => {
  const before = counters('vllm-dp2-s0.prom')!;
  const delta = (name: string) => {
    const after = counters(name)!;
    return [after.output! - before.output!, after.input! - before.input!, after.requests! - before.requests!];
  };
  expect(delta('vllm-dp2-s1.prom')).toEqual([3400, 12_000, 34]);
  expect(delta('vllm-foreign-request.prom')).toEqual([3464, 12_120, 35]);
  expect(delta('kserve-prefix.prom')).toEqual([3400, 12_000, 34]);
});

it('shows a restart by start and creation of the counters, also where the sums grow', () => {
  const [before, after] = [stats('vllm-dp2-s1.prom')!, stats('vllm-reset.prom')!];
  expect(after.started_unix_s).not.toBe(before.started_unix_s);
  expect(after.created_unix_s).not.toBe(before.created_unix_s);
});

it('takes a label set that occurs for the first time for no restart, and estimates at 0 for none', () => {
  const text = `${recorded('vllm-dp2-s1.prom')}vllm:request_success_created{engine="0",finished_reason="length"} 1.79000009e+09\nvllm:estimated_flops_per_gpu_total{engine="0"} 0.0\nvllm:estimated_read_bytes_per_gpu_total{engine="0"} 0.0\n`;
  const read = readServerStats(readExposition(text), 'u')!;
  expect(read.created_unix_s).toBe(1.79000000012e9);
  expect(read).not.toHaveProperty('flops_total');
  expect(read).not.toHaveProperty('memory_read_b_total');
});

it('reads names without _total and older gauges, and no aborts', () => {
  expect(stats('vllm-hidden-names.prom')).toMatchObject({
    running: 3,
    waiting: 1,
    kv_usage: 0.25,
    prompt_tokens_total: 900,
    generation_tokens_total: 300,
    requests_total: 5,
    itl_s: { sum: 6, count: 295 },
  });
});

it('reads drafts and what of them was accepted', () => {
  expect(stats('vllm-spec-decode.prom')).toMatchObject({
    generation_tokens_total: 3400,
    spec_drafted_total: 4200,
    spec_accepted_total: 2000,
  });
});

it('reads prefill and decode roles each by itself: both count the whole prompt', () => {
  const parts = recorded('vllm-pd-roles.prom')
    .split(/^# scrape .*\n/m)
    .slice(1);
  expect(parts.map((part) => readServerCounters(part))).toMatchObject([
    { output: 34, input: 12_000 },
    { output: 3400, input: 12_000 },
  ]);
});

it('counts ranks of SGLang that repeat one another once', () => {
  expect(stats('sglang.prom')).toEqual({
    dialect: 'sglang',
    url: 'http://s/metrics',
    models: ['demo/m-8b'],
    running: 16,
    waiting: 3,
    kv_usage: 0.42,
    generation_tokens_total: 64_100,
    prompt_tokens_total: 128_400,
    prompt_cached_tokens_total: 20_480,
    requests_total: 641,
    ttft_s: { sum: 96.15, count: 641 },
    e2e_s: { sum: 1410.2, count: 641 },
  });
});

it('adds data-parallel ranks of SGLang', () => {
  const text = [
    'sglang:generation_tokens_total{dp_rank="0"} 1',
    'sglang:num_running_reqs{dp_rank="0",tp_rank="0"} 4',
    'sglang:num_running_reqs{dp_rank="0",tp_rank="1"} 4',
    'sglang:num_running_reqs{dp_rank="1",tp_rank="0"} 5',
  ].join('\n');
  expect(readServerStats(readExposition(text), 'u')!.running).toBe(9);
});

it.each([
  [
    'tgi.prom',
    {
      dialect: 'tgi',
      running: 12,
      waiting: 2,
      generation_tokens_total: 64_100,
      prompt_tokens_total: 128_400,
      requests_total: 641,
      e2e_s: { sum: 1410.2, count: 641 },
      queue_s: { sum: 9.8, count: 641 },
    },
  ],
  ['trtllm.prom', { dialect: 'tensorrt-llm', kv_usage: 0.37, requests_total: 641, ttft_s: { sum: 92.3, count: 641 } }],
  [
    'nim-unprefixed.prom',
    {
      dialect: 'nim',
      running: 16,
      waiting: 2,
      kv_usage: 0.31,
      generation_tokens_total: 64_100,
      prompt_tokens_total: 128_400,
    },
  ],
  [
    'dynamo.prom',
    {
      dialect: 'dynamo',
      running: 12,
      waiting: 3,
      generation_tokens_total: 64_100,
      prompt_tokens_total: 128_400,
      requests_total: 641,
    },
  ],
  ['triton.prom', { dialect: 'triton', running: 16, waiting: 2, kv_usage: 0.42, requests_total: 641 }],
  // As a real one on a CPU writes it, of two models: neither tells what runs, nor of a cache.
  ['triton-2.51.prom', { dialect: 'triton', waiting: 0, requests_total: 106 }],
  [
    'llamacpp.prom',
    {
      dialect: 'llamacpp',
      running: 1,
      waiting: 0,
      generation_tokens_total: 3400,
      prompt_tokens_total: 12_000,
      prompt_cached_tokens_total: 1250,
    },
  ],
])('reads %s', (name, expected) => {
  expect(stats(name)).toMatchObject(expected);
});

it("takes only the deployment under test out of Ray's page", () => {
  expect(stats('ray-prefix.prom', 'demo/m-8b')).toMatchObject({
    dialect: 'vllm',
    generation_tokens_total: 64_100,
    running: 16,
    ttft_s: { sum: 88, count: 641 },
  });
  expect(counters('ray-prefix.prom')).toMatchObject({ output: 65_000 });
});

it('counts no tokens exactly where the server does not', () => {
  expect(['trtllm.prom', 'triton.prom'].map((name) => counters(name))).toEqual([null, null]);
  expect(
    ['vllm-dp2-s0.prom', 'sglang.prom', 'tgi.prom', 'nim-unprefixed.prom', 'dynamo.prom', 'llamacpp.prom'].map(
      (name) => counters(name)?.dialect,
    ),
  ).toEqual(['vllm', 'sglang', 'tgi', 'nim', 'dynamo', 'llamacpp']);
});

it('needs more than common words to call a page NIM', () => {
  expect(ServerScrape.of(readExposition('num_requests_running 1\nprompt_tokens_total 3\n'))).toBeNull();
});

it('takes no metric out of a page, a document or an answer of Ollama', () => {
  for (const name of ['trtllm-json-metrics.json', 'llamacpp-501.json', 'ollama-response.json'])
    expect(parseExposition(recorded(name)).size).toBe(0);
});

it('compares means of histograms, whatever their declared type', () => {
  const text =
    '# TYPE vllm:iteration_tokens_total counter\nvllm:iteration_tokens_total_sum 9600\nvllm:iteration_tokens_total_count 240\nvllm:num_requests_running 1\n';
  expect(readServerStats(readExposition(text), 'u')).toEqual({ dialect: 'vllm', url: 'u', running: 1 });
});

describe('over HTTP', () => {
  let http: Server | null = null;
  afterEach(() => {
    http?.closeAllConnections();
    http?.close();
  });

  type Page = { status?: number; type?: string; body: string };
  const seen: Record<string, string | string[] | undefined>[] = [];
  function serve(pages: Readonly<Record<string, Page>>): Promise<string> {
    http = createServer((request, response) => {
      seen.push(request.headers);
      const page = pages[request.url!];
      response.writeHead(page?.status ?? (page ? 200 : 404), {
        'content-type': page?.type ?? 'text/plain; version=0.0.4',
      });
      response.end(page?.body ?? 'no such page');
    });
    return new Promise((resolve) =>
      http!.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(http!.address() as AddressInfo).port}`)),
    );
  }
  const find = (url: string, headers?: Record<string, string>) =>
    server.find(
      { text: 'server', kind: 'server', value: null, ssh: null },
      {
        clock: { now: () => performance.now() },
        hostname: 'here',
        intervalMs: 200,
        timeoutMs: 2000,
        targets: [{ url: `${url}/v1`, ...(headers && { headers }) }],
      },
      new AbortController().signal,
    );
  const absent = async (pages: Readonly<Record<string, Page>>) => {
    const found = await find(await serve(pages));
    return 'absent' in found ? found.absent : null;
  };

  it.each([
    ['/metrics', 'vllm-dp2-s0.prom', 'server/vllm'],
    ['/v1/metrics', 'nim-unprefixed.prom', 'server/nim'],
    ['/prometheus/metrics', 'trtllm.prom', 'server/tensorrt-llm'],
  ])('finds the metrics at %s', async (path, name, source) => {
    const pages = {
      '/metrics': { type: 'application/json', body: recorded('trtllm-json-metrics.json') },
      [path]: { body: recorded(name) },
    };
    const found = (await find(await serve(pages), { authorization: 'Bearer k' })) as readonly Source[];
    const out = new Delivered();
    const end = new AbortController();
    await found[0]!.start({ ...out, sample: out.sample, note: out.note, died: () => {} }, end.signal);
    end.abort();
    expect(out.samples[0]).toMatchObject({ source, host: 'here' });
    expect(out.samples[0]!.server!.url).toBe(`${found[0]!.name.replace('server ', '')}`);
    expect(seen.at(-1)!['authorization']).toBe('Bearer k');
    expect(JSON.stringify(out.samples)).not.toContain('Bearer');
  });

  it('reads the servers that have metrics, and lets the others say why they have none', async () => {
    const url = await serve({ '/metrics': { body: recorded('vllm-dp2-s0.prom') } });
    const found = (await server.find(
      { text: 'server', kind: 'server', value: null, ssh: null },
      {
        clock: { now: () => 0 },
        hostname: 'here',
        intervalMs: 200,
        timeoutMs: 2000,
        targets: [{ url: 'http://127.0.0.1:1/v1' }, { url }],
      },
      new AbortController().signal,
    )) as readonly Source[];
    expect(found.map(({ name }) => name)).toEqual(['server http://127.0.0.1:1/v1', `server ${url}/metrics`]);
    const sink = { sample: () => {}, note: () => {}, died: () => {} };
    await expect(found[0]!.start(sink, new AbortController().signal)).rejects.toMatchObject({
      code: 'endpoint_unreachable',
    });
  });

  it('says that a web page is no metrics, though it answers every path with 200', async () => {
    const page = { type: 'text/html', body: recorded('html-200.html') };
    expect(await absent({ '/metrics': page, '/v1/metrics': page, '/prometheus/metrics': page })).toEqual({
      code: 'endpoint_not_metrics',
      sentence: expect.stringContaining('answers a web page, not Prometheus metrics'),
    });
  });

  it('takes a page that calls itself text for no metrics either', async () => {
    expect((await absent({ '/metrics': { body: recorded('html-200.html') } }))!.code).toBe('endpoint_not_metrics');
  });

  it("says how llama.cpp's metrics are switched on", async () => {
    const page = { status: 501, type: 'application/json', body: recorded('llamacpp-501.json') };
    expect(await absent({ '/metrics': page })).toEqual({
      code: 'endpoint_absent',
      sentence: expect.stringContaining('--metrics'),
    });
  });

  it.each([
    [401, 'permission_denied'],
    [404, 'endpoint_absent'],
    [302, 'endpoint_absent'],
    [503, 'endpoint_unreachable'],
  ])('takes HTTP %d for %s', async (status, code) => {
    expect((await absent({ '/metrics': { status, body: '' } }))!.code).toBe(code);
  });

  it('says that it does not know other metrics, and none at all', async () => {
    expect(await absent({ '/metrics': { body: 'go_goroutines 7\n' } })).toEqual({
      code: 'unknown_dialect',
      sentence: expect.stringContaining('go_goroutines'),
    });
    http!.close();
    expect((await absent({ '/metrics': { body: 'hello' } }))!.code).toBe('endpoint_not_metrics');
  });

  it('says that nobody listens', async () => {
    const url = await serve({});
    http!.close();
    const found = await find(url);
    expect('absent' in found && found.absent.code).toBe('endpoint_unreachable');
  });
});
