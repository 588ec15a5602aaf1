import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createZstdDecompress, zstdDecompress } from 'node:zlib';
import { framesOf } from './zstd.ts';

const blockBytes = 1 << 18;
/** No line of ours comes near it; beyond it a file is something else. */
const mostLineBytes = 1 << 28;
const lineFeed = 10;
/** Our own frames are far smaller; somebody else may have packed a file as one. */
const mostFrameBytes = 1 << 22;
const decompress = promisify(zstdDecompress) as (frame: Buffer) => Promise<Buffer>;

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** False for the last line of a file that was cut off before its line feed. */
  readonly whole: boolean;
}

/**
 * A file line by line, a block in memory at a time; a block's lines come together, so that waiting costs nothing a line.
 * A file whose name ends in `.zst` is unpacked as far as its frames are whole.
 */
export async function* readLines(path: string): AsyncGenerator<TextLine[], void> {
  const file = await open(path, 'r');
  try {
    yield* linesOf(path.endsWith('.zst') ? unpacked(path, file) : blocksOf(file));
  } finally {
    await file.close();
  }
}

/** Blocks of a file; each is read over the one before. */
async function* blocksOf(file: FileHandle): AsyncGenerator<Buffer, void> {
  const block = Buffer.allocUnsafeSlow(blockBytes);
  for (;;) {
    const { bytesRead } = await file.read(block, 0, blockBytes, null);
    if (bytesRead === 0) return;
    yield block.subarray(0, bytesRead);
  }
}

async function* unpacked(path: string, file: FileHandle): AsyncGenerator<Buffer, void> {
  for (const { start, end } of framesOf(path)) {
    if (end - start <= mostFrameBytes) {
      const { buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
      yield await decompress(buffer);
    } else {
      const raw = createReadStream(path, { start, end: end - 1 });
      const stream = createZstdDecompress();
      raw.on('error', (error) => stream.destroy(error));
      yield* raw.pipe(stream) as AsyncIterable<Buffer>;
    }
  }
}

async function* linesOf(blocks: AsyncIterable<Buffer>): AsyncGenerator<TextLine[], void> {
  let number = 0;
  /** The beginning of a line that earlier blocks left unfinished. */
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const block of blocks) {
    const lines: TextLine[] = [];
    let from = 0;
    for (let to = block.indexOf(lineFeed); to !== -1; to = block.indexOf(lineFeed, from)) {
      const bytes = begunBytes === 0 ? block.subarray(from, to) : Buffer.concat([...begun, block.subarray(from, to)]);
      lines.push({ number: ++number, text: bytes.toString('utf8'), whole: true });
      begun = [];
      begunBytes = 0;
      from = to + 1;
    }
    if (from < block.length) {
      begun.push(Buffer.from(block.subarray(from))); // a copy: the block is read into again
      begunBytes += block.length - from;
      if (begunBytes > mostLineBytes) throw new LineTooLong(number + 1);
    }
    if (lines.length > 0) yield lines;
  }
  if (begunBytes > 0) yield [{ number: number + 1, text: Buffer.concat(begun).toString('utf8'), whole: false }];
}

export class LineTooLong extends Error {
  readonly line: number;

  constructor(line: number) {
    super(`line ${line} is too long`);
    this.line = line;
  }
}
