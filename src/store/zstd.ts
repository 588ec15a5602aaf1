import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { zstdCompress, zstdCompressSync } from 'node:zlib';

/** Zstandard frames (RFC 8878), as far as it takes to find where each ends without unpacking it. */

const magic = 0xfd2fb528;
/** Frames with anything in them, which readers skip. */
const skippable = { magic: 0x184d2a50, mask: 0xfffffff0 };
const windowBytes = 1 << 16;

export const compress: (block: Buffer) => Promise<Buffer> = promisify(zstdCompress) as never;
export const compressSync = (block: Buffer): Buffer => zstdCompressSync(block);

/** A frame's place in its file. */
export interface Frame {
  readonly start: number;
  /** Behind its last byte. */
  readonly end: number;
}

/** The whole frames of a file from its start; the rest, which a killed process left or which is no frame, is left out. */
export function framesOf(path: string): Frame[] {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = new Bytes(descriptor);
    const frames: Frame[] = [];
    for (let start = 0; ; ) {
      const end = endOfFrame(bytes, start);
      if (end === null || end > bytes.size) return frames;
      frames.push({ start, end });
      start = end;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Null when the file ends before it can be told, or when there is none. */
function endOfFrame(bytes: Bytes, start: number): number | null {
  const head = bytes.at(start, 5);
  if (head === null) return null;
  const first = head.readUInt32LE(0);
  if ((first & skippable.mask) >>> 0 === skippable.magic) {
    const size = bytes.at(start + 4, 4);
    return size === null ? null : start + 8 + size.readUInt32LE(0);
  }
  if (first !== magic) return null;
  const descriptor = head[4]!;
  const single = (descriptor >> 5) & 1;
  const contentSize = [single, 2, 4, 8][descriptor >> 6]!;
  const dictionary = [0, 1, 2, 4][descriptor & 3]!;
  const checksum = (descriptor >> 2) & 1 ? 4 : 0;
  for (let at = start + 5 + (1 - single) + dictionary + contentSize; ; ) {
    const block = bytes.at(at, 3);
    if (block === null) return null;
    const header = block.readUIntLE(0, 3);
    const isRunLength = ((header >> 1) & 3) === 1;
    at += 3 + (isRunLength ? 1 : header >> 3);
    if (header & 1) return at + checksum;
  }
}

/** Few bytes at rising positions of a file. */
class Bytes {
  readonly size: number;
  readonly #descriptor: number;
  readonly #window = Buffer.alloc(windowBytes);
  #from = 0;
  #length = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.size = fstatSync(descriptor).size;
  }

  at(position: number, count: number): Buffer | null {
    if (position + count > this.size) return null;
    if (position < this.#from || position + count > this.#from + this.#length) {
      this.#from = position;
      this.#length = readSync(this.#descriptor, this.#window, 0, windowBytes, position);
      if (this.#length < count) return null;
    }
    const start = position - this.#from;
    return this.#window.subarray(start, start + count);
  }
}
