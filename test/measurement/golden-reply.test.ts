import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { requestMetrics } from '../../src/measurement/latency.ts';
import { measureStep } from '../../src/measurement/measure.ts';
import { about, at } from '../golden/expect.ts';
import { type ReplyCase, readsOf, replyExchange } from '../golden/reply.ts';
import { stepFacts } from './facts.ts';

const cases = parse(readFileSync(join(import.meta.dirname, '../golden/reply.yaml'), 'utf8')) as ReplyCase[];

it('holds every case of 1 to 36', () => {
  expect([...new Set(cases.map((given) => given.id))]).toEqual(Array.from({ length: 36 }, (_, k) => k + 1));
});

it('cuts the emoji of case 8 inside', () => {
  const [first] = readsOf(cases.find((given) => given.id === 8)!);
  const piece = first!.pieces[0]!;
  expect('bytes' in piece && piece.bytes.toString('utf8').endsWith('\ufffd')).toBe(true);
});

describe.each(
  cases.map((given) => [`${given.id}${given.variant === undefined ? '' : ` (${given.variant})`}`, given] as const),
)('golden case %s', (_name, given) => {
  it.each([
    ['whole', false],
    ['byte by byte', true],
  ] as const)('gives the expected metrics, reads %s', (_how, bytewise) => {
    const exchange = replyExchange(given, bytewise);
    const { outcome } = exchange;
    const failure = outcome.state === 'failed' ? outcome : null;
    const observed: Record<string, unknown> = {
      ...exchange,
      ...requestMetrics(exchange),
      state: outcome.state,
      code: failure?.code ?? null,
      retryAfterMs: failure?.retryAfterMs ?? null,
      events: exchange.chunks.atUs.length,
      reasoning: exchange.usage?.outputReasoning ?? null,
      flags: [...exchange.flags].sort(),
    };
    for (const [key, wanted] of Object.entries(given.expect)) {
      if (key === 'bodyHolds') expect(failure?.body).toContain(wanted);
      else expect(observed[key], key).toEqual(about(wanted));
    }
  });

  it('gives the expected summary', () => {
    const step = measureStep(stepFacts({ endMs: 20_000, objectives: given.objectives ?? [] }));
    const exchange = replyExchange(given, false);
    for (let seq = 0; seq < 8; seq++) step.add({ ...exchange, seq });
    const summary = step.summary();
    const ok = exchange.outcome.state === 'ok';
    expect(summary.counts).toMatchObject({ due: 8, sent: 8, ok: ok ? 8 : 0, failed: ok ? 0 : 8 });
    const { ttftMs, e2eMs, tpotMs } = requestMetrics(exchange);
    expect(summary.latency.ttftMs.p50).toEqual(about(ok ? ttftMs : null));
    expect(summary.latency.e2eMs.p50).toEqual(about(ok ? e2eMs : null));
    expect(summary.latency.tpotMs.p50).toEqual(about(ok ? tpotMs : null));
    for (const [path, wanted] of Object.entries(given.fold ?? {}))
      expect(at(summary, path), path).toEqual(about(wanted));
  });
});
