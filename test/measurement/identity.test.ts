import { expect, it } from 'vitest';
import { identityOf } from '../../src/measurement/identity.ts';
import type { ServerCounters } from '../../src/record/server.ts';

const at = (output: number, input: number, inFlight = 0, requests: number | null = null): ServerCounters => ({
  dialect: 'vllm',
  output,
  input,
  requests,
  inFlight,
});
const clean = { ok: 34, sent: 34, failed: 0, censored: 0 };
const oneFailed = { ...clean, sent: 35, failed: 1 };
const tokens = { input: 3_400, output: 12_000 };

it.each([
  ['exact', at(13_000, 3_500), clean, 0, 0],
  ['unexplained', at(13_064, 3_500), clean, 64, 0],
  ['not_exclusive', at(13_064, 3_620), clean, 64, 120],
  ['not_exclusive', at(13_064, 3_620, 1), clean, 64, 120],
  ['not_exclusive', at(13_064, 3_500, 1), clean, 64, 0],
  ['not_exclusive', at(13_064, 3_620, 0, 36), oneFailed, 64, 120],
  ['explained', at(13_064, 3_620, 0, 35), oneFailed, 64, 120],
  ['unexplained', at(12_900, 3_500), oneFailed, -100, 0],
  ['exact', at(13_000, 3_500, 1, 34), clean, 0, 0],
  ['counter_reset', at(900, 3_500), clean, -12_100, 0],
])('is %s', (verdict, after, counts, output, input) => {
  const identity = identityOf({ before: at(1_000, 100, 0, 0), after }, tokens, counts);
  expect(identity).toMatchObject({ verdict, output: { residual: output }, input: { residual: input } });
});

it('is unavailable without both readings', () => {
  expect(identityOf(null, tokens, clean).verdict).toBe('unavailable');
  expect(identityOf({ before: at(0, 0), after: null }, tokens, clean).verdict).toBe('unavailable');
});

it('compares what the server counts and says nothing of the rest', () => {
  const half = { ...at(12_000, 0), input: null };
  const identity = identityOf({ before: { ...half, output: 0 }, after: half }, tokens, clean);
  expect(identity).toMatchObject({ verdict: 'exact', input: { client: 3_400, server: null, residual: null } });
});

it('blames nobody else for what may be a further attempt of its own', () => {
  const counters = { before: at(1_000, 100, 0, 0), after: at(13_064, 3_620, 0, 36) };
  expect(identityOf(counters, tokens, clean).verdict).toBe('not_exclusive');
  expect(identityOf(counters, tokens, clean, true).verdict).toBe('explained');
});
