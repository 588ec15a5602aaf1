import { afterAll, beforeAll, expect, it } from 'vitest';
import { float, Histogram, Metrics } from '../../src/simulate/metrics.ts';
import { type Simulator, startSimulator } from '../../src/simulate/simulator.ts';
import { chatBody, chatPath, closing, post, postJson, raw } from './client.ts';

let simulator: Simulator;
let root: string;
beforeAll(async () => {
  simulator = await startSimulator({ pace: { ttftMs: 1, itlMs: 0 }, model: 'm', maxModelTokens: 2048 });
  root = simulator.url.replace('/v1', '');
});
afterAll(() => simulator.close());

const ask = (fields: object) => postJson(`${simulator.url}/chat/completions`, chatBody(fields));
const length = "This model's maximum context length is 2048 tokens. However, ";

it('says who it is', async () => {
  const version = await fetch(`${root}/version`);
  expect(await version.json()).toEqual({ version: expect.stringMatching(/^\d+\.\d+\.\d+/), simulator: 'tokbench' });
  expect(version.headers.get('server')).toBe('tokbench-simulator');
  const models = (await (await fetch(`${simulator.url}/models`)).json()) as { data: object[] };
  expect(models.data).toEqual([expect.objectContaining({ id: 'm', object: 'model', max_model_len: 2048 })]);
  for (const path of ['/health', '/ping']) expect((await fetch(root + path)).status).toBe(200);
});

// The words of vLLM 0.32.0 to the same mistakes, as recorded.
it.each([
  ['an unknown model', { model: 'no-such' }, 404, { message: 'The model `no-such` does not exist. Available models: m.', type: 'NotFoundError', param: 'model', code: 404 }],
  ['a wrong type', { max_tokens: 'many' }, 400, { message: "1 validation error:\n  {'type': 'int_parsing', 'loc': 'body.max_tokens', 'msg': 'Input should be a valid integer, unable to parse string as an integer', 'input': 'many'}", type: 'Bad Request', param: 'body.max_tokens', code: 400 }],
  ['no messages', { messages: undefined, max_tokens: undefined, ignore_eos: undefined, stream_options: undefined, model: 'm' }, 400, { message: "1 validation error:\n  {'type': 'missing', 'loc': 'body.messages', 'msg': 'Field required', 'input': '<dict of 2 items>'}", type: 'Bad Request', param: 'body.messages', code: 400 }],
  ['too much output', { max_tokens: 100_000 }, 400, { message: 'max_tokens=100000 cannot be greater than max_model_len=2048. Please request fewer output tokens. (parameter=max_tokens, value=100000)', type: 'BadRequestError', param: 'max_tokens', code: 400 }],
  ['too long a prompt', { messages: [{ role: 'user', content: 'word '.repeat(3000) }] }, 400, { message: `${length}your prompt contains at least 2049 tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=2049)`, type: 'BadRequestError', param: 'input_tokens', code: 400 }],
  ['too much of both', { messages: [{ role: 'user', content: 'word '.repeat(1500) }], max_tokens: 1000 }, 400, { message: `${length}you requested 1000 output tokens and your prompt contains at least 1049 input tokens, for a total of at least 2049 tokens. Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=1049)`, type: 'BadRequestError', param: 'input_tokens', code: 400 }],
])('refuses %s in the words of vLLM', async (_, fields, status, error) => {
  const reply = await ask(fields);
  expect([reply.status, reply.json]).toEqual([status, { error }]);
}); // biome-ignore format: a table

it('refuses broken JSON, other methods and other paths in the words of vLLM', async () => {
  const broken = await raw(simulator.port, post(chatPath, '{"model": "smollm2-135m", "messages": [', closing));
  expect(broken.text).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  expect(broken.text).toContain('{"error":{"message":"1 validation error:\\n  {\'type\': \'json_invalid\', \'loc\': \'body.39\', \'msg\': \'JSON decode error\', \'input\': \'<dict of 0 items>\', \'ctx\': {\'error\': \'Expecting value\'}}","type":"Bad Request","param":"body.39","code":400}}'); // biome-ignore format: recorded
  const method = await fetch(`${root}${chatPath}`);
  expect([method.status, method.headers.get('allow'), await method.text()]).toEqual([
    405,
    'POST',
    '{"detail":"Method Not Allowed"}',
  ]);
  const path = await fetch(`${simulator.url}/nothing`);
  expect([path.status, await path.text()]).toEqual([404, '{"detail":"Not Found"}']);
});

it.each([
  [{ stream: false }],
  [{ stream_options: 3 }],
  [{ messages: [] }],
  [{ messages: 'x' }],
  [{ messages: [3] }],
  [{ messages: [{ content: 'x' }] }],
  [{ messages: [{ role: 'user', content: 4 }] }],
  [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }],
  [{ max_tokens: 0 }],
  [{ max_tokens: 1.5 }],
  [{ max_tokens: {} }],
  [{ min_tokens: 9 }],
  [{ n: 0 }],
  [{ n: 1000 }],
  [{ ignore_eos: 'x' }],
  [{ model: 4 }],
])('refuses %j', async (fields) => {
  const reply = await ask(fields);
  expect(reply.status).toBe(400);
  expect(reply.json.error.code).toBe(400);
});

it.each([
  [{}],
  [{ prompt: '' }],
  [{ prompt: [] }],
  [{ prompt: ['a', 'b'] }],
  [{ prompt: [1, -2] }],
  [{ prompt: { a: 1 } }],
  [[1]],
  ['text'],
])('refuses the completion %j', async (body) => {
  expect((await postJson(`${simulator.url}/completions`, body)).status).toBe(400);
});

it('takes parts of text, one prompt in a list, and numbers as text', async () => {
  const parts = {
    role: 'user',
    content: [
      { type: 'text', text: 'Hello' },
      { type: 'text', text: 'there' },
    ],
  };
  const joined = { role: 'user', content: 'Hello\nthere' };
  const count = async (message: object) => (await ask({ messages: [message], stream: false, stream_options: undefined, max_tokens: '3' })).json.usage; // biome-ignore format: one line
  const { prompt_tokens, completion_tokens } = await count(parts);
  expect([prompt_tokens, completion_tokens]).toEqual([(await count(joined)).prompt_tokens, 3]);
  expect((await postJson(`${simulator.url}/completions`, { prompt: ['a b'] })).json.usage.prompt_tokens).toBe(2);
});

it('prefers max_completion_tokens, and takes the rest of the context without either', async () => {
  const whole = { stream: false, stream_options: undefined };
  expect((await ask({ ...whole, max_completion_tokens: 5, max_tokens: 9 })).json.usage.completion_tokens).toBe(5);
  expect((await ask({ ...whole, max_tokens: undefined })).json.usage.total_tokens).toBe(2048);
  const { usage } = (await postJson(`${simulator.url}/completions`, { prompt: 'a', ignore_eos: true })).json;
  expect(usage.completion_tokens).toBe(16);
});

it('demands the key on /v1 only', async () => {
  process.env['TOKBENCH_TEST_KEY'] = 'sesame';
  const guarded = await startSimulator({ apiKeyEnv: 'TOKBENCH_TEST_KEY', pace: { ttftMs: 1, itlMs: 0 } });
  const status = async (authorization: string) => (await postJson(`${guarded.url}/chat/completions`, chatBody(), { authorization })).status; // biome-ignore format: one line
  expect([
    await status('Bearer sesame'),
    await status('Bearer sesamf'),
    await status('Bearer'),
    await status('sesame'),
  ]).toEqual([200, 401, 401, 401]);
  const models = await fetch(`${guarded.url}/models`);
  expect([models.status, await models.json()]).toEqual([401, { error: 'Unauthorized' }]);
  expect((await fetch(guarded.url.replace('/v1', '/health'))).status).toBe(200);
  await guarded.close();
});

it('takes the id of the client into its own', async () => {
  const id = async (given: string) =>
    (await postJson(`${simulator.url}/completions`, { prompt: 'a' }, { 'x-request-id': given })).json.id;
  expect(await id('mine-1')).toBe('cmpl-mine-1');
  expect(await id('"evil"')).toMatch(/^cmpl-[0-9a-f]{16}$/);
});

it('writes numbers as the Python client does', () => {
  const written = [0, 4174, 20_000, 999_999, 1_234_567, 1795539840.9409077, 0.25, 4.666314752e9, 0.004741779002188196];
  expect(written.map(float)).toEqual(['0.0', '4174.0', '20000.0', '999999.0', '1.234567e+06', '1.7955398409409077e+09', '0.25', '4.666314752e+09', '0.004741779002188196']); // biome-ignore format: pairs
});

it('exposes histograms with cumulative buckets, and escapes labels', () => {
  const histogram = new Histogram([1, 2]);
  for (const value of [0.5, 1, 1.5, 9]) histogram.observe(value);
  expect([histogram.counts, histogram.count, histogram.sum]).toEqual([[2, 1], 4, 12]);
  const metrics = new Metrics('a"b\\c', 0);
  metrics.ttft.observe(0.03);
  const text = metrics.exposition({ running: 1, waiting: 2, kvUsage: 0.5, preemptions: 3 });
  const labels = 'model_name="a\\"b\\\\c"';
  expect(text).toContain(`vllm:time_to_first_token_seconds_bucket{engine="0",le="0.02",${labels}} 0.0\n`);
  expect(text).toContain(`vllm:time_to_first_token_seconds_bucket{engine="0",le="0.04",${labels}} 1.0\n`);
  expect(text).toContain(`vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",${labels}} 1.0\n`);
  expect(text).toContain(
    `# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running{engine="0",${labels}} 1.0\n`,
  );
});
