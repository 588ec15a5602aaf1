import { createHash } from 'node:crypto';

/** Of the rows that are hashed: the first version had no output tokens, and records of it say no version. */
export const scheduleHashVersion = 2;
const fields = 4;
const rowsABlock = 1024;
/** Stands for the server's default: no request asks for so many. */
const unasked = 2 ** 53;

/** What is asked when: as far as either goes, the shorter one counts. */
export interface Schedule {
  /** In ms after the start, see `arrivals`. */
  readonly dueMs: Iterable<number>;
  /** Output tokens asked for in the first turn of each session; null = the server's default. */
  readonly outputTokens: Iterator<number | null>;
}

/**
 * SHA-256 over (index, offset, prompt, max_tokens) of the first `count` sessions of an open loop's schedule, each as an
 * unsigned 64-bit little-endian integer: the offset in whole microseconds after the start, the prompt by its ordinal,
 * max_tokens 2^53 where the server's default holds. Equal seeds and plans have equal hashes wherever and by however many
 * the schedule is generated. Streams: memory does not grow with the count.
 */
export function scheduleHash({ dueMs, outputTokens }: Schedule, count: number): string {
  const hash = createHash('sha256');
  const block = new DataView(new ArrayBuffer(rowsABlock * fields * 8));
  const bytes = new Uint8Array(block.buffer);
  let index = 0;
  let filled = 0;
  const put = (value: number) => {
    block.setUint32(filled, value % 2 ** 32, true);
    block.setUint32(filled + 4, Math.floor(value / 2 ** 32), true);
    filled += 8;
  };
  const due = dueMs[Symbol.iterator]();
  for (; index < count; index++) {
    const next = due.next();
    if (next.done === true) break;
    const asked = outputTokens.next();
    if (asked.done === true) break;
    put(index);
    put(Math.round(next.value * 1000));
    put(index);
    put(asked.value ?? unasked);
    if (filled < bytes.length) continue;
    hash.update(bytes);
    filled = 0;
  }
  due.return?.();
  outputTokens.return?.();
  return hash.update(bytes.subarray(0, filled)).digest('hex');
}
