import { json, type Script, type StandIn, type StandInReply, secret, told } from './stand-in.ts';

type Json = Record<string, unknown>;

/** Events of the Responses API: a name, and data that repeat it and are numbered. */
const stream = (events: readonly Json[], more: Partial<StandInReply> = {}, tail = ''): StandInReply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_1' },
  body: Buffer.from(
    events
      .map(
        (event, k) => `event: ${String(event['type'])}\ndata: ${JSON.stringify({ ...event, sequence_number: k })}\n\n`,
      )
      .join('') + tail,
  ),
  ...more,
});

const response = (status: string, output: readonly Json[], more: Json = {}) => ({
  id: 'resp_1', object: 'response', created_at: 1, model: 'm', status, output, error: null, incomplete_details: null, usage: null, ...more,
}); // biome-ignore format: one row
const usage = (input: number, output: number, cached = 0, reasoning = 0) => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: input + output,
});
const created = { type: 'response.created', response: response('in_progress', []) };
const message = (...content: readonly Json[]) => ({
  type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content,
}); // biome-ignore format: one row
const outputText = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });
const at = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const words = (...parts: readonly string[]): Json[] => [
  { type: 'response.output_item.added', output_index: 0, item: { ...message(), status: 'in_progress' } },
  { type: 'response.content_part.added', ...at, part: outputText('') },
  ...parts.map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [], obfuscation: 'Xq3' })),
  { type: 'response.output_text.done', ...at, text: parts.join(''), logprobs: [] },
  { type: 'response.content_part.done', ...at, part: outputText(parts.join('')) },
  { type: 'response.output_item.done', output_index: 0, item: message(outputText(parts.join(''))) },
];
const thought = (...parts: readonly string[]): Json[] => [
  { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning', id: 'rs_1', summary: [] } },
  ...parts.map((delta) => ({
    type: 'response.reasoning_text.delta', item_id: 'rs_1', output_index: 0, content_index: 0, delta,
  })), // biome-ignore format: one row
  { type: 'response.reasoning_text.done', item_id: 'rs_1', output_index: 0, content_index: 0, text: parts.join('') },
];
const call = {
  type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"Köln"}', status: 'completed',
}; // biome-ignore format: one row
const refused = (status: number, error: Json, headers: Record<string, string> = {}): Script => ({
  reply: json(status, { error: { message: 'No.', type: 'x', param: null, ...error } }, headers),
  truth: told({
    failure:
      status === 429
        ? 'rate_limited'
        : status === 401
          ? 'unauthorized'
          : status === 404
            ? 'not_found'
            : status === 503
              ? 'overloaded'
              : status >= 500
                ? 'server_error'
                : 'rejected',
  }),
});
const ended = (type: string, given: Json) => ({ type, response: given });

/** Models of the stand-in by name. */
export const responsesScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([
      created,
      { type: 'response.in_progress', response: response('in_progress', []) },
      ...words('Hé', 'llo 😀'),
      ended('response.completed', response('completed', [message(outputText('Héllo 😀'))], { usage: usage(9, 4) })),
    ]),
    truth: told({ text: 'Héllo 😀', input: 9, cached: 0, output: 4, outputReasoning: 0, stop: 'completed' }),
  },
  // vLLM closes with the terminator of the older routes.
  terminated: {
    reply: stream(
      [created, ...words('a', 'b'), ended('response.completed', response('completed', [], { usage: usage(9, 2, 8) }))],
      {},
      'data: [DONE]\n\n',
    ),
    truth: told({ text: 'ab', input: 9, cached: 8, output: 2, outputReasoning: 0, stop: 'completed' }),
  },
  reasoning: {
    reply: stream([
      created,
      ...thought('Let me', ' think'),
      { type: 'response.reasoning_summary_text.delta', item_id: 'rs_1', output_index: 0, summary_index: 0, delta: '!' },
      ...words('Yes'),
      ended('response.completed', response('completed', [], { usage: usage(20, 9, 16, 6) })),
    ]),
    truth: told({
      text: 'Yes', reasoning: 'Let me think!', input: 20, cached: 16, output: 9, outputReasoning: 6, stop: 'completed',
    }), // biome-ignore format: one row
  },
  tool: {
    reply: stream([
      created,
      { type: 'response.output_item.added', output_index: 0, item: { ...call, arguments: '', status: 'in_progress' } },
      ...['{"city":', '"Köln"}'].map((delta) => ({
        type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 0, delta,
      })), // biome-ignore format: one row
      { type: 'response.function_call_arguments.done', item_id: 'fc_1', output_index: 0, arguments: call.arguments },
      { type: 'response.output_item.done', output_index: 0, item: call },
      ended('response.completed', response('completed', [call], { usage: usage(30, 11) })),
    ]),
    truth: told({
      tools: 'get_weather{"city":"Köln"}',
      input: 30,
      cached: 0,
      output: 11,
      outputReasoning: 0,
      stop: 'completed',
    }),
  },
  length: {
    reply: stream([
      created,
      ...words('a', 'b', 'c'),
      ended(
        'response.incomplete',
        response('incomplete', [], { incomplete_details: { reason: 'max_output_tokens' }, usage: usage(9, 3) }),
      ),
    ]),
    truth: told({ text: 'abc', input: 9, cached: 0, output: 3, outputReasoning: 0, stop: 'max_output_tokens' }),
  },
  whole: {
    reply: json(
      200,
      response(
        'completed',
        [{ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }] }, message(outputText('Hi'))],
        { usage: usage(9, 4, 0, 2) },
      ),
    ),
    truth: told({ text: 'Hi', reasoning: 'Hm', input: 9, cached: 0, output: 4, outputReasoning: 2, stop: 'completed' }),
  },
  wholeTool: {
    reply: json(200, response('completed', [call], { usage: usage(9, 4) })),
    truth: told({
      tools: 'get_weather{"city":"Köln"}',
      input: 9,
      cached: 0,
      output: 4,
      outputReasoning: 0,
      stop: 'completed',
    }),
  },
  failed: {
    reply: stream([
      created,
      ...words('a'),
      ended('response.failed', response('failed', [], { error: { code: 'server_error', message: 'It broke.' } })),
    ]),
    truth: told({ text: 'a', failure: 'server_error' }),
  },
  limited: {
    reply: stream([
      created,
      ended('response.failed', response('failed', [], { error: { code: 'rate_limit_exceeded', message: 'Slowly.' } })),
    ]),
    truth: told({ failure: 'rate_limited' }),
  },
  errorEvent: {
    reply: stream([created, ...words('a'), { type: 'error', code: 'server_error', message: 'It broke.', param: null }]),
    truth: told({ text: 'a', failure: 'server_error' }),
  },
  empty: {
    reply: stream([created, ended('response.completed', response('completed', [], { usage: usage(9, 0) }))]),
    truth: told({ input: 9, cached: 0, output: 0, outputReasoning: 0, stop: 'completed', failure: 'empty_output' }),
  },
  cut: {
    reply: stream([created, ...words('a', 'b').slice(0, 4)], { breaks: true }),
    truth: told({ text: 'ab', failure: 'conn_reset' }),
  },
  ended: {
    reply: stream([created, ...words('a', 'b').slice(0, 4)]),
    truth: told({ text: 'ab', failure: 'truncated' }),
  },
  broken: {
    reply: stream([created, ...words('a').slice(0, 3)], {}, 'data: {broken\n\n'),
    truth: told({ text: 'a', failure: 'malformed_event' }),
  },
  status429: refused(429, { code: 'rate_limit_exceeded' }, { 'retry-after-ms': '1500' }),
  status401: refused(401, { code: 'invalid_api_key' }),
  status404: refused(404, { code: 'model_not_found' }),
  status400: refused(400, { code: 'invalid_prompt' }),
  status500: refused(500, { code: 'server_error' }),
  status503: refused(503, { code: 'overloaded' }),
};

/** `POST /v1/responses` and nothing else. */
export const responsesServer: StandIn = ({ method, path, headers, text }) => {
  if (method !== 'POST' || path !== '/v1/responses')
    return json(404, { error: { message: `No ${path}.`, code: null } });
  if (headers['authorization'] !== `Bearer ${secret}`) return refused(401, { code: 'invalid_api_key' }).reply;
  const body = JSON.parse(text) as Json;
  const script = responsesScripts[String(body['model'])];
  if (script === undefined || !Array.isArray(body['input'])) return refused(400, { code: 'invalid_prompt' }).reply;
  const streams = body['stream'] === true;
  if (script.reply.status === 200 && streams !== String(script.reply.headers['content-type']).startsWith('text/'))
    return refused(400, { code: 'invalid_prompt' }).reply;
  return script.reply;
};
