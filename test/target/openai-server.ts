import { json, type Script, type StandIn, type StandInReply, secret, told } from './stand-in.ts';

type Json = Record<string, unknown>;

const frame = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const stream = (
  frames: readonly unknown[],
  more: Partial<StandInReply> = {},
  end = 'data: [DONE]\n\n',
): StandInReply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  body: Buffer.from(frames.map(frame).join('') + end),
  ...more,
});
const chunk = (choices: readonly unknown[], more: Json = {}) => ({
  id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, usage: null, ...more,
}); // biome-ignore format: one row
const delta = (value: Json, finish: string | null = null) =>
  chunk([{ index: 0, delta: value, logprobs: null, finish_reason: finish }]);
const role = delta({ role: 'assistant', content: '', refusal: null });
const words = (...parts: readonly string[]) => parts.map((content) => delta({ content }));
const finish = (reason: string) => delta({}, reason);
const usage = (prompt: number, completion: number, cached = 0, reasoning = 0) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: reasoning,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
});
const tail = (...counts: Parameters<typeof usage>) => chunk([], { usage: usage(...counts) });
const counts = { cached: 0, cacheWrite: 0, outputReasoning: 0 };
const refused = (status: number, code: string, type: string, headers: Record<string, string> = {}) =>
  json(status, { error: { message: `It says ${code}.`, type, param: null, code } }, headers);

const stopped = (reason: string): Script => ({
  reply: stream([role, ...words('Hi', ' there'), finish(reason), tail(5, 2)]),
  truth: told({ text: 'Hi there', input: 5, output: 2, stop: reason, ...counts }),
});

const failures: Readonly<Record<string, Script>> = {
  'failing-within': {
    reply: stream([role, ...words('Hi'), { error: { message: 'It broke', type: 'server_error', code: null } }]),
    truth: told({ text: 'Hi', failure: 'server_error' }),
  },
  breaking: {
    reply: stream([role, ...words('Hi')], { breaks: true }, ''),
    truth: told({ text: 'Hi', failure: 'conn_reset' }),
  },
  'cut-short': { reply: stream([role, ...words('Hi')], {}, ''), truth: told({ text: 'Hi', failure: 'truncated' }) },
  garbled: {
    reply: stream([role], {}, 'data: {"choices":[{"delta\n\n'),
    truth: told({ failure: 'malformed_event' }),
  },
  limited: {
    reply: refused(429, 'rate_limit_exceeded', 'requests', { 'retry-after-ms': '1500' }),
    truth: told({ failure: 'rate_limited' }),
  },
  unpaid: {
    reply: refused(429, 'insufficient_quota', 'insufficient_quota'),
    truth: told({ failure: 'rate_limited' }),
  },
  overloaded: { reply: refused(503, 'overloaded', 'server_error'), truth: told({ failure: 'overloaded' }) },
  failing: { reply: refused(500, 'server_error', 'server_error'), truth: told({ failure: 'server_error' }) },
  forbidden: {
    reply: refused(403, 'unsupported_country', 'request_forbidden'),
    truth: told({ failure: 'unauthorized' }),
  },
  wrong: { reply: refused(400, 'invalid_value', 'invalid_request_error'), truth: told({ failure: 'rejected' }) },
};

/** Models of the chat route by name. */
export const chatScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([role, ...words('Hé', 'llo 😀'), finish('stop'), tail(9, 4)]),
    truth: told({ text: 'Héllo 😀', input: 9, output: 4, stop: 'stop', ...counts }),
  },
  cached: {
    reply: stream([role, ...words('ab'), finish('stop'), tail(2006, 2, 1920)]),
    truth: told({ text: 'ab', input: 2006, output: 2, stop: 'stop', ...counts, cached: 1920 }),
  },
  // Reasoning is counted and not shown.
  reasoning: {
    reply: stream([role, ...words('Four.'), finish('stop'), tail(9, 72, 0, 64)]),
    truth: told({ text: 'Four.', input: 9, output: 72, stop: 'stop', ...counts, outputReasoning: 64 }),
  },
  padded: {
    reply: stream([
      { ...(role as Json), obfuscation: 'aX3' },
      ...words('a', 'b').map((one) => ({ ...(one as Json), obfuscation: 'kL09xyz' })),
      finish('stop'),
      tail(9, 2),
    ]),
    truth: told({ text: 'ab', input: 9, output: 2, stop: 'stop', ...counts }),
  },
  tools: {
    reply: stream([
      role,
      delta({
        tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }],
      }),
      delta({ tool_calls: [{ index: 0, function: { arguments: '{"place": "Zü' } }] }),
      delta({ tool_calls: [{ index: 0, function: { arguments: 'rich"}' } }] }),
      finish('tool_calls'),
      tail(50, 20),
    ]),
    truth: told({ tools: 'weather{"place": "Zürich"}', input: 50, output: 20, stop: 'tool_calls', ...counts }),
  },
  'cut-at-cap': stopped('length'),
  filtered: stopped('content_filter'),
  // What Azure sends before all else.
  'filter-first': {
    reply: stream([
      chunk([], { prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] }),
      role,
      ...words('ab'),
      finish('stop'),
      tail(9, 2),
    ]),
    truth: told({ text: 'ab', input: 9, output: 2, stop: 'stop', ...counts }),
  },
  'without-usage': {
    reply: stream([role, ...words('ab'), finish('stop')]),
    truth: told({ text: 'ab', stop: 'stop' }),
  },
  silent: {
    reply: stream([role, finish('stop'), tail(5, 0)]),
    truth: told({ input: 5, output: 0, stop: 'stop', ...counts, failure: 'empty_output' }),
  },
  whole: {
    reply: json(200, {
      id: 'c1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Four.',
            refusal: null,
            tool_calls: [
              { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"place":"Zürich"}' } },
            ],
          },
          finish_reason: 'tool_calls',
          logprobs: null,
        },
      ],
      usage: usage(2006, 72, 1920, 64),
    }),
    truth: told({
      text: 'Four.', tools: 'weather{"place":"Zürich"}', input: 2006, cached: 1920, cacheWrite: 0, output: 72, outputReasoning: 64,
      stop: 'tool_calls',
    }), // biome-ignore format: rows
  },
  ...failures,
};

const completion = (text: string, reason: string | null = null) => ({
  id: 'c1', object: 'text_completion', created: 1, model: 'm', usage: null,
  choices: [{ index: 0, text, logprobs: null, finish_reason: reason }],
}); // biome-ignore format: rows

/** Models of the older route of completions by name. */
export const completionsScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([
      completion('Hé'),
      completion('llo 😀'),
      completion('', 'stop'),
      { ...completion(''), choices: [], usage: usage(9, 4) },
    ]),
    truth: told({ text: 'Héllo 😀', input: 9, output: 4, stop: 'stop', ...counts }),
  },
  // With the last text, as llama.cpp sends it.
  'finish-with-text': {
    reply: stream([completion('a'), { ...completion('b', 'length'), usage: usage(2006, 2, 1920) }]),
    truth: told({ text: 'ab', input: 2006, output: 2, stop: 'length', ...counts, cached: 1920 }),
  },
  whole: {
    reply: json(200, { ...completion('Four.', 'stop'), usage: usage(9, 3) }),
    truth: told({ text: 'Four.', input: 9, output: 3, stop: 'stop', ...counts }),
  },
  limited: failures['limited']!,
  overloaded: failures['overloaded']!,
  wrong: failures['wrong']!,
  'cut-short': { reply: stream([completion('Hi')], {}, ''), truth: told({ text: 'Hi', failure: 'truncated' }) },
};

/** `POST /v1/chat/completions` and `POST /v1/completions`; the model's name chooses the script. */
export const openaiServer: StandIn = ({ method, path, headers, text }) => {
  const route = /^\/v1\/(chat\/completions|completions)$/.exec(path)?.[1];
  if (method !== 'POST' || route === undefined) return refused(404, 'unknown_url', 'invalid_request_error');
  if (headers['authorization'] !== `Bearer ${secret}`) return refused(401, 'invalid_api_key', 'invalid_request_error');
  return answer(route === 'completions', JSON.parse(text) as Json, null);
};

/**
 * The two routes of Azure: `/openai/v1/chat/completions`, where the model is the deployment, and the dated one, which
 * names it in the path.
 */
export const azureServer: StandIn = ({ method, path, headers, text }) => {
  const dated = /^\/openai\/deployments\/([^/]+)\/chat\/completions\?api-version=\d{4}-\d\d-\d\d$/.exec(path)?.[1];
  const known = dated !== undefined || /^\/openai\/v1\/chat\/completions(\?api-version=\w+)?$/.test(path);
  if (method !== 'POST' || !known) return refused(404, '404', 'Resource not found');
  if (headers['api-key'] !== secret) return refused(401, '401', 'Access denied due to invalid subscription key');
  return answer(false, JSON.parse(text) as Json, dated ?? null);
};

function answer(completes: boolean, body: Json, deployment: string | null): StandInReply {
  if (!(completes ? typeof body['prompt'] === 'string' : Array.isArray(body['messages'])))
    return refused(400, 'missing_required_parameter', 'invalid_request_error');
  const model = deployment ?? String(body['model']);
  const script = (completes ? completionsScripts : chatScripts)[model];
  return script?.reply ?? refused(404, 'model_not_found', 'invalid_request_error');
}
