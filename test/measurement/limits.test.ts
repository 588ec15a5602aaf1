import { describe, expect, it } from 'vitest';
import { measureStep } from '../../src/measurement/measure.ts';
import type { Exchange, RateLimit } from '../../src/record/exchange.ts';
import type { StepRecord } from '../../src/record/run.ts';
import { sampleExchange } from '../store/sample-exchange.ts';

const step: StepRecord = {
  load: { kind: 'concurrency', value: 1 },
  repeat: 0,
  seed: 1,
  startMs: 0,
  warmupEndMs: 0,
  stopMs: 10_000,
  endMs: 10_000,
  stoppedBy: 'duration',
  maxInFlight: 1,
  scheduled: null,
  client: null,
  counters: null,
};
const usage = {
  input: 10,
  output: 5,
  inputCached: null,
  inputCacheWrite: null,
  outputReasoning: null,
  outputAccepted: null,
};
const at = (seq: number, more: Partial<Exchange> = {}): Exchange =>
  sampleExchange({
    seq,
    session: seq,
    dueMs: 100 * seq,
    sentMs: 100 * seq,
    headersMs: 100 * seq + 10,
    endMs: 100 * seq + 50,
    usage,
    textChars: 20,
    ...more,
  });
const limit = (remaining: number | null, more: Partial<RateLimit> = {}): RateLimit => {
  return { of: 'requests', windowS: null, limit: 60, remaining, resetMs: 500, ...more };
};
const refusal = (retryAfterMs: number | null, code: 'rate_limited' | 'overloaded' = 'rate_limited') =>
  ({ outcome: { state: 'failed', code, message: 'no', status: 429, retryAfterMs, body: null } }) as const;

const summary = (exchanges: readonly Exchange[], facts: Partial<StepRecord> = {}, objectives: string[] = []) => {
  const fold = measureStep({ ...step, ...facts, objectives });
  for (const exchange of exchanges) fold.add(exchange);
  return fold.summary();
};

describe('limits of a step', () => {
  it('are null where nobody said a word of them', () => {
    expect(summary([at(0), at(1)]).limits).toBeNull();
  });

  it('are those of the last head, with the least that was left, in any order of adding', () => {
    const exchanges = [
      at(0, { limits: [limit(50)] }),
      at(1, { limits: [limit(3), limit(900, { of: 'tokens', windowS: 60, limit: 1000 })] }),
      at(2, { limits: [limit(40, { resetMs: 100 })] }),
    ];
    const { limits } = summary(exchanges);
    expect(limits?.stated).toEqual([
      { of: 'requests', windowS: null, limit: 60, remaining: 40, remainingMin: 3, resetMs: 100 },
      { of: 'tokens', windowS: 60, limit: 1000, remaining: 900, remainingMin: 900, resetMs: 500 },
    ]);
    expect(summary(exchanges.toReversed()).limits).toEqual(limits);
  });

  it('count refusals of every attempt apart from overload, with the waits they asked for', () => {
    const { limits, counts } = summary([
      at(0),
      at(1, refusal(2000)),
      at(2, refusal(null, 'overloaded')),
      at(3, {
        attempts: 3,
        earlier: [
          { sentMs: 300, endMs: 310, code: 'rate_limited', status: 429, retryAfterMs: 50 },
          { sentMs: 360, endMs: 370, code: 'conn_reset', status: null, retryAfterMs: null },
        ],
      }),
    ]);
    expect(limits).toMatchObject({
      refused: 2,
      overloaded: 1,
      retryAfterMs: { min: 50, max: 2000 },
      retried: { requests: 1, furtherAttempts: 2 },
      paced: { requests: 0, maxMs: null },
    });
    expect(counts).toMatchObject({ ok: 2, failed: 2 });
  });

  it('make no client late, and no retry fast', () => {
    const many = (more: Partial<Exchange>, sentAfterMs: number) =>
      Array.from({ length: 40 }, (_, seq) =>
        at(seq, { sentMs: 100 * seq + sentAfterMs, endMs: 100 * seq + sentAfterMs + 50, ...more }),
      );
    const paced = summary(many({ pacedMs: 4000 }, 4000));
    expect(paced.limits?.paced).toEqual({ requests: 40, maxMs: 4000 });
    expect(paced.doubts.map(({ code }) => code)).not.toContain('client_limited');
    expect(summary(many({}, 4000)).doubts.map(({ code }) => code)).toContain('client_limited');
    const earlier = [{ sentMs: 0, endMs: 1, code: 'rate_limited', status: 429, retryAfterMs: 3000 }] as const;
    const [first] = summary(many({ attempts: 2, earlier }, 3000), { retries: 1 }, ['ttft.p50 < 1s']).objectives;
    expect(first).toMatchObject({ text: 'ttft.p50 < 1s (from the due time)', met: false });
    // That they were served in the end does not make it the server's throughput.
    const refused = (code: 'rate_limited' | 'conn_reset') =>
      summary(many({ attempts: 2, earlier: [{ ...earlier[0], code }] }, 3000), { retries: 1 }).doubts.filter(
        (doubt) => doubt.code === 'rate_limited',
      );
    expect(refused('rate_limited')).toMatchObject([{ severity: 'suspect', evidence: { share: 1, refused: 40 } }]);
    expect(refused('conn_reset')).toEqual([]);
  });

  it('say that a budget ended it', () => {
    const { doubts, verdict } = summary([at(0)], { stoppedBy: 'budget' });
    expect(doubts.find(({ code }) => code === 'stopped_by_budget')?.message).toContain('after 1 requests');
    expect(verdict).not.toBe('VALID');
  });
});

it('measures text in characters beside tokens', () => {
  const { text } = summary([
    at(0),
    at(1, { textChars: 40 }),
    at(2, { usage: null, textChars: 6 }),
    at(3, refusal(null)),
  ]);
  expect(text).toMatchObject({ chars: 66, meanChars: 22, charsPerToken: 6 });
  expect(summary([]).text).toEqual({ chars: 0, meanChars: null, charsPerToken: null, charsPerS: null });
});
