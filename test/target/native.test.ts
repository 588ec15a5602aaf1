import { describe, expect, it } from 'vitest';
import type { ServerFeatures } from '../../src/record/server.ts';
import { createReception } from '../../src/target/create-reception.ts';
import { rankedText } from '../../src/target/documents.ts';
import { unaskedFeatures } from '../../src/target/features.ts';
import { identify } from '../../src/target/identify.ts';
import { agrees } from './agreement.ts';
import { targetAt, turn } from './lone-server.ts';
import {
  llamaScripts, nativeServers, rerankScripts, scoreScripts, sglangScripts, teiScripts, tgiScripts, tritonScripts,
} from './native-servers.ts'; // biome-ignore format: rows
import { requestOf } from './request-of.ts';
import { json, listen } from './stand-in.ts';

const inPath = (origin: string, script: string) => `${origin}/${script}`;
const agreeing = (
  protocol: string,
  scripts: Parameters<typeof agrees>[0]['scripts'],
  base: (origin: string, script: string) => string = (origin) => origin,
) =>
  agrees({
    protocol,
    standIn: nativeServers[protocol]!,
    scripts,
    whole: Object.keys(scripts).filter(
      (name) =>
        name.startsWith('whole') ||
        (scripts[name]!.reply.headers['content-type'] === 'application/json' &&
          ['rerank', 'score', 'tei-rerank'].includes(protocol)),
    ),
    base,
  });

agreeing('llamacpp', llamaScripts, inPath);
agreeing('tgi', tgiScripts, inPath);
agreeing('sglang', sglangScripts, inPath);
agreeing('triton', tritonScripts);
agreeing('rerank', rerankScripts);
agreeing('score', scoreScripts);
agreeing('tei-rerank', teiScripts, inPath);

const forced: ServerFeatures = { ...unaskedFeatures, forcedLength: { ignore_eos: true } };
const open = { forceLength: true, features: forced };

describe('requests', () => {
  it.each([
    ['llamacpp', {}, 'POST /completion', { prompt: 'hi', n_predict: 5, stream: true }],
    ['llamacpp', open, 'POST /completion', { prompt: 'hi', n_predict: 5, ignore_eos: true, stream: true }],
    [
      'llamacpp',
      { body: { cache_prompt: false } },
      'POST /completion',
      { prompt: 'hi', n_predict: 5, stream: true, cache_prompt: false },
    ],
    ['tgi', {}, 'POST /generate_stream', { inputs: 'hi', parameters: { max_new_tokens: 5, details: true } }],
    [
      'tgi',
      { stream: false, body: { parameters: { seed: 1 } } },
      'POST /generate',
      { inputs: 'hi', parameters: { max_new_tokens: 5, details: true, seed: 1 } },
    ],
    [
      'sglang',
      open,
      'POST /generate',
      { text: 'hi', sampling_params: { max_new_tokens: 5, ignore_eos: true }, stream: true },
    ],
    [
      'sglang',
      { body: { sampling_params: { temperature: 0 } } },
      'POST /generate',
      { text: 'hi', sampling_params: { max_new_tokens: 5, temperature: 0 }, stream: true },
    ],
    [
      'triton',
      { model: 'my model' },
      'POST /v2/models/my%20model/generate_stream',
      { text_input: 'hi', max_tokens: 5, stream: true, exclude_input_in_output: true },
    ],
    [
      'triton',
      { stream: false },
      'POST /v2/models/m/generate',
      { text_input: 'hi', max_tokens: 5, stream: false, exclude_input_in_output: true },
    ],
    ['openai-embeddings', {}, 'POST /v1/embeddings', { model: 'm', input: 'hi', encoding_format: 'base64' }],
    ['rerank', {}, 'POST /v1/rerank', { model: 'm', query: 'hi', documents: ['hi'] }],
    ['tei-rerank', { body: { raw_scores: true } }, 'POST /rerank', { query: 'hi', texts: ['hi'], raw_scores: true }],
    ['score', {}, 'POST /score', { model: 'm', queries: 'hi', documents: ['hi'] }],
    [
      'openai-responses',
      open,
      'POST /v1/responses',
      {
        model: 'm',
        input: [{ role: 'user', content: 'hi' }],
        max_output_tokens: 5,
        ignore_eos: true,
        store: false,
        stream: true,
      },
    ],
  ] as const)('of %s, given %j', (protocol, options, line, body) => {
    const request = requestOf('http://127.0.0.1:8000/v1', protocol, turn, options);
    expect(request.line).toBe(`${line} HTTP/1.1`);
    expect(request.body).toEqual(body);
    expect(request.headers['accept']).toBe(
      /embed|rank|score/.test(protocol) || ('stream' in options && !options.stream)
        ? 'application/json'
        : 'text/event-stream',
    );
  });

  it('leave the length to the server where the plan does', () => {
    const free = { ...turn, outputTokens: null };
    for (const protocol of ['llamacpp', 'tgi', 'sglang', 'triton', 'openai-responses'])
      expect(JSON.stringify(requestOf('http://h', protocol, free, open).body)).not.toMatch(/max_|n_predict/);
  });

  it('to Cohere keep its version of the API', () => {
    expect(requestOf('https://api.cohere.com/v2', 'rerank', turn).line).toBe('POST /v2/rerank HTTP/1.1');
  });
});

describe('Azure', () => {
  const asked = (url: string, apiKey: string | null = null) =>
    requestOf(url, 'azure', turn, { model: 'my gpt', apiKey });
  it.each([
    ['https://r.openai.azure.com', '/openai/v1/chat/completions'],
    ['https://r.openai.azure.com/openai/v1/', '/openai/v1/chat/completions'],
    ['https://r.openai.azure.com/openai/v1?api-version=preview', '/openai/v1/chat/completions?api-version=preview'],
    [
      'https://r.openai.azure.com?api-version=2024-10-21',
      '/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
    ],
    [
      'https://r.openai.azure.com/openai?api-version=2024-10-21',
      '/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
    ],
    [
      'https://r.openai.azure.com/openai/deployments/d?api-version=2025-04-01-preview',
      '/openai/deployments/d/chat/completions?api-version=2025-04-01-preview',
    ],
    [
      'https://gateway.example/azure/openai?api-version=2024-10-21',
      '/azure/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
    ],
  ])('at %s is asked at %s', (url, path) => {
    expect(asked(url).line).toBe(`POST ${path} HTTP/1.1`);
  });
  it('takes a key in its own header and a token of Entra ID as a bearer', () => {
    const key = '0123456789abcdef0123456789abcdef';
    const token = `eyJ${'a'.repeat(40)}.eyJ${'b'.repeat(40)}.${'c'.repeat(43)}`;
    expect(asked('https://h', key).headers).toMatchObject({ 'api-key': key });
    expect(asked('https://h', key).headers['authorization']).toBeUndefined();
    expect(asked('https://h', token).headers).toMatchObject({ authorization: `Bearer ${token}` });
    expect(asked('https://h', token).headers['api-key']).toBeUndefined();
  });
  it('that repeats the key in its refusal is not repeated', async () => {
    const key = '0123456789abcdef0123456789abcdef';
    const server = await listen(({ headers }) => json(401, { error: { message: `Bad key ${headers['api-key']}.` } }));
    const target = targetAt(server.url, { protocol: 'azure', apiKey: key });
    const received = await target.send(target.prepare(turn)).received;
    target.close();
    await server.close();
    expect(received.outcome).toMatchObject({
      state: 'failed',
      code: 'unauthorized',
      body: expect.stringContaining('[redacted]'),
    });
    expect(JSON.stringify(received)).not.toContain(key);
  });
  it('may begin with what its filter says of the prompt', () => {
    const feed = createReception('azure', { keepText: true });
    feed.push(Buffer.from('data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}\n\n'), 1);
    feed.push(Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'), 2);
    feed.push(Buffer.from('data: [DONE]\n\n'), 3);
    expect(feed.received()).toMatchObject({ text: 'a', chunks: { atUs: [2000] } });
  });
});

describe('Triton', () => {
  const asked = async (backend: 'counted' | 'plain') => {
    const server = await listen(({ path, text }) => {
      if (path === '/v2') return json(200, { name: 'triton', version: '2.60.0' });
      if (path !== '/v2/models/m/generate') return json(404, { error: 'none' });
      const { return_num_output_tokens: wanted } = JSON.parse(text) as Record<string, unknown>;
      const counts = backend === 'counted' && wanted === true ? { num_output_tokens: 2 } : {};
      return json(200, { model_name: 'm', model_version: '1', text_output: 'Hi', ...counts });
    });
    const { features, identity } = await identify({ url: server.url, protocol: 'triton', model: 'm' });
    await server.close();
    expect(identity).toEqual({ name: 'triton', version: '2.60.0' });
    return requestOf('http://h', 'triton', turn, { features }).body;
  };
  it('is asked for counts where its backend has them', async () => {
    expect(await asked('counted')).toMatchObject({ return_num_output_tokens: true, return_finish_reason: true });
    expect(await asked('plain')).not.toHaveProperty('return_num_output_tokens');
  });
});

describe('a text to rank', () => {
  const text = Array.from({ length: 90 }, (_, k) => `w${k}`).join(' ');
  it('is a query and documents in equal shares, no word lost', () => {
    const { query, documents } = rankedText({ kind: 'text', text }, 8);
    expect(documents).toHaveLength(8);
    expect([query, ...documents].join('')).toBe(text);
    expect(documents.every((document) => document.trim().split(' ').length === 10)).toBe(true);
  });
  it.each([
    ['', '', ['']],
    ['one', 'one', ['one']],
    ['one two', 'one ', ['two']],
    ['one two three', 'one ', ['two ', 'three']],
  ])('of %j is still one', (short, query, documents) => {
    expect(rankedText({ kind: 'text', text: short }, 8)).toEqual({ query, documents });
  });
  it('is cut as the body says, or left to it', () => {
    const cut = requestOf(
      'http://h',
      'rerank',
      { ...turn, prompt: { kind: 'text', text } },
      { body: { documents: 2, top_n: 1 } },
    );
    expect(cut.body).toMatchObject({ documents: [expect.any(String), expect.any(String)], top_n: 1 });
    const given = { documents: ['a', 'b', 'c'] };
    expect(requestOf('http://h', 'score', turn, { body: given }).body).toMatchObject(given);
  });
});

/** Golden cases of the measurement's definition that these protocols have a part in: bytes by time, values by hand. */
describe('golden case', () => {
  const feed = (protocol: string, reads: readonly (readonly [number, string])[]) => {
    const reception = createReception(protocol, { keepText: true });
    for (const [atMs, text] of reads) reception.push(Buffer.from(text), atMs);
    if (!reception.ended) reception.end(reads.at(-1)![0]);
    return reception.received();
  };
  const word = (content: string) => `${JSON.stringify({ message: { role: 'assistant', content }, done: false })}\n`;
  const end =
    '{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":10,"eval_count":3}\n';

  it('39: Ollama, a line cut in two reads', () => {
    const b = word('B');
    const received = feed('ollama', [[100, word('A')], [118, b.slice(0, 17)], [125, b.slice(17)], [140, word('C') + end]]); // biome-ignore format: one row
    expect(received.chunks.atUs).toEqual([100_000, 125_000, 140_000]);
    expect(received).toMatchObject({ endMs: 140, usage: { input: 10, output: 3 }, outcome: { state: 'ok' } });
  });
  it('39: Ollama, two lines in one read', () => {
    const received = feed('ollama', [[100, word('A')], [140, word('B') + word('C')], [141, end]]); // biome-ignore format: one row
    expect(received.chunks.atUs).toEqual([100_000, 140_000, 140_000]);
    expect(received.endMs).toBe(141);
  });
  it('39: Ollama, an error under status 200', () => {
    const received = feed('ollama', [[100, word('A')], [120, '{"error":"it broke"}\n']]); // biome-ignore format: one row
    expect(received).toMatchObject({
      text: 'A',
      outcome: { state: 'failed', code: 'server_error', body: '{"error":"it broke"}' },
    });
  });
  it('40: SGLang, all of the text in each event', () => {
    const event = (text: string, completion_tokens: number) =>
      `data: ${JSON.stringify({ text, meta_info: { prompt_tokens: 5, completion_tokens, finish_reason: completion_tokens === 3 ? { type: 'length' } : null } })}\n\n`;
    const received = feed('sglang', [[100, event('A', 1)], [120, event('AB', 2)], [140, event('ABC', 3)], [141, 'data: [DONE]\n\n']]); // biome-ignore format: one row
    expect(received).toMatchObject({ text: 'ABC', textChars: 3, usage: { output: 3 }, endMs: 141 });
    expect(received.chunks).toMatchObject({
      atUs: [100_000, 120_000, 140_000],
      tokens: [1, 1, 1],
      tokensSource: 'continuous_usage',
    });
  });
  it('41: TGI, a special token with empty text', () => {
    const event = (text: string, special: boolean, more: object = {}) =>
      `data:${JSON.stringify({ token: { id: 1, text, special }, generated_text: null, details: null, ...more })}\n\n`;
    const last = {
      generated_text: 'AB',
      details: { finish_reason: 'eos_token', generated_tokens: 3, input_length: 4 },
    };
    const received = feed('tgi', [[100, event('A', false)], [120, event('B', false)], [140, event('', true, last)]]); // biome-ignore format: one row
    expect(received).toMatchObject({ text: 'AB', textChars: 2, usage: { input: 4, output: 3 }, endMs: 140 });
    expect(received.chunks).toMatchObject({
      atUs: [100_000, 120_000, 140_000],
      tokens: [1, 1, 1],
      tokensSource: 'token_ids',
    });
  });
  it('41: TGI, overloaded under status 200', () => {
    const received = feed('tgi', [[9, 'data:{"error":"Model is overloaded","error_type":"overloaded"}\n\n']]);
    expect(received.outcome).toMatchObject({ state: 'failed', code: 'overloaded' });
  });
});

describe('a reply of vectors or scores', () => {
  it('says how many, and that nothing was generated', () => {
    const feed = createReception('rerank', { stream: false });
    feed.head(200, { 'content-type': 'application/json' }, 1);
    feed.push(rerankScripts['vllm']!.reply.body, 2);
    feed.end(3);
    expect(feed.received()).toMatchObject({
      items: 2,
      flags: [],
      usage: { output: 0 },
      chunks: { atUs: [] },
      outcome: { state: 'ok' },
    });
  });
});
