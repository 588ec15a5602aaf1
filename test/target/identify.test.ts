import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startSimulator } from '../../src/simulate/simulator.ts';
import { createCounter } from '../../src/target/counter.ts';
import { discover } from '../../src/target/discover.ts';
import { identify } from '../../src/target/identify.ts';

type Reply = { status?: number; headers?: Record<string, string>; body: unknown };
type Routes = Record<string, Reply | ((body: Record<string, unknown>) => Reply)>;

const servers: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A server with the answers that real ones were recorded to give; everything else is 404. */
async function serve(routes: Routes, headers: Record<string, string> = {}) {
  const asked: { route: string; body: Record<string, unknown>; headers: IncomingMessage['headers'] }[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>;
    const route = `${request.method} ${request.url}`;
    asked.push({ route, body, headers: request.headers });
    const found = routes[route] ?? { status: 404, body: { detail: 'Not Found' } };
    const reply = typeof found === 'function' ? found(body) : found;
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...headers, ...reply.headers });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, port, asked };
}

const models = (owner: string, ...entries: object[]): Reply => ({
  body: { object: 'list', data: entries.map((entry) => ({ object: 'model', owned_by: owner, ...entry })) },
});

/** A streamed reply of as many tokens as the body asks for, by the given rules. */
function generation(rules: {
  caps: string[];
  usage?: boolean;
  continuous?: boolean;
  ids?: boolean;
  ignoresEos?: boolean;
  refuses?: string[];
}) {
  return (body: Record<string, unknown>): Reply => {
    const refused = rules.refuses?.find((field) => field in body);
    if (refused) return { status: 400, body: { error: { message: `Unsupported parameter: '${refused}'` } } };
    const cap = Number(rules.caps.map((name) => body[name]).find((value) => value !== undefined) ?? 200);
    const natural = JSON.stringify(body).includes('one word') && !(rules.ignoresEos && body['ignore_eos']) ? 3 : 200;
    const tokens = Math.min(cap, natural);
    const stream = body['stream_options'] as Record<string, boolean> | undefined;
    const frames = Array.from({ length: tokens }, (_, i) => ({
      choices: [
        { index: 0, delta: { content: ' 1' }, ...(rules.ids && body['return_token_ids'] ? { token_ids: [5] } : {}) },
      ],
      ...(rules.continuous && stream?.['continuous_usage_stats'] ? { usage: { completion_tokens: i + 1 } } : {}),
    }));
    const last = { choices: [], usage: { prompt_tokens: 12, completion_tokens: tokens } };
    const all = rules.usage !== false && stream?.['include_usage'] ? [...frames, last] : frames;
    if (body['stream'] !== true) return { body: last };
    return { body: [...all.map((frame) => `data: ${JSON.stringify(frame)}`), 'data: [DONE]', ''].join('\n\n') };
  };
}

const chat = 'POST /v1/chat/completions';
const standard = ['max_tokens', 'max_completion_tokens'];

describe('who answers', () => {
  it('knows vLLM, its context and all it can do', async () => {
    const server = await serve(
      {
        'GET /v1/models': models('vllm', { id: 'm', max_model_len: 2048 }),
        'GET /version': { body: { version: '0.32.0' } },
        'GET /metrics': { body: '# HELP vllm:num_requests_running Running.\nvllm:num_requests_running 0\n' },
        'POST /tokenize': { body: { count: 2, max_model_len: 2048, tokens: [1, 2] } },
        [chat]: generation({ caps: standard, continuous: true, ids: true, ignoresEos: true }),
      },
      { server: 'uvicorn' },
    );
    expect(await identify({ url: server.url })).toEqual({
      identity: { name: 'vllm', version: '0.32.0' },
      models: [{ id: 'm', contextTokens: 2048 }],
      model: 'm',
      features: {
        forcedLength: { ignore_eos: true },
        capField: 'max_completion_tokens',
        streamUsage: true,
        continuousUsage: true,
        tokenIds: true,
        tokenize: { path: '/tokenize', field: 'prompt', chat: true },
        metrics: '/metrics',
        contextTokens: 2048,
      },
    });
  });

  it('knows llama.cpp by its own marks; any model name will do there', async () => {
    const server = await serve(
      {
        'GET /v1/models': models('llamacpp', { id: 'm', meta: { n_ctx_train: 8192 } }),
        'GET /props': { body: { default_generation_settings: { n_ctx: 2048 }, build_info: 'b1-0c1e570' } },
        'POST /tokenize': ({ content }) => ({ body: { tokens: String(content).split(' ') } }),
        'POST /apply-template': { body: { prompt: 'a b c' } },
        [chat]: generation({ caps: standard, ignoresEos: true }),
      },
      { server: 'llama.cpp' },
    );
    const found = await identify({ url: server.url, model: 'whatever' });
    expect(found.identity).toEqual({ name: 'llamacpp', version: 'b1-0c1e570' });
    expect(found.model).toBe('whatever');
    expect(found.features).toMatchObject({
      forcedLength: { ignore_eos: true },
      continuousUsage: false,
      tokenIds: false,
      tokenize: { path: '/tokenize', field: 'content', chat: false },
      contextTokens: 2048,
    });
  });

  it.each([
    ['sglang', models('sglang', { id: 'm' }), { 'GET /get_server_info': { body: { version: '0.5.6' } } }, '0.5.6'],
    [
      'tgi',
      models('m', { id: 'm' }),
      { 'GET /info': { body: { model_id: 'm', version: '3.3.0', max_total_tokens: 4096 } } },
      '3.3.0',
    ],
    ['ollama', models('library', { id: 'm' }), { 'GET /api/version': { body: { version: '0.12.0' } } }, '0.12.0'],
    ['triton', models('x', { id: 'm' }), { 'GET /v2': { body: { name: 'triton', version: '2.60.0' } } }, '2.60.0'],
    ['tensorrt-llm', models('tensorrt_llm', { id: 'm' }), { 'GET /version': { body: { version: '1.1.0' } } }, '1.1.0'],
    ['unknown', models('acme', { id: 'm' }), { 'GET /version': { body: { version: '9' } } }, null],
  ] as const)('knows %s', async (name, list, routes, version) => {
    const server = await serve({ 'GET /v1/models': list, ...(routes as Routes) });
    expect((await identify({ url: server.url, features: false })).identity).toEqual({ name, version });
    expect(server.asked.some(({ route }) => route.startsWith('POST'))).toBe(false);
  });

  it('never sends fields beyond the standard to a server that it does not know', async () => {
    const server = await serve({
      'GET /v1/models': models('acme', { id: 'm' }),
      [chat]: generation({
        caps: ['max_completion_tokens'],
        refuses: ['ignore_eos', 'return_token_ids', 'max_tokens'],
      }),
    });
    const { features } = await identify({ url: server.url });
    expect(features).toMatchObject({
      forcedLength: null,
      capField: 'max_completion_tokens',
      streamUsage: true,
      tokenize: null,
    });
    const sent = server.asked.filter(({ route }) => route.startsWith('POST'));
    expect(sent).toHaveLength(1);
    expect(Object.keys(sent[0]!.body).sort()).toEqual(
      ['max_completion_tokens', 'messages', 'model', 'stream', 'stream_options'].sort(),
    );
    expect(sent[0]!.body['stream_options']).toEqual({ include_usage: true });
  });

  it('sees a cap that is ignored, a length that cannot be forced, usage that does not come', async () => {
    const server = await serve({
      'GET /v1/models': models('vllm', { id: 'm' }),
      [chat]: generation({ caps: ['max_tokens'], usage: false, refuses: ['return_token_ids'] }),
    });
    expect((await identify({ url: server.url })).features).toMatchObject({
      forcedLength: null,
      capField: 'max_tokens',
      streamUsage: false,
      continuousUsage: false,
      tokenIds: null,
    });
  });
});

describe('refusals, each one sentence before any load', () => {
  const refusal = (code: string, exit: number, message: RegExp) => ({
    name: 'UserError',
    code,
    exit,
    message: expect.stringMatching(message) as unknown,
  });

  it('unreachable', async () => {
    const { url } = await serve({});
    await servers.pop()!.close();
    await expect(identify({ url })).rejects.toMatchObject(
      refusal('unreachable', 3, /No model server answers at http:/),
    );
  });

  it('a key that is wanted or refused, which is never repeated', async () => {
    const server = await serve({ 'GET /v1/models': { status: 401, body: { error: 'sk-very-secret is wrong' } } });
    await expect(identify({ url: server.url })).rejects.toMatchObject(refusal('unauthorized', 3, /401.*--api-key-env/));
    const withKey = identify({ url: server.url, apiKey: 'sk-very-secret', apiKeyEnv: 'MY_KEY' });
    await expect(withKey).rejects.toMatchObject(refusal('unauthorized', 3, /^(?!.*very-secret).*MY_KEY/));
    expect(server.asked.at(-1)!.headers['authorization']).toBe('Bearer sk-very-secret');
  });

  it('a key that only generation refuses', async () => {
    const server = await serve({
      'GET /v1/models': models('acme', { id: 'm' }),
      [chat]: { status: 403, body: { error: { message: 'no' } } },
    });
    await expect(identify({ url: server.url })).rejects.toMatchObject(refusal('unauthorized', 3, /403/));
  });

  it('an account without quota or credit, which no key and no other model helps', async () => {
    const said = (status: number, error: object) => ({
      'GET /v1/models': models('acme', { id: 'm' }),
      [chat]: { status, body: { error } },
    });
    const quota = await serve(said(429, { message: 'You exceeded your quota.', code: 'insufficient_quota' }));
    await expect(identify({ url: quota.url, apiKey: 'k1234' })).rejects.toMatchObject(
      refusal('no_quota', 3, /until its account has quota or credit again \(429\): You exceeded your quota\.$/),
    );
    const unpaid = await serve(said(402, { message: 'Insufficient Balance' }));
    await expect(identify({ url: unpaid.url })).rejects.toMatchObject(refusal('no_quota', 3, /402.*Balance/));
    // A limit of a minute is the load's to meet.
    const limited = await serve(said(429, { message: 'Slow down.', code: 'rate_limit_exceeded' }));
    expect((await identify({ url: limited.url })).model).toBe('m');
  });

  it('in the words of the server, whatever was shown to be let in', async () => {
    const denied = { status: 403, body: { error: { message: 'Not yours: sk-ab****wxyz.' } } };
    const server = await serve({ 'GET /v1/models': denied });
    const by = (options: object) => identify({ url: server.url, ...options });
    await expect(by({ apiKey: 'k1234', apiKeyEnv: 'K' })).rejects.toMatchObject(
      refusal('unauthorized', 3, /refused the key in K: Not yours: \[redacted\]\.$/),
    );
    await expect(by({ headers: { 'X-Api-Key': 'v1234' } })).rejects.toMatchObject(
      refusal('unauthorized', 3, /refused what the header X-Api-Key holds: Not yours/),
    );
  });

  it('a model that is not listed, with the nearest one', async () => {
    const server = await serve({ 'GET /v1/models': models('vllm', { id: 'llama-8b' }, { id: 'qwen-7b' }) });
    await expect(identify({ url: server.url, model: 'lama-8b' })).rejects.toMatchObject(
      refusal('unknown_model', 3, /no model "lama-8b".*Did you mean "llama-8b".*"qwen-7b"/),
    );
  });

  it('a model that is listed nowhere and not there', async () => {
    const server = await serve({
      [chat]: { status: 404, body: { error: { message: 'The model `x` does not exist' } } },
    });
    await expect(identify({ url: server.url, model: 'x' })).rejects.toMatchObject(
      refusal('unknown_model', 3, /"x".*does not exist/),
    );
  });

  it('a server that still loads', async () => {
    const server = await serve({ 'GET /v1/models': { status: 503, body: { error: { message: 'Loading model' } } } });
    await expect(identify({ url: server.url })).rejects.toMatchObject(refusal('not_ready', 3, /Loading model/));
  });

  it('a URL that is no API', async () => {
    const server = await serve({});
    await expect(identify({ url: server.url })).rejects.toMatchObject(refusal('not_found', 3, /404.*\/v1/));
    await expect(identify({ url: server.url, model: 'x' })).rejects.toMatchObject(refusal('not_found', 3, /no route/));
  });

  it('several models and none named is the asker to settle: no model is taken, none is asked', async () => {
    const server = await serve({ 'GET /v1/models': models('vllm', { id: 'a' }, { id: 'b' }) });
    const found = await identify({ url: server.url });
    expect(found.model).toBeNull();
    expect(server.asked.some(({ route }) => route.startsWith('POST'))).toBe(false);
    const { chooseModel } = await import('../../src/target/identify.ts');
    expect(() => chooseModel(found.models, null, server.url, found.identity)).toThrow(
      /lists 2 models: "a", "b".*--model/,
    );
    expect(chooseModel(found.models, 'b', server.url, found.identity)).toBe('b');
  });
});

describe('the simulated server', () => {
  it('is known as such, and counts prompts as it bills them', async () => {
    const simulator = await startSimulator({ pace: { ttftMs: 1, itlMs: 1 } });
    servers.push(simulator);
    const { identity, model, features } = await identify({ url: simulator.url });
    expect(identity.name).toBe('simulated');
    expect(features).toMatchObject({ forcedLength: { ignore_eos: true }, streamUsage: true, continuousUsage: true });
    for (const protocol of ['openai-chat', 'openai-completions']) {
      const counter = await createCounter({ url: simulator.url, model: model!, identity, features, protocol });
      const usage = await createCounter({
        url: simulator.url,
        model: model!,
        identity,
        features: { ...features, tokenize: null },
        protocol,
      });
      expect([counter?.method, usage?.method]).toEqual(['tokenize', 'usage']);
      const text = 'The old bridge, and a considerable river.';
      const prompt =
        protocol === 'openai-completions'
          ? ({ kind: 'text', text } as const)
          : ({
              kind: 'messages',
              messages: [
                { role: 'system', content: 'Be kind.' },
                { role: 'user', content: text },
              ],
            } as const);
      expect(await counter!.count(prompt)).toBe(await usage!.count(prompt));
      counter!.close();
      usage!.close();
    }
  });

  it('is found on the ports that are looked at, and other listeners are not', async () => {
    const simulator = await startSimulator({});
    const other = await serve({ 'GET /metrics': { body: '# HELP x X.\nx 1\n' } });
    servers.push(simulator);
    const found = await discover([other.port, simulator.port]);
    expect(found.map(({ url, identity }) => [url, identity.name])).toEqual([[simulator.url, 'simulated']]);
    expect(found[0]!.models.map(({ id }) => id)).toEqual([simulator.model]);
  });
});

describe('counting', () => {
  it('falls back to usage where the tokenize route disagrees with it', async () => {
    const server = await serve({
      'POST /tokenize': { body: { count: 9 } },
      [chat]: { body: { usage: { prompt_tokens: 12 } } },
    });
    const features = {
      forcedLength: null,
      capField: 'max_tokens',
      streamUsage: null,
      continuousUsage: null,
      tokenIds: null,
      tokenize: { path: '/tokenize', field: 'prompt', chat: true },
      metrics: null,
      contextTokens: null,
    } as const;
    const options = {
      url: server.url,
      model: 'm',
      identity: { name: 'vllm', version: null },
      features,
      protocol: 'openai-chat',
    } as const;
    const counter = await createCounter(options);
    expect(counter?.method).toBe('usage');
    expect(await counter!.count({ kind: 'messages', messages: [{ role: 'user', content: 'Hi' }] })).toBe(12);
    counter!.close();
    const nothing = await serve({});
    expect(await createCounter({ ...options, url: nothing.url })).toBeNull();
  });
});

it('tells a wrong base path of a known server', async () => {
  const server = await startSimulator({});
  servers.push(server);
  const origin = new URL(server.url).origin;
  await expect(identify({ url: `${origin}/v2` })).rejects.toMatchObject({
    code: 'not_found',
    exit: 3,
    message: expect.stringContaining('is no API base of the server there (its list of models answered 404)'),
  });
});
