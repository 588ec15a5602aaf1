import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Prompt, Session, Turn } from '../../src/record/turn.ts';
import { blockKeys } from '../../src/simulate/blocks.ts';
import { encodeChat, TokenIds } from '../../src/simulate/tokenizer.ts';
import { createWorkload, type TraceSpec, type Workload, workloadFrom } from '../../src/workload/workload.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokbench-trace-'));
let files = 0;
function file(content: string | Buffer, name = `${files++}.jsonl`): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const jsonl = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

/** As the simulated server counts. */
function idsOf(prompt: Prompt): TokenIds {
  const ids = new TokenIds();
  if (prompt.kind !== 'messages') throw new Error('no chat');
  encodeChat(prompt.messages, true, ids);
  return ids;
}
const keysOf = (turn: Turn) => {
  const { ids, length } = idsOf(turn.prompt);
  return [...blockKeys(ids, length)];
};

async function load(path: string, change: Partial<TraceSpec> = {}, counts = true) {
  const spec: TraceSpec = {
    kind: 'trace',
    name: 'trace',
    file: path,
    format: 'auto',
    window: null,
    mostTokens: null,
    spread: false,
    ...change,
  };
  return createWorkload(spec, {
    seed: 1,
    promptKind: 'messages',
    count: counts ? async (prompt) => idsOf(prompt).length : null,
    countMethod: counts ? 'tokenize' : 'estimate',
  });
}

function sessions(workload: Workload, seed = 7): Turn[][] {
  const found: Turn[][] = [];
  const all = workload.sessions(seed);
  for (let next = all.next(); !next.done; next = all.next()) {
    const turns: Turn[] = [];
    const session: Session = next.value;
    for (let turn = session.next(); !turn.done; turn = session.next({ ok: true, text: '' })) turns.push(turn.value);
    found.push(turns);
  }
  return found;
}
const firsts = (workload: Workload, seed?: number) => sessions(workload, seed).map(([turn]) => turn!);
const due = (workload: Workload) => [...(workload.dueMs as Float64Array)];

describe('formats', () => {
  it('reads Mooncake', async () => {
    const { workload } = await load(
      file(
        jsonl([
          { timestamp: 0, input_length: 898, output_length: 57, hash_ids: [0, 1496] },
          { timestamp: 3000, input_length: 915, output_length: 355, hash_ids: [0, 462] },
        ]),
      ),
    );
    expect(due(workload)).toEqual([0, 3000]);
    expect(firsts(workload).map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens])).toEqual([
      [898, 57],
      [915, 355],
    ]);
    expect(workload).toMatchObject({ sharedPrefix: true, maxInputTokens: 915, maxOutputTokens: 355, size: 2 });
    const asked = workload.outputTokens(3);
    expect([asked.next().value, asked.next().value, asked.next().done]).toEqual([57, 355, true]);
  });

  it('reads the names that other tools give the same fields, and turns that follow a reply', async () => {
    const { workload } = await load(
      file(
        jsonl([
          { created_time: 5, input_tokens: 100, output_tokens: 5, session_id: 'a' },
          { timestamp: 7, input_length: 120, output_length: 6 },
          { session_id: 'a', delay: 250, input_length: 140, output_length: 7 },
          { session_id: 'a', delay_ms: 10, input_length: 160, output_length: 8 },
        ]),
      ),
    );
    expect(due(workload)).toEqual([0, 2]);
    expect(workload.singleTurns).toBe(false);
    const shape = sessions(workload).map((turns) => turns.map(({ inputTokens, thinkMs }) => [inputTokens, thinkMs]));
    expect(shape).toEqual([
      [
        [100, 0],
        [140, 250],
        [160, 10],
      ],
      [[120, 0]],
    ]);
  });

  it('reads the CSV of Azure: any number of digits, offsets, further columns', async () => {
    const head = 'TIMESTAMP,ContextTokens,GeneratedTokens\r\n';
    const azure = await load(
      file(`${head}2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109\r\n`, 'azure.csv'),
    );
    expect(due(azure.workload)[1]).toBeCloseTo(4314.579, 3);
    const offset = await load(
      file(
        `TIMESTAMP,NumImages,ContextTokens,GeneratedTokens\n2024-05-10 00:00:00+00:00,1,100,4\n2024-05-10T02:00:01.5+02:00,0,200,5\n`,
        'lmm.csv',
      ),
    );
    expect(due(offset.workload)).toEqual([0, 1500]);
    expect(firsts(offset.workload).map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens])).toEqual([
      [100, 4],
      [200, 5],
    ]);
  });

  it('reads the CSV of BurstGPT by the names of its columns, without the calls that failed', async () => {
    const { workload, notes } = await load(
      file(
        gzipSync(
          'Timestamp,Session ID,Model,Request tokens,Response tokens,Total tokens,Log Type\n' +
            '5,1,ChatGPT,472,18,490,Conversation log\n45,2,"GPT-4",1087,230,1317,"Conversation log"\n1106,3,ChatGPT,0,0,0,API log\n',
        ),
        'burst.csv.gz',
      ),
    );
    expect(due(workload)).toEqual([0, 40_000]);
    expect(notes).toContainEqual(expect.stringContaining('1 calls of trace without tokens'));
  });

  it('reads Qwen-Bailian: seconds, blocks of 16', async () => {
    const base = { parent_chat_id: -1, type: 'text', turn: 1 };
    const { workload } = await load(
      file(
        jsonl([
          { chat_id: 1, ...base, timestamp: 61.114, input_length: 80, output_length: 9, hash_ids: [5, 6, 7, 8, 1] },
          { chat_id: 2, ...base, timestamp: 62, input_length: 80, output_length: 9, hash_ids: [5, 6, 7, 9, 1] },
        ]),
      ),
    );
    expect(due(workload)[1]).toBeCloseTo(886, 6);
    const [one, two] = firsts(workload).map(keysOf) as [number[], number[]];
    expect(one.slice(0, 3)).toEqual(two.slice(0, 3));
    expect(one).not.toEqual(two);
  });

  it('reads its own: texts as they are, blocks of any size, calls that follow others', async () => {
    const { workload } = await load(
      file(
        jsonl([
          { due_ms: 10, messages: [{ role: 'user', content: 'Hi' }], output_tokens: 3, session: 1 },
          { due_ms: 12, input_tokens: 64, prefix_ids: ['system', 'tools'], block: 16 },
          { due_ms: 13, input_tokens: 64, prefix_ids: ['system', 'other'], block: 16, output_tokens: 9 },
          { session: 1, delay_ms: 40, prompt: 'Go on.' },
        ]),
      ),
    );
    const [talk, one, two] = sessions(workload);
    expect(talk!.map(({ prompt }) => prompt)).toEqual([
      { kind: 'messages', messages: [{ role: 'user', content: 'Hi' }] },
      { kind: 'messages', messages: [{ role: 'user', content: 'Go on.' }] },
    ]);
    expect(talk![1]).toMatchObject({ thinkMs: 40, inputTokens: null, outputTokens: null });
    expect(keysOf(one![0]!)[0]).toBe(keysOf(two![0]!)[0]);
    expect(keysOf(one![0]!)[2]).not.toBe(keysOf(two![0]!)[2]);
  });
});

describe('what is replayed', () => {
  const rows = Array.from({ length: 60 }, (_, i) => ({ timestamp: 1000 * i, input_length: 50 + i, output_length: 5 }));

  it('can be a part, in its own time', async () => {
    const { workload } = await load(file(jsonl(rows)), { window: { fromMs: 9500, toMs: 12_000 } });
    expect(due(workload)).toEqual([500, 1500]);
    expect(firsts(workload).map(({ inputTokens }) => inputTokens)).toEqual([60, 61]);
  });

  it('leaves out what is too long, and says so', async () => {
    const { workload, notes } = await load(file(jsonl(rows)), { mostTokens: 64 });
    expect(workload.size).toBe(10);
    expect(workload.maxTotalTokens).toBe(64);
    expect(notes).toContainEqual('50 calls of trace longer than 64 tokens are left out.');
  });

  it('spreads calls of one time stamp', async () => {
    const ties = [0, 0, 0, 3000, 3000, 9000, 9000].map((timestamp) => ({
      timestamp,
      input_length: 50,
      output_length: 5,
    }));
    const { workload } = await load(file(jsonl(ties)), { spread: true });
    expect(due(workload)).toEqual([0, 1000, 2000, 3000, 6000, 9000, 12_000]);
  });

  it('is put in order by time, each call with its own blocks and follower', async () => {
    const { workload } = await load(
      file(
        jsonl([
          { timestamp: 50, input_length: 2000, output_length: 5, hash_ids: [7, 8, 3, 4], session_id: 1 },
          { timestamp: 20, input_length: 700, output_length: 6, hash_ids: [7, 9] },
          { delay: 5, session_id: 1, input_length: 71, output_length: 7 },
          { timestamp: 30, input_length: 600, output_length: 8, hash_ids: [1, 2] },
        ]),
      ),
    );
    expect(due(workload)).toEqual([0, 10, 30]);
    const turns = sessions(workload);
    expect(turns.map((session) => session.map(({ outputTokens }) => outputTokens))).toEqual([[6], [8], [5, 7]]);
    const [short, , long] = turns.map(([turn]) => keysOf(turn!)) as [number[], number[], number[]];
    expect(long.slice(0, 32)).toEqual(short.slice(0, 32));
    expect(long[33]).not.toBe(short[33]);
  });

  it('stays small for a long trace, and lends its columns to other threads', async () => {
    const many = 50_000;
    const lines = Array.from(
      { length: many },
      (_, i) =>
        `{"timestamp":${i},"input_length":5000,"output_length":10,"hash_ids":[${Array.from({ length: 10 }, (_, k) => (k === 0 ? 0 : 10 * i + k))}]}`,
    );
    const { recipe, workload } = await load(file(lines.join('\n')), {}, false);
    if (recipe.kind !== 'trace') throw new Error('no trace');
    const { dueMs, inputTokens, outputTokens, runAt, runs } = recipe.rows;
    const bytes = [dueMs, inputTokens, outputTokens, runAt, runs].reduce((sum, column) => sum + column.byteLength, 0);
    expect(bytes / many).toBeLessThan(64);
    expect(dueMs.buffer).toBeInstanceOf(SharedArrayBuffer);
    const other = workloadFrom(structuredClone(recipe));
    const [mine, theirs] = [workload.sessions(3), other.sessions(3)].map((all) => all.next().value!.next().value);
    expect(theirs).toEqual(mine);
  });
});

describe('prompts', () => {
  it('have the lengths of the record as the server counts, and share what their blocks share', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            input: fc.integer({ min: 20, max: 3000 }),
            branch: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 6, maxLength: 6 }),
          }),
          { minLength: 2, maxLength: 8 },
        ),
        async (calls) => {
          // an id stands for its block and all before it, as in the traces
          const chains = calls.map(({ input, branch }) => {
            const count = Math.ceil(input / 512);
            const partial = input % 512 === 0 ? 0 : 1;
            return branch.slice(0, count).map((_, k) => {
              const own = partial === 1 && k === count - 1 ? `${input}` : '';
              return `${branch.slice(0, k + 1).join('.')}${own}`;
            });
          });
          const rows = calls.map(({ input }, i) => ({
            timestamp: i,
            input_length: input,
            output_length: 3,
            hash_ids: chains[i],
          }));
          const { workload, lengths } = await load(file(jsonl(rows), 'property.jsonl'));
          expect(lengths).toMatchObject({ method: 'tokenize', worstError: 0 });
          const turns = firsts(workload);
          turns.forEach((turn, i) => {
            expect(idsOf(turn.prompt).length).toBe(calls[i]!.input);
          });
          for (const [i, one] of chains.entries()) {
            for (const [j, two] of chains.entries()) {
              let shared = 0;
              while (shared < one.length && one[shared] === two[shared]) shared++;
              if (i === j) continue;
              const overhead = 16; // the template's end is taken from the last block
              const tokens = Math.max(0, Math.min(shared * 512, calls[i]!.input, calls[j]!.input) - overhead);
              const keys = Math.floor(tokens / 16);
              const [a, b] = [keysOf(turns[i]!), keysOf(turns[j]!)];
              expect(a.slice(0, keys)).toEqual(b.slice(0, keys));
              const behind = shared * 32 + 2;
              if (behind < a.length && behind < b.length) expect(a[behind]).not.toBe(b[behind]);
            }
          }
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);

  it('are fresh in each step and the same for the same seed', async () => {
    const path = file(jsonl([{ timestamp: 0, input_length: 900, output_length: 3, hash_ids: [1, 2] }]));
    const { workload } = await load(path);
    const [one, again, fresh] = [firsts(workload, 1)[0]!, firsts(workload, 1)[0]!, firsts(workload, 2)[0]!];
    expect(one).toEqual(again);
    expect(keysOf(one)[0]).not.toBe(keysOf(fresh)[0]);
  });
});

describe('a bad trace', () => {
  it.each([
    ['{"timestamp": 0}\n', ':1 has no "input_length".'],
    [
      '{"timestamp":0,"input_length":5,"output_length":5}\n{"timestamp":-3,"input_length":5,"output_length":5}',
      ':2 has a "timestamp" that is no time from 0 on: -3.',
    ],
    ['{"timestamp":0,"input_length":5,"output_length":5}\n\n{"timestamp":1,"input_length":5,', ':3 is not JSON'],
    [
      '{"timestamp":0,"input_length":5.5,"output_length":5}',
      'has a "input_length" that is not a whole number of tokens: 5.5.',
    ],
    ['{"timestamp":0,"input_length":5,"output_length":5,"hash_ids":[1,{}]}', 'has "hash_ids" that are no list'],
    ['{"due_ms":0}', ':1 has no "input_tokens".'],
    ['{"due_ms":0,"messages":[{"role":"judge","content":"x"}]}', 'has a message of role "judge"'],
    [
      '{"due_ms":0,"input_tokens":50,"block":16}\n{"due_ms":1,"input_tokens":50,"block":32}',
      ':2 has a "block" of 32 tokens, the calls above it of 16',
    ],
    [
      '{"delay_ms":5,"due_ms":0,"input_tokens":50}\n{"session":"x","delay_ms":5,"input_tokens":50}',
      ':2 follows a call of its session, but none stands above it.',
    ],
    ['TIMESTAMP,ContextTokens,GeneratedTokens\nyesterday,5,5', ':2 has a TIMESTAMP that is no time: "yesterday".'],
    ['TIMESTAMP,ContextTokens\n2023-11-16 18:15:46,5', ':1 is no header with a column "GeneratedTokens".'],
    ['Timestamp,Request tokens,Response tokens\n5,10', ':2 has no Response tokens: it has 2 of 3 fields.'],
    [
      'Timestamp,Request tokens,Response tokens\n5,ten,3',
      'has a Request tokens that is not a whole number of tokens: "ten".',
    ],
    ['hello\n', 'is no trace that is known'],
    ['', 'Nothing of'],
    ['{"timestamp":0,"input_length":5,"output_length":0}', 'all of its calls failed when it was recorded.'],
  ])('%j is refused', async (text, sentence) => {
    await expect(load(file(text))).rejects.toMatchObject({
      code: 'bad_trace',
      exit: 2,
      message: expect.stringContaining(sentence),
    });
  });

  it('that is not there is refused', async () => {
    await expect(load(join(folder, 'none.jsonl'))).rejects.toMatchObject({
      code: 'no_such_file',
      message: expect.stringContaining('Cannot read the trace'),
    });
  });
});
