import { mkdir, open, rename, rm, stat, statfs, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../error/user-error.ts';

/** Less than this left on the disk, and a run is not begun: 1,000 streams at 50 tokens/s write it in three minutes. */
const leastFreeBytes = 64 * 2 ** 20;

/**
 * Makes `<out>/<suite>/<UTC time>` for a run that begins at `date`, proves that it can be written, and points
 * `<out>/latest` at it. Two runs of one second get different names. Returns the path of the new directory, as `out`
 * was given (relative stays relative).
 *
 * @throws UserError `unwritable_results` with the reason; before any load.
 */
export async function createRunDirectory(out: string, suite: string, date: Date): Promise<string> {
  const parent = join(out, suiteFolder(suite));
  try {
    await makeFolders(parent);
    await refuseFullDisk(parent);
    const directory = await makeUnique(parent, timeName(date));
    await proveWritable(directory);
    await pointLatest(out, directory);
    return directory;
  } catch (error) {
    throw unwritable(out, error);
  }
}

/** `2026-11-24T23-52-32Z`: sorts by time, and no file system objects to it. */
export function timeName(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

/** A suite's name as one harmless folder name; two names that differ in odd characters only share a folder. */
export function suiteFolder(suite: string): string {
  const words = suite.normalize('NFKC').replace(/[^\p{L}\p{N}._-]+/gu, '-');
  // 60 code points stay below the 255 bytes of a file name in any script.
  const cleaned = [...words.replace(/^[.-]+/, '')]
    .slice(0, 60)
    .join('')
    .replace(/[.-]+$/, '');
  if (cleaned === '') return 'run';
  // `latest` is the link beside it, the others are devices on Windows whatever their extension.
  return /^(latest|con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i.test(cleaned) ? `${cleaned}-suite` : cleaned;
}

/**
 * Points `<out>/latest` at a run: a relative link, replaced in one step; a text file with the relative path where the
 * file system refuses links. Best effort: something else of that name is left alone.
 */
export async function pointLatest(out: string, directory: string): Promise<void> {
  const latest = join(out, 'latest');
  const temporary = join(out, `.latest-${process.pid}-${basename(directory)}`);
  const relative = join(basename(dirname(directory)), basename(directory));
  try {
    await symlink(relative, temporary, 'dir').catch(() => writeFile(temporary, `${relative}\n`));
    await rename(temporary, latest);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** As `mkdir -p`; Node's own `recursive` never returns where a file system answers ENOENT to a folder, as /proc does. */
export async function makeFolders(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await makeFolder(path);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}

async function makeUnique(parent: string, name: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const directory = join(parent, attempt === 1 ? name : `${name}-${attempt}`);
    try {
      await mkdir(directory);
      return directory;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || attempt === 1000) throw error;
    }
  }
}

async function refuseFullDisk(folder: string): Promise<void> {
  const disk = await statfs(folder).catch(() => null);
  if (disk === null || disk.blocks === 0) return; // network and memory file systems that do not say
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes < leastFreeBytes) {
    const mib = (bytes: number) => Math.floor(bytes / 2 ** 20);
    throw new NoSpace(`only ${mib(freeBytes)} MiB are free there, and a run wants ${mib(leastFreeBytes)} MiB`);
  }
  if (disk.files > 0 && disk.ffree === 0) throw new NoSpace('its file system has no room for another file');
}

class NoSpace extends Error {}

/** Permission bits, quotas and read-only mounts are only known for certain by writing. */
async function proveWritable(directory: string): Promise<void> {
  const probe = join(directory, '.probe');
  try {
    const file = await open(probe, 'wx');
    try {
      await file.writeFile(Buffer.alloc(4096, 10));
      await file.datasync();
    } finally {
      await file.close();
    }
    await rm(probe);
  } catch (error) {
    await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

function unwritable(out: string, error: unknown): unknown {
  const reason = error instanceof NoSpace ? error.message : reasonOf(error);
  if (reason === null) return error;
  return new UserError(
    'unwritable_results',
    `Results cannot be written to ${resolve(out)}: ${reason}. Name another folder with --out.`,
  );
}

/** What a file system error means to a user; null for one that is no fault of the file system. */
export function reasonOf(error: unknown): string | null {
  const code = codeOf(error);
  if (code === null) return null;
  return reasons[code] ?? `the system answered ${code}`;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : null;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than the system allows',
  EIO: 'the disk reports an I/O error',
  ENOTDIR: 'a part of that path is a file, not a folder',
  EEXIST: 'a part of that path is a file, not a folder',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  ENOENT: 'a part of that path is missing',
  EBADF: 'the file was closed',
};
