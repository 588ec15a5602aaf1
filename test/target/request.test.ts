import { describe, expect, it } from 'vitest';
import type { ServerFeatures } from '../../src/record/server.ts';
import { parseAddress, routePath } from '../../src/target/address.ts';
import { protocolNames } from '../../src/target/protocols.ts';
import type { TargetOptions } from '../../src/target/target.ts';
import { targetAt, turn } from './lone-server.ts';

const none: ServerFeatures = {
  forcedLength: null, capField: 'max_tokens', streamUsage: null, continuousUsage: null, tokenIds: null, tokenize: null, metrics: null, contextTokens: null,
}; // biome-ignore format: one row
function request(
  options: Partial<TargetOptions> = {},
  asked: Parameters<ReturnType<typeof targetAt>['prepare']>[0] = turn,
) {
  const target = targetAt('http://127.0.0.1:8000/v1', options);
  const [head, body] = Buffer.from(target.prepare(asked).bytes).toString('utf8').split('\r\n\r\n');
  target.close();
  const [line, ...fields] = head!.split('\r\n');
  return {
    line,
    headers: Object.fromEntries(fields.map((field) => field.split(': '))),
    body: JSON.parse(body!) as Record<string, unknown>,
  };
}

describe('addresses', () => {
  it.each([
    ['http://h:8000', '/v1/models', '/models'],
    ['http://h:8000/', '/v1/models', '/models'],
    ['http://h:8000/v1', '/v1/models', '/models'],
    ['http://h:8000/v1/', '/v1/models', '/models'],
    ['http://h:8000/v1/chat/completions', '/v1/models', '/models'],
    ['https://h/openai/v1', '/openai/v1/models', '/openai/models'],
    ['https://h/v1beta/openai/', '/v1beta/openai/models', '/v1beta/openai/models'],
    ['https://h/v1?api-version=3', '/v1/models?api-version=3', '/models?api-version=3'],
  ])('%s', (url, below, fromRoot) => {
    expect(routePath(parseAddress(url), 'models')).toBe(below);
    expect(routePath(parseAddress(url), '/models')).toBe(fromRoot);
  });
  it('know IPv6 and the ports of the schemes', () => {
    expect(parseAddress('http://[::1]:8000')).toMatchObject({
      host: '::1',
      port: 8000,
      authority: '[::1]:8000',
      tls: false,
    });
    expect(parseAddress('https://h')).toMatchObject({ port: 443, authority: 'h', tls: true });
  });
  it.each(['127.0.0.1:8000', 'localhost:8000/v1', 'ftp://h', 'h', ''])('%j is refused', (url) => {
    expect(() => parseAddress(url)).toThrow(expect.objectContaining({ code: 'bad_url', exit: 2 }));
  });
  it('suggest the scheme and refuse credentials without repeating them', () => {
    expect(() => parseAddress('localhost:8000/v1')).toThrow('Did you mean "http://localhost:8000/v1"?');
    expect(() => parseAddress('http://u:hunter22@h')).toThrow(/^(?!.*hunter22).*--api-key-env/);
  });
});

describe('requests', () => {
  it('have these headers', () => {
    const { line, headers } = request({ apiKey: 'k' });
    expect(line).toBe('POST /v1/chat/completions HTTP/1.1');
    expect(headers).toEqual({
      host: '127.0.0.1:8000', 'user-agent': expect.stringMatching(/^tokbench\/\d/), accept: 'text/event-stream', 'accept-encoding': 'identity',
      authorization: 'Bearer k', 'content-type': 'application/json', 'content-length': expect.any(String),
    }); // biome-ignore format: rows
    expect(request({ stream: false }).headers['accept']).toBe('application/json');
    expect(request().headers['authorization']).toBeUndefined();
  });
  it('count the bytes of the body, not its characters', () => {
    const { headers, body } = request({}, { ...turn, prompt: { kind: 'text', text: 'é😀' } });
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(JSON.stringify(body)));
  });
  it('take headers of the user over their own, in any spelling', () => {
    const { headers } = request({ apiKey: 'k', headers: { Authorization: 'Basic x', 'USER-AGENT': 'me', 'X-A': 'b' } });
    expect(headers).toMatchObject({ authorization: 'Basic x', 'user-agent': 'me', 'x-a': 'b' });
  });
  it.each([
    [{ headers: { 'a b': 'x' } }, 'bad_header'],
    [{ headers: { a: 'x\r\ny: z' } }, 'bad_header'],
    [{ headers: { 'Content-Length': '3' } }, 'bad_header'],
    [{ apiKey: 'a\nb' }, 'bad_api_key'],
    [{ apiKey: 'a b' }, 'bad_api_key'],
    [{ protocol: 'openai-chta' }, 'unknown_protocol'],
  ])('refuse %j', (options, code) => {
    expect(() => request(options as Partial<TargetOptions>)).toThrow(expect.objectContaining({ code, exit: 2 }));
  });
  it('name the nearest protocol', () => {
    expect(() => request({ protocol: 'openai-chta' })).toThrow(/Did you mean "openai-chat"\?/);
    expect(protocolNames).toEqual(expect.arrayContaining(['openai-chat', 'openai-completions']));
  });
});

describe('bodies', () => {
  it('of chat', () => {
    expect(request().body).toEqual({
      model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 5, stream: true, stream_options: { include_usage: true },
    }); // biome-ignore format: one row
    expect(request({ stream: false }).body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      max_tokens: 5,
    });
    expect(request({}, { ...turn, outputTokens: null }).body['max_tokens']).toBeUndefined();
  });
  it('of completions, whose cap has one name', () => {
    const { line, body } = request({
      protocol: 'openai-completions',
      features: { ...none, capField: 'max_completion_tokens' },
    });
    expect(line).toContain('/v1/completions ');
    expect(body).toMatchObject({ prompt: 'hi', max_tokens: 5 });
    expect(request({ features: { ...none, capField: 'max_completion_tokens' } }).body).toMatchObject({
      max_completion_tokens: 5,
    });
  });
  it('turn the prompt into what the route takes', () => {
    const messages = [{ role: 'system', content: 's' }, { role: 'user', content: 'u' }] as const; // biome-ignore format: one row
    const asked = { ...turn, prompt: { kind: 'messages', messages } } as const;
    expect(request({}, asked).body['messages']).toEqual(messages);
    expect(request({ protocol: 'openai-completions' }, asked).body['prompt']).toBe('s\n\nu');
  });
  it('force the length only where asked, possible and wanted', () => {
    const features = { ...none, forcedLength: { ignore_eos: true, min_tokens: 1 } };
    expect(request({ forceLength: true, features }).body).toMatchObject({
      ignore_eos: true,
      min_tokens: 5,
      max_tokens: 5,
    });
    expect(request({ features }).body['ignore_eos']).toBeUndefined();
    expect(request({ forceLength: true }).body['ignore_eos']).toBeUndefined();
    expect(
      request({ forceLength: true, features }, { ...turn, outputTokens: null }).body['ignore_eos'],
    ).toBeUndefined();
  });
  it('ask for the cheapest exact counts', () => {
    const both = request({ features: { ...none, continuousUsage: true, tokenIds: true } }).body;
    expect(both['stream_options']).toEqual({ include_usage: true, continuous_usage_stats: true });
    expect(both['return_token_ids']).toBeUndefined();
    expect(request({ features: { ...none, continuousUsage: false, tokenIds: true } }).body).toMatchObject({
      return_token_ids: true,
    });
    expect(request({ features: { ...none, streamUsage: false } }).body['stream_options']).toBeUndefined();
  });
  it('let the user win', () => {
    expect(request({ body: { max_tokens: 9, temperature: 0, stream: false } }).body).toMatchObject({
      max_tokens: 9,
      temperature: 0,
      stream: false,
    });
    expect(request({ body: { stream: false } }).headers['accept']).toBe('application/json');
  });
});
