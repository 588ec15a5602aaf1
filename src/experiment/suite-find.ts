import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { UserError } from '../error/user-error.ts';
import { nearest } from '../yaml/problem.ts';

/** The suites that ship; the same path from `src/` and from `dist/`. */
const shippedFolder = resolve(import.meta.dirname, '../../benchmarks');

/**
 * The file of a suite: the path itself where a file is there, else `benchmarks/<name>.yaml` of the working folder, else
 * the one that ships with tokbench.
 *
 * @throws UserError `suite_not_found` naming the nearest.
 */
export function findSuite(nameOrPath: string, workingFolder: string = process.cwd()): string {
  const path = resolve(workingFolder, nameOrPath);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isFile()) return path;
  const folders = [join(workingFolder, 'benchmarks'), shippedFolder];
  if (basename(nameOrPath) === nameOrPath) {
    for (const folder of folders) {
      for (const ending of ['', '.yaml', '.yml']) {
        const candidate = join(folder, nameOrPath + ending);
        if (statSync(candidate, { throwIfNoEntry: false })?.isFile()) return candidate;
      }
    }
  }
  const known = [...new Set([...folders.flatMap(suiteNames), ...yamlFiles(workingFolder)])].sort();
  const near = nearest(nameOrPath, known) ?? nearest(basename(nameOrPath, extname(nameOrPath)), known);
  const hint = near === null ? `there is ${known.join(', ')}.` : `did you mean "${near}"?`;
  const what = kind?.isDirectory() ? `${nameOrPath} is a folder, not a suite` : `There is no suite "${nameOrPath}"`;
  throw new UserError('suite_not_found', `${what}; ${known.length === 0 ? 'there is none here.' : hint}`);
}

/** Names of the suites in `benchmarks/` here and in the package, each once. */
export function knownSuites(workingFolder: string = process.cwd()): string[] {
  return [...new Set([join(workingFolder, 'benchmarks'), shippedFolder].flatMap(suiteNames))].sort();
}

function suiteNames(folder: string): string[] {
  return yamlFiles(folder).map((file) => basename(file, extname(file)));
}

function yamlFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));
  } catch {
    return []; // no such folder, or none that may be read: nothing to suggest from it
  }
}
