import { open, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../error/user-error.ts';
import type { Exchange } from '../record/exchange.ts';
import type { RunRecord } from '../record/run.ts';
import { parseRunRecord } from '../record/run-schema.ts';
import { prettyJson } from './canonical.ts';
import { reasonOf } from './directory.ts';
import { decodeExchange } from './exchange-line.ts';
import { exchangesPath, type SampleLine, samplesFile } from './journal.ts';
import { LineTooLong, readLines } from './lines.ts';

export const recordFile = 'run.json';
export const summaryFile = 'summary.json';

/** A run on disk. */
export interface StoredRun {
  readonly directory: string;
  /** As it stands: `running` when the process that wrote it is gone. */
  readonly record: RunRecord;
  /** In the order they ended; constant memory. A last line that was cut off is left out. Throws UserError `bad_run`. */
  exchanges(): AsyncGenerator<Exchange, void>;
  samples(): AsyncGenerator<SampleLine, void>;
}

/**
 * Writes `run.json` in one step: a reader sees the old record or the new one, never half of one. Calls for one
 * directory are carried out in their order.
 *
 * @throws UserError `results_write_failed`.
 */
export function writeRunRecord(directory: string, record: RunRecord): Promise<void> {
  return replaceFile(join(directory, recordFile), `${JSON.stringify(record, null, 2)}\n`);
}

/** Writes `summary.json`: equal summaries give equal bytes. Same errors. */
export function writeSummary(directory: string, summary: unknown): Promise<void> {
  return replaceFile(join(directory, summaryFile), prettyJson(summary));
}

/**
 * Opens a run.
 *
 * @param path its directory, a file in it, or `latest` for the newest below `out`.
 * @throws UserError `run_not_found` or `bad_run`, each saying what was looked at.
 */
export async function readRun(path: string, out = 'results'): Promise<StoredRun> {
  const directory = await runDirectory(path, out);
  const file = join(directory, recordFile);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UserError('bad_run', `${file} cannot be read: ${reasonOf(error) ?? String(error)}.`);
  });
  const parsed = parseRunRecord(parseJson(text));
  if (!parsed.ok) throw new UserError('bad_run', `${file} ${parsed.problem}.`);
  return {
    directory,
    record: parsed.record,
    // A run that was killed early may have neither file; a finished one without exchanges has lost them.
    exchanges: () => entries(exchangesPath(directory), decodeExchange, 'exchange', parsed.record.state !== 'running'),
    samples: () => entries(join(directory, samplesFile), decodeSample, 'sample', false),
  };
}

async function* entries<T>(
  path: string,
  decode: (value: unknown) => T | null,
  what: string,
  required: boolean,
): AsyncGenerator<T, void> {
  const refuse = (line: number) =>
    new UserError('bad_run', `${path}:${line} does not hold one ${what} of a tokbench run.`);
  try {
    for await (const lines of readLines(path)) {
      for (const line of lines) {
        const entry = decode(parseJson(line.text));
        if (entry !== null) yield entry;
        else if (line.whole) throw refuse(line.number);
      }
    }
  } catch (error) {
    if (error instanceof LineTooLong) throw refuse(error.line);
    if (isDamaged(error)) throw new UserError('bad_run', `${path} is damaged: it cannot be unpacked to its end.`);
    const reason = reasonOf(error);
    if (reason === null) throw error;
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new UserError('bad_run', `${path} cannot be read: ${reason}.`);
  }
}

/** Frames that cannot be unpacked. */
function isDamaged(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(ZSTD|Z)_/.test(String(error.code));
}

function decodeSample(value: unknown): SampleLine | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as SampleLine) : null;
}

/** The value of a JSON text; undefined, which no JSON text stands for, when it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function runDirectory(path: string, out: string): Promise<string> {
  const wanted = path === 'latest' && !(await exists(path)) ? join(out, path) : path;
  const place = await followLatest(wanted);
  const kind = await stat(place).catch(() => null);
  if (kind === null) throw new UserError('run_not_found', `There is no run at ${place}${await nearby(place)}.`);
  const directory = kind.isDirectory() ? place : dirname(place);
  if (await exists(join(directory, recordFile))) return directory;
  const others = await nearby(join(directory, recordFile));
  throw new UserError('run_not_found', `${directory} is not a run: it has no ${recordFile}${others}.`);
}

/** The directory that `latest` stands for, link or text file, by its own name; any other path as it is. */
export async function followLatest(path: string): Promise<string> {
  if (basename(path) !== 'latest') return path;
  const link = await readlink(path).catch(() => readFile(path, 'utf8').catch(() => ''));
  return link.trim() === '' ? path : join(dirname(path), link.trim());
}

/** `; it holds A, B` for the runs beside a path that leads to none: the newest first, three at most. */
async function nearby(path: string): Promise<string> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const runs: string[] = [];
  for (const name of names.sort().reverse()) {
    if (runs.length < 3 && (await exists(join(folder, name, recordFile)))) runs.push(join(folder, name));
  }
  return runs.length === 0 ? '' : `; there is ${runs.join(', ')}`;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Writes of one path follow each other, so that the last call is what stays. */
const queues = new Map<string, Promise<void>>();
let temporaries = 0;

function replaceFile(path: string, text: string): Promise<void> {
  const before = queues.get(path) ?? Promise.resolve();
  const written = before.catch(() => undefined).then(() => replaceNow(path, text));
  const entry = written.finally(() => {
    if (queues.get(path) === entry) queues.delete(path);
  });
  entry.catch(() => undefined); // the caller holds `written`
  queues.set(path, entry);
  return written;
}

async function replaceNow(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${++temporaries}`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const reason = reasonOf(error);
    if (reason === null) throw error;
    throw new UserError('results_write_failed', `${path} cannot be written: ${reason}.`);
  }
}
