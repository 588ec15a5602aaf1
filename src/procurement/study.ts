import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { isMap, isNode, type LineCounter, type YAMLMap } from 'yaml';
import { UserError } from '../error/user-error.ts';
import { didYouMean } from '../yaml/problem.ts';
import { type FileKind, type ReadYaml, readText, readYaml } from '../yaml/read.ts';
import type { Statement } from './entry.ts';
import { statementsOf } from './statement.ts';
import { type Study, studyJsonSchema, studySchema } from './study-schema.ts';

export type { Study } from './study-schema.ts';

/** A study as it was read, with its assumptions as statements that know their lines. */
export interface LoadedStudy {
  readonly name: string;
  /** As messages call it. */
  readonly file: string;
  readonly study: Study;
  readonly statements: readonly Statement[];
  /** Of each offer, in their order. */
  readonly offerStatements: readonly (readonly Statement[])[];
  /** `file:line` of each offer, for messages. */
  readonly offerPlaces: readonly string[];
  readonly sha256: string;
}

const kind: FileKind = {
  noun: 'study',
  code: 'bad_study',
  example: 'must be keys with values, such as "offers: [own:h100-sxm, api:openai/gpt-5-mini]"',
};

/** The same path from `src/` and from `dist/`. */
const shipped = resolve(import.meta.dirname, '../../profiles/studies');
const folders = (workingFolder: string) => [join(workingFolder, 'profiles', 'studies'), shipped];

/** Names of the studies of the working folder and of those that ship. */
export function studyNames(workingFolder: string = process.cwd()): string[] {
  const files = folders(workingFolder).flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []));
  return [
    ...new Set(files.filter((file) => /\.ya?ml$/.test(file)).map((file) => basename(file, extname(file)))),
  ].sort();
}

/**
 * A study by path, or by its name in `profiles/studies/` here or in the package.
 *
 * @throws UserError `study_not_found` with the nearest name; `bad_study` with every problem as `file:line:column`;
 * `unknown_assumption` and `bad_assumption` with the line
 */
export function loadStudy(nameOrPath: string, workingFolder: string = process.cwd()): LoadedStudy {
  const file = findStudy(nameOrPath, workingFolder);
  const shown = shownFile(file, workingFolder);
  return parseStudy(readText(file, shown, kind), shown);
}

/** As messages and reports call a file: near ones from here, one that ships by its place in the package. */
function shownFile(file: string, workingFolder: string): string {
  const near = relative(workingFolder, file);
  if (!near.startsWith('..')) return near;
  return dirname(file) === shipped ? `tokbench/profiles/studies/${basename(file)}` : file;
}

function findStudy(nameOrPath: string, workingFolder: string): string {
  const path = resolve(workingFolder, nameOrPath);
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
  if (basename(nameOrPath) === nameOrPath) {
    for (const folder of folders(workingFolder)) {
      for (const ending of ['', '.yaml', '.yml']) {
        const candidate = join(folder, nameOrPath + ending);
        if (statSync(candidate, { throwIfNoEntry: false })?.isFile()) return candidate;
      }
    }
  }
  const known = studyNames(workingFolder);
  const hint = known.length === 0 ? 'there is none here' : didYouMean(basename(nameOrPath, extname(nameOrPath)), known);
  throw new UserError(
    'study_not_found',
    `There is no study "${nameOrPath}"; ${hint.replace(/\?$/, '')}${hint.endsWith('?') ? '?' : '.'} Write one with tokbench decide --init.`,
  );
}

/** A study of a demand alone: offers come by flags, and nobody declared anything. */
export function plainStudy(demand: string): LoadedStudy {
  const study: Study = { schema: 'tokbench.study/1', demand, offers: [] };
  const sha256 = createHash('sha256').update(JSON.stringify(study)).digest('hex');
  const name = basename(demand, extname(demand));
  return { name, file: '--demand', study, statements: [], offerStatements: [], offerPlaces: [], sha256 };
}

/** Reads the text of a study; `file` is its name in messages. */
export function parseStudy(text: string, file: string): LoadedStudy {
  const read = readYaml(text, file, kind, studySchema, studyJsonSchema);
  const { value: study } = read;
  checkTogether(study, file, read);
  return {
    name: study.name ?? basename(file, extname(file)),
    file,
    study,
    statements: assumptionsIn(read.document.contents, read.lines, file),
    offerStatements: offerAssumptions(read, file),
    offerPlaces: study.offers.map((_, index) => lineOf(read, file, ['offers', index])),
    sha256: createHash('sha256').update(text).digest('hex'),
  };
}

function assumptionsIn(node: unknown, lines: LineCounter, file: string): Statement[] {
  const part = isMap(node) ? (node as YAMLMap).get('assumptions', true) : undefined;
  return part === undefined || part === null ? [] : statementsOf(part, lines, file, 'study');
}

function lineOf({ document, lines }: ReadYaml<Study>, file: string, path: readonly (string | number)[]): string {
  const node = document.getIn(path, true);
  return isNode(node) && node.range ? `${file}:${lines.linePos(node.range[0]).line}` : file;
}

function offerAssumptions({ document, lines, value }: ReadYaml<Study>, file: string): Statement[][] {
  return value.offers.map((_, index) => assumptionsIn(document.getIn(['offers', index], true), lines, file));
}

/** What one key alone cannot tell. */
function checkTogether(study: Study, file: string, { document, lines }: ReadYaml<Study>): void {
  const place = (path: readonly (string | number)[]) => {
    const node = document.getIn(path, true);
    const offset = isNode(node) && node.range ? node.range[0] : 0;
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const { classes, privacy } = study;
  if (classes === undefined) return;
  const total = classes.reduce((sum, one) => sum + one.share, 0);
  if (Math.abs(total - 1) > 1e-6)
    throw new UserError(
      'bad_study',
      `${place(['classes'])} the shares of the classes add up to ${Number(total.toPrecision(6))}, not to 1`,
    );
  const names = classes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UserError('bad_study', `${place(['classes'])} there are two classes "${twice}"`);
  const sensitive = classes.reduce((sum, one) => sum + (one.sensitive ? one.share : 0), 0);
  if (privacy?.sensitiveShare !== undefined && Math.abs(privacy.sensitiveShare - sensitive) > 1e-6)
    throw new UserError(
      'bad_study',
      `${place(['privacy', 'sensitiveShare'])} privacy.sensitiveShare is ${privacy.sensitiveShare}, but the sensitive classes are ${Number(sensitive.toPrecision(6))} of the volume`,
    );
}

/** Whether a file says of itself that it is a study, so that one command can take suites and studies. */
export function isStudy(nameOrPath: string, workingFolder: string = process.cwd()): boolean {
  const path = resolve(workingFolder, nameOrPath);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  try {
    return /^schema:\s*["']?tokbench\.study\//m.test(readText(path, nameOrPath, kind));
  } catch {
    return false; // whoever reads it as a suite says what is wrong with it
  }
}
