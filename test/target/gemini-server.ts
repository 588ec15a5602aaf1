import { json, type Script, type StandIn, type StandInReply, secret, told } from './stand-in.ts';

type Json = Record<string, unknown>;

const eventStream = { 'content-type': 'text/event-stream' };
const frame = (value: unknown) => `data: ${JSON.stringify(value)}\r\n\r\n`;
const stream = (replies: readonly unknown[], more: Partial<StandInReply> = {}): StandInReply => ({
  status: 200,
  headers: eventStream,
  body: Buffer.from(replies.map(frame).join('')),
  ...more,
});

const answer = (parts: readonly Json[], more: Json = {}, usageMetadata?: Json) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
  ...(usageMetadata === undefined ? {} : { usageMetadata }),
  modelVersion: 'gemini',
  responseId: 'r1',
});
const said = (text: string, more: Json = {}, usage?: Json) => answer([{ text }], more, usage);
const thought = (text: string) => answer([{ text, thought: true }]);
const used = (prompt: number, candidates: number | null, thoughts: number | null, total: number, more: Json = {}) => ({
  promptTokenCount: prompt,
  ...(candidates === null ? {} : { candidatesTokenCount: candidates }),
  ...(thoughts === null ? {} : { thoughtsTokenCount: thoughts }),
  totalTokenCount: total,
  ...more,
});
const failure = (code: number, status: string, message: string, details: readonly Json[] = []) => ({
  error: { code, message, status, ...(details.length === 0 ? {} : { details }) },
});
const refused = (code: number, status: string, message: string, details: readonly Json[] = []) =>
  json(code, failure(code, status, message, details));
const retryIn = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });

/** Stopped for one of the documented reasons behind a few words. */
const stopped = (finishReason: string): Script => ({
  reply: stream([said('Hi'), said(' there', { finishReason }, used(5, 2, null, 7))]),
  truth: told({ text: 'Hi there', input: 5, output: 2, stop: finishReason }),
});
/** Filtered before the first word. */
const filtered = (finishReason: string): Script => ({
  reply: stream([{ candidates: [{ finishReason, index: 0 }], usageMetadata: used(5, null, null, 5) }]),
  truth: told({ input: 5, output: 0, stop: finishReason }),
});

/** Models of the stand-in by name. */
export const geminiScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([
      said('Hé', {}, used(10, null, null, 10)),
      said('llo ', {}, used(10, 2, null, 12)),
      said('😀', { finishReason: 'STOP' }, used(10, 4, null, 14)),
    ]),
    truth: told({ text: 'Héllo 😀', input: 10, output: 4, stop: 'STOP' }),
  },
  'usage-behind': {
    reply: stream([said('a'), said('b', { finishReason: 'STOP' }), { usageMetadata: used(3, 2, null, 5) }]),
    truth: told({ text: 'ab', input: 3, output: 2, stop: 'STOP' }),
  },
  // The thoughts beside the candidates, as the SDK documents the sum.
  'thoughts-outside': {
    reply: stream([thought('Let me'), thought(' think'), said('Four.', { finishReason: 'STOP' }, used(10, 12, 7, 29))]),
    truth: told({ text: 'Four.', reasoning: 'Let me think', input: 10, output: 19, outputReasoning: 7, stop: 'STOP' }),
  },
  // The thoughts among the candidates: only the total tells.
  'thoughts-inside': {
    reply: stream([thought('Let me think'), said('Four.', { finishReason: 'STOP' }, used(10, 12, 7, 22))]),
    truth: told({ text: 'Four.', reasoning: 'Let me think', input: 10, output: 12, outputReasoning: 7, stop: 'STOP' }),
  },
  'thoughts-only': {
    reply: stream([{ candidates: [{ finishReason: 'MAX_TOKENS', index: 0 }], usageMetadata: used(10, null, 60, 70) }]),
    truth: told({ input: 10, output: 60, outputReasoning: 60, stop: 'MAX_TOKENS' }),
  },
  cached: {
    reply: stream([
      said(
        'ab',
        { finishReason: 'STOP' },
        used(2000, 2, null, 2052, { cachedContentTokenCount: 1800, toolUsePromptTokenCount: 50 }),
      ),
    ]),
    truth: told({ text: 'ab', input: 2050, cached: 1800, output: 2, stop: 'STOP' }),
  },
  tools: {
    reply: stream([
      said('I look.'),
      answer(
        [{ functionCall: { name: 'weather', args: { place: 'Zürich' } } }],
        { finishReason: 'STOP' },
        used(50, 20, null, 70),
      ),
    ]),
    truth: told({ text: 'I look.', tools: 'weather{"place":"Zürich"}', input: 50, output: 20, stop: 'STOP' }),
  },
  'cut-at-cap': stopped('MAX_TOKENS'),
  other: stopped('OTHER'),
  'unknown-language': stopped('LANGUAGE'),
  safety: stopped('SAFETY'),
  recitation: filtered('RECITATION'),
  blocklist: filtered('BLOCKLIST'),
  prohibited: filtered('PROHIBITED_CONTENT'),
  spii: filtered('SPII'),
  'blocked-prompt': {
    reply: stream([{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: used(5, null, null, 5) }]),
    truth: told({ input: 5, output: 0, stop: 'PROHIBITED_CONTENT' }),
  },
  silent: {
    reply: stream([said('', { finishReason: 'STOP' }, used(5, null, null, 5))]),
    truth: told({ input: 5, output: 0, stop: 'STOP', failure: 'empty_output' }),
  },
  'garbled-call': {
    reply: stream([
      { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', index: 0 }], usageMetadata: used(5, null, null, 5) },
    ]),
    truth: told({ input: 5, output: 0, stop: 'MALFORMED_FUNCTION_CALL', failure: 'empty_output' }),
  },
  whole: {
    reply: json(200, {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              { text: 'Let me think', thought: true },
              { text: 'Four.' },
              { functionCall: { name: 'weather', args: { place: 'Zürich' } } },
            ],
          },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: used(10, 12, 7, 29),
    }),
    truth: told({
      text: 'Four.', reasoning: 'Let me think', tools: 'weather{"place":"Zürich"}', input: 10, output: 19, outputReasoning: 7, stop: 'STOP',
    }), // biome-ignore format: rows
  },
  // Bare JSON behind the events, as the service sends it.
  'failing-within': {
    reply: {
      status: 200,
      headers: eventStream,
      body: Buffer.from(
        `${frame(said('Hi'))}${JSON.stringify(failure(500, 'INTERNAL', 'Internal error {'), null, 2)}\n`,
      ),
    },
    truth: told({ text: 'Hi', failure: 'server_error' }),
  },
  'overloaded-within': {
    reply: {
      status: 200,
      headers: eventStream,
      body: Buffer.from(
        `${frame(said('Hi'))}${JSON.stringify(failure(503, 'UNAVAILABLE', 'The model is overloaded.'))}`,
      ),
    },
    truth: told({ text: 'Hi', failure: 'overloaded' }),
  },
  'limited-within-event': {
    reply: stream([said('Hi'), failure(429, 'RESOURCE_EXHAUSTED', 'Quota', [retryIn('3.5s')])]),
    truth: told({ text: 'Hi', failure: 'rate_limited' }),
  },
  breaking: {
    reply: stream([said('Hi')], { breaks: true }),
    truth: told({ text: 'Hi', failure: 'conn_reset' }),
  },
  'cut-short': { reply: stream([said('Hi')]), truth: told({ text: 'Hi', failure: 'truncated' }) },
  garbled: {
    reply: {
      status: 200,
      headers: eventStream,
      body: Buffer.from(`${frame(said('Hi'))}data: {"candidates":[{"con\r\n\r\n`),
    },
    truth: told({ text: 'Hi', failure: 'malformed_event' }),
  },
  limited: {
    reply: refused(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota. Please retry in 46.2s.', [
      {
        '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
        violations: [{ quotaId: 'GenerateRequestsPerMinute' }],
      },
      retryIn('46s'),
    ]),
    truth: told({ failure: 'rate_limited' }),
  },
  overloaded: {
    reply: refused(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
    truth: told({ failure: 'overloaded' }),
  },
  failing: { reply: refused(500, 'INTERNAL', 'Internal error'), truth: told({ failure: 'server_error' }) },
  'too-late': { reply: refused(504, 'DEADLINE_EXCEEDED', 'Deadline'), truth: told({ failure: 'server_error' }) },
  forbidden: { reply: refused(403, 'PERMISSION_DENIED', 'Not yours'), truth: told({ failure: 'unauthorized' }) },
  'bad-key': {
    reply: refused(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
    ]),
    truth: told({ failure: 'unauthorized' }),
  },
  wrong: { reply: refused(400, 'INVALID_ARGUMENT', 'Bad field'), truth: told({ failure: 'rejected' }) },
};

const roles = new Set(['user', 'model']);

/** What both services check of a body, and the reply of the model's script. */
function generate(path: string, model: string, method: string, body: string): StandInReply {
  const url = new URL(path, 'http://x');
  const streams = method === 'streamGenerateContent';
  if (streams && url.searchParams.get('alt') !== 'sse') return refused(400, 'INVALID_ARGUMENT', 'alt=sse is wanted');
  const sent = JSON.parse(body) as { generateContentRequest?: Json };
  const counts = method === 'countTokens';
  const inner = counts && sent.generateContentRequest !== undefined ? sent.generateContentRequest : sent;
  const asked = inner as { contents?: readonly Json[]; generationConfig?: Json; systemInstruction?: Json };
  if (!Array.isArray(asked.contents) || asked.contents.length === 0)
    return refused(400, 'INVALID_ARGUMENT', 'contents is not specified');
  if (asked.contents.some((content) => !roles.has(String(content['role'])) || !Array.isArray(content['parts'])))
    return refused(400, 'INVALID_ARGUMENT', 'Please use a valid role: user, model.');
  const cap = asked.generationConfig?.['maxOutputTokens'];
  if (cap !== undefined && !(Number.isInteger(cap) && (cap as number) > 0))
    return refused(400, 'INVALID_ARGUMENT', 'maxOutputTokens must be positive');
  const script = geminiScripts[model];
  if (script === undefined) return refused(404, 'NOT_FOUND', `models/${model} is not found for API version v1beta`);
  const { reply, truth } = script;
  if (counts) return json(200, { totalTokens: truth.input ?? 1 });
  const whole = !streams && reply.headers['content-type'] !== 'application/json' && truth.failure === null;
  return whole ? wholeOf(script) : reply;
}

/** The same reply, asked for whole. */
const wholeOf = ({ truth }: Script) =>
  json(
    200,
    said(
      truth.text,
      { finishReason: truth.stop },
      used(truth.input!, truth.output, null, truth.input! + truth.output!),
    ),
  );

/** The list of models, with the context of each. */
const listed = json(200, {
  models: Object.keys(geminiScripts).map((id) => ({
    name: `models/${id}`, displayName: id, inputTokenLimit: 1_048_576, outputTokenLimit: 65_536, supportedGenerationMethods: ['generateContent'],
  })), // biome-ignore format: one row
});

/** `GET /{v1|v1beta}/models` and `POST /{v1|v1beta}/models/{model}:{method}`. */
export const geminiServer: StandIn = ({ method, path, headers, text }) => {
  const match = /^\/v1(?:beta)?\/models\/([\w.-]+):(\w+)(?:\?.*)?$/.exec(path);
  const lists = method === 'GET' && /^\/v1(?:beta)?\/models(\?|$)/.test(path);
  if (!lists && (method !== 'POST' || match === null)) return refused(404, 'NOT_FOUND', `no route ${path}`);
  if (headers['x-goog-api-key'] !== secret)
    return refused(403, 'PERMISSION_DENIED', `Unregistered caller ${headers['x-goog-api-key']}`);
  if (match === null) return listed;
  return generate(path, match[1]!, match[2]!, text);
};

/** `POST /{v1|v1beta1}/projects/p/locations/l/publishers/google/models/{model}:{method}` with an OAuth token. */
export const vertexServer: StandIn = ({ method, path, headers, text }) => {
  const match =
    /^\/v1(?:beta1)?\/projects\/test-project\/locations\/europe-west4\/publishers\/google\/models\/([\w.-]+):(\w+)(?:\?.*)?$/.exec(
      path,
    );
  if (method !== 'POST' || match === null) return refused(404, 'NOT_FOUND', `no route ${path}`);
  if (headers['authorization'] !== `Bearer ${secret}`)
    return refused(
      401,
      'UNAUTHENTICATED',
      `Request had invalid authentication credentials ${headers['authorization']}`,
    );
  return generate(path, match[1]!, match[2]!, text);
};
