import { EventStreamCodec, type MessageHeaders } from '@smithy/core/event-streams';
import { describe, expect, it } from 'vitest';
import { type CreateReceptionOptions, createReception } from '../../src/target/create-reception.ts';
import { anthropicScripts } from './anthropic-server.ts';
import { bedrockScripts } from './bedrock-server.ts';
import { geminiScripts } from './gemini-server.ts';
import { chatScripts } from './openai-server.ts';
import { responsesScripts } from './responses-server.ts';
import { json, type StandInReply } from './stand-in.ts';

/** A reply read at once, at 5 ms. */
function read(protocol: string, reply: StandInReply, options: CreateReceptionOptions = {}) {
  const feed = createReception(protocol, { keepText: true, ...options });
  feed.head(reply.status, reply.headers, 5);
  feed.push(reply.body, 5);
  if (!feed.ended) feed.end(5);
  return feed.received();
}
const events = (items: readonly unknown[], named = false): StandInReply => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  body: Buffer.from(
    items
      .map((item) => `${named ? `event: ${(item as { type: string }).type}\n` : ''}data: ${JSON.stringify(item)}\n\n`)
      .join(''),
  ),
});

describe('the wait that a service asks for', () => {
  it.each([
    ['anthropic', anthropicScripts['limited']!.reply, 7000],
    ['gemini, in the details of a refusal', geminiScripts['limited']!.reply, 46_000],
    ['gemini, within a stream', geminiScripts['limited-within-event']!.reply, 3500],
    ['bedrock, which never says', bedrockScripts['throttled']!.reply, null],
    ['openai-chat, in milliseconds', chatScripts['limited']!.reply, 1500],
    ['azure, in milliseconds', chatScripts['limited']!.reply, 1500],
    ['openai-responses, in milliseconds', responsesScripts['status429']!.reply, 1500],
  ])('%s', (name, reply, retryAfterMs) => {
    expect(read(name.split(',')[0]!, reply).outcome).toMatchObject({ code: 'rate_limited', retryAfterMs });
  });
});

describe('words of the service', () => {
  it.each([
    ['anthropic', anthropicScripts['overloaded']!.reply, 'The server says: Overloaded'],
    ['anthropic', anthropicScripts['overloaded-within']!.reply, 'The server says: Overloaded'],
    ['gemini', geminiScripts['failing-within']!.reply, 'The server says: Internal error {'],
    ['bedrock', bedrockScripts['failing']!.reply, 'The server says: Internal (InternalServerException)'],
    ['bedrock', bedrockScripts['error-within']!.reply, 'The server says: It broke (InternalError)'],
  ])('of %s are the message of a failure', (protocol, reply, message) => {
    expect(read(protocol, reply).outcome).toMatchObject({ state: 'failed', message });
  });
  it.each([
    [{ error: { message: 'Too long' } }, 'The server says: Too long'],
    [{ error: 'Too long' }, 'The server says: Too long'],
    [{ message: 'Too long' }, 'The server says: Too long'],
    [{ detail: 'Too long' }, 'The server says: Too long'],
    [{ detail: [{ loc: ['body'] }] }, 'The server answered with status 400.'],
    [['Too long'], 'The server answered with status 400.'],
  ])('of OpenAI routes, in %j', (body, message) => {
    expect(read('openai-chat', json(400, body)).outcome).toMatchObject({ code: 'rejected', message });
  });
  it('that are no JSON leave the status to speak', () => {
    const page = { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Bad gateway</h1>') };
    for (const protocol of ['anthropic', 'gemini', 'vertex', 'bedrock'])
      expect(read(protocol, page).outcome).toMatchObject({
        code: 'server_error',
        message: 'The server answered with status 502.',
        body: '<h1>Bad gateway</h1>',
      });
  });
});

describe('flags', () => {
  it.each([
    ['anthropic', anthropicScripts['refusing']!.reply, ['refused']],
    ['anthropic', anthropicScripts['refusing-at-once']!.reply, ['refused', 'no_answer']],
    ['anthropic', anthropicScripts['tools']!.reply, ['tool_call']],
    ['anthropic', anthropicScripts['silent-but-counted']!.reply, ['no_answer']],
    ['gemini', geminiScripts['safety']!.reply, ['content_filtered']],
    ['gemini', geminiScripts['blocked-prompt']!.reply, ['content_filtered', 'no_answer']],
    ['gemini', geminiScripts['thoughts-only']!.reply, ['no_answer']],
    // A call that comes whole was long finished when it arrived.
    ['gemini', geminiScripts['tools']!.reply, ['tool_call', 'late_tool_call']],
    ['gemini', geminiScripts['other']!.reply, []],
    ['bedrock', bedrockScripts['guarded']!.reply, ['content_filtered']],
    ['bedrock', bedrockScripts['filtered-at-once']!.reply, ['content_filtered', 'no_answer']],
    ['bedrock', bedrockScripts['malformed-output']!.reply, []],
  ])('of %s', (protocol, reply, flags) => {
    const { outcome, flags: found } = read(protocol, reply);
    expect(outcome.state).toBe('ok');
    expect([...found].sort()).toEqual([...flags].sort());
  });
});

describe('Anthropic', () => {
  const start = { type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 1 } } };
  const text = (words: string) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: words },
  });
  const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } };
  const stop = { type: 'message_stop' };
  it('is read without names of events, as some gateways send it', () => {
    const { outcome, text: said, usage } = read('anthropic', events([start, text('a'), end, stop]));
    expect([outcome.state, said, usage?.output]).toEqual(['ok', 'a', 2]);
  });
  it('ignores events, deltas and blocks that it does not know', () => {
    const odd = [
      { type: 'weather', index: 0 },
      { type: 'content_block_start', index: 0, content_block: { type: 'web_search_tool_result', content: [] } },
      { type: 'content_block_delta', index: 0, delta: { type: 'compaction_delta', content: 'x' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '' } },
    ];
    const { chunks, outcome } = read('anthropic', events([start, ...odd, text('a'), end, stop], true));
    expect([outcome.state, chunks.atUs.length]).toEqual(['ok', 1]);
  });
  it('counts reasoning in cipher as an event of reasoning without characters', () => {
    const { chunks, textChars } = read('anthropic', anthropicScripts['redacted-thinking']!.reply);
    expect([chunks.channels, textChars]).toEqual(['ra', 5]);
  });
  it('keeps counts that a later event leaves out, and never adds', () => {
    const more = { type: 'message_delta', delta: {}, usage: { output_tokens: 5, cache_read_input_tokens: 4 } };
    expect(read('anthropic', events([start, text('a'), more, more, end, stop], true)).usage).toMatchObject({
      input: 7,
      inputCached: 4,
      inputCacheWrite: null,
      output: 2,
    });
  });
  it('that ends cleanly behind its stop reason is whole, and flagged', () => {
    const { outcome, flags } = read('anthropic', events([start, text('a'), end], true));
    expect([outcome, flags]).toEqual([{ state: 'ok', finish: 'end_turn' }, ['no_terminator']]);
  });
  it('answers a stream with one JSON body: that is a failure', () => {
    expect(read('anthropic', anthropicScripts['whole']!.reply).outcome).toMatchObject({ code: 'server_error' });
  });
  it('whose whole reply is an error or nothing of its kind fails', () => {
    const whole = (value: unknown): StandInReply => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(value)),
    });
    const failed = (value: unknown) => read('anthropic', whole(value), { stream: false }).outcome;
    expect(failed({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })).toMatchObject({
      code: 'overloaded',
    });
    expect(failed({ choices: [] })).toMatchObject({ code: 'malformed_event' });
    expect(failed([])).toMatchObject({ code: 'malformed_event' });
  });
});

describe('Gemini', () => {
  it('of several candidates tells each choice, and the tokens of all', () => {
    const part = (index: number, text: string, finishReason?: string) => ({
      index,
      content: { parts: [{ text }] },
      finishReason,
    });
    const usage = (candidatesTokenCount: number) => ({
      promptTokenCount: 3,
      candidatesTokenCount,
      totalTokenCount: 3 + candidatesTokenCount,
    });
    const reply = events([
      { candidates: [part(0, 'a'), part(1, 'x')], usageMetadata: usage(2) },
      { candidates: [part(1, 'y', 'STOP')], usageMetadata: usage(3) },
      { candidates: [part(0, 'b', 'MAX_TOKENS')], usageMetadata: usage(4) },
    ]);
    const { chunks, usage: used, text, outcome } = read('gemini', reply, { choices: 2 });
    expect(chunks.choices).toEqual([0, 1, 1, 0]);
    expect([used?.output, used?.input, text, outcome]).toEqual([4, 3, 'ab', { state: 'ok', finish: 'MAX_TOKENS' }]);
  });
  it('has one content event for all parts of an event, named by what a reader waits for', () => {
    const parts = [{ text: 'q', thought: true }, { text: 'a' }, { text: 'b' }];
    const reply = events([{ candidates: [{ content: { parts }, finishReason: 'STOP' }] }]);
    const { chunks, textChars } = read('gemini', reply);
    expect([chunks.atUs.length, chunks.channels, textChars]).toEqual([1, '', 3]);
  });
  it('that writes code shows it, and not what the code gave', () => {
    const parts = [
      { executableCode: { language: 'PYTHON', code: 'print(1)' } },
      { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } },
    ];
    const { chunks, textChars } = read(
      'gemini',
      events([{ candidates: [{ content: { parts }, finishReason: 'STOP' }] }]),
    );
    expect([chunks.channels, textChars]).toEqual(['t', 8]);
  });
  it('without counts of candidates has what the total leaves', () => {
    const whole = (usageMetadata: unknown) =>
      read(
        'gemini',
        events([{ candidates: [{ content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' }], usageMetadata }]),
      ).usage;
    expect(whole({ promptTokenCount: 3, totalTokenCount: 8 })).toMatchObject({ output: 5, outputReasoning: null });
    expect(whole({ promptTokenCount: 3 })).toMatchObject({ input: 3, output: null });
    expect(whole({ promptTokenCount: 3, candidatesTokenCount: 4, thoughtsTokenCount: 2 })).toMatchObject({ output: 6 });
  });
  it('whose bare error is cut is malformed, not a reply', () => {
    const { body } = geminiScripts['failing-within']!.reply;
    const reply = { ...geminiScripts['failing-within']!.reply, body: body.subarray(0, body.length - 10) };
    expect(read('gemini', reply).outcome).toMatchObject({ state: 'failed', code: 'malformed_event' });
  });
});

describe('Bedrock', () => {
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
    (text) => Buffer.from(text, 'utf8'),
  );
  const event = (type: string, payload: string) => {
    const values = { ':event-type': type, ':message-type': 'event' };
    const headers = Object.entries(values).map(([name, value]) => [name, { type: 'string', value }]);
    return Buffer.from(
      codec.encode({ headers: Object.fromEntries(headers) as MessageHeaders, body: Buffer.from(payload) }),
    );
  };
  const stream = (...messages: Buffer[]): StandInReply => ({
    status: 200,
    headers: { 'content-type': 'application/vnd.amazon.eventstream' },
    body: Buffer.concat(messages),
  });
  const text = event('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"a"}}');
  const stop = event('messageStop', '{"stopReason":"end_turn"}');
  it('without its metadata is whole, and its tokens are not known', () => {
    const { outcome, usage, flags } = read('bedrock', stream(text, stop));
    expect([outcome, usage, flags]).toEqual([{ state: 'ok', finish: 'end_turn' }, null, []]);
  });
  it('cut within its metadata is flagged', () => {
    const metadata = event('metadata', '{"usage":{"inputTokens":1,"outputTokens":1}}');
    const { outcome, flags } = read('bedrock', stream(text, stop, metadata.subarray(0, 30)));
    expect([outcome.state, flags]).toEqual(['ok', ['no_terminator']]);
  });
  it('whose message is no JSON, or of an impossible length, is malformed', () => {
    expect(read('bedrock', stream(event('contentBlockDelta', '{"delta"'))).outcome).toMatchObject({
      code: 'malformed_event',
    });
    expect(read('bedrock', stream(Buffer.from('0000000f00000000', 'hex'), Buffer.alloc(8))).outcome).toMatchObject({
      code: 'bad_crc',
    });
  });
  it('that shows its reasoning in cipher counts it', () => {
    const cipher = event(
      'contentBlockDelta',
      '{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"RW1=="}}}',
    );
    expect(read('bedrock', stream(cipher, text, stop)).chunks.channels).toBe('ra');
  });
  it('ignores events that it does not know', () => {
    expect(read('bedrock', stream(event('weather', '{}'), text, stop)).chunks.atUs.length).toBe(1);
  });
});
