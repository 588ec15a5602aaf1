import { expect, it } from 'vitest';
import { createHopeless } from '../../src/experiment/hopeless.ts';
import { sampleExchange } from '../store/sample-exchange.ts';

interface Setup {
  readonly objectives?: readonly string[];
  readonly closed?: boolean;
  readonly everyMs?: number;
  /** TTFT of the i-th; null = it failed. */
  readonly ttftMs: (i: number) => number | null;
  readonly waitMs?: number;
  readonly most?: number;
}

/** Requests until it is sure; null when it never is. */
function sureAfter(setup: Setup): number | null {
  const { objectives = ['ttft.p99 < 500ms'], closed = true, everyMs = 100, ttftMs, waitMs = 0, most = 6000 } = setup;
  const hopeless = createHopeless({ objectives, closed, fromMs: 0 });
  for (let i = 0; i < most; i++) {
    const ttft = ttftMs(i);
    const dueMs = everyMs * i;
    const sentMs = dueMs + waitMs;
    hopeless.add(
      sampleExchange({
        dueMs,
        sentMs,
        endMs: sentMs + (ttft ?? 1),
        chunks: {
          atUs: ttft === null ? [] : [ttft * 1000],
          tokens: null,
          tokensSource: null,
          channels: '',
          choices: null,
        },
        outcome:
          ttft === null
            ? { state: 'failed', code: 'overloaded', message: 'no', status: 503, retryAfterMs: null, body: null }
            : { state: 'ok', finish: 'stop' },
      }),
    );
    if (hopeless.sure) return i + 1;
  }
  return null;
}

it('is sure after ten seconds and a hundred requests, when most are outside', () => {
  expect(sureAfter({ ttftMs: () => 600 })).toBe(100);
  expect(sureAfter({ ttftMs: () => 600, everyMs: 5 })).toBe(1881);
  expect(sureAfter({ ttftMs: () => null })).toBe(101); // the 100th ended just before ten seconds were over
});

it('leaves to the percentiles what could still be decided by them', () => {
  expect(sureAfter({ ttftMs: () => 400 })).toBeNull();
  expect(sureAfter({ ttftMs: (i) => (i % 2 === 0 ? 600 : 100) })).toBeNull();
  expect(sureAfter({ ttftMs: (i) => (i % 10 < 6 ? 600 : 100) })).toBe(100);
  expect(sureAfter({ ttftMs: (i) => (i < 50 ? 5000 : 100) })).toBeNull(); // a cold start
  expect(sureAfter({ ttftMs: (i) => (i > 4000 ? 5000 : 100) })).toBeNull();
});

it('asks for more where a median is the objective', () => {
  const objectives = ['ttft.p50 < 500ms'];
  expect(sureAfter({ objectives, ttftMs: (i) => (i % 10 < 7 ? 600 : 100) })).toBeNull();
  expect(sureAfter({ objectives, ttftMs: (i) => (i % 10 < 9 ? 600 : 100) })).toBe(100);
});

it('counts the wait in the client in an open loop', () => {
  expect(sureAfter({ ttftMs: () => 100, waitMs: 450, closed: false })).toBe(100);
  expect(sureAfter({ ttftMs: () => 100, waitMs: 450, closed: true })).toBeNull();
});

it('has nothing to say where no request can be inside or outside by itself', () => {
  expect(sureAfter({ objectives: ['output.rate > 1000/s', 'ttft.mean < 10ms'], ttftMs: () => 9000 })).toBeNull();
});
