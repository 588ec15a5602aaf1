import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachTokenGap, requestMetrics } from '../../src/measurement/latency.ts';
import { exchange, usage } from './facts.ts';

describe('null rules', () => {
  it('has no time to a token that never came', () => {
    const none = requestMetrics(
      exchange({ events: [], endMs: 50 }, { outcome: { state: 'ok', finish: 'content_filter' } }),
    );
    expect(none).toMatchObject({
      ttftMs: null,
      ttfoMs: null,
      tpotMs: null,
      ntpotMs: null,
      e2eMs: null,
      totalMs: 50,
      maxGapMs: null,
    });
  });

  it('has no metric from sent for a request that was never sent', () => {
    const unsent = requestMetrics(exchange({ sentMs: null, endMs: 50 }));
    expect(unsent).toMatchObject({
      queueDelayMs: null,
      ttftMs: null,
      ttftDueMs: null,
      e2eMs: null,
      e2eDueMs: null,
      totalMs: null,
    });
  });

  it('has queueDelay, e2e, total and ntpot without a stream', () => {
    const whole = requestMetrics(
      exchange({ dueMs: 10, sentMs: 12, endMs: 112 }, { streamed: false, usage: usage(4, 50) }),
    );
    expect(whole).toMatchObject({
      queueDelayMs: 2,
      e2eMs: 100,
      e2eDueMs: 102,
      totalMs: 100,
      ntpotMs: 2,
      ttftMs: null,
      ttfoMs: null,
      tpotMs: null,
      iclMs: null,
      itlMs: null,
    });
  });

  it('keeps raw gaps but no tpot where N is unknown', () => {
    const unknown = requestMetrics(exchange({ events: [10, 30, 35], tokens: null }));
    expect(unknown).toMatchObject({
      iclMs: [20, 5],
      itlMs: null,
      tpotMs: null,
      tpotExactMs: null,
      ntpotMs: null,
      ttftMs: 10,
    });
  });

  it('has no gaps in one event of many tokens', () => {
    const burst = requestMetrics(exchange({ events: [10], tokens: [8] }));
    expect(burst).toMatchObject({ iclMs: null, itlMs: null, tpotMs: 0, tpotExactMs: null, output: 8 });
  });
});

it('subtracts whole microseconds without binary crumbs', () => {
  const metrics = requestMetrics(exchange({ dueMs: 0.1, sentMs: 0.3, events: [1000.7] }));
  expect(metrics).toMatchObject({ queueDelayMs: 0.2, ttftMs: 1000.4, ttftDueMs: 1000.6 });
});

it('takes tpot per choice where the wire tells whose tokens an event holds', () => {
  const two = exchange({ events: [100, 105, 120, 130], tokens: [1, 1, 2, 1] });
  const metrics = requestMetrics({ ...two, chunks: { ...two.chunks, choices: [0, 1, 0, 1] } });
  expect(metrics).toMatchObject({
    iclMs: [20, 25],
    itlMs: [10, 10, 25],
    tpotMs: 17.5,
    tpotExactMs: 17.5,
    ntpotMs: null,
    output: 5,
  });
});

it('counts gaps above max(1 s, 10 × the median gap) as stalls', () => {
  const stalls = (gaps: number[]) => {
    let ms = 0;
    return requestMetrics(exchange({ events: [0, ...gaps].map((gap) => (ms += gap)) }));
  };
  expect(stalls([20, 20, 1001, 20])).toMatchObject({ stalls: 1, maxGapMs: 1001 });
  expect(stalls([20, 20, 1000, 20])).toMatchObject({ stalls: 0, maxGapMs: 1000 });
  expect(stalls([200, 200, 1900, 200, 2001])).toMatchObject({ stalls: 1, maxGapMs: 2001 });
});

it('carries the gap before an event without a token on to the next one', () => {
  const entries: [number, number][] = [];
  eachTokenGap(
    [
      { us: 10_000, tokens: 0 },
      { us: 20_000, tokens: 3 },
      { us: 5000, tokens: 1 },
    ],
    (ms, n) => entries.push([ms, n]),
  );
  expect(entries).toEqual([
    [10, 3],
    [5, 1],
  ]);
});

it('has a mean itl of tpotExact on every exact timeline', () => {
  const event = fc.record({ gap: fc.integer({ min: 0, max: 400_000 }), tokens: fc.integer({ min: 1, max: 6 }) });
  fc.assert(
    fc.property(fc.array(event, { minLength: 2, maxLength: 60 }), (list) => {
      let us = 0;
      const events = list.map(({ gap }) => {
        us += gap;
        return us / 1000;
      });
      const metrics = requestMetrics(exchange({ events, tokens: list.map(({ tokens }) => tokens) }));
      const itl = metrics.itlMs!;
      expect(itl.reduce((a, b) => a + b, 0) / itl.length).toBeCloseTo(metrics.tpotExactMs!, 6);
      expect(itl).toHaveLength(metrics.output! - list[0]!.tokens);
      expect(metrics.iclMs!.reduce((a, b) => a + b, 0)).toBeCloseTo(metrics.tpotMs! * (metrics.output! - 1), 6);
    }),
  );
});
