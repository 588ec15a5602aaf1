import { readFileSync, statSync } from 'node:fs';
import { type Document, isAlias, isCollection, isMap, isPair, LineCounter, parseDocument, visit } from 'yaml';
import type * as z from 'zod';
import { UserError } from '../error/user-error.ts';
import { keyPath, type Problem, problemsOf } from './problem.ts';

/** A kind of YAML file, as messages speak of it. */
export interface FileKind {
  /** `suite`, `study`. */
  readonly noun: string;
  /** Stable code of the UserError, such as `bad_suite`. */
  readonly code: string;
  /** What such a file looks like: `must be keys with values, such as "load: {concurrency: 4}"`. */
  readonly example: string;
}

/** YAML that has been read, and where in the text each thing stands. */
export interface ReadYaml<T> {
  readonly value: T;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

const mostBytes = 1 << 20;

/**
 * The text of a file, as people name it in messages.
 *
 * @throws UserError with the kind's code when it is larger than 1 MiB, not UTF-8 or cannot be read
 */
export function readText(file: string, shown: string, kind: FileKind): string {
  try {
    if (statSync(file).size > mostBytes)
      throw new UserError(kind.code, `${shown} is larger than a ${kind.noun} can be (1 MiB).`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof TypeError ? 'is not UTF-8 text' : `cannot be read: ${(error as Error).message}`;
    throw new UserError(kind.code, `${shown} ${reason}.`);
  }
}

/**
 * Reads and checks the text of a file; `file` is its name in messages.
 *
 * @param schema what it must be; `jsonSchema` the same, for the right names of keys
 * @throws UserError with the kind's code and all problems of the file, a line each, as `file:line:column`
 */
export function readYaml<T>(
  text: string,
  file: string,
  kind: FileKind,
  schema: z.ZodType<T>,
  jsonSchema: () => Readonly<Record<string, unknown>>,
): ReadYaml<T> {
  const lines = new LineCounter();
  const bad = (problems: readonly string[]) => refusal(kind, problems);
  const document = shallow(file, bad, () => parseDocument(text, { lineCounter: lines, prettyErrors: false }));
  const at = (offset: number) => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const faults = yamlFaults(document, kind).map(({ offset, sentence }) => `${at(offset)} ${sentence}`);
  if (faults.length > 0) throw bad(faults);
  if (document.contents === null) throw bad([`${file}:1:1 the file is empty; a ${kind.noun} ${kind.example}`]);
  const value: unknown = shallow(file, bad, () => document.toJS());
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, document, lines };
  const problems = problemsOf(parsed.error.issues, value, jsonSchema(), keyPath, `a ${kind.noun}`);
  const placed = problems.map((problem) => ({ offset: offsetOf(document, problem), sentence: problem.sentence }));
  placed.sort((a, b) => a.offset - b.offset);
  throw bad(placed.map(({ offset, sentence }) => `${at(offset)} ${sentence}`));
}

/** YAML made to exhaust memory or the stack ends in these errors. */
function shallow<T>(file: string, bad: (problems: readonly string[]) => UserError, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ReferenceError)) throw error;
    throw bad([`${file}:1:1 is nested too deeply, or multiplies itself by aliases`]);
  }
}

function refusal(kind: FileKind, problems: readonly string[]): UserError {
  const most = 12;
  const more = problems.length > most ? [`and ${problems.length - most} more`] : [];
  return new UserError(kind.code, [...problems.slice(0, most), ...more].join('\n'));
}

interface Fault {
  readonly offset: number;
  readonly sentence: string;
}

/** What keeps the text from being plain YAML data: its errors, tags, and aliases that lead nowhere. */
function yamlFaults(document: Document.Parsed, kind: FileKind): Fault[] {
  const faults: Fault[] = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    offset: pos[0],
    sentence: yamlSentences[code]?.(kind.noun) ?? `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`,
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

const yamlSentences: Readonly<Record<string, (noun: string) => string>> = {
  TAB_AS_INDENT: () => 'a tab is used as indentation; YAML wants spaces',
  DUPLICATE_KEY: () => 'this key stands here twice',
  MULTIPLE_DOCS: (noun) => `a second document begins here ("---"); a ${noun} is one document`,
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

function valueOffset(document: Document.Parsed, path: Problem['path']): number | null {
  const node = document.getIn(path, true) as { range?: readonly number[] } | undefined;
  return node?.range?.[0] ?? null;
}

function keyOffset(document: Document.Parsed, path: Problem['path']): number | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return valueOffset(document, path);
  const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(path.at(-1)));
  return (pair?.key as { range?: readonly number[] } | undefined)?.range?.[0] ?? null;
}
