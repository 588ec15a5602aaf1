import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '../error/user-error.ts';
import type { Exchange } from '../record/exchange.ts';
import { type Appender, createAppender, reopenAppender } from './append.ts';
import { reasonOf } from './directory.ts';
import { encodeExchange } from './exchange-line.ts';

export const exchangesFile = 'exchanges.jsonl';
const packedFile = `${exchangesFile}.zst`;
export const samplesFile = 'samples.jsonl';

/** So much waiting for a disk that does not keep up ends the run: memory stays bounded. */
const mostBacklogChars = 256 * 2 ** 20;

/** One telemetry sample as data: written as it is. */
export type SampleLine = Readonly<Record<string, unknown>>;

/**
 * The two growing files of a run, with one writer. Appending costs a few microseconds and never waits; what was
 * appended is in the file a quarter of a second later, so that a killed process loses less than the last second.
 */
export interface Journal {
  /** Takes an exchange as it ends; ignored after a failure. */
  exchange(exchange: Exchange): void;
  sample(sample: SampleLine): void;
  /** The first write error, as `onFailure` got it; null while all is well. */
  readonly failure: UserError | null;
  /** The failure is that there is no room: on the disk, or within a quota. */
  readonly isFull: boolean;
  /** At the end of a step: resolves when all that was taken is on the disk. Rejects with `failure`. */
  sync(): Promise<void>;
  /** Writes all, syncs and closes. Rejects with `failure`; the files are closed even then. */
  close(): Promise<void>;
  /** Writes what is left synchronously: for a process that cannot wait. Never throws; takes nothing afterwards. */
  closeNow(): void;
}

/**
 * Creates the journal's files in a run directory that has none yet.
 *
 * @param packed exchanges go to `exchanges.jsonl.zst`, a third to a fifth as large
 * @param onFailure called once, with `results_write_failed`, when the disk refuses a write or falls far behind. What was
 *   written before stays; the run should stop.
 * @throws UserError `unwritable_results` when the files cannot be created.
 */
export function createJournal(
  directory: string,
  onFailure: (failure: UserError) => void,
  packed = false,
): Promise<Journal> {
  return journal(directory, { file: packed ? packedFile : exchangesFile, appenderOf: createAppender }, onFailure);
}

/** Goes on with the journal of a run that was stopped or killed. Same errors. */
export function reopenJournal(directory: string, onFailure: (failure: UserError) => void): Promise<Journal> {
  return journal(directory, { file: basename(exchangesPath(directory)), appenderOf: reopenAppender }, onFailure);
}

/** Where the exchanges of a run lie, packed or not; where there are none yet, where they would lie unpacked. */
export function exchangesPath(directory: string): string {
  const [plain, packed] = [join(directory, exchangesFile), join(directory, packedFile)];
  return !existsSync(plain) && existsSync(packed) ? packed : plain;
}

async function journal(
  directory: string,
  {
    file: own,
    appenderOf,
  }: {
    readonly file: string;
    readonly appenderOf: (path: string, onError: (error: unknown) => void) => Promise<Appender>;
  },
  onFailure: (failure: UserError) => void,
): Promise<Journal> {
  let failure: UserError | null = null;
  let isFull = false;
  const fail = (reason: string, error: unknown = null) => {
    if (failure !== null) return;
    isFull = noRoom(error);
    failure = new UserError(
      'results_write_failed',
      `Writing results to ${directory} failed: ${reason}. What was measured before stands there and can be reported.`,
    );
    onFailure(failure);
  };
  const create = (file: string) =>
    appenderOf(join(directory, file), (error) => fail(reasonOf(error) ?? String(error), error)).catch(
      (error: unknown) => {
        const reason = reasonOf(error);
        if (reason === null) throw error;
        throw new UserError('unwritable_results', `${join(directory, file)} cannot be created: ${reason}.`);
      },
    );
  const exchanges = await create(own);
  const samples = await create(samplesFile);
  const both = async (action: (file: typeof exchanges) => Promise<void>) => {
    const results = await Promise.allSettled([action(exchanges), action(samples)]);
    for (const result of results)
      if (result.status === 'rejected') fail(reasonOf(result.reason) ?? String(result.reason), result.reason);
    if (failure !== null) throw failure;
  };

  return {
    exchange(exchange) {
      if (failure !== null) return;
      exchanges.append(encodeExchange(exchange));
      if (exchanges.backlogChars > mostBacklogChars) fail('the disk is too slow to keep up with the run');
    },
    sample(sample) {
      if (failure === null) samples.append(JSON.stringify(sample));
    },
    get failure() {
      return failure;
    },
    get isFull() {
      return isFull;
    },
    sync: () => both((file) => file.flush(true)),
    close: () => both((file) => file.close()),
    closeNow() {
      for (const file of [exchanges, samples]) {
        try {
          file.endNow();
        } catch (error) {
          fail(reasonOf(error) ?? String(error), error);
        }
      }
    },
  };
}

function noRoom(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
