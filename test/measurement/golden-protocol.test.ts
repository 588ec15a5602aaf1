import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { requestMetrics } from '../../src/measurement/latency.ts';
import { about } from '../golden/expect.ts';
import { type ProtocolCase, protocolExchange, readBytes } from '../golden/protocol.ts';

const cases = parse(readFileSync(join(import.meta.dirname, '../golden/protocol.yaml'), 'utf8')) as ProtocolCase[];

function holds(given: ProtocolCase, bytewise: boolean, flippedBit = -1): void {
  const exchange = protocolExchange(given, bytewise, flippedBit);
  const { outcome, usage } = exchange;
  const observed: Record<string, unknown> = {
    ...exchange,
    ...requestMetrics(exchange),
    state: outcome.state,
    code: outcome.state === 'failed' ? outcome.code : null,
    finish: outcome.state === 'ok' ? outcome.finish : null,
    events: exchange.chunks.atUs.length,
    inputCached: usage?.inputCached ?? null,
    reasoning: usage?.outputReasoning ?? null,
    flags: [...exchange.flags].sort(),
  };
  for (const [key, wanted] of Object.entries(given.expect)) expect(observed[key], key).toEqual(about(wanted));
}

describe.each(
  cases.map((given) => [`${given.id}${given.variant === undefined ? '' : ` (${given.variant})`}`, given] as const),
)('golden case %s', (_name, given) => {
  it.each([
    ['whole', false],
    ['byte by byte', true],
  ] as const)('gives the expected metrics, reads %s', (_how, bytewise) => {
    const bits = given.flips === true ? readBytes(given, given.reads[0]!.slice(1) as never).length * 8 : 0;
    if (bits === 0) holds(given, bytewise);
    for (let bit = 0; bit < bits; bit++) holds(given, bytewise, bit);
  });
});

it('case 43 is the message of 148 bytes', () => {
  const given = cases.find(({ id }) => id === 43)!;
  const bytes = readBytes(given, given.reads[1]!.slice(1) as never);
  expect([bytes.length, bytes.toString('hex', 0, 12), bytes.toString('hex', 144)]).toEqual([
    148,
    '0000009400000057b4ab9aee',
    '1f944657',
  ]);
});
