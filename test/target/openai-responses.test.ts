import OpenAI from 'openai';
import type { FailureCode } from '../../src/record/exchange.ts';
import { agrees, type ClientTold } from './agreement.ts';
import { responsesScripts, responsesServer } from './responses-server.ts';
import { fetchOf, secret, told } from './stand-in.ts';

/** One request through the official client. */
async function askClient(model: string, stream: boolean, cuts: readonly number[]): Promise<ClientTold> {
  const client = new OpenAI({
    apiKey: secret,
    baseURL: 'http://openai.test/v1',
    maxRetries: 0,
    fetch: fetchOf(responsesServer, cuts),
    logLevel: 'off',
  });
  const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Hi' }];
  const body = { model, input, max_output_tokens: 64 };
  let [text, reasoning, tools] = ['', '', ''];
  try {
    let final: OpenAI.Responses.Response | null = null;
    if (stream) {
      for await (const event of await client.responses.create({ ...body, stream: true })) {
        if (event.type === 'response.output_text.delta') text += event.delta;
        else if (
          event.type === 'response.reasoning_text.delta' ||
          event.type === 'response.reasoning_summary_text.delta'
        )
          reasoning += event.delta;
        else if (event.type === 'response.function_call_arguments.delta') tools += event.delta;
        else if (event.type === 'response.output_item.added' && event.item.type === 'function_call')
          tools += event.item.name;
        else if (event.type === 'response.completed' || event.type === 'response.incomplete') final = event.response;
        else if (event.type === 'response.failed')
          return {
            ...told({ text }),
            failure: event.response.error?.code === 'rate_limit_exceeded' ? 'rate_limited' : 'server_error',
          };
        else if (event.type === 'error') return { ...told({ text }), failure: 'server_error' };
      }
    } else {
      final = await client.responses.create(body);
      for (const item of final.output)
        if (item.type === 'message')
          text += item.content.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
        else if (item.type === 'reasoning') reasoning += item.summary.map((part) => part.text).join('');
        else if (item.type === 'function_call') tools += item.name + item.arguments;
    }
    if (final === null) return { ...told({ text }), failure: 'unclassified' };
    return {
      ...told({ text, reasoning, tools }),
      input: final.usage!.input_tokens,
      cached: final.usage!.input_tokens_details.cached_tokens,
      output: final.usage!.output_tokens,
      outputReasoning: final.usage!.output_tokens_details.reasoning_tokens,
      stop: final.incomplete_details?.reason ?? final.status!,
    };
  } catch (error) {
    return { ...told({ text }), failure: failureOf(error) };
  }
}

function failureOf(error: unknown): FailureCode | 'unclassified' {
  if (error instanceof OpenAI.RateLimitError) return 'rate_limited';
  if (error instanceof OpenAI.AuthenticationError) return 'unauthorized';
  if (error instanceof OpenAI.NotFoundError) return 'not_found';
  if (error instanceof OpenAI.InternalServerError) return error.status === 503 ? 'overloaded' : 'server_error';
  if (error instanceof OpenAI.BadRequestError) return 'rejected';
  return 'unclassified';
}

agrees({
  protocol: 'openai-responses',
  standIn: responsesServer,
  scripts: responsesScripts,
  whole: ['whole', 'wholeTool'],
  base: (origin) => origin,
  askClient,
});
