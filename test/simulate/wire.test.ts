import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulate/simulator.ts';
import { chatBody, chatPath, closing, post, postJson, raw } from './client.ts';

// What vLLM 0.32.0 sent to the same requests, recorded from its socket; ids, texts and numbers are made equal on both sides.
const chat = 'data: {"id":"chatcmpl-a","object":"chat.completion.chunk","created":0,"model":"m","choices":';
const recorded = {
  role: `${chat}[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":null,"prompt_text":null}`,
  token: `${chat}[{"index":0,"delta":{"content":"x"},"logprobs":null,"finish_reason":null,"token_ids":null}]}`,
  last: `${chat}[{"index":0,"delta":{"content":"x"},"logprobs":null,"finish_reason":"length","stop_reason":null,"token_ids":null}]}`,
  lastWithoutUsage: `${chat}[{"index":0,"delta":{"content":"x"},"logprobs":null,"finish_reason":"length","stop_reason":null,"token_ids":null}],"system_fingerprint":"f"}`,
  natural: `${chat}[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop","stop_reason":null,"token_ids":null}]}`,
  usage: `${chat}[],"usage":{"prompt_tokens":1,"total_tokens":1,"completion_tokens":1},"system_fingerprint":"f"}`,
  done: 'data: [DONE]',
  continuousRole: `${chat}[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":{"prompt_tokens":1,"total_tokens":1,"completion_tokens":1,"completion_tokens_details":null},"prompt_token_ids":null,"prompt_text":null}`,
  continuousToken: `${chat}[{"index":0,"delta":{"content":"x"},"logprobs":null,"finish_reason":null,"token_ids":null}],"usage":{"prompt_tokens":1,"total_tokens":1,"completion_tokens":1,"completion_tokens_details":null}}`,
  continuousLast: `${chat}[{"index":0,"delta":{"content":"x"},"logprobs":null,"finish_reason":"length","stop_reason":null,"token_ids":null}],"usage":{"prompt_tokens":1,"total_tokens":1,"completion_tokens":1,"completion_tokens_details":null}}`,
  idsRole: `${chat}[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":[1],"prompt_text":null}`,
  idsToken: `${chat}[{"index":0,"delta":{"content":"x"},"logprobs":null,"finish_reason":null,"token_ids":[1]}]}`,
  idsLast: `${chat}[{"index":0,"delta":{"content":"x"},"logprobs":null,"finish_reason":"length","stop_reason":null,"token_ids":[1]}]}`,
};
const text = 'data: {"id":"cmpl-a","object":"text_completion","created":0,"model":"m","choices":';
const recordedText = {
  token: `${text}[{"index":0,"text":"x","logprobs":null,"finish_reason":null,"stop_reason":null,"prompt_token_ids":null,"token_ids":null}]}`,
  last: `${text}[{"index":0,"text":"x","logprobs":null,"finish_reason":"length","stop_reason":null,"prompt_token_ids":null,"token_ids":null}]}`,
  lastWithoutUsage: `${text}[{"index":0,"text":"x","logprobs":null,"finish_reason":"length","stop_reason":null,"prompt_token_ids":null,"token_ids":null}],"system_fingerprint":"f"}`,
  usage: `${text}[],"usage":{"prompt_tokens":1,"total_tokens":1,"completion_tokens":1},"system_fingerprint":"f"}`,
};

function equalised(frame: string): string {
  return frame
    .replace(/"id":"(chatcmpl|cmpl)-[^"]*"/, '"id":"$1-a"')
    .replace(/"created":\d+/, '"created":0')
    .replace(/"(content|text|reasoning)":"[^"]+"/g, '"$1":"x"')
    .replace(/"system_fingerprint":"[^"]*"/, '"system_fingerprint":"f"')
    .replace(/"(\w*tokens)":\d+/g, '"$1":1')
    .replace(/\[\d[\d,]*\]/g, '[1]');
}

/** The events as they came, with the chunks of HTTP taken apart and their lengths checked. */
function wireFrames(reply: string): string[] {
  let rest = reply.slice(reply.indexOf('\r\n\r\n') + 4);
  const frames: string[] = [];
  for (;;) {
    const lineEnd = rest.indexOf('\r\n');
    const length = Number.parseInt(rest.slice(0, lineEnd), 16);
    if (length === 0) {
      expect(rest.slice(lineEnd)).toBe('\r\n\r\n');
      return frames;
    }
    const frame = rest.slice(lineEnd + 2, lineEnd + 2 + length);
    expect(frame.endsWith('\n\n')).toBe(true);
    expect(rest.slice(lineEnd + 2 + length, lineEnd + 4 + length)).toBe('\r\n');
    frames.push(equalised(frame.trimEnd()));
    rest = rest.slice(lineEnd + 4 + length);
  }
}

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ model: 'm', pace: { ttftMs: 1, itlMs: 1 }, reportCached: false });
});
afterAll(() => simulator.close());

async function frames(fields: object, path = chatPath): Promise<string[]> {
  return wireFrames((await raw(simulator.port, post(path, fields, closing))).text);
}

it('streams a chat as vLLM does', async () => {
  const { role, token, last, usage, done } = recorded;
  expect(await frames(chatBody({ max_tokens: 4 }))).toEqual([role, token, token, token, last, usage, done]);
  expect(await frames(chatBody({ max_tokens: 1 }))).toEqual([role, last, usage, done]);
});

it('puts the fingerprint on the last choice when usage was not asked for', async () => {
  const { role, token, lastWithoutUsage, done } = recorded;
  const got = await frames(chatBody({ max_tokens: 2, stream_options: undefined }));
  expect(got).toEqual([role, token, lastWithoutUsage, done]);
});

it('sends usage on every event when asked to', async () => {
  const { continuousRole, continuousToken, continuousLast, usage, done } = recorded;
  const options = { include_usage: true, continuous_usage_stats: true };
  const got = await frames(chatBody({ max_tokens: 2, stream_options: options }));
  expect(got).toEqual([continuousRole, continuousToken, continuousLast, usage, done]);
});

it('sends token ids when asked to', async () => {
  const { idsRole, idsToken, idsLast, usage, done } = recorded;
  const got = await frames(chatBody({ max_tokens: 2, return_token_ids: true }));
  expect(got).toEqual([idsRole, idsToken, idsLast, usage, done]);
});

it('ends a natural stop on an empty event', async () => {
  const got = await frames(chatBody({ ignore_eos: false, max_tokens: 20_000 }));
  expect(got.slice(-3)).toEqual([recorded.natural, recorded.usage, recorded.done]);
  expect(new Set(got.slice(1, -3))).toEqual(new Set([recorded.token]));
});

it('interleaves two choices and sums their usage', async () => {
  const { role, token, last, usage, done } = recorded;
  const second = (frame: string) => frame.replace('"index":0', '"index":1');
  const got = await frames(chatBody({ max_tokens: 2, n: 2 }));
  expect(got).toEqual([role, second(role), token, second(token), last, second(last), usage, done]);
  const { json } = await postJson(`${simulator.url}/chat/completions`, chatBody({ max_tokens: 2, n: 2, stream: false, stream_options: undefined })); // biome-ignore format: one request
  expect(json.usage.completion_tokens).toBe(4);
});

it('streams completions as vLLM does', async () => {
  const { token, last, usage, lastWithoutUsage } = recordedText;
  const body = { prompt: 'Once upon a time', max_tokens: 3, ignore_eos: true, stream: true };
  const withUsage = { ...body, stream_options: { include_usage: true } };
  expect(await frames(withUsage, '/v1/completions')).toEqual([token, token, last, usage, recorded.done]);
  expect(await frames(body, '/v1/completions')).toEqual([token, token, lastWithoutUsage, recorded.done]);
});

it('sends log probabilities in the shape of each route', async () => {
  const reply = await raw(
    simulator.port,
    post(chatPath, chatBody({ max_tokens: 2, logprobs: true, top_logprobs: 1 }), closing),
  );
  const frame = JSON.parse(reply.text.match(/^data: (.*"logprobs":\{.*)$/m)![1]!);
  const [entry] = frame.choices[0].logprobs.content;
  expect(Object.keys(entry)).toEqual(['token', 'logprob', 'bytes', 'top_logprobs']);
  expect(entry.token).toBe(frame.choices[0].delta.content);
  expect(entry.logprob).toBeLessThanOrEqual(0);
  expect(entry.bytes).toEqual([...Buffer.from(entry.token)]);
  const body = { prompt: 'a b', max_tokens: 3, logprobs: 1, ignore_eos: true };
  const { json } = await postJson(`${simulator.url}/completions`, body);
  expect(json.choices[0].logprobs.tokens.join('')).toBe(json.choices[0].text);
  expect(json.choices[0].logprobs.token_logprobs).toHaveLength(3);
});

it('answers in one object when no stream is asked for', async () => {
  const fields = chatBody({ max_tokens: 3, stream: undefined, stream_options: undefined });
  const { text: body, json } = await postJson(`${simulator.url}/chat/completions`, fields);
  expect(Object.keys(json)).toEqual('id object created model choices service_tier system_fingerprint usage prompt_logprobs prompt_token_ids prompt_text kv_transfer_params ec_transfer_params metrics'.split(' ')); // biome-ignore format: a list of keys
  expect(equalised(body)).toContain(
    '"choices":[{"index":0,"message":{"role":"assistant","content":"x","refusal":null,"annotations":null,"audio":null,"function_call":null,"reasoning":null},"logprobs":null,"finish_reason":"length","stop_reason":null,"token_ids":null,"routed_experts":null}]',
  );
  expect(equalised(body)).toContain(
    '"usage":{"prompt_tokens":1,"total_tokens":1,"completion_tokens":1,"prompt_tokens_details":null,"completion_tokens_details":null}',
  );
  const completion = await postJson(`${simulator.url}/completions`, {
    prompt: 'Once',
    max_tokens: 3,
    ignore_eos: true,
  });
  expect(Object.keys(completion.json)).toEqual('id object created model choices service_tier system_fingerprint usage kv_transfer_params ec_transfer_params metrics'.split(' ')); // biome-ignore format: a list of keys
  expect(Object.keys(completion.json.choices[0])).toEqual('index text logprobs finish_reason stop_reason token_ids prompt_logprobs prompt_token_ids routed_experts'.split(' ')); // biome-ignore format: a list of keys
});

it('stays ASCII whatever the model is called', async () => {
  const other = await startSimulator({ model: 'modèle "é😀"', pace: { ttftMs: 1, itlMs: 1 } });
  const reply = await raw(other.port, post(chatPath, chatBody({ max_tokens: 2 }), closing));
  await other.close();
  expect(wireFrames(reply.text)).toHaveLength(5);
  expect(JSON.parse(reply.text.match(/^data: (.*)$/m)![1]!).model).toBe('modèle "é😀"');
});
