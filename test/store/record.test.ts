import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunDirectory } from '../../src/store/directory.ts';
import { encodeExchange } from '../../src/store/exchange-line.ts';
import { readRun, writeRunRecord, writeSummary } from '../../src/store/record.ts';
import { all, sampleExchange, sampleRecord } from './sample-exchange.ts';

let out: string;
let directory: string;
beforeEach(async () => {
  out = mkdtempSync(join(tmpdir(), 'tokbench-record-'));
  directory = await createRunDirectory(out, 'suite', new Date('2026-11-24T23:52:32Z'));
  await writeRunRecord(directory, sampleRecord());
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const lines = (...texts: string[]) => writeFileSync(join(directory, 'exchanges.jsonl'), texts.join('\n'));
const line = (seq: number) => encodeExchange(sampleExchange({ seq }));
const seqs = async (path = directory) => (await all((await readRun(path)).exchanges())).map((exchange) => exchange.seq);

describe('run.json', () => {
  it('reads back as written, pretty, and leaves no temporary file', async () => {
    const record = sampleRecord({ notes: ['ünïcode'], state: 'interrupted' });
    await writeRunRecord(directory, record);
    expect((await readRun(directory)).record).toStrictEqual(record);
    expect(readFileSync(join(directory, 'run.json'), 'utf8')).toContain('\n  "suite": "sample",\n');
    expect(readdirSync(directory)).toEqual(['run.json']);
  });

  it('ends as the last of many writes at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, seed) => writeRunRecord(directory, sampleRecord({ seed }))));
    expect((await readRun(directory)).record.seed).toBe(19);
    expect(readdirSync(directory)).toEqual(['run.json']);
  });

  it('keeps fields of a later tokbench', async () => {
    const later = { ...sampleRecord(), crew: { size: 3 } };
    await writeRunRecord(directory, later);
    expect((await readRun(directory)).record).toStrictEqual(later);
  });

  it.each([
    ['{"broken', 'is not the record of a tokbench run'],
    ['', 'is not the record of a tokbench run'],
    ['[1]', 'is not the record of a tokbench run'],
    ['{"name": "left-pad"}', 'is not the record of a tokbench run'],
    [JSON.stringify({ ...sampleRecord(), schema: 'tokbench.run-record/2' }), 'written by a newer tokbench'],
    [JSON.stringify({ ...sampleRecord(), state: 'great' }), 'is damaged: state'],
    [JSON.stringify({ ...sampleRecord(), steps: [{ load: {} }] }), 'is damaged: steps.0.load'],
  ])('%j is refused: %s', async (text, problem) => {
    writeFileSync(join(directory, 'run.json'), text);
    await expect(readRun(directory)).rejects.toMatchObject({
      code: 'bad_run',
      message: expect.stringContaining(problem),
    });
  });

  it('cannot be written where its folder is gone', async () => {
    rmSync(directory, { recursive: true });
    await expect(writeRunRecord(directory, sampleRecord())).rejects.toMatchObject({ code: 'results_write_failed' });
  });
});

describe('exchanges.jsonl', () => {
  it('is read whole, with or without a last line feed', async () => {
    lines(line(0), line(1), '');
    expect(await seqs()).toEqual([0, 1]);
    lines(line(0), line(1));
    expect(await seqs()).toEqual([0, 1]);
  });

  it('may end in the middle of a line, at any byte', async () => {
    const last = line(2);
    for (let cut = 0; cut < last.length; cut += 7) {
      lines(line(0), line(1), last.slice(0, cut));
      expect(await seqs()).toEqual([0, 1]);
    }
    lines(line(0), `${last.slice(0, 20)}\u0000\u0000\u0000`);
    expect(await seqs()).toEqual([0]);
  });

  it('is refused with the line number where another line is malformed', async () => {
    for (const wrong of ['{"seq":', '', '{"seq":1}', 'null', `${line(1)} ${line(2)}`]) {
      lines(line(0), wrong, line(2), '');
      await expect(seqs()).rejects.toMatchObject({
        code: 'bad_run',
        message: expect.stringMatching(/exchanges\.jsonl:2 /),
      });
    }
    lines(line(0), '{"torn": but ended"', '');
    await expect(seqs()).rejects.toMatchObject({ code: 'bad_run' });
  });

  it('is read in blocks: lines longer than a block, characters across its edge', async () => {
    const atUs = Array.from({ length: 400_000 }, (_, i) => i * 12_345);
    const long = sampleExchange({ chunks: { atUs, tokens: null, tokensSource: null, channels: '', choices: null } });
    const odd = sampleExchange({ outcome: { state: 'ok', finish: '😀é'.repeat(600_001) } });
    lines(encodeExchange(long), encodeExchange(odd), encodeExchange(long), '');
    expect(await all((await readRun(directory)).exchanges())).toStrictEqual([long, odd, long]);
  });

  it('may be missing only while the run goes on or was killed', async () => {
    await expect(seqs()).rejects.toMatchObject({
      code: 'bad_run',
      message: expect.stringContaining('exchanges.jsonl'),
    });
    await writeRunRecord(directory, sampleRecord({ state: 'running' }));
    expect(await seqs()).toEqual([]);
  });

  it('can be left early', async () => {
    lines(line(0), line(1), '{"broken"', '');
    for await (const exchange of (await readRun(directory)).exchanges()) {
      expect(exchange.seq).toBe(0);
      break;
    }
  });
});

describe('a run is found', () => {
  beforeEach(() => lines(line(5), ''));

  it('by its directory, a file in it, or latest', async () => {
    for (const path of [
      directory,
      join(directory, 'run.json'),
      join(directory, 'exchanges.jsonl'),
      join(out, 'latest'),
    ]) {
      const run = await readRun(path, out);
      expect(run.directory).toBe(directory);
    }
    expect((await readRun('latest', out)).directory).toBe(directory);
  });

  it('by the text file that stands for latest where links are refused', async () => {
    rmSync(join(out, 'latest'));
    writeFileSync(join(out, 'latest'), 'suite/2026-11-24T23-52-32Z\n');
    expect((await readRun('latest', out)).directory).toBe(directory);
  });

  it('or the answer says what is there instead', async () => {
    const refused = (path: string) => readRun(path, out).then(() => null, (error) => error.message); // biome-ignore format: one line reads best
    expect(await refused(join(out, 'suite', 'nope'))).toContain(directory);
    expect(await refused(join(out, 'suite'))).toContain(`has no run.json; there is ${directory}`);
    writeFileSync(join(out, 'notes.txt'), 'x');
    expect(await refused(join(out, 'notes.txt'))).toContain('is not a run');
    expect(await readRun('latest', join(out, 'empty')).catch((error) => error)).toMatchObject({
      code: 'run_not_found',
    });
  });

  it('after it was moved', async () => {
    mkdirSync(join(out, 'archive'));
    cpSync(directory, join(out, 'archive', 'run'), { recursive: true });
    expect(await seqs(join(out, 'archive', 'run'))).toEqual([5]);
  });
});

describe('samples.jsonl', () => {
  it('may be missing, torn, and is refused when malformed', async () => {
    const samples = async () => all((await readRun(directory)).samples());
    expect(await samples()).toEqual([]);
    writeFileSync(join(directory, 'samples.jsonl'), '{"a":1}\n{"b');
    expect(await samples()).toEqual([{ a: 1 }]);
    appendFileSync(join(directory, 'samples.jsonl'), '\n{"c":1}\n');
    await expect(samples()).rejects.toMatchObject({
      code: 'bad_run',
      message: expect.stringContaining('samples.jsonl:2'),
    });
  });
});

it('writes equal summaries as equal bytes', async () => {
  const bytes = async (summary: unknown) => {
    await writeSummary(directory, summary);
    return readFileSync(join(directory, 'summary.json'), 'utf8');
  };
  expect(await bytes({ schema: 'tokbench.run/1', steps: [{ b: 1, a: null }] })).toBe(
    await bytes({ steps: [{ a: null, b: 1 }], schema: 'tokbench.run/1' }),
  );
});
