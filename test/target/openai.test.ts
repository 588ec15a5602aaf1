import OpenAI, { AzureOpenAI } from 'openai';
import type { FailureCode } from '../../src/record/exchange.ts';
import { agrees, type ClientTold } from './agreement.ts';
import { azureServer, chatScripts, completionsScripts, openaiServer } from './openai-server.ts';
import { fetchOf, type StandIn, secret, told } from './stand-in.ts';

const quiet = { maxRetries: 0, logLevel: 'off' } as const;
const openaiAt = (cuts: readonly number[]) =>
  new OpenAI({ apiKey: secret, baseURL: 'http://openai.test/v1', fetch: fetchOf(openaiServer, cuts), ...quiet });
const azureAt = (cuts: readonly number[]) =>
  new AzureOpenAI({
    apiKey: secret,
    apiVersion: '2024-10-21',
    endpoint: 'http://azure.test',
    fetch: fetchOf(azureServer, cuts),
    ...quiet,
  });

type Usage = OpenAI.CompletionUsage | null | undefined;
const usageTold = (usage: Usage) => ({
  input: usage?.prompt_tokens ?? null,
  cached: usage?.prompt_tokens_details?.cached_tokens ?? null,
  cacheWrite: usage?.prompt_tokens_details?.cache_write_tokens ?? null,
  output: usage?.completion_tokens ?? null,
  outputReasoning: usage?.completion_tokens_details?.reasoning_tokens ?? null,
});

/** One request of a chat through the official client. */
const asksChat =
  (clientAt: (cuts: readonly number[]) => OpenAI) =>
  async (model: string, stream: boolean, cuts: readonly number[]): Promise<ClientTold> => {
    const client = clientAt(cuts);
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const seen = { text: '', tools: '' };
    let [stop, usage] = [null as string | null, null as Usage];
    try {
      if (stream) {
        const body = { model, messages, stream: true as const, stream_options: { include_usage: true } };
        for await (const chunk of await client.chat.completions.create(body)) {
          const choice = chunk.choices[0];
          seen.text += choice?.delta.content ?? '';
          for (const call of choice?.delta.tool_calls ?? [])
            seen.tools += (call.function?.name ?? '') + (call.function?.arguments ?? '');
          stop = choice?.finish_reason ?? stop;
          usage = chunk.usage ?? usage;
        }
        // It takes any end of the body for the end of the reply.
        if (stop === null) return { ...told(seen), failure: 'unclassified' };
      } else {
        const reply = await client.chat.completions.create({ model, messages });
        const { message, finish_reason } = reply.choices[0]!;
        seen.text = message.content ?? '';
        for (const call of message.tool_calls ?? [])
          if (call.type === 'function') seen.tools += call.function.name + call.function.arguments;
        [stop, usage] = [finish_reason, reply.usage];
      }
    } catch (error) {
      return { ...told(seen), failure: failureOf(error) };
    }
    return { ...told(seen), ...usageTold(usage), stop };
  };

/** One request of the older route through the official client. */
async function askCompletions(model: string, stream: boolean, cuts: readonly number[]): Promise<ClientTold> {
  const client = openaiAt(cuts);
  let text = '';
  let [stop, usage] = [null as string | null, null as Usage];
  try {
    if (stream) {
      for await (const chunk of await client.completions.create({ model, prompt: 'Hi', stream: true })) {
        text += chunk.choices[0]?.text ?? '';
        stop = chunk.choices[0]?.finish_reason ?? stop;
        usage = chunk.usage ?? usage;
      }
      if (stop === null) return { ...told({ text }), failure: 'unclassified' };
    } else {
      const reply = await client.completions.create({ model, prompt: 'Hi' });
      [text, stop, usage] = [reply.choices[0]!.text, reply.choices[0]!.finish_reason, reply.usage];
    }
  } catch (error) {
    return { ...told({ text }), failure: failureOf(error) };
  }
  return { ...told({ text }), ...usageTold(usage), stop };
}

function failureOf(error: unknown): FailureCode | 'unclassified' {
  if (error instanceof OpenAI.RateLimitError) return 'rate_limited';
  if (error instanceof OpenAI.AuthenticationError || error instanceof OpenAI.PermissionDeniedError)
    return 'unauthorized';
  if (error instanceof OpenAI.NotFoundError) return 'not_found';
  if (error instanceof OpenAI.InternalServerError) return error.status === 503 ? 'overloaded' : 'server_error';
  if (error instanceof OpenAI.BadRequestError) return 'rejected';
  return 'unclassified';
}

const base = (path: string) => (origin: string) => `${origin}${path}`;
const chat = (standIn: StandIn, protocol: string, path: string, clientAt: (cuts: readonly number[]) => OpenAI) =>
  agrees({
    protocol,
    standIn,
    scripts: chatScripts,
    whole: ['whole'],
    base: base(path),
    askClient: asksChat(clientAt),
  });

chat(openaiServer, 'openai-chat', '/v1', openaiAt);
chat(azureServer, 'azure', '/openai?api-version=2024-10-21', azureAt);
agrees({
  protocol: 'openai-completions',
  standIn: openaiServer,
  scripts: completionsScripts,
  whole: ['whole'],
  base: base('/v1'),
  askClient: askCompletions,
});
