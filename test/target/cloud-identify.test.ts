import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCounter } from '../../src/target/counter.ts';
import { unaskedFeatures } from '../../src/target/features.ts';
import { identify } from '../../src/target/identify.ts';
import { anthropicScripts, anthropicServer } from './anthropic-server.ts';
import { bedrockServer } from './bedrock-server.ts';
import { geminiScripts, geminiServer, vertexServer } from './gemini-server.ts';
import { fetchOf, json, type Listening, listen, type StandIn, secret } from './stand-in.ts';

let server: Listening | null = null;
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  server = null;
});

const project = '/v1/projects/test-project/locations/europe-west4';
const services: Record<string, readonly [StandIn, string]> = {
  anthropic: [anthropicServer, ''],
  gemini: [geminiServer, ''],
  vertex: [vertexServer, project],
  bedrock: [bedrockServer, ''],
};
const names = Object.keys(services);

async function identified(protocol: string, model: string, apiKey: string | null = secret) {
  const [standIn, path] = services[protocol]!;
  server = await listen(standIn);
  return identify({ url: `${server.url}${path}`, protocol, model, apiKey, apiKeyEnv: 'MY_KEY' });
}

describe('before the load', () => {
  it.each(names)('%s answers one tiny request, and says what it is', async (protocol) => {
    const { model, identity } = await identified(protocol, 'plain');
    expect([model, identity.name]).toEqual(['plain', 'unknown']);
    const generations = server!.requests.filter(({ method }) => method === 'POST');
    expect(generations.length).toBe(1);
    expect(generations[0]!.text).toContain('16');
  });
  it.each(names)('a key that %s refuses is named by its variable', async (protocol) => {
    await expect(identified(protocol, 'plain', 'sk-of-somebody-else')).rejects.toMatchObject({
      code: 'unauthorized',
      exit: 3,
      message: expect.stringMatching(/^(?!.*sk-of-somebody-else).*(MY_KEY|refuses the key)/),
    });
  });
  it.each(names)('a model that %s does not know is named', async (protocol) => {
    await expect(identified(protocol, 'no-such-model')).rejects.toMatchObject({
      code: 'unknown_model',
      exit: 3,
      message: expect.stringContaining('no-such-model'),
    });
  });
  it.each(names)('a limit that is reached at %s is left to the load', async (protocol) => {
    const { model } = await identified(protocol, protocol === 'bedrock' ? 'throttled' : 'limited');
    expect(model).toBe(protocol === 'bedrock' ? 'throttled' : 'limited');
  });
  it('a key that Google calls an invalid argument is a refused key', async () => {
    await expect(identified('gemini', 'bad-key')).rejects.toMatchObject({
      code: 'unauthorized',
      exit: 3,
      message: expect.stringContaining('API key not valid'),
    });
  });
});

describe('refusals before the load', () => {
  const identifiedAt = async (protocol: string, standIn: StandIn, options: object = {}) => {
    server = await listen(standIn);
    return identify({ url: server.url, protocol, model: 'mine', ...options });
  };
  it('name a deployment of Azure that is not there, in its own words', async () => {
    const gone = { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' };
    await expect(identifiedAt('azure', () => json(404, { error: gone }))).rejects.toMatchObject({
      code: 'unknown_model',
      message: expect.stringContaining('no model "mine": The API deployment for this resource does not exist.'),
    });
  });
  it('do not ask for a key where a signature was refused', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    const denied = json(403, { message: 'No access to the model.' }, { 'x-amzn-errortype': 'AccessDeniedException' });
    await expect(identifiedAt('bedrock', () => denied)).rejects.toMatchObject({
      code: 'unauthorized',
      exit: 3,
      message: expect.stringMatching(/403\. It refused the AWS credentials: No access to the model/),
    });
  });
  it('say that the credit is used up', async () => {
    const unpaid = { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' };
    const poor: StandIn = () => json(400, { type: 'error', error: unpaid });
    await expect(identifiedAt('anthropic', poor, { apiKey: secret })).rejects.toMatchObject({
      code: 'no_quota',
      exit: 3,
      message: expect.stringContaining('Your credit balance is too low'),
    });
  });
});

describe('models', () => {
  it.each(['anthropic', 'gemini'])(
    'that %s answers to and does not list, such as aliases, are taken',
    async (protocol) => {
      const [standIn] = services[protocol]!;
      const known = protocol === 'anthropic' ? anthropicScripts : geminiScripts;
      // Listed under another name than the one it is asked by.
      const renamed: StandIn = (request) => {
        const reply = standIn(request);
        return request.method === 'GET'
          ? { ...reply, body: Buffer.from(reply.body.toString('utf8').replace(/\bplain\b/g, 'plain-2026')) }
          : reply;
      };
      server = await listen(renamed);
      const { model, models, features } = await identify({ url: server.url, protocol, model: 'plain', apiKey: secret });
      expect([model, features.contextTokens]).toEqual(['plain', null]);
      expect(models.length).toBe(Object.keys(known).length);
      expect(models.map(({ id }) => id)).not.toContain('plain');
    },
  );
  it('of Anthropic are listed with their context, as its client lists them', async () => {
    const { models, features } = await identified('anthropic', 'plain');
    const client = new Anthropic({ apiKey: secret, baseURL: 'http://x', fetch: fetchOf(anthropicServer) });
    const listed: string[] = [];
    for await (const { id } of client.models.list()) listed.push(id);
    expect(models.map(({ id }) => id)).toEqual(listed);
    expect(listed).toEqual(Object.keys(anthropicScripts));
    expect(features.contextTokens).toBe(200_000);
  });
  it('of Gemini are listed with their context, as its client lists them', async () => {
    const { models, features } = await identified('gemini', 'plain');
    const httpOptions = { fetch: fetchOf(geminiServer), baseUrl: 'http://x' };
    const listed: string[] = [];
    for await (const { name } of await new GoogleGenAI({ apiKey: secret, httpOptions }).models.list())
      listed.push(name!);
    expect(models.map(({ id }) => `models/${id}`)).toEqual(listed);
    expect(listed.length).toBe(Object.keys(geminiScripts).length);
    expect(features.contextTokens).toBe(1_048_576);
  });
});

describe('prompts', () => {
  const counterOf = (protocol: string, url: string) =>
    createCounter({
      url,
      apiKey: secret,
      protocol,
      model: 'cached',
      identity: { name: 'unknown', version: null },
      features: unaskedFeatures,
    });
  const prompt = {
    kind: 'messages',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ],
  } as const;
  const tokens = (protocol: string) => (['gemini', 'vertex'].includes(protocol) ? 2050 : 149);

  it.each(names)(
    'are counted by the route of %s that generates nothing, once it agrees with a reply',
    async (protocol) => {
      const [standIn, path] = services[protocol]!;
      server = await listen(standIn);
      const counter = (await counterOf(protocol, `${server.url}${path}`))!;
      const asked = server.requests.length;
      expect([counter.method, await counter.count(prompt)]).toEqual(['tokenize', tokens(protocol)]);
      counter.close();
      const counting = server.requests.slice(asked);
      expect(counting.map((request) => /count-?_?tokens/i.test(request.path))).toEqual([true]);
      expect(counting[0]!.text).toContain('Be brief.');
    },
  );
  it.each(names)(
    'are counted by what %s says of a reply of one token, where its route says otherwise',
    async (protocol) => {
      const [standIn, path] = services[protocol]!;
      const lying: StandIn = (request) => {
        const reply = standIn(request);
        if (!/count-?_?tokens/i.test(request.path)) return reply;
        return { ...reply, body: Buffer.from(reply.body.toString('utf8').replace(/\d+/, '7')) };
      };
      server = await listen(lying);
      const counter = (await counterOf(protocol, `${server.url}${path}`))!;
      expect([counter.method, await counter.count(prompt)]).toEqual(['usage', tokens(protocol)]);
      counter.close();
    },
  );
  it('are counted so by the official clients, too', async () => {
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const anthropic = new Anthropic({ apiKey: secret, baseURL: 'http://x', fetch: fetchOf(anthropicServer) });
    expect(await anthropic.messages.countTokens({ model: 'cached', messages })).toMatchObject({ input_tokens: 149 });
    const google = new GoogleGenAI({
      apiKey: secret,
      httpOptions: { fetch: fetchOf(geminiServer), baseUrl: 'http://x' },
    });
    expect(await google.models.countTokens({ model: 'cached', contents: 'Hi' })).toMatchObject({ totalTokens: 2050 });
  });
});
