import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { isNode, isPair, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { fileProblem } from '../error/file-problem.ts';
import { UserError } from '../error/user-error.ts';

type Path = readonly (string | number)[];

/** A YAML file that fits its schema, and the lines its keys stand on. */
export interface YamlFile<T> {
  readonly data: T;
  readonly path: string;
  /** `file:line` of a key, or of the nearest one above it; the file alone where it has none. */
  placeOf(at: Path): string;
}

/** `shownPath` names the file in messages. @throws UserError `no_such_file`, or as `parseYamlFile` */
export function readYamlFile<T>(
  path: string,
  schema: z.ZodType<T>,
  code: string,
  what: string,
  shownPath = path,
): YamlFile<T> {
  return parseYamlFile(readText(path, what), shownPath, schema, code);
}

/** @throws UserError `no_such_file` */
export function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError('no_such_file', `Cannot read the ${what} ${path}: ${fileProblem(error)}.`);
  }
}

/** @throws UserError of `code`, with file, line and key of the first thing that is wrong */
export function parseYamlFile<T>(text: string, path: string, schema: z.ZodType<T>, code: string): YamlFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken)
    throw new UserError(
      code,
      `${path}:${broken.linePos?.[0].line ?? 1} is not YAML: ${broken.message.split('\n')[0]!.replace(/:$/, '')}.`,
    );
  const result = schema.safeParse(document.toJS());
  if (result.success) return { data: result.data, path, placeOf: (at) => placeOf(at) };
  const issue = result.error.issues[0]!;
  const keys = issue.path.filter((key) => typeof key !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const at = [...keys, issue.keys[0]!];
    throw new UserError(
      code,
      `${placeOf(at)} has a key that is not known: "${at.join('.')}"${hint(schema, keys, issue.keys[0]!)}.`,
    );
  }
  const where = keys.length === 0 ? 'the file' : keys.join('.');
  throw new UserError(code, `${placeOf(keys)} ${where}${typeWords(issue.message)}.`);

  function placeOf(at: Path): string {
    const line = lineOf(at);
    return line === null ? path : `${path}:${line}`;
  }

  function lineOf(at: Path): number | null {
    if (at.length === 0) return null;
    const parent = at.length === 1 ? document.contents : document.getIn(at.slice(0, -1), true);
    const items = isNode(parent) && 'items' in parent ? (parent.items as unknown[]) : [];
    const pair = items.find((item) => isPair(item) && String(item.key) === String(at.at(-1)));
    const node = isPair(pair) ? pair.key : document.getIn(at, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    return lineOf(at.slice(0, -1));
  }
}

/** What a schema says of types nobody worded, in words: `is missing`, `must be a list, not a number`. */
function typeWords(message: string): string {
  const [, expected, received] = /^Invalid input: expected (\w+), received (\w+)$/.exec(message) ?? [];
  if (expected === undefined || received === undefined) return `: ${message}`;
  return received === 'undefined'
    ? ' is missing'
    : ` must be ${typeNames[expected] ?? expected}, not ${typeNames[received] ?? received}`;
}
const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'keys with values',
  record: 'keys with values',
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  null: 'nothing',
};

/** The nearest key that the top of the schema knows. */
function hint(schema: z.ZodType, at: Path, key: string): string {
  const known = at.length === 0 && schema instanceof z.ZodObject ? Object.keys(schema.shape as object) : [];
  return known.length === 0 ? '' : `; did you mean "${closest(key, known)}"?`.slice(0, -1);
}
