import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../error/user-error.ts';
import { reasonOf } from './directory.ts';

const lockFile = '.lock';
/** The holder touches its lock this often: what a process on another machine goes by. */
const beatMs = 15_000;
const silentMs = 4 * beatMs;

/** Who writes a run directory. */
interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** When the process started, as its system says: a number that is given again belongs to another process. */
  readonly started: string | null;
  readonly since: string;
}

export interface RunLock {
  release(): void;
}

/**
 * Lets one process at a time write a run directory. A lock whose process is gone (by its id and start time; on another
 * machine: when it has been silent for a minute) is taken over, so that a crash leaves nothing to clean up.
 *
 * @throws UserError `run_in_use`, `unwritable_results`
 */
export function lockRun(directory: string): RunLock {
  const path = join(directory, lockFile);
  const mine: Holder = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
    since: new Date().toISOString(),
  };
  try {
    take(path, mine, directory);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === null) throw error;
    throw new UserError('unwritable_results', `${path} cannot be written: ${reason}.`);
  }
  const beat = setInterval(() => touch(path), beatMs);
  beat.unref();
  return {
    release() {
      clearInterval(beat);
      if (holderOf(path)?.token === mine.token) rmSync(path, { force: true });
    },
  };
}

function take(path: string, mine: Holder, directory: string): void {
  const own = `${path}.${mine.token}`;
  writeFileSync(own, JSON.stringify(mine), { flag: 'wx' });
  try {
    for (;;) {
      if (linked(own, path)) return;
      const holder = holderOf(path);
      if (holder !== null && isAlive(holder, path)) throw inUse(directory, holder);
      setAside(path, holder?.token ?? null, mine.token);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** A link is made whole or not at all, and by one process only. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a dead lock; one that somebody else took over meanwhile is put back. */
function setAside(path: string, deadToken: string | null, token: string): void {
  const aside = `${path}.dead-${token}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((holderOf(aside)?.token ?? null) !== deadToken) linked(aside, path);
  rmSync(aside, { force: true });
}

function holderOf(path: string): Holder | null {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder> | null;
    return typeof holder?.pid === 'number' && typeof holder.token === 'string' ? (holder as Holder) : null;
  } catch {
    return null;
  }
}

function isAlive({ pid, host, started }: Holder, path: string): boolean {
  if (host !== hostname()) return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < silentMs;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false; // EPERM: it lives, as another user
  }
  const now = startOf(pid);
  return started === null || now === null || now === started;
}

/** Ticks since boot on Linux, else the date that `ps` prints; null where neither is to be had. */
function startOf(pid: number): string | null {
  try {
    // the name of the command, in parentheses, may hold anything; the start is the 20th field behind it
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19] ?? null;
  } catch {
    // no /proc
  }
  if (process.platform === 'win32') return null;
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // the directory is gone
  }
}

function inUse(directory: string, { pid, host, since }: Holder): UserError {
  const where = host === hostname() ? '' : ` on ${host}`;
  return new UserError(
    'run_in_use',
    `${directory} is being written by process ${pid}${where} since ${since}: wait until it has ended, or stop it.`,
  );
}
