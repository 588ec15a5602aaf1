import { constants, fsyncSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { compress, compressSync, framesOf } from './zstd.ts';

/** A line written within this time of its `append`, so that a killed process loses less than a second of work. */
const flushAfterMs = 250;
/** Written at once when so much has gathered: a block this size is encoded in well under a millisecond. */
const blockChars = 1 << 18;

/**
 * A file that only grows, written by this process alone. Lines gather in memory and go out in blocks off the event
 * loop, one write at a time. Positions are explicit, so that `endNow` may overtake a write under way.
 */
export interface Appender {
  /** Takes one line, without its line feed; never waits. Ignored after a failure. */
  append(line: string): void;
  /** Characters taken and not yet written. */
  readonly backlogChars: number;
  /** Resolves when all that was taken before is written; with `sync`, when it is on the disk. Rejects with the write error. */
  flush(sync: boolean): Promise<void>;
  /** Writes all that is left, synchronously, and takes no more: for a process about to end. Throws the write error. */
  endNow(): void;
  /** Flushes to the disk and closes; the file is closed even when it rejects. */
  close(): Promise<void>;
}

/** How blocks of whole lines stand in a file. */
interface Packing {
  pack(block: Buffer): Buffer | Promise<Buffer>;
  /** The same at once. */
  packNow(block: Buffer): Buffer;
  /** Position behind the last whole line of a file. */
  endOfLines(path: string, file: FileHandle): Promise<number>;
}

const plain: Packing = { pack: (block) => block, packNow: (block) => block, endOfLines: (_, file) => endOfLines(file) };

/** A frame for each block: whatever was written whole can be read, however the process ended. */
const zstd: Packing = {
  pack: compress,
  packNow: compressSync,
  endOfLines: async (path) => framesOf(path).at(-1)?.end ?? 0,
};

const packingOf = (path: string): Packing => (path.endsWith('.zst') ? zstd : plain);

/** Creates `path`, which must not exist, compressed when it ends in `.zst`; `onError` is called once, with the first error of a write in the background. */
export async function createAppender(path: string, onError: (error: unknown) => void): Promise<Appender> {
  return appender(path, await open(path, 'wx'), 0, onError);
}

/**
 * Goes on behind the last whole line of `path`; what a killed process left of a line behind it is cut off. A file that
 * is not there is created.
 */
export async function reopenAppender(path: string, onError: (error: unknown) => void): Promise<Appender> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o666);
  try {
    const position = await packingOf(path).endOfLines(path, file);
    await file.truncate(position);
    return appender(path, file, position, onError);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Position behind the last line feed, looked for from the end. */
async function endOfLines(file: FileHandle): Promise<number> {
  const block = Buffer.alloc(1 << 16);
  for (let end = (await file.stat()).size; end > 0; ) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const feed = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (feed >= 0) return start + feed + 1;
    end = start;
  }
  return 0;
}

function appender(path: string, file: FileHandle, from: number, onError: (error: unknown) => void): Appender {
  const { pack, packNow } = packingOf(path);
  let waiting: string[] = [];
  let waitingChars = 0;
  let underWay = Buffer.alloc(0);
  /** Bytes of `underWay` once they are known. */
  let packed: Buffer | null = null;
  let position = from;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let failure: { readonly error: unknown } | null = null;
  let ended = false;

  const take = () => {
    const block = Buffer.from(waiting.join(''));
    waiting = [];
    waitingChars = 0;
    return block;
  };

  const writeOut = async () => {
    while (waitingChars > 0 && failure === null && !ended) {
      underWay = take();
      const bytes = await pack(underWay);
      if (ended) return; // it has been written meanwhile
      packed = bytes;
      await writeFully(file, bytes, position);
      position += bytes.length;
      packed = null;
      underWay = Buffer.alloc(0);
    }
  };

  const start = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing ??= writeOut()
      .catch((error: unknown) => {
        waiting = [];
        waitingChars = 0;
        failure = { error };
        onError(error);
      })
      .finally(() => {
        writing = null;
      });
    return writing;
  };

  const flush = async (sync: boolean) => {
    if (!ended) await start();
    if (failure === null && sync) await file.datasync();
    if (failure !== null) throw failure.error;
  };

  return {
    append(line) {
      if (failure !== null || ended) return;
      waiting.push(line, '\n');
      waitingChars += line.length + 1;
      if (waitingChars >= blockChars) void start();
      else timer ??= setTimeout(start, flushAfterMs);
    },
    get backlogChars() {
      return waitingChars + underWay.length;
    },
    flush,
    endNow() {
      if (failure !== null || ended) return;
      ended = true;
      if (timer !== null) clearTimeout(timer);
      const now = (block: Buffer) => (block.length === 0 ? block : packNow(block));
      const rest = Buffer.concat([packed ?? now(underWay), now(take())]);
      // A descriptor of its own: the other may be in use by the write under way, whose bytes are the same.
      const descriptor = openSync(path, 'r+');
      for (let done = 0; done < rest.length; )
        done += writeSync(descriptor, rest, done, rest.length - done, position + done);
      fsyncSync(descriptor);
    },
    async close() {
      try {
        await flush(true);
      } finally {
        await file.close();
      }
    },
  };
}

async function writeFully(file: FileHandle, block: Buffer, position: number): Promise<void> {
  for (let done = 0; done < block.length; ) {
    const { bytesWritten } = await file.write(block, done, block.length - done, position + done);
    done += bytesWritten;
  }
}
