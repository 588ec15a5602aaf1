import { expect, it } from 'vitest';
import { createReception } from '../../src/target/create-reception.ts';
import { readUsage } from '../../src/target/usage.ts';

const usage = (completion: number, reasoning: number, total: number) => ({
  prompt_tokens: 100,
  completion_tokens: completion,
  total_tokens: total,
  completion_tokens_details: { reasoning_tokens: reasoning },
});

it.each([
  ['inside the completion, as OpenAI counts it', usage(50, 30, 150), 50],
  ['beside it, as xAI counts it', usage(20, 30, 150), 50],
  ['none at all', usage(50, 0, 150), 50],
  ['without a total', { ...usage(50, 30, 0), total_tokens: undefined }, 50],
])('reads reasoning %s', (_, value, output) => {
  expect(readUsage(value)).toMatchObject({ input: 100, output });
});

it('reads reasoning beside the completion from every frame of a stream', () => {
  const feed = createReception('openai-chat');
  const frame = (text: string, completion: number) => {
    const delta = { content: text };
    return `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }], usage: usage(completion, 30, 130 + completion) })}\n\n`;
  };
  let atMs = 10;
  for (let i = 1; i <= 6; i++) feed.push(Buffer.from(frame(`t${i}`, i)), atMs++);
  feed.push(Buffer.from('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'), atMs);
  feed.end(atMs);
  const { usage: counted, chunks } = feed.received();
  expect(counted).toMatchObject({ input: 100, output: 36, outputReasoning: 30 });
  expect(chunks.tokens?.reduce((a, b) => a + b, 0) ?? 36).toBe(36);
});
