import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { UserError } from '../error/user-error.ts';
import type { Load } from '../record/run.ts';
import { prettyJson } from './canonical.ts';
import { createRunDirectory } from './directory.ts';
import { followLatest } from './record.ts';

export const targetsFile = 'targets.json';

/** One turn of the targets at one load: each was measured once, in this order. */
export interface TargetsBlock {
  readonly load: Load;
  readonly repeat: number;
  /** Labels. */
  readonly order: readonly string[];
}

/** `targets.json`: which runs belong together, and in which order their steps were measured. */
export interface TargetsRecord {
  readonly schema: 'tokbench.targets-record/1';
  readonly suite: string;
  readonly startedAt: string;
  readonly seed: number;
  readonly blocks: readonly TargetsBlock[];
  readonly targets: readonly {
    readonly label: string;
    readonly preset: string | null;
    /** Directory of its run, relative to this file's. */
    readonly run: string;
  }[];
}

const schema = z.looseObject({
  schema: z.literal('tokbench.targets-record/1'),
  suite: z.string(),
  startedAt: z.string(),
  seed: z.number(),
  blocks: z.array(z.looseObject({ repeat: z.number(), order: z.array(z.string()) })),
  targets: z.array(z.looseObject({ label: z.string(), preset: z.string().nullable(), run: z.string() })),
});

/**
 * Makes the directory of a comparison, beside those of its runs, and points `latest` at it.
 *
 * @throws UserError `unwritable_results`
 */
export function createTargetsDirectory(out: string, suite: string, date: Date): Promise<string> {
  return createRunDirectory(out, suite, date);
}

/** Writes `targets.json`; `runs` are the directories in the order of the targets. */
export async function writeTargets(
  directory: string,
  record: Omit<TargetsRecord, 'schema' | 'targets'>,
  targets: readonly { readonly label: string; readonly preset: string | null; readonly directory: string }[],
): Promise<TargetsRecord> {
  const whole: TargetsRecord = {
    schema: 'tokbench.targets-record/1',
    ...record,
    targets: targets.map((target) => ({
      label: target.label,
      preset: target.preset,
      run: relative(resolve(directory), resolve(target.directory)),
    })),
  };
  await writeFile(join(directory, targetsFile), prettyJson(whole)).catch((error: NodeJS.ErrnoException) => {
    throw new UserError('results_write_failed', `${join(directory, targetsFile)} cannot be written: ${error.code}.`);
  });
  return whole;
}

/**
 * The record of a comparison, where a path leads to one: its directory, the file, or `latest` below `out`; else null.
 *
 * @throws UserError `bad_run` for a file that is none
 */
export async function readTargets(
  path: string,
  out = 'results',
): Promise<{ readonly directory: string; readonly record: TargetsRecord } | null> {
  const places = path === 'latest' ? [path, join(out, path)] : [path];
  for (const wanted of places) {
    const place = await followLatest(wanted);
    const directory = basename(place) === targetsFile ? dirname(place) : place;
    const file = join(directory, targetsFile);
    if (!(await stat(file).catch(() => null))?.isFile()) continue;
    const parsed = schema.safeParse(parse(await readFile(file, 'utf8')));
    if (!parsed.success) throw new UserError('bad_run', `${file} is not the record of a comparison of targets.`);
    return { directory, record: parsed.data as unknown as TargetsRecord };
  }
  return null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
