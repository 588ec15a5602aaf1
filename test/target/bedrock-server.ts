import { EventStreamCodec, type MessageHeaders } from '@smithy/core/event-streams';
import { signatureProblem } from './aws-signature.ts';
import { json, type Script, type StandIn, type StandInReply, secret, told } from './stand-in.ts';

type Json = Record<string, unknown>;

/** The encoder of AWS's own client. */
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);
export const encode = (headers: Record<string, string>, payload: string | Buffer) => {
  const typed = Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }]);
  return Buffer.from(
    codec.encode({ headers: Object.fromEntries(typed) as MessageHeaders, body: Buffer.from(payload as string) }),
  );
};
const event = (type: string, payload: Json) =>
  encode(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    // Padding against listeners that count bytes, as the service adds it.
    JSON.stringify({ ...payload, p: 'abcdefghijklmnop'.slice(0, 3 + (JSON.stringify(payload).length % 13)) }),
  );
const exception = (type: string, payload: Json) =>
  encode(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify(payload),
  );
const stream = (messages: readonly Buffer[], more: Partial<StandInReply> = {}): StandInReply => ({
  status: 200,
  headers: { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'r-1' },
  body: Buffer.concat(messages),
  ...more,
});

const start = event('messageStart', { role: 'assistant' });
const delta = (contentBlockIndex: number, value: Json) =>
  event('contentBlockDelta', { contentBlockIndex, delta: value });
const words = (text: string, index = 0) => delta(index, { text });
const closed = (contentBlockIndex: number) => event('contentBlockStop', { contentBlockIndex });
const stop = (stopReason: string) => event('messageStop', { stopReason });
const used = (inputTokens: number, outputTokens: number, more: Json = {}) =>
  event('metadata', {
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens, ...more },
    metrics: { latencyMs: 321 },
  });
const refused = (status: number, type: string, message: string): StandInReply =>
  json(status, { message }, { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` });

const stopped = (reason: string): Script => ({
  reply: stream([start, words('Hi'), words(' there'), closed(0), stop(reason), used(5, 2)]),
  truth: told({ text: 'Hi there', input: 5, output: 2, stop: reason }),
});

const flipped = (() => {
  const body = Buffer.concat([start, words('Hi'), words(' there'), closed(0), stop('end_turn'), used(5, 2)]);
  const at = start.length + words('Hi').length + 120;
  body[at]! ^= 4;
  return body;
})();

/** Models of the stand-in by name. */
export const bedrockScripts: Readonly<Record<string, Script>> = {
  plain: {
    reply: stream([start, words('Hé'), words('llo 😀'), closed(0), stop('end_turn'), used(25, 15)]),
    truth: told({ text: 'Héllo 😀', input: 25, output: 15, stop: 'end_turn' }),
  },
  // A name as those of the models are: it is escaped in the path, and escaped once more in what is signed.
  'eu.anthropic.claude-v1:0': {
    reply: stream([start, words('a'), closed(0), stop('end_turn'), used(3, 1)]),
    truth: told({ text: 'a', input: 3, output: 1, stop: 'end_turn' }),
  },
  'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.model-v1:0': {
    reply: stream([start, words('a'), closed(0), stop('end_turn'), used(3, 1)]),
    truth: told({ text: 'a', input: 3, output: 1, stop: 'end_turn' }),
  },
  cached: {
    reply: stream([
      start, words('ab'), closed(0), stop('end_turn'),
      used(9, 3, { cacheReadInputTokens: 100, cacheWriteInputTokens: 40, cacheDetails: [{ ttl: '5m', inputTokens: 40 }] }),
    ]), // biome-ignore format: rows
    truth: told({ text: 'ab', input: 149, cached: 100, cacheWrite: 40, output: 3, stop: 'end_turn' }),
  },
  reasoning: {
    reply: stream([
      start,
      delta(0, { reasoningContent: { text: 'Let me' } }),
      delta(0, { reasoningContent: { text: ' think' } }),
      delta(0, { reasoningContent: { signature: 'EqQBCg==' } }),
      closed(0),
      words('Four.', 1),
      closed(1),
      stop('end_turn'),
      used(9, 12),
    ]),
    truth: told({ text: 'Four.', reasoning: 'Let me think', input: 9, output: 12, stop: 'end_turn' }),
  },
  tools: {
    reply: stream([
      start,
      words('I look.'),
      closed(0),
      event('contentBlockStart', { contentBlockIndex: 1, start: { toolUse: { toolUseId: 't1', name: 'weather' } } }),
      delta(1, { toolUse: { input: '{"place": "Zü' } }),
      delta(1, { toolUse: { input: 'rich"}' } }),
      closed(1),
      stop('tool_use'),
      used(50, 20),
    ]),
    truth: told({ text: 'I look.', tools: 'weather{"place": "Zürich"}', input: 50, output: 20, stop: 'tool_use' }),
  },
  'cut-at-cap': stopped('max_tokens'),
  'stop-sequence': stopped('stop_sequence'),
  guarded: stopped('guardrail_intervened'),
  filtered: stopped('content_filtered'),
  'context-full': stopped('model_context_window_exceeded'),
  'malformed-output': stopped('malformed_model_output'),
  'malformed-call': stopped('malformed_tool_use'),
  'filtered-at-once': {
    reply: stream([start, stop('content_filtered'), used(5, 0)]),
    truth: told({ input: 5, output: 0, stop: 'content_filtered' }),
  },
  silent: {
    reply: stream([start, stop('end_turn'), used(5, 0)]),
    truth: told({ input: 5, output: 0, stop: 'end_turn', failure: 'empty_output' }),
  },
  whole: {
    reply: json(200, {
      output: {
        message: {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'Let me think', signature: 'EqQ=' } } },
            { text: 'Four.' },
            { toolUse: { toolUseId: 't1', name: 'weather', input: { place: 'Zürich' } } },
          ],
        },
      },
      stopReason: 'tool_use',
      usage: {
        inputTokens: 9,
        outputTokens: 12,
        totalTokens: 21,
        cacheReadInputTokens: 100,
        cacheWriteInputTokens: 40,
      },
      metrics: { latencyMs: 321 },
    }),
    truth: told({
      text: 'Four.', reasoning: 'Let me think', tools: 'weather{"place":"Zürich"}', input: 149, cached: 100, cacheWrite: 40, output: 12,
      stop: 'tool_use',
    }), // biome-ignore format: rows
  },
  'throttled-within': {
    reply: stream([start, words('Hi'), exception('throttlingException', { message: 'Too many tokens, please wait' })]),
    truth: told({ text: 'Hi', failure: 'rate_limited' }),
  },
  'unavailable-within': {
    reply: stream([start, words('Hi'), exception('serviceUnavailableException', { message: 'Bedrock is unable' })]),
    truth: told({ text: 'Hi', failure: 'overloaded' }),
  },
  'model-error-within': {
    reply: stream([
      start,
      words('Hi'),
      exception('modelStreamErrorException', { message: 'Model error', originalStatusCode: 500, originalMessage: 'x' }),
    ]),
    truth: told({ text: 'Hi', failure: 'server_error' }),
  },
  'failing-within': {
    reply: stream([start, exception('internalServerException', { message: 'Internal' })]),
    truth: told({ failure: 'server_error' }),
  },
  'invalid-within': {
    reply: stream([start, exception('validationException', { message: 'Too long' })]),
    truth: told({ failure: 'rejected' }),
  },
  'error-within': {
    reply: stream([
      start,
      words('Hi'),
      encode({ ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'It broke' }, ''),
    ]),
    truth: told({ text: 'Hi', failure: 'server_error' }),
  },
  flipped: { reply: stream([flipped]), truth: told({ text: 'Hi', failure: 'bad_crc' }) },
  breaking: {
    reply: stream([start, words('Hi')], { breaks: true }),
    truth: told({ text: 'Hi', failure: 'conn_reset' }),
  },
  'cut-short': { reply: stream([start, words('Hi')]), truth: told({ text: 'Hi', failure: 'truncated' }) },
  'cut-within': {
    reply: stream([start, words('Hi'), words(' there').subarray(0, 40)]),
    truth: told({ text: 'Hi', failure: 'truncated' }),
  },
  throttled: {
    reply: refused(429, 'ThrottlingException', 'Too many requests, please wait before trying again.'),
    truth: told({ failure: 'rate_limited' }),
  },
  'not-ready': {
    reply: refused(429, 'ModelNotReadyException', 'The model is not ready yet'),
    truth: told({ failure: 'overloaded' }),
  },
  'quota-exceeded': {
    reply: refused(400, 'ServiceQuotaExceededException', 'Your quota is used up'),
    truth: told({ failure: 'rate_limited' }),
  },
  unavailable: {
    reply: refused(503, 'ServiceUnavailableException', 'Bedrock is unable to process your request'),
    truth: told({ failure: 'overloaded' }),
  },
  forbidden: { reply: refused(403, 'AccessDeniedException', 'Not yours'), truth: told({ failure: 'unauthorized' }) },
  failing: { reply: refused(500, 'InternalServerException', 'Internal'), truth: told({ failure: 'server_error' }) },
  'too-late': { reply: refused(408, 'ModelTimeoutException', 'Too slow'), truth: told({ failure: 'server_error' }) },
  'model-failing': { reply: refused(424, 'ModelErrorException', 'Failed'), truth: told({ failure: 'server_error' }) },
  wrong: { reply: refused(400, 'ValidationException', 'Malformed input'), truth: told({ failure: 'rejected' }) },
};

/** `POST /model/{modelId}/converse-stream`, let in by a bearer key or a signature over the request. */
export const bedrockServer: StandIn = (request) => {
  const { method, path, headers, text } = request;
  const match = /^\/model\/([^/]+)\/(converse|converse-stream|count-tokens)$/.exec(path);
  if (method !== 'POST' || match === null) return refused(404, 'UnknownOperationException', `no route ${path}`);
  const authorization = headers['authorization'] ?? '';
  const why = authorization.startsWith('Bearer ')
    ? authorization === `Bearer ${secret}` ? null : `unknown key ${authorization}`
    : signatureProblem(request, 'bedrock'); // biome-ignore format: one choice
  if (why !== null)
    return refused(403, why.includes('signature') ? 'InvalidSignatureException' : 'AccessDeniedException', why);
  const counts = match[2] === 'count-tokens';
  const sent = JSON.parse(text) as Json & { input?: { converse?: Json } };
  const body = (counts ? (sent.input?.converse ?? {}) : sent) as { messages?: readonly Json[]; inferenceConfig?: Json };
  if (!Array.isArray(body.messages) || body.messages.length === 0)
    return refused(400, 'ValidationException', 'The messages field is required.');
  if (body.messages.some(({ role, content }) => !/^(user|assistant)$/.test(String(role)) || !Array.isArray(content)))
    return refused(400, 'ValidationException', 'A message is malformed.');
  const cap = body.inferenceConfig?.['maxTokens'];
  if (cap !== undefined && !(Number.isInteger(cap) && (cap as number) > 0))
    return refused(400, 'ValidationException', 'maxTokens must be positive');
  const model = decodeURIComponent(match[1]!);
  const script = bedrockScripts[model];
  if (script === undefined) return refused(404, 'ResourceNotFoundException', `no model ${model}`);
  if (counts) return json(200, { inputTokens: script.truth.input ?? 1 });
  const streams = script.reply.headers['content-type'] !== 'application/json';
  return streams && match[2] === 'converse' && script.truth.failure === null ? wholeOf(script) : script.reply;
};

/** The same reply, asked for whole. */
function wholeOf({ truth }: Script): StandInReply {
  const [read, write] = [truth.cached ?? 0, truth.cacheWrite ?? 0];
  const usage = {
    inputTokens: truth.input! - read - write,
    outputTokens: truth.output,
    totalTokens: truth.input! + truth.output!,
  };
  return json(200, {
    output: { message: { role: 'assistant', content: [{ text: truth.text }] } },
    stopReason: truth.stop,
    usage: { ...usage, cacheReadInputTokens: read, cacheWriteInputTokens: write },
  });
}
