import { Readable } from 'node:stream';
import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  ConverseCommand,
  ConverseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { HttpResponse } from '@smithy/core/transport';
import type { FailureCode } from '../../src/record/exchange.ts';
import { agrees, type ClientTold } from './agreement.ts';
import { awsKey, region } from './aws-signature.ts';
import { bedrockScripts, bedrockServer } from './bedrock-server.ts';
import { piecesOf, told } from './stand-in.ts';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | string;
}

const textOf = (body: Sent['body']) => (body instanceof Uint8Array ? new TextDecoder().decode(body) : (body ?? ''));

/** The transport of the official client, put to the stand-in without a socket. */
const handler = (cuts: readonly number[]) => ({
  async handle({ method, path, headers, body }: Sent) {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const reply = bedrockServer({ method, path, headers: lower, text: textOf(body) });
    async function* pieces() {
      yield* piecesOf(reply.body, cuts);
      if (reply.breaks === true) throw new Error('the connection broke');
    }
    return {
      response: new HttpResponse({
        statusCode: reply.status,
        headers: { ...reply.headers },
        body: Readable.from(pieces(), { objectMode: false }),
      }),
    };
  },
});

/** One request through the official client, signed. */
async function askClient(modelId: string, stream: boolean, cuts: readonly number[]): Promise<ClientTold> {
  const client = new BedrockRuntimeClient({
    region,
    credentials: awsKey,
    maxAttempts: 1,
    requestHandler: handler(cuts) as never,
  });
  const input = {
    modelId,
    system: [{ text: 'Be brief.' }],
    messages: [{ role: 'user' as const, content: [{ text: 'Hi' }] }],
    inferenceConfig: { maxTokens: 64 },
  };
  const seen = { text: '', reasoning: '', tools: '' };
  let stop: string | null = null;
  let usage: Awaited<ReturnType<typeof whole>>['usage'];
  const whole = () => client.send(new ConverseCommand(input));
  try {
    if (stream) {
      const { stream: events } = await client.send(new ConverseStreamCommand(input));
      for await (const event of events!) {
        seen.text += event.contentBlockDelta?.delta?.text ?? '';
        seen.reasoning += event.contentBlockDelta?.delta?.reasoningContent?.text ?? '';
        seen.tools +=
          event.contentBlockStart?.start?.toolUse?.name ?? event.contentBlockDelta?.delta?.toolUse?.input ?? '';
        stop = event.messageStop?.stopReason ?? stop;
        usage = event.metadata?.usage ?? usage;
      }
    } else {
      const reply = await whole();
      for (const { text, toolUse, reasoningContent } of reply.output?.message?.content ?? []) {
        seen.text += text ?? '';
        seen.reasoning += reasoningContent?.reasoningText?.text ?? '';
        if (toolUse) seen.tools += `${toolUse.name}${JSON.stringify(toolUse.input)}`;
      }
      stop = reply.stopReason ?? null;
      usage = reply.usage;
    }
  } catch (error) {
    return { ...told({}), failure: failureOf(error) };
  } finally {
    client.destroy();
  }
  const read = usage?.cacheReadInputTokens ?? null;
  const write = usage?.cacheWriteInputTokens ?? null;
  return {
    ...told(seen),
    input: usage === undefined ? null : usage.inputTokens! + (read ?? 0) + (write ?? 0),
    cached: read,
    cacheWrite: write,
    output: usage?.outputTokens ?? null,
    stop,
    failure: null,
  };
}

const byName: Readonly<Record<string, FailureCode>> = {
  ThrottlingException: 'rate_limited',
  ServiceQuotaExceededException: 'rate_limited',
  ServiceUnavailableException: 'overloaded',
  ModelNotReadyException: 'overloaded',
  AccessDeniedException: 'unauthorized',
  ResourceNotFoundException: 'not_found',
  ValidationException: 'rejected',
  InternalServerException: 'server_error',
  ModelErrorException: 'server_error',
  ModelTimeoutException: 'server_error',
  ModelStreamErrorException: 'server_error',
};

function failureOf(error: unknown): FailureCode | 'unclassified' {
  if (!(error instanceof BedrockRuntimeServiceException)) return 'unclassified';
  return byName[error.name] ?? 'unclassified';
}

agrees({
  protocol: 'bedrock',
  standIn: bedrockServer,
  scripts: bedrockScripts,
  whole: ['whole'],
  base: (origin) => origin,
  askClient,
  clientBlind: { 'cut-short': 'It takes any end of the body between two messages for the end of the reply.' },
});
