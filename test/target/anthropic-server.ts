import { json, type Script, type StandIn, type StandInReply, secret, told } from './stand-in.ts';

type Json = Record<string, unknown>;

/** `event:` and `data:` of the Messages API, which names every event twice. */
const frames = (events: readonly Json[]) =>
  events.map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`).join('');
const stream = (events: readonly Json[], more: Partial<StandInReply> = {}): StandInReply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_1' },
  body: Buffer.from(frames(events)),
  ...more,
});

const message = (usage: Json) => ({
  type: 'message_start',
  message: {
    id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [], stop_reason: null, stop_sequence: null, usage,
  }, // biome-ignore format: one row
});
const used = (input: number, output: number, read = 0, write = 0): Json => ({
  input_tokens: input,
  cache_creation_input_tokens: write,
  cache_read_input_tokens: read,
  cache_creation: { ephemeral_5m_input_tokens: write, ephemeral_1h_input_tokens: 0 },
  output_tokens: output,
  service_tier: 'standard',
});
const begin = (index: number, block: Json) => ({ type: 'content_block_start', index, content_block: block });
const piece = (index: number, delta: Json) => ({ type: 'content_block_delta', index, delta });
const stop = (index: number) => ({ type: 'content_block_stop', index });
const ping = { type: 'ping' };
const ending = (reason: string, usage: Json, sequence: string | null = null) => [
  { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: sequence }, usage },
  { type: 'message_stop' },
];
const text = (index: number, ...parts: readonly string[]) => [
  begin(index, { type: 'text', text: '' }),
  ...parts.map((part) => piece(index, { type: 'text_delta', text: part })),
  stop(index),
];
const thinking = (index: number, ...parts: readonly string[]) => [
  begin(index, { type: 'thinking', thinking: '', signature: '' }),
  ...parts.map((part) => piece(index, { type: 'thinking_delta', thinking: part })),
  piece(index, { type: 'signature_delta', signature: 'EqQBCgIYAhIM' }),
  stop(index),
];
const failure = (type: string, words: string) => ({ type: 'error', error: { type, message: words } });
const refused = (status: number, type: string, words: string, headers: Record<string, string> = {}) =>
  json(status, { ...failure(type, words), request_id: 'req_1' }, headers);

/** Stopped for one of the documented reasons, with 5 tokens in and 2 out. */
const stopped = (reason: string, sequence: string | null = null): Script => ({
  reply: stream([message(used(5, 1)), ...text(0, 'Hi', ' there'), ...ending(reason, { output_tokens: 2 }, sequence)]),
  truth: told({ text: 'Hi there', input: 5, cached: 0, cacheWrite: 0, output: 2, stop: reason }),
});

/** Models of the stand-in by name. */
export const anthropicScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([
      message(used(25, 1)),
      begin(0, { type: 'text', text: '' }),
      ping,
      piece(0, { type: 'text_delta', text: 'Hé' }),
      piece(0, { type: 'text_delta', text: 'llo 😀' }),
      stop(0),
      ...ending('end_turn', { output_tokens: 15 }),
    ]),
    truth: told({ text: 'Héllo 😀', input: 25, cached: 0, cacheWrite: 0, output: 15, stop: 'end_turn' }),
  },
  // The last usage repeats the counts of the input, as the current API does.
  cached: {
    reply: stream([message(used(9, 1, 100, 40)), ...text(0, 'a', 'b'), ...ending('end_turn', used(9, 3, 100, 40))]),
    truth: told({ text: 'ab', input: 149, cached: 100, cacheWrite: 40, output: 3, stop: 'end_turn' }),
  },
  thinking: {
    reply: stream([
      message(used(9, 1, 100)),
      ...thinking(0, 'Let me', ' think'),
      ping,
      ...text(1, 'Four.'),
      ...ending('end_turn', { ...used(9, 12, 100), output_tokens_details: { thinking_tokens: 8 } }),
    ]),
    truth: told({
      text: 'Four.', reasoning: 'Let me think', input: 109, cached: 100, cacheWrite: 0, output: 12, outputReasoning: 8, stop: 'end_turn',
    }), // biome-ignore format: one row
  },
  'redacted-thinking': {
    reply: stream([
      message(used(9, 1)),
      begin(0, { type: 'redacted_thinking', data: 'EmwKAhgB' }),
      stop(0),
      ...text(1, 'Four.'),
      ...ending('end_turn', { output_tokens: 30 }),
    ]),
    truth: told({ text: 'Four.', input: 9, cached: 0, cacheWrite: 0, output: 30, stop: 'end_turn' }),
  },
  tools: {
    reply: stream([
      message(used(50, 2)),
      ...text(0, 'I look.'),
      begin(1, { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }),
      piece(1, { type: 'input_json_delta', partial_json: '' }),
      piece(1, { type: 'input_json_delta', partial_json: '{"place": "Zü' }),
      piece(1, { type: 'input_json_delta', partial_json: 'rich"}' }),
      stop(1),
      ...ending('tool_use', { output_tokens: 20 }),
    ]),
    truth: told({
      text: 'I look.', tools: 'weather{"place": "Zürich"}', input: 50, cached: 0, cacheWrite: 0, output: 20, stop: 'tool_use',
    }), // biome-ignore format: one row
  },
  cited: {
    reply: stream([
      message(used(7, 1)),
      begin(0, { type: 'text', text: '', citations: [] }),
      piece(0, { type: 'text_delta', text: 'It rains.' }),
      piece(0, {
        type: 'citations_delta',
        citation: {
          type: 'char_location',
          cited_text: 'rain',
          document_index: 0,
          start_char_index: 0,
          end_char_index: 4,
        },
      }),
      stop(0),
      ...ending('end_turn', { output_tokens: 4 }),
    ]),
    truth: told({ text: 'It rains.', input: 7, cached: 0, cacheWrite: 0, output: 4, stop: 'end_turn' }),
  },
  'cut-at-cap': stopped('max_tokens'),
  'stop-sequence': stopped('stop_sequence', 'END'),
  paused: stopped('pause_turn'),
  'context-full': stopped('model_context_window_exceeded'),
  refusing: stopped('refusal'),
  // A refusal before the first token is no failure.
  'refusing-at-once': {
    reply: stream([message(used(5, 0)), ...ending('refusal', { output_tokens: 0 })]),
    truth: told({ input: 5, cached: 0, cacheWrite: 0, output: 0, stop: 'refusal' }),
  },
  silent: {
    reply: stream([message(used(5, 0)), ...ending('end_turn', { output_tokens: 0 })]),
    truth: told({ input: 5, cached: 0, cacheWrite: 0, output: 0, stop: 'end_turn', failure: 'empty_output' }),
  },
  // The count of an empty answer is not 0: the end of the turn is a token, too.
  'silent-but-counted': {
    reply: stream([message(used(5, 1)), ...ending('end_turn', { output_tokens: 3 })]),
    truth: told({ input: 5, cached: 0, cacheWrite: 0, output: 3, stop: 'end_turn' }),
  },
  whole: {
    reply: json(200, {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude',
      content: [
        { type: 'thinking', thinking: 'Let me think', signature: 'EqQ' },
        { type: 'text', text: 'Four.' },
        { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { place: 'Zürich' } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { ...used(9, 12, 100, 40), output_tokens_details: { thinking_tokens: 8 } },
    }),
    truth: told({
      text: 'Four.', reasoning: 'Let me think', tools: 'weather{"place":"Zürich"}', input: 149, cached: 100, cacheWrite: 40, output: 12,
      outputReasoning: 8, stop: 'tool_use',
    }), // biome-ignore format: rows
  },
  'overloaded-within': {
    reply: stream([message(used(5, 1)), begin(0, { type: 'text', text: '' }), piece(0, { type: 'text_delta', text: 'Hi' }), failure('overloaded_error', 'Overloaded')]), // biome-ignore format: one row
    truth: told({ text: 'Hi', failure: 'overloaded' }),
  },
  'limited-within': {
    reply: stream([message(used(5, 1)), failure('rate_limit_error', 'Too many tokens')]),
    truth: told({ failure: 'rate_limited' }),
  },
  'failing-within': {
    reply: stream([message(used(5, 1)), failure('api_error', 'Internal server error')]),
    truth: told({ failure: 'server_error' }),
  },
  breaking: {
    reply: stream([message(used(5, 1)), begin(0, { type: 'text', text: '' }), piece(0, { type: 'text_delta', text: 'Hi' })], { breaks: true }), // biome-ignore format: one row
    truth: told({ text: 'Hi', failure: 'conn_reset' }),
  },
  'cut-short': {
    reply: stream([message(used(5, 1)), begin(0, { type: 'text', text: '' }), piece(0, { type: 'text_delta', text: 'Hi' })]), // biome-ignore format: one row
    truth: told({ text: 'Hi', failure: 'truncated' }),
  },
  garbled: {
    reply: {
      status: 200,
      headers: { 'content-type': 'text/event-stream' },
      body: Buffer.from(`${frames([message(used(5, 1))])}event: content_block_delta\ndata: {"type":"content_block\n\n`),
    },
    truth: told({ failure: 'malformed_event' }),
  },
  overloaded: {
    reply: refused(529, 'overloaded_error', 'Overloaded'),
    truth: told({ failure: 'overloaded' }),
  },
  limited: {
    reply: refused(429, 'rate_limit_error', 'This request would exceed your rate limit', {
      'retry-after': '7',
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2026-11-25T12:00:00Z',
    }),
    truth: told({ failure: 'rate_limited' }),
  },
  failing: { reply: refused(500, 'api_error', 'Internal server error'), truth: told({ failure: 'server_error' }) },
  forbidden: { reply: refused(403, 'permission_error', 'Not yours'), truth: told({ failure: 'unauthorized' }) },
  unpaid: { reply: refused(402, 'billing_error', 'Your credit is used up'), truth: told({ failure: 'rejected' }) },
  'too-large': { reply: refused(413, 'request_too_large', 'Too large'), truth: told({ failure: 'rejected' }) },
};

/** API versions that the service takes; the newer one refuses sampling parameters. */
const versions = new Set(['2023-06-01', '2026-10-21']);

/** The list of models, with the context of each. */
const listed = json(200, {
  data: Object.keys(anthropicScripts).map((id) => ({
    id, type: 'model', display_name: id, created_at: '2026-01-01T00:00:00Z', max_input_tokens: 200_000, max_tokens: 64_000,
  })), // biome-ignore format: one row
  first_id: 'plain',
  last_id: 'too-large',
  has_more: false,
});

/** `GET /v1/models` and `POST /v1/messages`; the model's name chooses the script, and any other name is not found. */
export const anthropicServer: StandIn = ({ method, path, headers, text: body }) => {
  const lists = method === 'GET' && /^\/v1\/models(\?|$)/.test(path);
  const counts = path === '/v1/messages/count_tokens';
  if (!lists && (method !== 'POST' || (path !== '/v1/messages' && !counts)))
    return refused(404, 'not_found_error', `Not found: ${path}`);
  const version = headers['anthropic-version'];
  if (version === undefined) return refused(400, 'invalid_request_error', 'anthropic-version: header is required');
  if (!versions.has(version))
    return refused(400, 'invalid_request_error', `anthropic-version: "${version}" is not a valid version.`);
  const key = headers['x-api-key'] ?? headers['authorization']?.replace(/^Bearer /, '');
  if (key !== secret) return refused(401, 'authentication_error', `invalid key ${key}`);
  if (lists) return listed;
  const asked = JSON.parse(body) as Json;
  const cap = asked['max_tokens'];
  if (counts === 'max_tokens' in asked)
    return refused(400, 'invalid_request_error', counts ? 'max_tokens: Extra inputs' : 'max_tokens: Field required');
  if (!counts && (!Number.isInteger(cap) || (cap as number) < 1))
    return refused(400, 'invalid_request_error', 'max_tokens: must be positive');
  const messages = asked['messages'] as readonly Json[] | undefined;
  if (messages === undefined || messages.length === 0)
    return refused(400, 'invalid_request_error', 'messages: at least one message is required');
  if (messages.some(({ role }) => role !== 'user' && role !== 'assistant'))
    return refused(400, 'invalid_request_error', 'messages: Unexpected role "system"');
  for (const name of ['temperature', 'top_p', 'top_k'])
    if (version === '2026-10-21' && name in asked)
      return refused(400, 'invalid_request_error', `${name}: Extra inputs are not permitted`);
  const script = anthropicScripts[String(asked['model'])];
  if (script === undefined) return refused(404, 'not_found_error', `model: ${String(asked['model'])}`);
  if (counts) return json(200, { input_tokens: script.truth.input ?? 1 });
  const streams = script.reply.headers['content-type']!.startsWith('text/');
  return streams && asked['stream'] !== true && script.truth.failure === null ? wholeOf(script) : script.reply;
};

/** The same reply, asked for whole. */
function wholeOf({ truth }: Script): StandInReply {
  const [read, write] = [truth.cached ?? 0, truth.cacheWrite ?? 0];
  return json(200, {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: truth.text === '' ? [] : [{ type: 'text', text: truth.text }],
    stop_reason: truth.stop,
    stop_sequence: null,
    usage: used(truth.input! - read - write, truth.output!, read, write),
  });
}
