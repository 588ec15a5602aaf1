import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Session } from '../../src/record/turn.ts';
import { createWorkload, type Workload, type WorkloadSpec, workloadFrom } from '../../src/workload/workload.ts';
import { byChars, byWords, counter } from './tokenizers.ts';

const synthetic: WorkloadSpec = {
  kind: 'synthetic',
  name: 'talk',
  inputTokens: 'U(40,300)',
  outputTokens: 'U(10,50)',
  sharedPrefix: { length: { tokens: 20 }, groups: 3 },
  conversation: { turns: 'U(1,4)', turnInputTokens: 30, thinkTimeMs: 'U(10,50)' },
};

/** Every turn of the first sessions, each answered with the same words. */
function asked(workload: Workload): unknown[] {
  const sessions = workload.sessions(42);
  return Array.from({ length: 40 }, () => {
    const session = sessions.next().value as Session;
    const turns = [];
    for (let next = session.next({ ok: true, text: '' }); next.done !== true; ) {
      turns.push(next.value);
      next = session.next({ ok: true, text: 'an answer' });
    }
    return turns;
  });
}

const shape = ({ name, maxInputTokens, maxOutputTokens, meanInputTokens, meanOutputTokens, size }: Workload) => ({
  name,
  maxInputTokens,
  maxOutputTokens,
  meanInputTokens,
  meanOutputTokens,
  size,
});

it.each([
  ['counted words', counter(byWords(20)).count],
  ['a fit', counter(byChars).count],
  ['estimates', null],
])('gives another thread the same made-up sessions: %s', async (_, count) => {
  const deps = { seed: 9, promptKind: 'messages' as const, count };
  const made = await createWorkload(synthetic, { ...deps, countMethod: count === null ? 'estimate' : 'tokenize' });
  const other = workloadFrom(structuredClone(made.recipe));
  expect(shape(other)).toEqual(shape(made.workload));
  expect(asked(other)).toEqual(asked(made.workload));
});

it('gives another thread the same data set without the file', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tokbench-')), 'lines.txt');
  writeFileSync(file, Array.from({ length: 50 }, (_, i) => `Question ${i}: ${'word '.repeat(i)}`).join('\n'));
  const spec = { kind: 'dataset', name: 'lines', file, format: 'text', outputTokens: 'U(5,9)' } as const;
  const made = await createWorkload(
    { ...spec, repeat: 'loop', order: 'shuffled' },
    { seed: 9, promptKind: 'messages', count: null, countMethod: 'estimate' },
  );
  writeFileSync(file, 'something else');
  const other = workloadFrom(structuredClone(made.recipe));
  expect(shape(other)).toEqual(shape(made.workload));
  expect(asked(other)).toEqual(asked(made.workload));
});
