import { Readable } from 'node:stream';
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
  SageMakerRuntimeServiceException,
} from '@aws-sdk/client-sagemaker-runtime';
import { HttpResponse } from '@smithy/core/transport';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FailureCode } from '../../src/record/exchange.ts';
import { parseAddress } from '../../src/target/address.ts';
import { awsAccess } from '../../src/target/aws-access.ts';
import { agrees, type ClientTold } from './agreement.ts';
import { awsKey, region } from './aws-signature.ts';
import { turn } from './lone-server.ts';
import { requestOf } from './request-of.ts';
import { sagemakerScripts, sagemakerServer } from './sagemaker-server.ts';
import { piecesOf, secret, told } from './stand-in.ts';

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', awsKey.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', awsKey.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', awsKey.sessionToken);
  vi.stubEnv('AWS_REGION', region);
});

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
}

/** The transport of the official client, put to the stand-in without a socket. */
const handler = (cuts: readonly number[]) => ({
  async handle({ method, path, headers, body }: Sent) {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
    const reply = sagemakerServer({ method, path, headers: lower, text });
    async function* pieces() {
      yield* piecesOf(reply.body, cuts);
      if (reply.breaks === true) throw new Error('the connection broke');
    }
    const answer = { statusCode: reply.status, headers: { ...reply.headers } };
    return { response: new HttpResponse({ ...answer, body: Readable.from(pieces(), { objectMode: false }) }) };
  },
});

interface Frame {
  readonly error?: unknown;
  readonly choices?: readonly {
    readonly delta?: Message;
    readonly message?: Message;
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: Readonly<Record<string, number | Record<string, number>>> | null;
}
interface Message {
  readonly content?: string | null;
  readonly tool_calls?: readonly { readonly function?: { readonly name?: string; readonly arguments?: string } }[];
}

/** The container's stream as the client hands it over, put together by hand: the client knows nothing of chats. */
async function askClient(model: string, stream: boolean, cuts: readonly number[]): Promise<ClientTold> {
  const client = new SageMakerRuntimeClient({
    region, credentials: awsKey, maxAttempts: 1, requestHandler: handler(cuts) as never,
  }); // biome-ignore format: rows
  const input = {
    EndpointName: model,
    ContentType: 'application/json',
    Body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], stream }),
  };
  const bytes: Uint8Array[] = [];
  try {
    if (stream) {
      const { Body } = await client.send(new InvokeEndpointWithResponseStreamCommand(input));
      for await (const event of Body!) if (event.PayloadPart?.Bytes) bytes.push(event.PayloadPart.Bytes);
    } else bytes.push((await client.send(new InvokeEndpointCommand(input))).Body!);
  } catch (error) {
    return { ...told({}), failure: failureOf(error) };
  }
  const text = Buffer.concat(bytes).toString('utf8');
  const frames: Frame[] = (stream ? [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => data!) : [text]).map(
    (data) => JSON.parse(data) as Frame,
  );
  if (frames.some(({ error }) => error)) return { ...told({}), failure: 'server_error' };
  const choices = frames.flatMap((frame) => frame.choices ?? []);
  const messages = choices.map(({ delta, message }) => delta ?? message ?? {});
  const stop = choices.map(({ finish_reason }) => finish_reason).findLast((reason) => reason) ?? null;
  if (stop === null) return { ...told({}), failure: 'unclassified' };
  const usage = frames.findLast((frame) => frame.usage)?.usage as Record<string, never> | undefined;
  const prompt = usage?.['prompt_tokens_details'] as Record<string, number> | undefined;
  const completion = usage?.['completion_tokens_details'] as Record<string, number> | undefined;
  return {
    ...told({}),
    text: messages.map(({ content }) => content ?? '').join(''),
    tools: messages
      .flatMap(({ tool_calls = [] }) => tool_calls)
      .map((call) => (call.function?.name ?? '') + (call.function?.arguments ?? ''))
      .join(''),
    input: usage?.['prompt_tokens'] ?? null,
    cached: prompt?.['cached_tokens'] ?? null,
    cacheWrite: prompt?.['cache_write_tokens'] ?? null,
    output: usage?.['completion_tokens'] ?? null,
    outputReasoning: completion?.['reasoning_tokens'] ?? null,
    stop,
  };
}

const byName: Readonly<Record<string, FailureCode>> = {
  ServiceUnavailable: 'overloaded',
  ModelNotReadyException: 'overloaded',
  ThrottlingException: 'rate_limited',
  InternalFailure: 'server_error',
  ModelStreamError: 'server_error',
  InternalStreamFailure: 'server_error',
};

function failureOf(error: unknown): FailureCode | 'unclassified' {
  return (error instanceof SageMakerRuntimeServiceException && byName[error.name]) || 'unclassified';
}

agrees({
  protocol: 'sagemaker',
  standIn: sagemakerServer,
  scripts: sagemakerScripts,
  whole: ['whole'],
  base: (origin) => origin,
  // Signed, where the other services get a key.
  options: { apiKey: null },
  askClient,
});

describe('SageMaker', () => {
  it('is asked for the endpoint that the model names, with the body of a chat', () => {
    const url = `https://runtime.sagemaker.${region}.amazonaws.com`;
    const body = { model: 'in-the-container' };
    const asked = requestOf(url, 'sagemaker', turn, { model: 'my-endpoint', apiKey: secret, body });
    expect(JSON.stringify(asked)).toContain('/endpoints/my-endpoint/invocations-response-stream');
    const without = requestOf(url, 'sagemaker', turn, { model: 'my-endpoint', apiKey: secret });
    expect(JSON.stringify(asked)).toContain('in-the-container');
    expect(JSON.stringify(without)).not.toContain('"model"');
  });
  it('signs for the region in its host', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1');
    const host = 'runtime.sagemaker.eu-central-1.amazonaws.com';
    const access = awsAccess(parseAddress(`https://${host}`), 'sagemaker');
    const fields = await access.authorize({ method: 'POST', authority: host, path: '/', headers: {}, body: null });
    expect(fields['authorization']).toContain('/eu-central-1/sagemaker/aws4_request');
  });
});
