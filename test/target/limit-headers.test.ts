import { describe, expect, it } from 'vitest';
import { limitsOf, resetMs } from '../../src/target/limit-headers.ts';

const now = Date.parse('2026-11-25T10:00:00Z');
const limits = (headers: Record<string, string>) => limitsOf(headers, now).limits;

describe('rate-limit headers', () => {
  it('of OpenAI, Azure and Groq', () => {
    expect(
      limits({
        'x-ratelimit-limit-requests': '5000',
        'x-ratelimit-limit-tokens': '160000',
        'x-ratelimit-limit-tokens_usage_based': '160000',
        'x-ratelimit-remaining-requests': '4999',
        'x-ratelimit-remaining-tokens': '159976',
        'x-ratelimit-reset-requests': '12ms',
        'x-ratelimit-reset-tokens': '6m0s',
        'content-type': 'text/event-stream',
      }),
    ).toEqual([
      { of: 'requests', windowS: null, limit: 5000, remaining: 4999, resetMs: 12 },
      { of: 'tokens', windowS: null, limit: 160_000, remaining: 159_976, resetMs: 360_000 },
    ]);
    // a limit that Azure does not know is none
    expect(
      limits({
        'x-ratelimit-limit-tokens': '-1',
        'x-ratelimit-remaining-tokens': '-1',
        'x-ratelimit-reset-tokens': '0',
      }),
    ).toBeUndefined();
  });

  it('of Anthropic, with instants', () => {
    expect(
      limits({
        'anthropic-ratelimit-requests-limit': '1000',
        'anthropic-ratelimit-requests-remaining': '999',
        'anthropic-ratelimit-requests-reset': '2026-11-25T10:00:01Z',
        'anthropic-ratelimit-input-tokens-limit': '80000',
        'anthropic-ratelimit-input-tokens-remaining': '79000',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-25T09:59:59Z',
        'anthropic-ratelimit-output-tokens-remaining': '16000',
        'anthropic-organization-id': 'x',
      }),
    ).toEqual([
      { of: 'requests', windowS: 60, limit: 1000, remaining: 999, resetMs: 1000 },
      { of: 'inputTokens', windowS: 60, limit: 80_000, remaining: 79_000, resetMs: 0 },
      { of: 'outputTokens', windowS: 60, limit: null, remaining: 16_000, resetMs: null },
    ]);
  });

  it('of Cerebras, Fireworks, Together, Mistral and OpenRouter', () => {
    expect(
      limits({
        'x-ratelimit-limit-requests-day': '1000000000',
        'x-ratelimit-remaining-requests-day': '999997455',
        'x-ratelimit-reset-requests-day': '33011.382867097855',
        'x-ratelimit-limit-tokens-minute': '1000000000',
      }),
    ).toEqual([
      { of: 'requests', windowS: 86_400, limit: 1e9, remaining: 999_997_455, resetMs: 33_011_383 },
      { of: 'tokens', windowS: 60, limit: 1e9, remaining: null, resetMs: null },
    ]);
    expect(
      limits({ 'x-ratelimit-limit-tokens-prompt': '3600000', 'x-ratelimit-limit-tokens-generated': '36000' }),
    ).toMatchObject([
      { of: 'inputTokens', limit: 3_600_000 },
      { of: 'outputTokens', limit: 36_000 },
    ]);
    expect(
      limits({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '9.5', 'x-tokenlimit-limit': '30000' }),
    ).toMatchObject([
      { of: 'requests', windowS: null, limit: 10, remaining: 9.5 },
      { of: 'tokens', limit: 30_000, remaining: null },
    ]);
    expect(
      limits({
        'x-ratelimitbysize-limit-minute': '500000',
        'x-ratelimitbysize-remaining-minute': '499000',
        'ratelimitbysize-reset': '28',
      }),
    ).toEqual([{ of: 'tokens', windowS: 60, limit: 500_000, remaining: 499_000, resetMs: 28_000 }]);
    expect(limits({ 'x-ratelimit-limit': '20', 'x-ratelimit-reset': String(now + 5000) })).toMatchObject([
      { limit: 20, resetMs: 5000 },
    ]);
    expect(limits({ 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '50' })).toMatchObject([
      { of: 'requests', limit: 100, remaining: 50 },
    ]);
  });

  it('are none where there are none, or none that can be read', () => {
    expect(limitsOf({}, now)).toEqual({});
    expect(limitsOf({ date: 'x', 'retry-after': '3' }, now)).toEqual({});
    expect(limitsOf({ 'x-ratelimit-limit-requests': 'many', 'x-ratelimit-limit-cows': '3' }, now)).toEqual({});
  });
});

it.each([
  ['1s', 1000],
  ['6m0s', 360_000],
  ['2m59.56s', 179_560],
  ['1h2m3s', 3_723_000],
  ['0', 0],
  ['7.66', 7660],
  [String(now / 1000 + 2), 2000],
  ['2026-11-25T10:00:00.5Z', 500],
  ['soon', null],
  ['-1', null],
  ['5 s', null],
  ['', null],
])('a reset of "%s" is %s ms away', (text, expected) => {
  expect(resetMs(text, now)).toBe(expected);
});
