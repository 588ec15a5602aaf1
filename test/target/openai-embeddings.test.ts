import OpenAI from 'openai';
import type { FailureCode } from '../../src/record/exchange.ts';
import { agrees, type ClientTold } from './agreement.ts';
import { embeddingsScripts, nativeServers } from './native-servers.ts';
import { fetchOf, secret, told } from './stand-in.ts';

const standIn = nativeServers['openai-embeddings']!;

/** One request through the official client, which asks for base64 and decodes it. */
async function askClient(model: string, _stream: boolean, cuts: readonly number[]): Promise<ClientTold> {
  const client = new OpenAI({
    apiKey: secret,
    baseURL: 'http://openai.test/v1',
    maxRetries: 0,
    fetch: fetchOf(standIn, cuts),
    logLevel: 'off',
  });
  try {
    const { data, usage } = await client.embeddings.create({ model, input: 'Hi' });
    const filled = data.length > 0 && data.every(({ embedding }) => embedding.length > 0);
    return { ...told({ input: usage?.prompt_tokens ?? null, output: 0 }), failure: filled ? null : 'unclassified' };
  } catch (error) {
    return { ...told({}), failure: failureOf(error) };
  }
}

function failureOf(error: unknown): FailureCode | 'unclassified' {
  return error instanceof OpenAI.InternalServerError ? 'server_error' : 'unclassified';
}

agrees({
  protocol: 'openai-embeddings',
  standIn,
  scripts: embeddingsScripts,
  whole: Object.keys(embeddingsScripts),
  base: (origin) => origin,
  askClient,
});
