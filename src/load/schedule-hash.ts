import { createHash } from 'node:crypto';

const fields = 3;
const rowsABlock = 1024;

/**
 * SHA-256 over (index, offset, prompt) of the first `count` requests of an open loop's schedule, each as an unsigned
 * 64-bit little-endian integer: the offset in whole microseconds after the start, the prompt by its ordinal. Equal
 * seeds and plans have equal hashes wherever and by however many the schedule is generated. Streams: memory does not
 * grow with the count.
 *
 * @param dueMs in ms after the start, see `arrivals`
 */
export function scheduleHash(dueMs: Iterable<number>, count: number): string {
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
    put(index);
    put(Math.round(next.value * 1000));
    put(index);
    if (filled < bytes.length) continue;
    hash.update(bytes);
    filled = 0;
  }
  due.return?.();
  return hash.update(bytes.subarray(0, filled)).digest('hex');
}
