import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { faultOf } from '../../src/simulate/fault.ts';
import type { SimulatorOptions } from '../../src/simulate/options.ts';
import { type Simulator, startSimulator } from '../../src/simulate/simulator.ts';
import { chatBody, chatFrames, chatPath, closing, counter, post, postJson, raw } from './client.ts';

let simulator: Simulator;
afterEach(() => simulator.close());

async function start(options: SimulatorOptions): Promise<Simulator> {
  simulator = await startSimulator(options);
  return simulator;
}

const root = () => simulator.url.replace('/v1', '');
const metrics = async () => (await fetch(`${root()}/metrics`)).text();
const chat = (fields: object = {}, headers = '') =>
  raw(simulator.port, post(chatPath, chatBody(fields), closing + headers));

it('is never early on exact pace', async () => {
  await start({ pace: { ttftMs: 40, itlMs: 4 } });
  const replies = await Promise.all(Array.from({ length: 20 }, () => chat({ max_tokens: 25 })));
  for (const { reads, sentMs, text } of replies) {
    expect(text.startsWith('HTTP/1.1 200 OK\r\n')).toBe(true);
    let seen = 0;
    let lateness = 0;
    for (const read of reads) {
      const tokens = [...read.bytes.toString().matchAll(/"content":"[^"]/g)].length;
      seen += tokens;
      if (tokens === 0) continue;
      const due = sentMs + 40 + (seen - 1) * 4;
      expect(read.atMs).toBeGreaterThanOrEqual(due);
      lateness = Math.max(lateness, read.atMs - due);
    }
    expect(seen).toBe(25);
    expect(lateness).toBeLessThan(2000);
  }
});

it('counts tokens in its metrics exactly as in the usage of all requests', async () => {
  await start({ pace: { ttftMs: 2, itlMs: 0.5 }, reasoningShare: 0.3 });
  const sum = { prompt: 0, completion: 0, cached: 0, reasoning: 0 };
  // biome-ignore lint/suspicious/noExplicitAny: usage as it came
  const add = (usage: any) => {
    sum.prompt += usage.prompt_tokens;
    sum.completion += usage.completion_tokens;
    sum.cached += usage.prompt_tokens_details.cached_tokens;
    sum.reasoning += usage.completion_tokens_details?.reasoning_tokens ?? 0;
  };
  const streams = Array.from({ length: 20 }, (_, i) =>
    chat({
      max_tokens: 3 + i * 5,
      ignore_eos: i % 2 === 0,
      n: 1 + (i % 3),
      messages: [{ role: 'user', content: 'a word '.repeat(20 + i) }],
    }),
  );
  for (const reply of await Promise.all(streams)) add(chatFrames(reply.text).at(-1)!.usage);
  for (let i = 0; i < 5; i++)
    add(
      (await postJson(`${simulator.url}/completions`, { prompt: 'Once upon a time', max_tokens: 10 + i })).json.usage,
    );
  const text = await metrics();
  expect(counter(text, 'vllm:prompt_tokens_total')).toBe(sum.prompt);
  expect(counter(text, 'vllm:generation_tokens_total')).toBe(sum.completion);
  expect(counter(text, 'vllm:prefix_cache_hits_total')).toBe(sum.cached);
  expect(counter(text, 'vllm:request_success_total')).toBe(25);
  expect(counter(text, 'vllm:request_generation_tokens_sum')).toBe(sum.completion);
  expect(counter(text, 'vllm:num_requests_running')).toBe(0);
  expect(sum.reasoning).toBeGreaterThan(0);
  expect(await (await fetch(`${root()}/load`)).json()).toEqual({ server_load: 0 });
});

it('sends the first share of the output as reasoning', async () => {
  await start({ pace: { ttftMs: 1, itlMs: 1 }, reasoningShare: 0.5, tokensPerEvent: 2 });
  const frames = chatFrames((await chat({ max_tokens: 12, return_token_ids: true })).text);
  const channels = frames.flatMap(({ choices }) =>
    choices[0]?.token_ids ? [choices[0].delta.reasoning ? 'r' : 'a'] : [],
  );
  expect(channels.join('')).toBe('rrraaa');
  expect(frames.flatMap(({ choices }) => choices[0]?.token_ids ?? [])).toHaveLength(12);
  expect(frames.at(-1)!.usage).toMatchObject({
    completion_tokens: 12,
    completion_tokens_details: { reasoning_tokens: 6 },
  });
});

it('asks /tokenize and usage for the same count', async () => {
  await start({ pace: { ttftMs: 1, itlMs: 0 } });
  const contents = ['Hi', 'A transformer, of 8 heads:\n\n  "naïve" 日本 😀.', 'word '.repeat(500), ''];
  for (const content of contents) {
    const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content }]; // biome-ignore format: one line
    const chatUsage = (await postJson(`${simulator.url}/chat/completions`, { messages, max_tokens: 2 })).json.usage;
    expect((await postJson(`${root()}/tokenize`, { messages })).json.count).toBe(chatUsage.prompt_tokens);
    if (content === '') continue;
    const tokenized = (
      await postJson(`${root()}/tokenize`, { model: simulator.model, prompt: content, return_token_strs: true })
    ).json;
    const { usage } = (await postJson(`${simulator.url}/completions`, { prompt: content, max_tokens: 2 })).json;
    expect(tokenized.count).toBe(usage.prompt_tokens);
    expect(tokenized.tokens).toHaveLength(tokenized.count);
    expect(tokenized.token_strs.join('')).toBe(content);
    const byIds = (await postJson(`${simulator.url}/completions`, { prompt: tokenized.tokens, max_tokens: 2 })).json
      .usage;
    expect(byIds.prompt_tokens).toBe(tokenized.count);
    expect((await postJson(`${root()}/detokenize`, { tokens: tokenized.tokens })).json.prompt).toBe(content);
  }
});

it('reuses the cache from turn to turn, the answer included', async () => {
  await start({ pace: { ttftMs: 1, itlMs: 0 } });
  const question = { role: 'user', content: 'Tell me a long story about a river. '.repeat(10) };
  const ask = (messages: object[]) =>
    postJson(`${simulator.url}/chat/completions`, { messages, max_tokens: 64, ignore_eos: true });
  const first = (await ask([question])).json;
  const again = (await ask([question])).json.usage;
  expect(first.usage.prompt_tokens_details.cached_tokens).toBe(0);
  expect(again.prompt_tokens_details.cached_tokens).toBe(Math.floor((again.prompt_tokens - 1) / 16) * 16);
  const next = [question, first.choices[0].message, { role: 'user', content: 'Go on.' }]; // biome-ignore format: one line
  const { usage } = (await ask(next)).json;
  expect(usage.prompt_tokens_details.cached_tokens).toBe(Math.floor(first.usage.total_tokens / 16) * 16);
});

it('answers the same to the same seed', async () => {
  const options = { pace: { ttftMs: 1, itlMs: 0 }, seed: 5, meanOutputTokens: 40 };
  const texts = async () => {
    const found: string[] = [];
    for (let i = 0; i < 10; i++)
      found.push(
        (await postJson(`${simulator.url}/completions`, { prompt: `${i}`, max_tokens: 500 })).json.choices[0].text,
      );
    return found;
  };
  await start(options);
  const first = await texts();
  await simulator.close();
  await start(options);
  expect(await texts()).toEqual(first);
  expect(new Set(first.map((text) => text.length)).size).toBeGreaterThan(5);
  await simulator.close();
  await start({ ...options, seed: 6 });
  expect(await texts()).not.toEqual(first);
});

it('keeps to the lengths that were asked for', async () => {
  await start({ pace: { ttftMs: 1, itlMs: 0 }, meanOutputTokens: 50 });
  const finishes = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const body = { prompt: 'x', max_tokens: 60, min_tokens: 20 };
    const { usage, choices } = (await postJson(`${simulator.url}/completions`, body)).json;
    finishes.add(choices[0].finish_reason);
    expect(usage.completion_tokens).toBeGreaterThan(20);
    expect(usage.completion_tokens).toBeLessThanOrEqual(60);
    if (choices[0].finish_reason === 'length') expect(usage.completion_tokens).toBe(60);
  }
  expect(finishes).toEqual(new Set(['stop', 'length']));
});

it('writes the truth of every request, and counts its faults as drawn', async () => {
  const truth = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'truth.jsonl');
  const faults = { reset: 0.2, rate_limited: 0.2, truncated: 0.2 };
  const before = process.hrtime.bigint();
  await start({ pace: { ttftMs: 20, itlMs: 2 }, faults, seed: 3, truth });
  const replies = await Promise.all(
    Array.from({ length: 60 }, (_, i) => chat({ max_tokens: 6 }, `x-request-id: r${i}\r\n`)),
  );
  await simulator.close();
  const after = process.hrtime.bigint();
  const [head, ...lines] = readFileSync(truth, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line)); // biome-ignore format: one line
  expect(head).toMatchObject({ schema: 'tokbench.simulator-truth/1', settings: { seed: 3, faults } });
  expect(lines.map((line) => line.ordinal).sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  for (const line of lines) {
    expect(line.fault).toBe(faultOf(faults, 3, line.ordinal));
    expect(BigInt(line.received_ns) > before && BigInt(line.received_ns) < after).toBe(true);
    line.events_us.forEach((us: number, j: number) => {
      expect(us).toBeGreaterThanOrEqual(20_000 + j * 2000);
    });
    const client = replies[Number(line.id.replace('chatcmpl-r', ''))]!;
    const sent = [...client.text.matchAll(/"content":"[^"]/g)].length;
    expect(sent).toBe(line.output_tokens);
    expect(line.events_us).toHaveLength(line.output_tokens);
    if (line.fault === null) expect([line.end, line.output_tokens]).toEqual(['finished', 6]);
  }
  expect(new Set(lines.map((line) => line.fault)).size).toBe(4);
});

it('ends what the client has left', async () => {
  await start({ pace: { ttftMs: 5, itlMs: 100 } });
  const abort = new AbortController();
  const response = await fetch(`${simulator.url}/chat/completions`, { method: 'POST', body: JSON.stringify(chatBody({ max_tokens: 1000 })), signal: abort.signal }); // biome-ignore format: one request
  await response.body!.getReader().read();
  abort.abort();
  let text = '';
  for (let i = 0; i < 1000 && counter(text, 'vllm:request_success_total', '"abort"') === 0; i++) text = await metrics();
  expect(counter(text, 'vllm:request_success_total', '"abort"')).toBe(1);
  expect(counter(text, 'vllm:num_requests_running')).toBe(0);
});

it('says on a busy engine who runs and who waits', async () => {
  await start({ profile: 'cpu', maxSequences: 2 });
  const replies = Array.from({ length: 5 }, () => chat({ max_tokens: 40 }));
  let text = '';
  for (
    let i = 0;
    i < 500 && !(counter(text, 'vllm:num_requests_running') === 2 && counter(text, 'vllm:num_requests_waiting') === 3);
    i++
  )
    text = await metrics();
  expect(counter(text, 'vllm:num_requests_running')).toBe(2);
  for (const reply of await Promise.all(replies)) expect(reply.text).toContain('[DONE]');
});
