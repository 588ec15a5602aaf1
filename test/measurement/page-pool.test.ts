import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { eventColumn, requestColumn, smallEventColumn, smallRequestColumn } from '../../src/measurement/column.ts';
import { measureStep } from '../../src/measurement/measure.ts';
import { PagePool } from '../../src/measurement/page-pool.ts';
import { stepFacts } from './facts.ts';
import { closedLoop } from './generate.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'tokbench-'));

it('gives back every number of every column, wherever its page lies and in whatever order', () => {
  const place = folder();
  const pool = new PagePool({ folder: place, budgetBytes: 200_000 });
  const columns = [requestColumn(pool), eventColumn(pool), smallEventColumn(pool), smallRequestColumn(pool)];
  const value = (column: number, i: number) =>
    column === 0 ? Math.sin(i) : (i * 7919 + column) % [0, 2 ** 32, 256, 2 ** 24][column]!;
  const lengths = [50_000, 200_000, 100_000, 150_000];
  for (let i = 0; i < 200_000; i++)
    columns.forEach((column, c) => {
      if (i < lengths[c]!) column.push(value(c, i));
    });
  expect(columns.map(({ length }) => length)).toEqual(lengths);
  expect(pool.spilledBytes).toBeGreaterThan(500_000);
  expect(readdirSync(place)).toEqual([]); // the file has no name any more
  columns.forEach((column, c) => {
    let wrong = 0;
    for (let i = 0; i < column.length; i++) if (column.at(i) !== value(c, i)) wrong++;
    expect(wrong).toBe(0);
  });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 }), fc.nat(49_999), (c, i) => {
      expect(columns[c]!.at(i)).toBe(value(c, i));
    }),
    { numRuns: 500 },
  );
});

it('takes numbers between readings', () => {
  const pool = new PagePool({ folder: folder(), budgetBytes: 20_000 });
  const [a, b] = [requestColumn(pool), requestColumn(pool)];
  for (let i = 0; i < 10_000; i++) {
    a.push(i);
    b.push(-i);
    const back = (i * 31) % (i + 1);
    if (i % 7 === 0 && (a.at(back) !== back || b.at(back) !== -back)) throw new Error(`wrong at ${back} of ${i}`);
  }
  expect(pool.spilledBytes).toBeGreaterThan(100_000);
});

it('goes to the temporary folder where the folder cannot be written', () => {
  const pool = new PagePool({ folder: '/proc/nowhere', budgetBytes: 10_000 });
  const column = requestColumn(pool);
  for (let i = 0; i < 20_000; i++) column.push(i);
  expect(pool.spilledBytes).toBeGreaterThan(100_000);
  expect([column.at(3), column.at(19_999)]).toEqual([3, 19_999]);
});

it('keeps all pages in memory where nothing can be written', () => {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = '/proc/nowhere';
  const pool = new PagePool({ folder: '/proc/nowhere', budgetBytes: 10_000 });
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  const column = requestColumn(pool);
  for (let i = 0; i < 20_000; i++) column.push(i);
  expect(pool.spilledBytes).toBe(0);
  expect([column.at(3), column.at(19_999)]).toEqual([3, 19_999]);
});

it('changes no byte of a summary', () => {
  const exchanges = closedLoop(40, 60_000, { ttftMs: 200, tpotMs: 25, outputTokens: 40, jitter: 0.2, spread: 0.5 });
  const facts = stepFacts({
    load: { kind: 'concurrency', value: 40 },
    maxInFlight: 40,
    warmupEndMs: 3_000,
    stopMs: 60_000,
    endMs: 62_000,
    objectives: ['ttft.p90 < 260ms'],
  });
  const bytes = (pool?: PagePool) => {
    const step = measureStep(facts, pool);
    for (const one of exchanges)
      step.add({
        ...one,
        chunks: { ...one.chunks, tokens: one.chunks.atUs.map((_, k) => 1 + (k % 3)), tokensSource: 'token_ids' },
      });
    step.summary();
    return JSON.stringify(step.summary());
  };
  const small = new PagePool({ budgetBytes: 100_000 });
  expect(bytes(small)).toBe(bytes());
  expect(small.spilledBytes).toBeGreaterThan(200_000);
});
