import { describe, expect, it } from 'vitest';
import { bucketLengths, bucketsNote, warmBuckets } from '../../src/experiment/buckets.ts';
import { resolvePlan } from '../../src/experiment/plan.ts';
import { prepareWorkload } from '../../src/experiment/prepare.ts';
import { reachTarget } from '../../src/experiment/reach.ts';
import { targetOptionsOf } from '../../src/experiment/target-options.ts';
import type { Prompt } from '../../src/record/turn.ts';
import { json, listen, type StandIn, type StandInReply } from '../target/stand-in.ts';

type Message = { readonly content: string };
const wordsOf = (messages: readonly Message[]) =>
  messages.flatMap(({ content }) => content.split(/\s+/).filter(Boolean)).length;

/** Counts words as tokens, as a server with a tokenizer of its own would; fails what is longer than `most`. */
function server(most: number, streamed: number[]): StandIn {
  return ({ path, text }): StandInReply => {
    if (path === '/v1/models') return json(200, { data: [{ id: 'm', owned_by: 'neuron', max_model_len: 2048 }] });
    if (path !== '/v1/chat/completions') return json(404, { detail: 'Not Found' });
    const body = JSON.parse(text) as {
      messages?: Message[];
      stream?: boolean;
      max_tokens?: number;
      max_completion_tokens?: number;
    };
    if (body.messages === undefined) return json(400, { error: { message: 'No messages.' } });
    const usage = { prompt_tokens: wordsOf(body.messages), completion_tokens: 1 };
    if (usage.prompt_tokens > most) return json(400, { error: { message: 'Too long.' } });
    if (body.stream !== true)
      return json(200, { choices: [{ index: 0, message: { content: 'a' }, finish_reason: 'length' }], usage });
    if ((body.max_completion_tokens ?? body.max_tokens) === 2) streamed.push(usage.prompt_tokens);
    const frames = [
      { choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'length' }] },
      { choices: [], usage },
    ];
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      body: Buffer.from(`${frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('')}data: [DONE]\n\n`),
    };
  };
}

describe('buckets', () => {
  it.each([
    [128, 1000, [128, 129, 256, 257, 512, 513]],
    [128, 512, [128, 129, 256, 257]],
    [128, 513, [128, 129, 256, 257, 512, 513]],
    [128, 129, [128, 129]],
    [128, 128, [128]],
    [128, 40, [40]],
  ])('from %i up to prompts of %i are seen from both sides', (from, most, lengths) => {
    expect(bucketLengths(from, most).map(({ inputTokens }) => inputTokens)).toEqual(lengths);
    expect(
      bucketLengths(from, most).every(({ inputTokens, side }) => (side === 'inside') === (inputTokens % 2 === 0)),
    ).toBe(true);
  });

  it('are named with what they cost', () => {
    expect(
      bucketsNote(128, [
        { inputTokens: 128, ttftMs: 12.5 },
        { inputTokens: 129, ttftMs: null },
      ]),
    ).toMatch(/powers of two from 128 tokens.*128 tokens 12\.5 ms, 129 tokens failed\.$/);
  });
});

describe('a server that pads prompts', () => {
  const { signal } = new AbortController();
  const planAt = (url: string) =>
    resolvePlan({
      suite: null,
      flags: { target: 'neuron', url, 'input-tokens': '300', 'output-tokens': '8', concurrency: '1' },
    }).plan;

  it('has every bucket warmed twice, in order, with prompts of exactly those lengths, before the load', async () => {
    const streamed: number[] = [];
    const listening = await listen(server(2048, streamed));
    const plan = planAt(`${listening.url}/v1`);
    expect(plan.target.quirks?.bucketsFrom).toBe(128);
    const reached = await reachTarget({ plan, environment: {}, simulator: null });
    const prepared = await prepareWorkload({ plan, reached, seed: 7, signal });
    expect(streamed).toEqual([128, 128, 129, 129, 256, 256, 257, 257]);
    expect(prepared.notes.join(' ')).toMatch(/128 tokens [\d.]+ .*257 tokens [\d.]+/);
    const bodies = listening.requests.filter(({ text }) => text.includes('"stream":true')).map(({ text }) => text);
    expect(new Set(bodies).size).toBe(bodies.length);
    await reached.close();
    await listening.close();
  });

  it('that fails a bucket is told', async () => {
    const listening = await listen(server(200, []));
    const plan = planAt(`${listening.url}/v1`);
    const reached = await reachTarget({ plan, environment: {}, simulator: null });
    const count = async (prompt: Prompt) => (prompt.kind === 'messages' ? wordsOf(prompt.messages) : 0);
    const deps = { seed: 7, promptKind: 'messages', count, countMethod: 'tokenize', signal } as const;
    const probes = await warmBuckets({ from: 128, mostTokens: 300, target: targetOptionsOf(plan, reached), deps });
    expect(probes.map(({ inputTokens, ttftMs }) => [inputTokens, ttftMs === null])).toEqual([
      [128, false],
      [129, false],
      [256, true],
      [257, true],
    ]);
    await reached.close();
    await listening.close();
  });
});
