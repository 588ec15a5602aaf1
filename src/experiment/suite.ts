import { readFileSync, statSync } from 'node:fs';
import { basename, extname, relative } from 'node:path';
import { type Document, isAlias, isCollection, isMap, isPair, LineCounter, parseDocument, visit } from 'yaml';
import { UserError } from '../error/user-error.ts';
import { findSuite } from './suite-find.ts';
import { type Path, type Problem, problemsOf } from './suite-problem.ts';
import { type Suite, suiteJsonSchema, suiteSchema } from './suite-schema.ts';

/** A suite as it was read. */
export interface LoadedSuite {
  /** Its own `name`, else the name of the file. */
  readonly name: string;
  /** Absolute path of the file; paths inside the suite are relative to its folder. */
  readonly file: string;
  readonly suite: Suite;
}

const mostBytes = 1 << 20;

/**
 * Finds, reads and checks a suite, see `findSuite`.
 *
 * @throws UserError `suite_not_found`, or `bad_suite` with all problems of the file, a line each, as `file:line:column`.
 */
export function loadSuite(nameOrPath: string, workingFolder: string = process.cwd()): LoadedSuite {
  const file = findSuite(nameOrPath, workingFolder);
  const shownFile = relative(workingFolder, file);
  const shown = shownFile.startsWith('..') ? file : shownFile;
  if (statSync(file).size > mostBytes)
    throw new UserError('bad_suite', `${shown} is larger than a suite can be (1 MiB).`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const reason = error instanceof TypeError ? 'is not UTF-8 text' : `cannot be read: ${(error as Error).message}`;
    throw new UserError('bad_suite', `${shown} ${reason}.`);
  }
  const suite = parseSuite(text, shown);
  return { name: suite.name ?? basename(file, extname(file)), file, suite };
}

/** Reads the text of a suite; `file` is its name in messages. Throws UserError `bad_suite`. */
export function parseSuite(text: string, file: string): Suite {
  const lines = new LineCounter();
  const document = shallow(file, () => parseDocument(text, { lineCounter: lines, prettyErrors: false }));
  const at = (offset: number) => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const yamlProblems = yamlFaults(document).map(({ offset, sentence }) => `${at(offset)} ${sentence}`);
  if (yamlProblems.length > 0) throw badSuite(yamlProblems);
  if (document.contents === null) throw badSuite([`${file}:1:1 the file is empty; a suite ${example}`]);
  const value: unknown = shallow(file, () => document.toJS());
  const parsed = suiteSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = problemsOf(parsed.error.issues, value, suiteJsonSchema());
  const placed = problems.map((problem) => ({ offset: offsetOf(document, problem), sentence: problem.sentence }));
  placed.sort((a, b) => a.offset - b.offset);
  throw badSuite(placed.map(({ offset, sentence }) => `${at(offset)} ${sentence}`));
}

/** YAML made to exhaust memory or the stack ends in these errors. */
function shallow<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ReferenceError)) throw error;
    throw badSuite([`${file}:1:1 is nested too deeply, or multiplies itself by aliases`]);
  }
}

const example = 'must be keys with values, such as "load: {concurrency: 4}"';

function badSuite(problems: readonly string[]): UserError {
  const most = 50;
  const more = problems.length > most ? [`and ${problems.length - most} more`] : [];
  return new UserError('bad_suite', [...problems.slice(0, most), ...more].join('\n'));
}

interface Fault {
  readonly offset: number;
  readonly sentence: string;
}

/** What keeps the text from being plain YAML data: its errors, tags, and aliases that lead nowhere. */
function yamlFaults(document: Document.Parsed): Fault[] {
  const faults: Fault[] = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    offset: pos[0],
    sentence: yamlSentences[code] ?? `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
  }));
  const anchors = new Set<string>();
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node) && node.anchor) anchors.add(node.anchor);
    },
    Alias: (_, node) => {
      if (!anchors.has(node.source)) {
        faults.push({
          offset: node.range?.[0] ?? 0,
          sentence: `not YAML: there is no anchor "${node.source}" before this alias`,
        });
      }
    },
    Pair: (_, pair) => {
      if (isCollection(pair.key)) faults.push({ offset: pair.key.range?.[0] ?? 0, sentence: 'a key must be a word' });
    },
  });
  return faults;
}

const yamlSentences: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used as indentation; YAML wants spaces',
  DUPLICATE_KEY: 'this key stands here twice',
  MULTIPLE_DOCS: 'a second document begins here ("---"); a suite is one document',
};

/** Where in the text a problem is: its key or value, else the nearest thing around it that is there. */
function offsetOf(document: Document.Parsed, { path, atKey }: Problem): number {
  for (let length = path.length; length > 0; length--) {
    const inner = path.slice(0, length);
    const offset = atKey || length < path.length ? keyOffset(document, inner) : valueOffset(document, inner);
    if (offset !== null) return offset;
  }
  return document.contents?.range?.[0] ?? 0;
}

function valueOffset(document: Document.Parsed, path: Path): number | null {
  const node = document.getIn(path, true) as { range?: readonly number[] } | undefined;
  return node?.range?.[0] ?? null;
}

function keyOffset(document: Document.Parsed, path: Path): number | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return valueOffset(document, path);
  const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(path.at(-1)));
  return (pair?.key as { range?: readonly number[] } | undefined)?.range?.[0] ?? null;
}
