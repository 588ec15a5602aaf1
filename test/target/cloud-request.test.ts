import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TargetOptions } from '../../src/target/target.ts';
import { targetAt } from './lone-server.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const turn = {
  prompt: {
    kind: 'messages',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'And?' },
    ],
  },
  inputTokens: null,
  outputTokens: 64,
  thinkMs: 0,
  keepText: false,
} as const;
const plain = { ...turn, prompt: { kind: 'text', text: 'hi' }, outputTokens: null } as const;

/** A request as it is written, its key already there. */
function request(url: string, options: Partial<TargetOptions>, asked: typeof turn | typeof plain = turn) {
  const target = targetAt(url, { apiKey: 'key-0123', model: 'm', ...options });
  const [head, body] = Buffer.from(target.prepare(asked).bytes).toString('utf8').split('\r\n\r\n');
  target.close();
  const [line, ...fields] = head!.split('\r\n');
  return {
    line,
    headers: Object.fromEntries(fields.map((field) => field.split(': '))) as Record<string, string>,
    body: JSON.parse(body!) as Record<string, unknown>,
  };
}

describe('Anthropic', () => {
  const anthropic = (options: Partial<TargetOptions> = {}, asked: typeof turn | typeof plain = turn) =>
    request('https://api.anthropic.com', { protocol: 'anthropic', ...options }, asked);
  it('is asked as its official client asks', () => {
    const { line, headers, body } = anthropic();
    expect(line).toBe('POST /v1/messages HTTP/1.1');
    expect(headers).toMatchObject({
      authorization: 'Bearer key-0123',
      'anthropic-version': '2026-10-21',
      accept: 'text/event-stream',
    });
    expect(headers['x-api-key']).toBeUndefined();
    expect(body).toEqual({
      model: 'm',
      system: 'Be brief.',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello.' },
        { role: 'user', content: 'And?' },
      ],
      max_tokens: 64,
      stream: true,
    });
  });
  it('always gets a cap', () => {
    expect(anthropic({ stream: false }, plain).body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: 4096,
    });
  });
  it('takes the older way from the user', () => {
    const { headers } = anthropic({
      apiKey: null,
      headers: { 'X-Api-Key': 'key-9876', 'Anthropic-Version': '2023-06-01' },
    });
    expect(headers).toMatchObject({ 'x-api-key': 'key-9876', 'anthropic-version': '2023-06-01' });
    expect(headers['authorization']).toBeUndefined();
  });
});

const contents = [
  { role: 'user', parts: [{ text: 'Hi' }] },
  { role: 'model', parts: [{ text: 'Hello.' }] },
  { role: 'user', parts: [{ text: 'And?' }] },
];

describe('Gemini', () => {
  const gemini = (options: Partial<TargetOptions> = {}, asked: typeof turn | typeof plain = turn) =>
    request('https://generativelanguage.googleapis.com', { protocol: 'gemini', ...options }, asked);
  it('is asked for server-sent events', () => {
    const { line, headers, body } = gemini();
    expect(line).toBe('POST /v1beta/models/m:streamGenerateContent?alt=sse HTTP/1.1');
    expect(headers['x-goog-api-key']).toBe('key-0123');
    expect(headers['authorization']).toBeUndefined();
    expect(body).toEqual({
      contents,
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      generationConfig: { maxOutputTokens: 64 },
    });
  });
  it('is asked for a whole reply, without a cap where none is wanted', () => {
    const { line, body } = gemini({ stream: false, model: 'tunedModels/a b' }, plain);
    expect(line).toBe('POST /v1beta/tunedModels/a%20b:generateContent HTTP/1.1');
    expect(body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] });
  });
  it('gets the configuration of the user beside the cap', () => {
    const body = { generationConfig: { temperature: 0, thinkingConfig: { thinkingBudget: 0 } }, safetySettings: [] };
    expect(gemini({ body }).body).toMatchObject({
      generationConfig: { maxOutputTokens: 64, temperature: 0, thinkingConfig: { thinkingBudget: 0 } },
      safetySettings: [],
    });
    expect(gemini({ body: { generationConfig: { maxOutputTokens: 9 } } }).body['generationConfig']).toEqual({
      maxOutputTokens: 9,
    });
  });
});

describe('Vertex AI', () => {
  const base = 'https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4';
  it.each([
    ['gemini-x', 'publishers/google/models/gemini-x'],
    ['meta/llama', 'publishers/meta/models/llama'],
    ['publishers/google/models/g', 'publishers/google/models/g'],
    ['endpoints/123', 'endpoints/123'],
  ])('knows the model %s as %s', (model, resource) => {
    const { line, headers, body } = request(base, { protocol: 'vertex', model });
    expect(line).toBe(`POST /v1/projects/p/locations/europe-west4/${resource}:streamGenerateContent?alt=sse HTTP/1.1`);
    expect(headers['authorization']).toBe('Bearer key-0123');
    expect(body['contents']).toEqual(contents);
  });
  it('asks for no credentials where a header of the user says who asks', () => {
    const { headers } = request(base, {
      protocol: 'vertex',
      apiKey: null,
      headers: { 'x-goog-api-key': 'express-key' },
    });
    expect(headers['x-goog-api-key']).toBe('express-key');
    expect(headers['authorization']).toBeUndefined();
  });
});

describe('Bedrock', () => {
  const base = 'https://bedrock-runtime.eu-west-1.amazonaws.com';
  const bedrock = (options: Partial<TargetOptions> = {}) => request(base, { protocol: 'bedrock', ...options });
  it('is asked for an event stream', () => {
    const { line, headers, body } = bedrock({ model: 'eu.anthropic.claude-v1:0' });
    expect(line).toBe('POST /model/eu.anthropic.claude-v1%3A0/converse-stream HTTP/1.1');
    expect(headers).toMatchObject({
      authorization: 'Bearer key-0123',
      accept: 'application/vnd.amazon.eventstream',
      'content-type': 'application/json',
    });
    expect(body).toEqual({
      system: [{ text: 'Be brief.' }],
      messages: [
        { role: 'user', content: [{ text: 'Hi' }] },
        { role: 'assistant', content: [{ text: 'Hello.' }] },
        { role: 'user', content: [{ text: 'And?' }] },
      ],
      inferenceConfig: { maxTokens: 64 },
    });
  });
  it('is asked for a whole reply at another route', () => {
    const { line, headers } = bedrock({ stream: false });
    expect(line).toBe('POST /model/m/converse HTTP/1.1');
    expect(headers['accept']).toBe('application/json');
  });
  it('takes the key from the variable of AWS, and the user’s inference configuration', () => {
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', 'key-of-aws');
    const { headers, body } = bedrock({ apiKey: null, body: { inferenceConfig: { temperature: 0 } } });
    expect(headers['authorization']).toBe('Bearer key-of-aws');
    expect(body['inferenceConfig']).toEqual({ maxTokens: 64, temperature: 0 });
    expect(bedrock().headers['authorization']).toBe('Bearer key-0123');
  });
});
