import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UserError } from '../../src/error/user-error.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { createJournal, reopenJournal } from '../../src/store/journal.ts';
import { readRun, writeRunRecord } from '../../src/store/record.ts';
import { all, sampleExchange, sampleRecord } from './sample-exchange.ts';

let directory: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tokbench-journal-'));
  await writeRunRecord(directory, sampleRecord({ state: 'running' }));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function stored(): Promise<Exchange[]> {
  return all((await readRun(directory)).exchanges());
}
const unexpected = (failure: UserError) => {
  throw failure;
};

describe('a journal', () => {
  it('reads back all that was appended, in order, across many blocks', async () => {
    const journal = await createJournal(directory, unexpected);
    const written = Array.from({ length: 3000 }, (_, seq) => sampleExchange({ seq, dueMs: seq / 7, textChars: seq }));
    for (const exchange of written) {
      journal.exchange(exchange);
      if (exchange.seq % 500 === 0) await journal.sync();
    }
    journal.sample({ atMs: 1, name: 'power' });
    await journal.close();
    expect(await stored()).toStrictEqual(written);
    expect(await all((await readRun(directory)).samples())).toEqual([{ atMs: 1, name: 'power' }]);
  });

  it('has everything in the file once sync has resolved', async () => {
    const journal = await createJournal(directory, unexpected);
    journal.exchange(sampleExchange({ seq: 1 }));
    journal.exchange(sampleExchange({ seq: 2 }));
    await journal.sync();
    expect((await stored()).map((exchange) => exchange.seq)).toEqual([1, 2]);
    await journal.close();
  });

  it('writes what is left when the process cannot wait, even behind a write under way', async () => {
    const journal = await createJournal(directory, unexpected);
    for (let seq = 0; seq < 2000; seq++) journal.exchange(sampleExchange({ seq }));
    const underWay = journal.sync();
    for (let seq = 2000; seq < 2010; seq++) journal.exchange(sampleExchange({ seq }));
    journal.closeNow();
    journal.exchange(sampleExchange({ seq: 9999 }));
    expect((await stored()).map((exchange) => exchange.seq)).toEqual(Array.from({ length: 2010 }, (_, seq) => seq));
    await underWay;
    await journal.close();
    expect(await stored()).toHaveLength(2010);
  });

  it('does not overwrite a journal that is there', async () => {
    writeFileSync(join(directory, 'exchanges.jsonl'), 'precious');
    await expect(createJournal(directory, unexpected)).rejects.toMatchObject({ code: 'unwritable_results' });
    expect(readFileSync(join(directory, 'exchanges.jsonl'), 'utf8')).toBe('precious');
  });
});

/** A process of its own that keeps a journal in `directory`; `body` sees `journal`, `exchange(seq)` and `wait(ms)`. */
function journalling(body: string): string[] {
  const from = (path: string) => JSON.stringify(join(import.meta.dirname, path));
  const script = `
    import { createJournal, reopenJournal } from ${from('../../src/store/journal.ts')};
    import { all, sampleExchange } from ${from('sample-exchange.ts')};
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const exchange = (seq) => journal.exchange(sampleExchange({ seq }));
    const failures = [];
    const journal = await createJournal(${JSON.stringify(directory)}, (failure) => failures.push(failure));
    ${body}`;
  return ['--input-type=module', '--eval', script];
}

describe('a journal whose process', () => {
  it('is killed holds all that was appended a second before', async () => {
    const child = spawn(
      process.execPath,
      journalling(`
        for (let seq = 0; seq < 50; seq++) exchange(seq);
        await wait(1000);
        process.stdout.write('a second later');
        for (let seq = 50; ; seq++) { exchange(seq); await wait(1); }`),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const run = await readRun(directory);
    expect(run.record.state).toBe('running');
    const seqs = (await all(run.exchanges())).map((exchange) => exchange.seq);
    expect(seqs.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, seq) => seq));
  });

  it.skipIf(process.platform === 'win32')('is refused more room fails once, and keeps what was written', () => {
    const script = journalling(`
      for (let seq = 0; seq < 10; seq++) exchange(seq);
      await journal.sync();
      for (let seq = 10; seq < 1000; seq++) exchange(seq);
      await wait(600);
      exchange(1000);
      const rejected = await journal.close().then(() => null, (error) => error);
      console.log(JSON.stringify({
        calls: failures.length, code: failures[0]?.code, message: failures[0]?.message,
        same: failures[0] === journal.failure && failures[0] === rejected,
      }));`);
    // The limit counts blocks of 1,024 or 512 bytes; the signal that comes with it is ignored, so that the write fails.
    const limited = spawnSync(
      'bash',
      ['-c', 'trap "" XFSZ; ulimit -f 16; exec "$0" "$@"', process.execPath, ...script],
      {
        encoding: 'utf8',
      },
    );
    expect(limited.stderr).toBe('');
    expect(JSON.parse(limited.stdout)).toEqual({
      calls: 1,
      code: 'results_write_failed',
      message: expect.stringContaining('the file is larger than the system allows'),
      same: true,
    });
    return expect(stored()).resolves.toSatisfy(
      (found: Exchange[]) =>
        found.length >= 10 && found.length < 1000 && found.every((exchange, i) => exchange.seq === i),
    );
  });
});

describe('a journal that is opened again', () => {
  const write = async (open: typeof createJournal, seqs: readonly number[]) => {
    const journal = await open(directory, unexpected);
    for (const seq of seqs) journal.exchange(sampleExchange({ seq }));
    await journal.close();
  };
  const seqs = async () => (await stored()).map(({ seq }) => seq);

  it('goes on behind what was written', async () => {
    await write(createJournal, [0, 1, 2]);
    await write(reopenJournal, [3, 4]);
    await write(reopenJournal, []);
    expect(await seqs()).toEqual([0, 1, 2, 3, 4]);
  });

  it('cuts off what a killed process left of a line, however long it is', async () => {
    await write(createJournal, [0, 1]);
    appendFileSync(join(directory, 'exchanges.jsonl'), `{"half": "${'x'.repeat(200_000)}`);
    await write(reopenJournal, [2]);
    expect(await seqs()).toEqual([0, 1, 2]);
  });

  it('starts anew where there is nothing but half a line, or no file', async () => {
    writeFileSync(join(directory, 'exchanges.jsonl'), '{"half');
    await write(reopenJournal, [7]);
    expect(await seqs()).toEqual([7]);
    rmSync(join(directory, 'exchanges.jsonl'));
    await write(reopenJournal, [8]);
    expect(await seqs()).toEqual([8]);
  });

  it('writes what is left in the right place when the process cannot wait', async () => {
    await write(createJournal, [0, 1]);
    const journal = await reopenJournal(directory, unexpected);
    journal.exchange(sampleExchange({ seq: 2 }));
    journal.closeNow();
    expect(await seqs()).toEqual([0, 1, 2]);
  });
});
