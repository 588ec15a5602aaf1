import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReception } from '../../src/target/create-reception.ts';
import type { Received } from '../../src/target/target.ts';
import { type Recording, readRecording } from './recording.ts';

const servers = ['vllm', 'llamacpp', 'triton', 'ollama', 'sglang'];
const all = servers.flatMap((server) =>
  readdirSync(join(import.meta.dirname, '../fixtures/wire', server)).map((file) =>
    readRecording(server, file.replace('.txt', '')),
  ),
);

const protocols: readonly (readonly [path: RegExp, protocol: string])[] = [
  [/^POST \/completion /, 'llamacpp'],
  [/^POST \/v1\/completions /, 'openai-completions'],
  [/^POST \/v1\/responses /, 'openai-responses'],
  [/^POST \/v1\/embeddings /, 'openai-embeddings'],
  [/^POST \/v1\/rerank /, 'rerank'],
  [/^POST \/v1\/messages /, 'anthropic'],
  [/^POST \/score /, 'score'],
  [/^POST \/v2\/models\//, 'triton'],
  [/^POST \/api\/chat /, 'ollama'],
  [/^POST \/generate /, 'sglang'],
];
const protocolOf = ({ request }: Recording) => protocols.find(([path]) => path.test(request))?.[1] ?? 'openai-chat';

function feed(recording: Recording, pieces: readonly { atMs: number; bytes: Buffer }[]): Received {
  const body = JSON.parse(recording.request.split('\r\n\r\n')[1] || '{}') as Record<string, unknown>;
  const reception = createReception(protocolOf(recording), {
    http: true,
    keepText: true,
    stream: body['stream'] === true,
    choices: (body['n'] as number | undefined) ?? 1,
    cap: ((body['max_tokens'] ?? body['n_predict'] ?? body['max_output_tokens']) as number | undefined) ?? null,
  });
  for (const { atMs, bytes } of pieces) reception.push(bytes, atMs);
  return reception.received();
}
const readable = all.filter((recording) => !/error-bad-(json|type)/.test(recording.name));
const bytewise = (recording: Recording) =>
  feed(
    recording,
    recording.reads.flatMap(({ atMs, bytes }) => [...bytes].map((byte) => ({ atMs, bytes: Buffer.of(byte) }))),
  );

/** events, tokens by event, output, input, finish, flags */
const expected: Record<string, [number, number[] | null, number | null, number | null, string | null]> = {
  'vllm/chat-stream-usage': [12, null, 12, 35, 'length'],
  'vllm/chat-stream-nousage': [12, null, null, null, 'length'],
  'vllm/chat-stream-continuous-usage': [12, Array(12).fill(1), 12, 35, 'length'],
  'vllm/chat-stream-token-ids': [8, Array(8).fill(1), 8, 35, 'length'],
  'vllm/chat-stream-logprobs': [4, Array(4).fill(1), 4, 35, 'length'],
  'vllm/chat-stream-emoji': [5, null, 16, 44, 'length'],
  'vllm/chat-stream-max1': [1, null, 1, 35, 'length'],
  'vllm/chat-stream-n2': [16, null, 16, 35, 'length'],
  'vllm/chat-stream-natural-stop': [7, null, 8, 37, 'stop'],
  'vllm/chat-stream-stop': [3, null, 4, 37, 'stop'],
  'vllm/chat-plain': [0, null, 12, 35, 'length'],
  'vllm/chat-plain-n2': [0, null, 16, 35, 'length'],
  'vllm/completions-stream-usage': [12, null, 12, 4, 'length'],
  'vllm/completions-plain': [0, null, 12, 4, 'length'],
  // The Messages API of Anthropic, which both speak. A last token without text, such as a stop word, has no event.
  'vllm/messages-stream': [12, null, 12, 36, 'max_tokens'],
  'vllm/messages-stream-system': [4, null, 4, 23, 'max_tokens'],
  'vllm/messages-stream-natural-stop': [11, null, 12, 38, 'end_turn'],
  'vllm/messages-stream-stop': [6, null, 7, 36, 'stop_sequence'],
  'vllm/messages-plain': [0, null, 12, 36, 'max_tokens'],
  // What was read from the cache is counted apart from the rest of the input there, as Anthropic does.
  'llamacpp/messages-stream': [12, null, 12, 36, 'max_tokens'],
  'llamacpp/messages-stream-system': [4, null, 4, 23, 'max_tokens'],
  'llamacpp/messages-stream-natural-stop': [11, null, 12, 38, 'end_turn'],
  'llamacpp/messages-stream-stop': [40, null, 40, 36, 'max_tokens'],
  'llamacpp/messages-plain': [0, null, 12, 36, 'max_tokens'],
  'llamacpp/chat-stream-usage': [12, null, 12, 35, 'length'],
  'llamacpp/chat-stream-nousage': [12, null, null, null, 'length'],
  'llamacpp/chat-stream-emoji': [5, null, 16, 44, 'length'],
  'llamacpp/chat-stream-logprobs': [4, Array(4).fill(1), 4, 35, 'length'],
  'llamacpp/chat-stream-n2': [16, null, 16, 35, 'length'],
  'llamacpp/chat-plain': [0, null, 12, 35, 'length'],
  // One choice's usage stands for two: what both took is unknown, not half of it.
  'llamacpp/chat-plain-n2': [0, null, null, 35, 'length'],
  'llamacpp/completions-stream-nousage': [12, null, 12, 4, 'length'],
  'llamacpp/completions-plain': [0, null, 12, 4, 'length'],
  'llamacpp/native-stream': [12, Array(12).fill(1), 12, 4, 'limit'],
  'llamacpp/native-stream-ignore-eos': [12, Array(12).fill(1), 12, 4, 'limit'],
  'llamacpp/native-stream-emoji': [16, Array(16).fill(1), 16, 31, 'limit'],
  'llamacpp/native-plain': [0, null, 12, 4, 'limit'],
  // vLLM joins what is generated while an event is on its way. llama.cpp calls a reply complete that ended at the cap.
  'llamacpp/responses-stream': [12, null, 12, 35, 'completed'],
  'llamacpp/responses-plain': [0, null, 12, 35, 'completed'],
  'vllm/responses-stream': [10, null, 12, 35, 'max_output_tokens'],
  'vllm/responses-stream-emoji': [5, null, 16, 44, 'max_output_tokens'],
  'vllm/responses-plain': [0, null, 12, 35, 'max_output_tokens'],
  // Tensors named as those of its vLLM backend, whose counts come on request.
  'triton/generate-stream-counted': [12, Array(12).fill(1), 12, 4, 'length'],
  'triton/generate-stream': [12, null, null, null, null],
  'triton/generate-plain-counted': [0, null, 12, 4, 'length'],
  'triton/generate-plain': [0, null, null, null, null],
  // The stop word's token is counted; the space before it is the text that was left of it.
  'ollama/ollama-chat-stream': [12, null, 12, 14, 'length'],
  'ollama/ollama-chat-stream-natural-stop': [7, null, 8, 16, 'stop'],
  'ollama/ollama-chat-stream-stop': [4, null, 4, 16, 'stop'],
  'ollama/ollama-chat-stream-emoji': [16, null, 16, 23, 'length'],
  'ollama/ollama-chat-stream-max1': [1, null, 1, 14, 'length'],
  'ollama/ollama-chat-plain': [0, null, 12, 14, 'length'],
  'ollama/chat-stream-usage': [12, null, 12, 14, 'length'],
  'ollama/chat-stream-nousage': [12, null, null, null, 'length'],
  'ollama/chat-plain': [0, null, 12, 14, 'length'],
  // Each event bears a usage of zeros, the last one that of all.
  'ollama/completions-stream-usage': [12, null, 12, 13, 'length'],
  'ollama/messages-stream': [12, null, 12, 14, 'max_tokens'],
  'ollama/responses-stream': [12, null, 12, 14, 'completed'],
  // Tokens of a character that is not whole yet come as events without text.
  'sglang/sglang-stream': [8, Array(8).fill(1), 8, 4, 'length'],
  'sglang/sglang-stream-emoji': [8, Array(8).fill(1), 8, 14, 'length'],
  'sglang/sglang-plain': [0, null, 8, 4, 'length'],
  'sglang/chat-stream-usage': [8, null, 8, 35, 'length'],
};

describe('recorded replies', () => {
  it.each(Object.entries(expected))('%s', (name, [events, tokens, output, input, finish]) => {
    const recording = all.find((candidate) => candidate.name === name)!;
    const received = feed(recording, recording.reads);
    expect(received.outcome).toEqual({ state: 'ok', finish });
    expect(received.chunks.atUs.length).toBe(events);
    expect(received.chunks.tokens).toEqual(tokens);
    expect([received.usage?.output ?? null, received.usage?.input ?? null]).toEqual([output, input]);
    expect(received.flags).toEqual([]);
    expect(received.textChars).toBeGreaterThanOrEqual(events > 0 ? events - 8 : 1);
  });

  it.each([
    ['vllm/error-unknown-model', 'not_found', 404],
    ['vllm/error-prompt-over-context', 'rejected', 400],
    ['vllm/error-no-messages', 'rejected', 400],
    ['vllm/messages-error-unknown-model', 'not_found', 404],
    ['vllm/messages-error-cap-over-context', 'rejected', 400],
    ['llamacpp/error-prompt-over-context', 'rejected', 400],
    ['llamacpp/error-no-messages', 'rejected', 400],
    ['llamacpp/error-no-route', 'not_found', 404],
    ['llamacpp/error-native-no-prompt', 'rejected', 400],
    ['vllm/error-responses-unknown-model', 'not_found', 404],
    ['vllm/embeddings-error-unknown-model', 'not_found', 404],
    ['vllm/rerank-error-no-query', 'rejected', 400],
    ['vllm/score-error-no-documents', 'rejected', 400],
    ['triton/generate-stream-failed', 'server_error', 200],
    ['triton/generate-error-several', 'server_error', 200],
    ['triton/generate-stream-error-first', 'rejected', 400],
    ['triton/generate-error-first', 'rejected', 400],
    ['triton/generate-error-no-input', 'rejected', 400],
    ['triton/generate-error-parameter', 'rejected', 400],
    ['triton/generate-error-unknown-model', 'not_found', 404],
    ['triton/generate-error-queue-full', 'overloaded', 503],
    ['ollama/ollama-error-unknown-model', 'not_found', 404],
    ['ollama/ollama-error-tools', 'rejected', 400],
    ['ollama/ollama-error-think', 'rejected', 400],
    // An option of the wrong type is a fault of the server in its eyes.
    ['ollama/ollama-error-bad-option', 'server_error', 500],
    // Its stream has begun when it looks at the request.
    ['sglang/sglang-error-nothing', 'rejected', 200],
    ['sglang/sglang-error-parameter', 'rejected', 200],
  ])('%s fails as %s', (name, code, status) => {
    const recording = all.find((candidate) => candidate.name === name)!;
    const { outcome } = feed(recording, recording.reads);
    expect(outcome).toMatchObject({ state: 'failed', code, status });
    expect((outcome as { body: string }).body.length).toBeLessThanOrEqual(2048);
  });

  it('of Triton say what broke, though the refusal of a stream is an event', () => {
    const names = [
      'triton/generate-stream-error-first',
      'triton/generate-error-first',
      'triton/generate-stream-failed',
    ];
    for (const recording of all.filter(({ name }) => names.includes(name)))
      expect(feed(recording, recording.reads).outcome, recording.name).toMatchObject({
        message: 'The server says: It broke.',
      });
  });

  it.each([
    ['llamacpp/embeddings-plain', 1, 4],
    ['llamacpp/rerank-plain', 2, 9],
    ['vllm/embeddings-base64', 1, 4],
    ['vllm/rerank-plain', 2, 7],
    ['vllm/score-plain', 2, 7],
  ])('%s', (name, items, input) => {
    const recording = all.find((candidate) => candidate.name === name)!;
    const received = feed(recording, recording.reads);
    expect(received).toMatchObject({
      outcome: { state: 'ok', finish: null },
      items,
      flags: [],
      usage: { input, output: 0 },
    });
    expect(received.chunks.atUs).toEqual([]);
  });

  it.each(readable.map((recording) => [recording.name, recording] as const))('%s byte by byte', (_name, recording) => {
    expect(bytewise(recording)).toEqual(feed(recording, recording.reads));
  });

  it.each(readable.filter((recording) => /stream/.test(recording.name)).map((r) => [r.name, r] as const))(
    '%s cut in two at any byte',
    (_name, recording) => {
      const whole = { ...bytewise(recording), headersMs: 0, firstByteMs: 0, endMs: 0, chunks: 0 };
      for (let cut = 1; cut < recording.bytes.length; cut++) {
        const received = feed(recording, [
          { atMs: 1, bytes: recording.bytes.subarray(0, cut) },
          { atMs: 2, bytes: recording.bytes.subarray(cut) },
        ]);
        const { atUs, ...chunks } = received.chunks;
        expect(atUs.every((at) => at === 1000 || at === 2000)).toBe(true);
        expect(atUs).toEqual([...atUs].sort((a, b) => a - b));
        expect({ ...received, headersMs: 0, firstByteMs: 0, endMs: 0, chunks: 0 }).toEqual(whole);
        expect(chunks.channels).toBe('');
      }
    },
  );
});
