import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../src/record/exchange.ts';
import { createCounter } from '../../src/target/counter.ts';
import { identify } from '../../src/target/identify.ts';
import { agrees, type ClientTold } from './agreement.ts';
import { responsesScripts, responsesServer } from './responses-server.ts';
import { fetchOf, json, listen, type StandIn, secret, told } from './stand-in.ts';

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

describe('before the load', () => {
  /** OpenAI's own refuses caps below 16; vLLM ignores what would force a length; llama.cpp obeys it. */
  const server = (owner: string, least: number, obeys: boolean, caps: number[]): StandIn => {
    return ({ path, text }) => {
      if (path === '/v1/models') return json(200, { data: [{ id: 'm', owned_by: owner }] });
      if (path === '/tokenize') return owner === 'vllm' ? json(200, { count: 9, tokens: [] }) : json(404, {});
      if (path !== '/v1/responses') return json(404, { detail: 'Not Found' });
      const body = JSON.parse(text) as { max_output_tokens: number; ignore_eos?: boolean };
      caps.push(body.max_output_tokens);
      if (body.max_output_tokens < least)
        return json(400, { error: { message: 'Too few.', code: 'integer_below_min_value' } });
      const output_tokens = body.ignore_eos === true && obeys ? body.max_output_tokens : 1;
      const content = [{ type: 'output_text', text: 'a' }];
      return json(200, {
        status: 'completed',
        output: [{ type: 'message', content }],
        usage: { input_tokens: 9, output_tokens },
      });
    };
  };
  const prompt = { kind: 'messages', messages: [{ role: 'user', content: 'Hi' }] } as const;
  const place = async (standIn: StandIn) => {
    const listening = await listen(standIn);
    const found = await identify({ url: listening.url, protocol: 'openai-responses' });
    const counter = await createCounter({ ...found, model: 'm', url: listening.url, protocol: 'openai-responses' });
    const counted = await counter!.count(prompt);
    counter!.close();
    await listening.close();
    return { features: found.features, method: counter!.method, counted };
  };

  it('a service that refuses one token is counted with more', async () => {
    const caps: number[] = [];
    expect(await place(server('openai', 16, false, caps))).toMatchObject({
      method: 'usage',
      counted: 9,
      features: { forcedLength: null },
    });
    expect(new Set(caps)).toEqual(new Set([1, 16]));
  });
  it('a server that ignores a forced length is told, and its tokenize route counts', async () => {
    expect(await place(server('vllm', 1, false, []))).toMatchObject({
      method: 'tokenize',
      counted: 9,
      features: { forcedLength: null },
    });
  });
  it('one that obeys it is told', async () => {
    expect(await place(server('llamacpp', 1, true, []))).toMatchObject({
      method: 'usage',
      features: { forcedLength: { ignore_eos: true } },
    });
  });
});
