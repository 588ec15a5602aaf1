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
    expect(await asked('counted')).toMatchObject({
      return_num_input_tokens: true,
      return_num_output_tokens: true,
      return_finish_reason: true,
    });
    expect(await asked('plain')).not.toHaveProperty('return_num_output_tokens');
  });

  const listing = async (status: number, models: unknown, model: string | null) => {
    const server = await listen(({ method, path, text }) => {
      if (path === '/v2') return json(200, { name: 'triton', version: '2.51.0' });
      if (path === '/v2/repository/index' && method === 'POST' && text === '{"ready":true}')
        return json(status, models);
      return json(404, { error: 'none' });
    });
    const found = await identify({ url: server.url, protocol: 'triton', model, features: false });
    await server.close();
    return [found.models.map(({ id }) => id), found.model];
  };
  it('lists the models that it has loaded, once for all their versions', async () => {
    const one = { name: 'llm', version: '1', state: 'READY' };
    expect(await listing(200, [one, { ...one, version: '2' }], null)).toEqual([['llm'], 'llm']);
    expect(await listing(200, [one, { ...one, name: 'tokens' }], null)).toEqual([['llm', 'tokens'], null]);
    // Whatever is named is asked: it may be loaded by the first request.
    expect(await listing(200, [one], 'other')).toEqual([['llm'], 'other']);
  });
  it('may keep its list to itself', async () => {
    expect(await listing(403, { error: 'This API is restricted' }, 'llm')).toEqual([[], 'llm']);
    expect(await listing(403, { error: 'This API is restricted' }, null)).toEqual([[], null]);
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
