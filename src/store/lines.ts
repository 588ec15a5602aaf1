import { type FileHandle, open } from 'node:fs/promises';

const blockBytes = 1 << 18;
/** No line of ours comes near it; beyond it a file is something else. */
const mostLineBytes = 1 << 28;
const lineFeed = 10;

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** False for the last line of a file that was cut off before its line feed. */
  readonly whole: boolean;
}

/** A file line by line, a block in memory at a time; a block's lines come together, so that waiting costs nothing a line. */
export async function* readLines(path: string): AsyncGenerator<TextLine[], void> {
  const file = await open(path, 'r');
  try {
    yield* linesOf(file);
  } finally {
    await file.close();
  }
}

async function* linesOf(file: FileHandle): AsyncGenerator<TextLine[], void> {
  let number = 0;
  /** The beginning of a line that earlier blocks left unfinished. */
  let begun: Buffer[] = [];
  let begunBytes = 0;
  const block = Buffer.allocUnsafeSlow(blockBytes);
  for (;;) {
    const { bytesRead } = await file.read(block, 0, blockBytes, null);
    if (bytesRead === 0) break;
    const lines: TextLine[] = [];
    let from = 0;
    for (let to = block.indexOf(lineFeed); to !== -1 && to < bytesRead; to = block.indexOf(lineFeed, from)) {
      const bytes = begunBytes === 0 ? block.subarray(from, to) : Buffer.concat([...begun, block.subarray(from, to)]);
      lines.push({ number: ++number, text: bytes.toString('utf8'), whole: true });
      begun = [];
      begunBytes = 0;
      from = to + 1;
    }
    if (from < bytesRead) {
      begun.push(Buffer.from(block.subarray(from, bytesRead))); // a copy: the block is read into again
      begunBytes += bytesRead - from;
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
