import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Prompt, Session, Turn } from '../../src/record/turn.ts';
import { createWorkload, type DatasetSpec, type Workload } from '../../src/workload/workload.ts';
import { byWords } from './tokenizers.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokbench-'));
function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function load(path: string, change: Partial<DatasetSpec> = {}, promptKind: Prompt['kind'] = 'messages') {
  const spec: DatasetSpec = {
    kind: 'dataset',
    name: 'set',
    file: path,
    format: 'auto',
    outputTokens: null,
    repeat: 'once',
    order: 'file',
    ...change,
  };
  return createWorkload(spec, { seed: 1, promptKind, count: null, countMethod: 'estimate', countText: byWords(20) });
}

function turns(workload: Workload, seed = 7, most = 100): Turn[] {
  const found: Turn[] = [];
  const sessions = workload.sessions(seed);
  for (let next = sessions.next(); !next.done && found.length < most; next = sessions.next())
    found.push((next.value as Session).next({ ok: true, text: '' }).value as Turn);
  return found;
}

describe('tokbench JSONL', () => {
  const path = file(
    'set.jsonl',
    '\uFEFF{"messages":[{"role":"developer","content":"Be kind."},{"role":"user","content":[{"type":"text","text":"Hi"}]}],"output_tokens":7,"input_tokens":12}\n\n{"prompt":"One two three"}\r\n',
  );

  it('gives prompts and lengths as the file has them', async () => {
    const { workload, lengths } = await load(path);
    expect(lengths).toBeNull();
    expect(workload.size).toBe(2);
    expect(turns(workload)).toEqual([
      {
        prompt: {
          kind: 'messages',
          messages: [
            { role: 'system', content: 'Be kind.' },
            { role: 'user', content: 'Hi' },
          ],
        },
        inputTokens: 12,
        outputTokens: 7,
        thinkMs: 0,
        keepText: false,
      },
      {
        prompt: { kind: 'messages', messages: [{ role: 'user', content: 'One two three' }] },
        inputTokens: null,
        outputTokens: null,
        thinkMs: 0,
        keepText: false,
      },
    ]);
    expect(workload).toMatchObject({ maxInputTokens: 12, maxOutputTokens: 7 });
  });

  it('turns chats into text for a completions route, and takes an output length for all', async () => {
    const { workload } = await load(path, { outputTokens: 20 }, 'text');
    expect(turns(workload).map((turn) => turn.prompt)).toEqual([
      { kind: 'text', text: 'Be kind.\nHi' },
      { kind: 'text', text: 'One two three' },
    ]);
    expect(turns(workload).map((turn) => turn.outputTokens)).toEqual([20, 20]);
  });

  it('reads a compressed file', async () => {
    const { workload } = await load(file('set.jsonl.gz', gzipSync('{"prompt":"a"}\n{"prompt":"b"}\n')));
    expect(workload.size).toBe(2);
  });

  it.each([
    ['{"prompt":"a"}\n{"prompt":}\n', /bad\.jsonl:2 is not JSON/],
    ['{"text":"a"}\n', /bad\.jsonl:1 has neither "messages" nor a "prompt"/],
    ['{"due_ms":1,"input_tokens":5,"output_tokens":3}\n', /bad\.jsonl:1 .*--trace/],
    ['{"prompt":"a","output_tokens":"many"}\n', /bad\.jsonl:1 has a "output_tokens"/],
    ['{"prompt":"a","output_tokens":0}\n', /asks for 0 output tokens/],
    ['{"messages":[{"role":"tool","content":"a"}]}\n', /role "tool"/],
    ['{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}\n', /other than text/],
    ['\n\n', /holds no prompt/],
  ])('refuses %j with file and line', async (content, message) => {
    await expect(load(file('bad.jsonl', content))).rejects.toMatchObject({
      code: 'bad_dataset',
      exit: 2,
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('says that a file is not there', async () => {
    await expect(load(join(folder, 'none.jsonl'))).rejects.toMatchObject({ code: 'no_such_file' });
    await expect(load(folder)).rejects.toThrow(/is a folder/);
  });
});

describe('ShareGPT', () => {
  const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');
  const talk = (...values: string[]) => ({
    id: 'x',
    conversations: values.map((value, i) => ({ from: i % 2 ? 'gpt' : 'human', value })),
  });
  const set = [
    talk(words(10), words(20), 'and more'),
    talk(words(10)), // one turn
    talk(words(3), words(20)), // prompt too short
    talk(words(10), words(3)), // answer too short
    talk(words(1025), words(20)), // prompt too long
    talk(words(1024), words(1025)), // too long together
    talk(`brackets ]}[{ and "quotes" \\ in text ${words(8)}`, words(1000)),
    talk(words(1024), words(1024)), // just right
  ];
  const path = file('sharegpt.json', JSON.stringify(set, null, 1));

  it("takes what vLLM's benchmark takes, and says how many", async () => {
    const { workload, notes } = await load(path);
    expect(workload.size).toBe(3);
    expect(turns(workload).map((turn) => turn.outputTokens)).toEqual([20, 1000, 1024]);
    expect(notes.join()).toMatch(/3 of the 8 conversations/);
    expect(turns(workload)[1]!.prompt).toMatchObject({
      messages: [{ content: expect.stringContaining(']}[{') as unknown }],
    });
  });

  it('finds its entries however the file is cut into reads', async () => {
    const long = Array.from({ length: 300 }, (_, i) => talk(`${i} ${words(400)} é😀"`, words(20)));
    const { workload } = await load(file('long.json', JSON.stringify(long))); // far beyond one read of 64 KiB
    expect(workload.size).toBe(300);
    const texts = turns(workload, 7, 300).map((turn) =>
      turn.prompt.kind === 'messages' ? turn.prompt.messages[0]!.content : '',
    );
    expect(texts.every((text, i) => text.startsWith(`${i} word`) && text.endsWith('é😀"'))).toBe(true);
  });

  it('refuses a file that breaks off or is something else', async () => {
    await expect(load(file('cut.json', JSON.stringify(set).slice(0, -20)))).rejects.toThrow(
      /cut\.json ends inside entry 8/,
    );
    await expect(load(file('other.json', '[{"a":1}]'))).rejects.toThrow(/entry 1 has no "conversations"/);
  });
});

describe('plain text, order and repeat', () => {
  const path = file('lines.txt', Array.from({ length: 20 }, (_, i) => `Line ${i}`).join('\n'));
  const texts = (workload: Workload, seed: number, most = 100) =>
    turns(workload, seed, most).map((turn) => (turn.prompt.kind === 'text' ? turn.prompt.text : ''));

  it('asks each line once, in order or shuffled by seed', async () => {
    const inOrder = await load(path, {}, 'text');
    expect(texts(inOrder.workload, 7)).toEqual(Array.from({ length: 20 }, (_, i) => `Line ${i}`));
    const { workload } = await load(path, { order: 'shuffled' }, 'text');
    expect(texts(workload, 7)).toEqual(texts(workload, 7));
    expect(texts(workload, 7)).not.toEqual(texts(workload, 8));
    expect(texts(workload, 7).toSorted()).toEqual(texts(inOrder.workload, 7).toSorted());
  });

  it('goes round when told to, and says so', async () => {
    const { workload, notes } = await load(path, { repeat: 'loop' }, 'text');
    expect(texts(workload, 7, 50)).toHaveLength(50);
    expect(workload.size).toBeNull();
    expect(notes.join()).toMatch(/asked again/);
  });
});
