import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Exchange, failureCodes } from '../../src/record/exchange.ts';
import { decodeExchange, encodeExchange } from '../../src/store/exchange-line.ts';
import { sampleExchange } from './sample-exchange.ts';

const reread = (exchange: Exchange) => decodeExchange(JSON.parse(encodeExchange(exchange)));

const record: typeof fc.record = (model: object) => fc.record(model as never, { noNullPrototype: true }) as never;
const ms = fc.integer({ min: 0, max: 1e12 }).map((us) => us / 1000);
const count = fc.nat(100_000);
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const chunks = fc
  .array(fc.tuple(fc.nat(1e9), fc.integer({ min: 0, max: 5 }), fc.constantFrom('a', 'r', 'f', 't'), fc.nat(3)))
  .chain((events) => {
    let at = 0;
    const atUs = events.map(([step]) => (at += step));
    return record({
      atUs: fc.constant(atUs),
      tokens: fc.constantFrom(null, events.map((event) => event[1]), events.map(() => 1)), // biome-ignore format: one line reads best
      tokensSource: fc.constantFrom(null, 'token_ids', 'continuous_usage', 'logprobs'),
      channels: fc.constantFrom('', events.map((event) => event[2]).join('')),
      choices: fc.constantFrom(null, events.map((event) => event[3])), // biome-ignore format: one line reads best
    });
  });
const outcome = fc.oneof(
  record({ state: fc.constant('ok'), finish: orNull(fc.string()) }),
  record({
    state: fc.constant('failed'),
    code: fc.constantFrom(...failureCodes),
    message: fc.string({ unit: 'binary' }),
    status: orNull(count),
    retryAfterMs: orNull(ms),
    body: orNull(fc.string({ unit: 'binary' })),
  }),
  record({ state: fc.constant('censored'), reason: fc.constantFrom('drain_limit', 'interrupted') }),
);
const exchange = record({
  seq: count,
  step: count,
  session: count,
  turn: fc.nat(3),
  dueMs: ms,
  sentMs: orNull(ms),
  headersMs: orNull(ms),
  firstByteMs: orNull(ms),
  endMs: ms,
  connection: orNull(record({ dnsMs: orNull(ms), connectMs: ms, tlsMs: orNull(ms) })),
  chunks,
  outcome,
  flags: fc.subarray(['no_terminator', 'refused', 'tool_call']),
  usage: orNull(
    record({
      input: orNull(count),
      inputCached: orNull(count),
      inputCacheWrite: orNull(count),
      output: orNull(count),
      outputReasoning: orNull(count),
      outputAccepted: orNull(count),
    }),
  ),
  plannedInputTokens: orNull(count),
  plannedOutputTokens: orNull(count),
  textTokens: orNull(count),
  textChars: count,
  streamed: fc.boolean(),
  attempts: fc.integer({ min: 1, max: 3 }),
}) as fc.Arbitrary<Exchange>;

describe('an exchange as a line', () => {
  it('reads back as the same object, whatever it holds', () => {
    fc.assert(
      fc.property(exchange, (original) => {
        expect(encodeExchange(original)).not.toContain('\n');
        expect(reread(original)).toStrictEqual(original);
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  it('leaves out what says nothing', () => {
    const line = encodeExchange(sampleExchange());
    expect(line).toBe(
      '{"seq":0,"step":0,"session":0,"dueMs":10.5,"sentMs":10.617,"headersMs":12.001,"firstByteMs":20.25,"endMs":61.9,' +
        '"outcome":"ok","finish":"length","plannedInputTokens":12,"plannedOutputTokens":3,"textChars":14,' +
        '"usage":{"input":12,"output":3},"chunkUs":[9633,20079,19938]}',
    );
  });

  it('writes equal token counts once and channels as run lengths', () => {
    const atUs = Array.from({ length: 45 }, (_, i) => i * 1000);
    const channels = `${'r'.repeat(12)}t${'a'.repeat(32)}`;
    const line = encodeExchange(
      sampleExchange({
        chunks: { atUs, tokens: atUs.map(() => 4), tokensSource: 'token_ids', channels, choices: null },
      }),
    );
    expect(line).toContain('"channels":"r12ta32"');
    expect(line).toContain('"chunkTokens":4,');
  });

  it('keeps no chunks and unknown tokens apart', () => {
    for (const tokens of [null, []]) {
      const original = sampleExchange({
        chunks: { atUs: [], tokens, tokensSource: null, channels: '', choices: null },
      });
      expect(reread(original)).toStrictEqual(original);
    }
  });

  it('keeps rate limits, earlier attempts and pacing, and leaves out limits of a later kind', () => {
    const exchange: Exchange = {
      ...sampleExchange(),
      attempts: 2,
      earlier: [{ sentMs: 1, endMs: 9, code: 'rate_limited', status: 429, retryAfterMs: 2000 }],
      limits: [
        { of: 'requests', windowS: null, limit: 60, remaining: 59, resetMs: 1000 },
        { of: 'outputTokens', windowS: 60, limit: null, remaining: 7, resetMs: null },
      ],
      pacedMs: 12.5,
    };
    expect(reread(exchange)).toEqual(exchange);
    const line = JSON.parse(encodeExchange(exchange)) as Record<string, unknown>;
    expect(line['limits']).toEqual([
      ['requests', null, 60, 59, 1000],
      ['outputTokens', 60, null, 7, null],
    ]);
    const later = { ...line, limits: [['watts', 1, 2, 3, 4], 'x', ['tokens', 60, 5]] };
    expect(decodeExchange(later)?.limits).toEqual([
      { of: 'tokens', windowS: 60, limit: 5, remaining: null, resetMs: null },
    ]);
  });

  it('ignores fields of a later tokbench', () => {
    const line = JSON.parse(encodeExchange(sampleExchange()));
    expect(decodeExchange({ ...line, prefillMs: 3, usage: { ...line.usage, audio: 1 } })).toStrictEqual(
      sampleExchange(),
    );
  });

  it.each([
    ['a number', 3],
    ['a list', []],
    ['an empty object', {}],
    ['no due time', { dueMs: undefined }],
    ['a due time as text', { dueMs: '10' }],
    ['a sent time as text', { sentMs: '10' }],
    ['an unknown outcome', { outcome: 'great' }],
    ['a failure without a code', { outcome: 'failed' }],
    ['chunk times as text', { chunkUs: '1,2' }],
    ['a chunk time that is none', { chunkUs: [1, null, 2] }],
    ['fewer token counts than chunks', { chunkTokens: [1, 1] }],
    ['token counts as text', { chunkTokens: 'many' }],
    ['more channels than chunks', { channels: 'a99999999999' }],
    ['channels that are a number', { channels: 3 }],
  ])('refuses %s', (_, change) => {
    const line = JSON.parse(encodeExchange(sampleExchange()));
    const isPart = typeof change === 'object' && !Array.isArray(change) && Object.keys(change).length > 0;
    expect(decodeExchange(isPart ? JSON.parse(JSON.stringify({ ...line, ...change })) : change)).toBeNull();
  });
});
