import { describe, expect, it } from 'vitest';
import { renderConsole } from '../../src/document/console.ts';
import type { LimitSummary, StepSummary } from '../../src/measurement/summary.ts';
import { limitBlocks, limitEntries, limitLadder } from '../../src/report/limits.ts';
import { step } from './sample.ts';

const limits: LimitSummary = {
  requestsPerMinute: 118.5,
  tokensPerMinute: 35_500,
  refused: 3,
  overloaded: 0,
  retryAfterMs: { min: 1000, max: 2500 },
  paced: { requests: 12, maxMs: 3456 },
  retried: { requests: 1, furtherAttempts: 2 },
  stated: [
    { of: 'requests', windowS: 60, limit: 120, remaining: 20, remainingMin: 0, resetMs: 500 },
    { of: 'outputTokens', windowS: null, limit: 36_000, remaining: null, remainingMin: null, resetMs: null },
  ],
};
const withLimits = (over: Partial<LimitSummary> | null): StepSummary => ({
  ...step({ load: { kind: 'concurrency', value: 4 }, n: 50, ttftMs: 100, tpotMs: 10, outputTokensPerS: 400 }),
  limits: over === null ? null : { ...limits, ...over },
});
const shown = (one: StepSummary) =>
  renderConsole({ title: 't', subtitle: null, banners: [], verdict: null, blocks: limitBlocks(one), rows: null }, {
    columns: 100,
    unicode: true,
    color: false,
  } as never);

describe('limits in a report', () => {
  it('say nothing where none were met', () => {
    expect(limitBlocks(withLimits(null))).toEqual([]);
    expect(limitLadder([withLimits(null)])).toBeNull();
    expect(Object.fromEntries(limitEntries(withLimits(null)))).toMatchObject({ limit_refused: null });
  });

  it('show what was seen beside what is allowed, and every refusal, retry and wait', () => {
    const text = shown(withLimits({}));
    expect(text).toMatch(/requests a minute\s+120\s+20\s+0\s+500/);
    expect(text).toMatch(/output tokens\s+36.?000\s+.*not stated/);
    expect(text).toMatch(/seen\s+119 requests a minute · 35[.,]5/);
    expect(text).toContain('3 attempts were refused for the rate (429), asking to wait 1');
    expect(text).toContain('1 request was tried again, 2 further attempts in all');
    expect(text).toContain('12 requests were held back');
    expect(shown(withLimits({ refused: 0, overloaded: 1 }))).toContain('1 attempt was refused for overload (503, 529)');
  });

  it('have one row a step that met any, and the same columns for all', () => {
    const table = limitLadder([withLimits({}), withLimits(null), withLimits({ stated: [] })])!;
    expect(table.rows).toHaveLength(2);
    expect(table.rows.every((row) => row.length === table.columns.length)).toBe(true);
    const entries = Object.fromEntries(limitEntries(withLimits({})));
    expect(entries).toMatchObject({ limit_requests: 120, limit_requests_remaining_min: 0, limit_paced_max_ms: 3456 });
    expect(limitEntries(withLimits(null)).map(([name]) => name)).toEqual(Object.keys(entries));
  });
});
