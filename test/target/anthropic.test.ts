import Anthropic from '@anthropic-ai/sdk';
import type { FailureCode } from '../../src/record/exchange.ts';
import { agrees, type ClientTold } from './agreement.ts';
import { anthropicScripts, anthropicServer } from './anthropic-server.ts';
import { fetchOf, secret, told } from './stand-in.ts';

/** One request through the official client, as it accumulates the reply itself. */
async function askClient(model: string, stream: boolean, cuts: readonly number[]): Promise<ClientTold> {
  const client = new Anthropic({
    apiKey: secret,
    baseURL: 'http://anthropic.test',
    maxRetries: 0,
    fetch: fetchOf(anthropicServer, cuts),
    logLevel: 'off',
  });
  const body = {
    model,
    max_tokens: 64,
    system: 'Be brief.',
    messages: [{ role: 'user', content: 'Hi' }],
  } satisfies Anthropic.MessageCreateParams;
  const tools: string[] = [];
  let text = '';
  try {
    let message: Anthropic.Message;
    if (stream) {
      const messages = client.messages.stream(body);
      messages.on('streamEvent', (event) => {
        if (event.type === 'content_block_start' && event.content_block.type === 'tool_use')
          tools.push(event.content_block.name);
        if (event.type !== 'content_block_delta') return;
        if (event.delta.type === 'input_json_delta') tools.push(event.delta.partial_json);
        if (event.delta.type === 'text_delta') text += event.delta.text;
      });
      message = await messages.finalMessage();
    } else {
      message = await client.messages.create(body);
      for (const block of message.content)
        if (block.type === 'tool_use') tools.push(block.name, JSON.stringify(block.input));
    }
    const { usage, content } = message;
    const read = usage.cache_read_input_tokens ?? 0;
    const write = usage.cache_creation_input_tokens ?? 0;
    return {
      text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
      tools: tools.join(''),
      input: usage.input_tokens + read + write,
      cached: read,
      cacheWrite: write,
      output: usage.output_tokens,
      outputReasoning: usage.output_tokens_details?.thinking_tokens ?? null,
      stop: message.stop_reason,
      failure: null,
    };
  } catch (error) {
    return { ...told({ text }), failure: failureOf(error) };
  }
}

const byType: Readonly<Record<string, FailureCode>> = {
  overloaded_error: 'overloaded',
  rate_limit_error: 'rate_limited',
  api_error: 'server_error',
};

function failureOf(error: unknown): FailureCode | 'unclassified' {
  if (error instanceof Anthropic.OverloadedError) return 'overloaded';
  if (error instanceof Anthropic.RateLimitError) return 'rate_limited';
  if (error instanceof Anthropic.AuthenticationError || error instanceof Anthropic.PermissionDeniedError)
    return 'unauthorized';
  if (error instanceof Anthropic.NotFoundError) return 'not_found';
  if (error instanceof Anthropic.InternalServerError) return 'server_error';
  if (!(error instanceof Anthropic.APIError)) return 'unclassified';
  if (error.status !== undefined) return error.status < 500 ? 'rejected' : 'server_error';
  return byType[error.type ?? ''] ?? 'unclassified';
}

agrees({
  protocol: 'anthropic',
  standIn: anthropicServer,
  scripts: anthropicScripts,
  whole: ['whole'],
  base: (origin) => origin,
  askClient,
});
