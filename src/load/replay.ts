/**
 * Due times of a recorded load, in ms after its start, whole microseconds: those of the record, `speed` times as fast.
 *
 * @param dueMs as recorded, non-decreasing
 */
export function* replay(dueMs: ArrayLike<number>, speed: number): Generator<number, void, undefined> {
  for (let i = 0; i < dueMs.length; i++) yield Math.round((dueMs[i]! / speed) * 1000) / 1000;
}

/** Most requests due within any second that starts with one of them, of a record that is replayed at `speed`. */
export function busiestPerS(dueMs: ArrayLike<number>, speed: number): number {
  let most = 0;
  for (let from = 0, to = 0; from < dueMs.length; from++) {
    while (to < dueMs.length && dueMs[to]! - dueMs[from]! < 1000 * speed) to++;
    most = Math.max(most, to - from);
  }
  return most;
}
