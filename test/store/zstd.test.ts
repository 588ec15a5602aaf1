import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createJournal, reopenJournal } from '../../src/store/journal.ts';
import { readLines } from '../../src/store/lines.ts';
import { framesOf } from '../../src/store/zstd.ts';
import { sampleExchange } from './sample-exchange.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tokbench-zstd-'));
  file = join(directory, 'exchanges.jsonl.zst');
});

const unexpected = (failure: Error) => {
  throw failure;
};

async function texts(path = file): Promise<string[]> {
  const found: string[] = [];
  for await (const lines of readLines(path)) for (const { text, whole } of lines) found.push(whole ? text : `${text}…`);
  return found;
}
const seqs = async () => (await texts()).map((line) => JSON.parse(line).seq as number);

describe('frames', () => {
  it('are found in any file of them, whatever follows the last whole one', () => {
    const block = fc.string({ maxLength: 3000 }).map((text) => Buffer.from(text.repeat(50)));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(block, fc.boolean(), fc.integer({ min: 1, max: 19 })), { maxLength: 6 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (parts, cut) => {
          const frames = parts.map(([bytes, checksum, level]) =>
            zstdCompressSync(bytes, {
              params: {
                [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0,
                [constants.ZSTD_c_compressionLevel]: level,
              },
            }),
          );
          const last = zstdCompressSync(Buffer.from('the last one'));
          writeFileSync(file, Buffer.concat([...frames, last.subarray(0, Math.floor(cut * last.length))]));
          const found = framesOf(file);
          expect(found.map(({ start, end }) => end - start)).toEqual(frames.map((frame) => frame.length));
          const all = readFileSync(file);
          found.forEach(({ start, end }, i) => {
            expect(zstdDecompressSync(all.subarray(start, end)).equals(parts[i]![0])).toBe(true);
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are none in other files', () => {
    writeFileSync(file, '{"seq":0}\n');
    expect(framesOf(file)).toEqual([]);
    writeFileSync(file, '');
    expect(framesOf(file)).toEqual([]);
  });

  it('that hold nothing are skipped', async () => {
    const skip = Buffer.alloc(13);
    skip.writeUInt32LE(0x184d2a53, 0);
    skip.writeUInt32LE(5, 4);
    writeFileSync(file, Buffer.concat([zstdCompressSync('one\n'), skip, zstdCompressSync('two\n')]));
    expect(framesOf(file)).toHaveLength(3);
    await expect(texts()).resolves.toEqual(['one', 'two']);
  });
});

describe('a packed journal', () => {
  it('reads back what was taken, and is smaller', async () => {
    const journal = await createJournal(directory, unexpected, true);
    for (let seq = 0; seq < 5000; seq++) journal.exchange(sampleExchange({ seq }));
    await journal.close();
    expect(existsSync(join(directory, 'exchanges.jsonl'))).toBe(false);
    await expect(seqs()).resolves.toEqual(Array.from({ length: 5000 }, (_, seq) => seq));
    const plain = (await texts()).join('\n').length;
    expect(statSync(file).size).toBeLessThan(plain / 3);
  });

  it('goes on behind its last whole frame', async () => {
    const journal = await createJournal(directory, unexpected, true);
    journal.exchange(sampleExchange({ seq: 0 }));
    await journal.sync();
    journal.exchange(sampleExchange({ seq: 1 }));
    await journal.close();
    truncateSync(file, statSync(file).size - 3); // as a process leaves it that is killed while it writes
    await expect(seqs()).resolves.toEqual([0]);
    const again = await reopenJournal(directory, unexpected);
    again.exchange(sampleExchange({ seq: 2 }));
    await again.close();
    await expect(seqs()).resolves.toEqual([0, 2]);
  });

  it('writes what is left at once', async () => {
    const journal = await createJournal(directory, unexpected, true);
    for (let seq = 0; seq < 3000; seq++) journal.exchange(sampleExchange({ seq })); // a write is under way
    journal.closeNow();
    await expect(seqs()).resolves.toEqual(Array.from({ length: 3000 }, (_, seq) => seq));
    await journal.close();
    await expect(seqs()).resolves.toEqual(Array.from({ length: 3000 }, (_, seq) => seq));
  });

  it('holds all that was appended a second before its process was killed', async () => {
    const from = (path: string) => JSON.stringify(join(import.meta.dirname, path));
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { createJournal } from ${from('../../src/store/journal.ts')};
         import { sampleExchange } from ${from('sample-exchange.ts')};
         const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
         const journal = await createJournal(${JSON.stringify(directory)}, () => {}, true);
         for (let seq = 0; seq < 50; seq++) journal.exchange(sampleExchange({ seq }));
         await wait(1000);
         process.stdout.write('a second later');
         for (let seq = 50; ; seq++) { journal.exchange(sampleExchange({ seq })); await wait(1); }`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await seqs()).slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, seq) => seq));
  });
});

describe('a file that somebody packed', () => {
  it('is read as one large frame', async () => {
    const line = (i: number) => `{"seq":${i},"noise":"${(i * 2654435761).toString(36).repeat(8)}"}`;
    const many = Array.from({ length: 120_000 }, (_, i) => line(i));
    const packed = zstdCompressSync(`${many.join('\n')}\n`, { params: { [constants.ZSTD_c_compressionLevel]: 1 } });
    writeFileSync(file, packed);
    const found = await texts();
    expect(found).toHaveLength(many.length);
    expect(found.at(-1)).toBe(many.at(-1));
  });

  it('ends where it is cut', async () => {
    writeFileSync(file, zstdCompressSync('one\ntw'));
    appendFileSync(file, zstdCompressSync('o\nthree'));
    await expect(texts()).resolves.toEqual(['one', 'two', 'three…']);
  });
});
