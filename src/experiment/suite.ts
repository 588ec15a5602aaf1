import { basename, extname, relative } from 'node:path';
import { type FileKind, readText, readYaml } from '../yaml/read.ts';
import { findSuite } from './suite-find.ts';
import { type Suite, suiteJsonSchema, suiteSchema } from './suite-schema.ts';

/** A suite as it was read. */
export interface LoadedSuite {
  /** Its own `name`, else the name of the file. */
  readonly name: string;
  /** Absolute path of the file; paths inside the suite are relative to its folder. */
  readonly file: string;
  readonly suite: Suite;
}

const kind: FileKind = {
  noun: 'suite',
  code: 'bad_suite',
  example: 'must be keys with values, such as "load: {concurrency: 4}"',
};

/**
 * Finds, reads and checks a suite, see `findSuite`.
 *
 * @throws UserError `suite_not_found`, or `bad_suite` with all problems of the file, a line each, as `file:line:column`.
 */
export function loadSuite(nameOrPath: string, workingFolder: string = process.cwd()): LoadedSuite {
  const file = findSuite(nameOrPath, workingFolder);
  const shownFile = relative(workingFolder, file);
  const shown = shownFile.startsWith('..') ? file : shownFile;
  const suite = parseSuite(readText(file, shown, kind), shown);
  return { name: suite.name ?? basename(file, extname(file)), file, suite };
}

/** Reads the text of a suite; `file` is its name in messages. Throws UserError `bad_suite`. */
export function parseSuite(text: string, file: string): Suite {
  return readYaml(text, file, kind, suiteSchema, suiteJsonSchema).value;
}
