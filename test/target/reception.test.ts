import { describe, expect, it } from 'vitest';
import { type CreateReceptionOptions, createReception, type ReceptionFeed } from '../../src/target/create-reception.ts';
import type { Received } from '../../src/target/target.ts';

type Read = readonly [atMs: number, text: string];
const delta = (fields: object, rest: object = {}, choice: object = {}) =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: fields, finish_reason: null, ...choice }], ...rest })}\n\n`;
const word = (content: string, rest: object = {}) => delta({ content }, rest);
const usage = (prompt: number, completion: number, more: object = {}) => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion, ...more },
});
const A = word('A');
const B = word('B');
const C = word('C');
const q = delta({ reasoning_content: 'q' });
const R = delta({ role: 'assistant', content: '' });
const F = delta({}, {}, { finish_reason: 'stop' });
const Fl = delta({}, {}, { finish_reason: 'length' });
const U = (prompt: number, completion: number, more: object = {}) =>
  `data: ${JSON.stringify({ choices: [], ...usage(prompt, completion, more) })}\n\n`;
const D = 'data: [DONE]\n\n';
const K = ': ping\n\n';
const cumulative = (content: string, count: number, choice: object = {}) => delta({ content }, usage(5, count), choice);
const crlf = (text: string) => text.replaceAll('\n', '\r\n');

function feed(
  reads: readonly (readonly [number, Buffer])[],
  options: CreateReceptionOptions,
  last?: (feed: ReceptionFeed) => void,
): Received {
  const reception = createReception('openai-chat', { keepText: true, ...options });
  for (const [atMs, bytes] of reads) reception.push(bytes, atMs);
  last?.(reception);
  return reception.received();
}

/** As the reads came, then each read cut in two at any byte and byte by byte under one stamp: the facts must be the same. */
function receive(
  reads: readonly Read[],
  options: CreateReceptionOptions = {},
  last?: (feed: ReceptionFeed) => void,
): Received {
  const bytes = reads.map(([atMs, text]) => [atMs, Buffer.from(text, 'utf8')] as const);
  const whole = feed(bytes, options, last);
  const single = bytes.flatMap(([atMs, text]) => [...text].map((byte) => [atMs, Buffer.of(byte)] as const));
  expect(feed(single, options, last)).toEqual(whole);
  const longest = Math.max(...bytes.map(([, text]) => text.length));
  for (let cut = 1; cut < longest; cut++) {
    const halves = bytes.flatMap(([atMs, text]) => [
      [atMs, text.subarray(0, cut)] as const,
      [atMs, text.subarray(cut)] as const,
    ]);
    expect(feed(halves, options, last)).toEqual(whole);
  }
  return whole;
}
const end = (atMs: number) => (reception: ReceptionFeed) => reception.end(atMs);
const at = (received: Received) => received.chunks.atUs.map((us) => us / 1000);

describe('stamps and framing', () => {
  it('1: one event a read', () => {
    const r = receive([
      [100, A],
      [120, B],
      [140, C],
      [141, F],
      [142, U(10, 3)],
      [143, D],
    ]);
    expect(at(r)).toEqual([100, 120, 140]);
    expect(r).toMatchObject({
      firstByteMs: 100,
      endMs: 143,
      outcome: { state: 'ok', finish: 'stop' },
      flags: [],
      text: 'ABC',
      textChars: 3,
      streamed: true,
    });
    expect(r.usage).toMatchObject({ input: 10, output: 3, inputCached: null, outputReasoning: null });
  });
  it('2: an event is stamped where it is completed', () => {
    expect(
      at(
        receive([
          [100, A],
          [118, B.slice(0, 17)],
          [125, B.slice(17)],
          [140, C + F + U(10, 3) + D],
        ]),
      ),
    ).toEqual([100, 125, 140]);
  });
  it('3: events of one read share its stamp', () => {
    expect(
      at(
        receive([
          [100, A],
          [140, B + C],
          [141, F + U(10, 3) + D],
        ]),
      ),
    ).toEqual([100, 140, 140]);
  });
  it('4, 5: CRLF, cut inside', () => {
    const [a, b] = [crlf(A), crlf(B)];
    expect(
      at(
        receive([
          [100, a.slice(0, -1)],
          [110, `\n${b}`],
          [111, D],
        ]),
      ),
    ).toEqual([100, 110]);
    expect(
      at(
        receive([
          [100, a.slice(0, -2)],
          [110, `\r\n${b}`],
          [111, D],
        ]),
      ),
    ).toEqual([110, 110]);
  });
  it('6: no space behind data:', () => {
    const tight = (text: string) => text.replace('data: ', 'data:');
    expect(
      at(
        receive([
          [100, tight(A)],
          [120, tight(B)],
          [121, tight(D)],
        ]),
      ),
    ).toEqual([100, 120]);
  });
  it('7: comments and retries are bytes, not content; a BOM is nothing', () => {
    for (const mark of ['', '\uFEFF']) {
      const r = receive([
        [15, mark + K],
        [100, A],
        [115, ':'],
        [118, '\nretry: 1\n'],
        [130, B],
        [131, D],
      ]);
      expect([r.firstByteMs, at(r)]).toEqual([15, [100, 130]]);
    }
  });
  it('8: text cut inside a character', () => {
    const bytes = Buffer.from(word('é😀'));
    const inside = bytes.indexOf(Buffer.from('😀')) + 2;
    const r = feed(
      [
        [100, bytes.subarray(0, inside)],
        [107, bytes.subarray(inside)],
        [120, Buffer.from(B)],
        [121, Buffer.from(D)],
      ],
      {},
    );
    expect([at(r), r.text, r.textChars]).toEqual([[107, 120], 'é😀B', 3]);
  });
  it('9: two data lines are one event', () => {
    expect(
      at(
        receive([
          [100, A.replace('{"delta"', '\ndata: {"delta"').replace('"choices":', '"choices":\ndata: ')],
          [120, B],
          [121, D],
        ]),
      ),
    ).toEqual([100, 120]);
  });
  it('19: finish, then the end without [DONE]', () => {
    expect(
      receive(
        [
          [100, A],
          [120, B],
          [121, F],
          [122, U(5, 2)],
        ],
        {},
        end(123),
      ),
    ).toMatchObject({ endMs: 123, flags: ['no_terminator'], outcome: { state: 'ok' } });
  });
  it('20: an end before any finish is truncated', () => {
    const r = receive(
      [
        [100, A],
        [120, B],
      ],
      {},
      end(121),
    );
    expect([at(r).length, r.endMs]).toEqual([2, 121]);
    expect(r.outcome).toMatchObject({ state: 'failed', code: 'truncated' });
  });
  it('21: a last event without its blank line', () => {
    const r = receive(
      [
        [100, A],
        [120, B.slice(0, -1)],
      ],
      {},
      end(125),
    );
    expect([at(r), r.flags]).toEqual([[100, 120], ['unterminated_event']]);
  });
  it('22: nothing counts behind [DONE]', () => {
    const r = receive([
      [100, A],
      [120, B],
      [121, D + C],
      [150, C],
    ]);
    expect([at(r), r.endMs]).toEqual([[100, 120], 121]);
  });
});

describe('content', () => {
  it('10: a role is none', () =>
    expect(
      at(
        receive([
          [30, R],
          [100, A],
          [120, B],
          [121, F],
          [122, U(5, 2)],
          [123, D],
        ]),
      ),
    ).toEqual([100, 120]));
  it('11: reasoning is, and is told from the answer', () => {
    const r = receive([
      [100, q],
      [120, q],
      [140, A],
      [160, B],
      [161, U(5, 4, { completion_tokens_details: { reasoning_tokens: 2 } })],
      [162, D],
    ]);
    expect([r.chunks.channels, at(r)[2], r.flags]).toEqual(['rraa', 140, []]);
    expect(r.usage).toMatchObject({ output: 4, outputReasoning: 2 });
  });
  it('12: reasoning alone has no answer', () => {
    for (const key of ['reasoning', 'reasoning_content']) {
      const r = receive([
        [100, delta({ [key]: 'q' })],
        [120, delta({ [key]: 'q' })],
        [121, Fl],
        [122, U(5, 2)],
        [123, D],
      ]);
      expect(r).toMatchObject({
        flags: ['no_answer'],
        outcome: { state: 'ok', finish: 'length' },
        text: '',
        textChars: 2,
      });
      expect(r.chunks.channels).toBe('rr');
    }
  });
  it('14: usage on the finish event is kept and is no content', () => {
    const r = receive([
      [100, A],
      [120, B],
      [121, delta({}, usage(5, 2), { finish_reason: 'stop' })],
      [122, D],
    ]);
    expect([r.usage?.output, at(r).length, r.chunks.tokens]).toEqual([2, 2, null]);
  });
  it('33: no token at all is empty_output', () => {
    const r = receive([
      [50, R],
      [60, F],
      [61, U(5, 0)],
      [62, D],
    ]);
    expect([r.outcome, r.endMs, at(r)]).toMatchObject([{ state: 'failed', code: 'empty_output', status: 200 }, 62, []]);
  });
  it('34: filter results without choices are none', () => {
    expect(
      at(
        receive([
          [20, 'data: {"choices":[],"prompt_filter_results":[{}]}\n\n'],
          [60, R],
          [100, A],
          [120, B],
          [121, D],
        ]),
      ),
    ).toEqual([100, 120]);
  });
  it('36: tool calls', () => {
    const tool = (made: object) => delta({ tool_calls: [{ index: 0, function: made }] });
    const r = receive([
      [100, tool({ name: 'f' })],
      [120, tool({ arguments: '{"x"' })],
      [140, tool({ arguments: ':1}' })],
      [141, delta({}, {}, { finish_reason: 'tool_calls' })],
      [142, D],
    ]);
    expect([at(r), r.chunks.channels, r.flags, r.textChars]).toEqual([[100, 120, 140], 'ttt', ['tool_call'], 8]);
    const late = receive([
      [100, tool({ name: 'f', arguments: '{}' })],
      [141, F + D],
    ]);
    expect(late.flags).toEqual(['tool_call', 'late_tool_call']);
  });
  it('refusals and filters are no failure', () => {
    expect(
      receive([
        [100, delta({ refusal: 'No.' })],
        [101, F + D],
      ]),
    ).toMatchObject({ flags: ['refused'], chunks: { channels: 'f' }, outcome: { state: 'ok' } });
    expect(
      receive([
        [50, R],
        [60, delta({}, {}, { finish_reason: 'content_filter' })],
        [61, D],
      ]),
    ).toMatchObject({ outcome: { state: 'ok', finish: 'content_filter' }, flags: ['content_filtered', 'no_answer'] });
  });
  it('escapes and padding', () => {
    const r = receive([
      [1, A],
      [2, word('\n"\\é\u0001')],
      [3, delta({ content: 'x' }, { obfuscation: 'Zq1' })],
      [
        4,
        'data: {"id":"x","choices":[{"index":0,"delta":{"content":"\\ud83d\\ude00\\u00e9"},"finish_reason":null}]}\n\n',
      ],
      [5, D],
    ]);
    expect([r.text, r.textChars]).toEqual(['A\n"\\é\u0001x😀é', 9]);
  });
});

describe('tokens of each event', () => {
  it('16: token ids', () => {
    const ids = (list: number[]) => delta({ content: 'a b' }, {}, { token_ids: list });
    const r = receive([
      [100, ids([1, 2, 3, 4])],
      [140, ids([5, 6, 7, 8])],
      [160, delta({ content: '' }, {}, { token_ids: [9] })],
      [180, ids([10, 11, 12])],
      [181, F + U(5, 12) + D],
    ]);
    expect([r.chunks.tokens, r.chunks.tokensSource]).toEqual([[4, 4, 1, 3], 'token_ids']);
  });
  it('17: continuous usage, by differences', () => {
    const r = receive([
      [100, cumulative('a', 1)],
      [140, cumulative('b', 4)],
      [160, cumulative('c', 6)],
      [161, F + U(5, 6) + D],
    ]);
    expect([r.chunks.tokens, r.chunks.tokensSource]).toEqual([[1, 3, 2], 'continuous_usage']);
  });
  it('18: a rise without text is content', () => {
    const r = receive([
      [30, delta({ role: 'assistant', content: '' }, usage(5, 0))],
      [100, cumulative('a', 1)],
      [120, cumulative('', 2)],
      [140, cumulative('b', 3)],
      [141, cumulative('', 4, { finish_reason: 'stop' })],
      [142, D],
    ]);
    expect([at(r), r.chunks.tokens]).toEqual([
      [100, 120, 140, 141],
      [1, 1, 1, 1],
    ]);
    const held = receive([
      [30, delta({ role: 'assistant', content: '' }, usage(5, 0))],
      [100, cumulative('', 1)],
      [120, cumulative('b', 2)],
      [141, F + D],
    ]);
    expect(at(held)).toEqual([100, 120]);
  });
  it('is not believed when it falls, exceeds the cap or is missing', () => {
    const three = (counts: (number | null)[], cap: number | null = null) =>
      receive(
        [
          ...counts.map((count, k) => [k + 1, count === null ? A : cumulative('a', count)] as const),
          [9, F + U(5, 3) + D],
        ],
        { cap },
      ).chunks.tokens;
    expect(three([1, 2, 3], 3)).toEqual([1, 1, 1]);
    expect(three([1, 3, 2])).toBeNull();
    expect(three([1, 2, 11_628], 100)).toBeNull();
    expect(three([1, null, 2])).toBeNull();
    expect(three([null, 1, 2])).toBeNull();
  });
  it('moves with the continuous usage when the stream breaks off', () => {
    const r = receive(
      [
        [100, cumulative('a', 1)],
        [140, cumulative('b', 4)],
      ],
      {},
      (f) => f.fail('conn_reset', 150),
    );
    expect(r.usage).toMatchObject({ input: 5, output: 4 });
  });
  it('35: two choices, each by itself', () => {
    const of = (index: number, count: number) => cumulative('a', count, { index });
    const r = receive(
      [
        [100, of(0, 1)],
        [105, of(1, 2)],
        [120, of(0, 2)],
        [130, of(1, 3)],
        [131, U(5, 5) + D],
      ],
      { choices: 2 },
    );
    expect([r.chunks.choices, r.chunks.tokens, at(r), r.usage?.output]).toEqual([
      [0, 1, 0, 1],
      [1, 2, 1, 1],
      [100, 105, 120, 130],
      5,
    ]);
    const plain = (index: number) => delta({ content: 'a' }, {}, { index });
    const p = receive(
      [
        [100, plain(0)],
        [105, plain(1)],
        [120, plain(0)],
        [130, plain(1) + U(5, 4)],
        [131, D],
      ],
      { choices: 2 },
    );
    expect([p.chunks.choices, p.chunks.tokens, p.usage?.output]).toEqual([[0, 1, 0, 1], null, 4]);
  });
});

describe('usage of several choices', () => {
  const of = (index: number) => delta({ content: 'a' }, {}, { index });
  const finish = (index: number, rest: object = {}) => delta({}, rest, { index, finish_reason: 'stop' });
  const total = (reads: string) => receive([[1, of(0) + of(1) + reads + D]], { choices: 2 }).usage;
  it('is one total behind all of them, and the last one where it is repeated', () => {
    expect(total(finish(0) + finish(1) + U(5, 9))).toMatchObject({ input: 5, output: 9 });
    expect(total(finish(0) + finish(1) + U(5, 8) + U(5, 9))).toMatchObject({ input: 5, output: 9 });
  });
  it('is one object a choice where the first comes before the last choice has finished', () => {
    expect(total(finish(0) + U(5, 4) + finish(1) + U(5, 3))).toMatchObject({ input: 5, output: 7 });
  });
  it('is one object a choice where it rides on the finish', () => {
    expect(total(finish(0, usage(5, 4)) + finish(1, usage(5, 3)))).toMatchObject({ input: 5, output: 7 });
  });
});

describe('failures', () => {
  it('23: an error in the stream keeps its text', () => {
    const r = receive([
      [100, A],
      [120, 'data: {"error":{"message":"engine died","code":500}}\n\n'],
      [121, D],
    ]);
    expect([r.endMs, r.text]).toEqual([120, 'A']);
    expect(r.outcome).toMatchObject({
      code: 'server_error',
      message: 'The server says: engine died',
      status: 200,
      body: '{"error":{"message":"engine died","code":500}}',
    });
    expect(
      receive([
        [100, A],
        [120, 'event: error\ndata: overloaded\n\n'],
      ]).outcome,
    ).toMatchObject({ code: 'server_error', message: 'The server says: overloaded' });
  });
  it('24: a JSON body instead of a stream', () => {
    for (const body of [
      '{"error":{"message":"no"}}',
      '{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}',
      '{"message":"x"}',
    ]) {
      const reception = createReception('openai-chat');
      reception.head(200, { 'content-type': 'application/json; charset=utf-8' }, 5);
      reception.push(Buffer.from(body), 9);
      reception.end(9);
      expect(reception.received()).toMatchObject({
        outcome: { code: 'server_error', body },
        chunks: { atUs: [] },
        endMs: 9,
      });
    }
  });
  it('25: an event that is no JSON', () => {
    const r = receive([
      [100, A],
      [110, 'data: {broken\n\n'],
      [120, B],
    ]);
    expect([r.outcome, r.endMs, at(r)]).toMatchObject([{ code: 'malformed_event', body: '{broken' }, 110, [100]]);
    expect(
      receive([
        [100, A],
        [110, 'data: 5\n\n'],
      ]).outcome,
    ).toMatchObject({ code: 'malformed_event' });
  });
  it('26: a reset keeps what came', () => {
    const r = receive([[100, A]], {}, (f) => f.fail('conn_reset', 120));
    expect([r.outcome, r.endMs, at(r)]).toMatchObject([{ code: 'conn_reset' }, 120, [100]]);
  });
  it('27, 28: limits pass at their instant, under their own names', () => {
    const expire = (f: ReceptionFeed) => f.expire(f.limitMs);
    const stall = receive(
      [
        [100, A],
        [120, B],
      ],
      { limits: { idleMs: 5000, firstTokenMs: 10_000, totalMs: 60_000 } },
      expire,
    );
    expect([stall.outcome, stall.endMs]).toMatchObject([{ code: 'stall' }, 5120]);
    const late = receive([[100, R + K]], { limits: { idleMs: 5000, firstTokenMs: 10_000, totalMs: 60_000 } }, expire);
    expect([late.outcome, late.endMs]).toMatchObject([{ code: 'ttft_timeout' }, 10_000]);
    const total = receive([[100, A]], { sentMs: 7, limits: { totalMs: 1000 } }, expire);
    expect([total.outcome, total.endMs]).toMatchObject([{ code: 'total_timeout' }, 1007]);
  });
  it('29, 31: refusals say how long to wait', () => {
    const refused = (headers: Record<string, string>, originUnixMs = 0) => {
      const reception = createReception('openai-chat', { originUnixMs });
      reception.head(429, headers, 8);
      reception.push(Buffer.from('{"error":"slow down"}'), 8);
      reception.end(8);
      return reception.received().outcome;
    };
    expect(refused({ 'retry-after': '2' })).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 2000,
      body: '{"error":"slow down"}',
    });
    const now = Date.UTC(2026, 9, 21, 7, 27, 55) - 8;
    expect(refused({ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, now)).toMatchObject({ retryAfterMs: 5000 });
    expect(refused({ 'retry-after': 'soon' })).toMatchObject({ retryAfterMs: null });
  });
  it('cuts long bodies behind the redaction, so that no half secret stays', () => {
    const secret = 'sk-abcdef';
    for (let pad = 2030; pad < 2050; pad++) {
      const reception = createReception('openai-chat', { secrets: [secret] });
      reception.head(400, {}, 1);
      reception.push(Buffer.from('x'.repeat(pad) + secret.repeat(50)), 1);
      reception.end(1);
      const { body } = reception.received().outcome as { body: string };
      expect(body.length).toBe(2048);
      expect(body).not.toContain('sk-');
    }
  });
});

describe('replies that are no stream', () => {
  const whole = (body: unknown, options: CreateReceptionOptions = {}) =>
    feed([[9, Buffer.from(JSON.stringify(body))]], { stream: false, ...options }, end(9));
  it('are read whole', () => {
    const r = whole({
      choices: [{ index: 0, message: { content: 'Hé', reasoning: 'q' }, finish_reason: 'length' }],
      ...usage(3, 4),
    });
    expect(r).toMatchObject({
      text: 'Hé',
      textChars: 3,
      streamed: false,
      chunks: { atUs: [], tokens: null },
      flags: [],
      outcome: { state: 'ok', finish: 'length' },
    });
    expect([r.usage?.output, r.firstByteMs, r.endMs]).toEqual([4, 9, 9]);
  });
  it('fail by their own names', () => {
    expect(whole({ error: { message: 'x' } }).outcome).toMatchObject({ code: 'server_error' });
    expect(
      whole({ choices: [{ message: { content: '' }, finish_reason: 'stop' }], ...usage(3, 0) }).outcome,
    ).toMatchObject({ code: 'empty_output' });
    expect(feed([[9, Buffer.from('<html>')]], { stream: false }, end(9)).outcome).toMatchObject({
      code: 'malformed_event',
    });
  });
  it('have no answer when they are reasoning alone', () => {
    expect(
      whole({ choices: [{ message: { content: null, reasoning_content: 'q' }, finish_reason: 'length' }] }).flags,
    ).toEqual(['no_answer']);
  });
});
