import { expect, it } from 'vitest';
import { threadsFor } from '../../src/experiment/threads.ts';
import type { Load } from '../../src/record/run.ts';

const closed = (value: number): Load => ({ kind: 'concurrency', value });
const open = (value: number): Load => ({ kind: 'rate', value, arrivals: 'poisson' });
const threads = (
  wanted: number | 'auto',
  load: Load,
  { maxInFlight = null as number | null, meanOutputTokens = 100 as number | null, cores = 8 } = {},
) => threadsFor(wanted, { load, maxInFlight, meanOutputTokens }, { cores });

it('takes as many threads as were asked for, but none without a request to send', () => {
  expect(threads(1, closed(10_000))).toBe(1);
  expect(threads(12, closed(10_000))).toBe(12);
  expect(threads(12, closed(5))).toBe(5);
  expect(threads(12, open(1))).toBe(12);
  expect(threads(12, open(1), { maxInFlight: 3 })).toBe(3);
});

it('takes one by itself, and more only where the planned streams, requests or tokens need them', () => {
  expect(threads('auto', closed(750))).toBe(1);
  expect(threads('auto', closed(751))).toBe(2);
  expect(threads('auto', closed(3_000))).toBe(4);
  expect(threads('auto', open(300))).toBe(1);
  expect(threads('auto', open(1_000))).toBe(3); // 100,000 tokens/s
  expect(threads('auto', open(2_001), { meanOutputTokens: 1 })).toBe(2);
  expect(threads('auto', open(4_000), { meanOutputTokens: null })).toBe(2);
});

it('leaves one core free, and never takes none', () => {
  expect(threads('auto', closed(100_000))).toBe(7);
  expect(threads('auto', closed(100_000), { cores: 2 })).toBe(1);
  expect(threads('auto', closed(100_000), { cores: 1 })).toBe(1);
});

it('goes by the ceiling of a calibration where there is one', () => {
  const ceiling = { streams: 200, tokensPerS: 10_000, requestsPerS: 500 };
  expect(
    threadsFor('auto', { load: closed(750), maxInFlight: null, meanOutputTokens: 10 }, { cores: 8, ceiling }),
  ).toBe(4);
});
