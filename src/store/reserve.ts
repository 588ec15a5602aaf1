import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const reserveFile = '.reserve';
/** Room for `run.json` and `summary.json` of a run of thousands of steps. */
const reserveBytes = 1 << 20;

/** Room on the disk that is given back when the disk is full, so that a run's last words can still be written. */
export interface Reserve {
  release(): void;
}

/** Best effort: without room for it there is none. */
export function takeReserve(directory: string): Reserve {
  const path = join(directory, reserveFile);
  const release = () => {
    try {
      rmSync(path, { force: true });
    } catch {
      // then it stays
    }
  };
  try {
    writeFileSync(path, randomBytes(reserveBytes)); // what compresses would hold no room on some file systems
  } catch {
    release();
  }
  return { release };
}
