import { distance } from 'fastest-levenshtein';
import type * as z from 'zod';

export type Path = readonly (string | number)[];

/** One thing wrong with a file: where, and a sentence without its full stop. */
export interface Problem {
  readonly path: Path;
  /** The problem is the key itself, not its value. */
  readonly atKey: boolean;
  readonly sentence: string;
}

type JsonSchema = Readonly<Record<string, unknown>>;
type Issue = z.core.$ZodIssue;

/**
 * What zod found, as sentences for people.
 *
 * @param value what was checked; @param schema its JSON Schema, for the right names of keys
 * @param nameOf how a place is called: a key's path in a file, a flag on the command line
 * @param kind what the whole is called, with its article
 */
export function problemsOf(
  issues: readonly Issue[],
  value: unknown,
  schema: JsonSchema,
  nameOf: (path: Path) => string = keyPath,
  kind = 'a suite',
): Problem[] {
  return issues
    .flatMap((issue) => flatten(issue, [], value))
    .flatMap(({ issue, path }): Problem[] => {
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => ({
          path: [...path, key],
          atKey: true,
          sentence: unknownKey(key, path, schema),
        }));
      }
      return [
        { path, atKey: false, sentence: sentenceOf(issue, valueAt(value, path), { path, name: nameOf(path), kind }) },
      ];
    });
}

/** `load.concurrency[1]` */
export function keyPath(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

/** Of a union the branch counts that the value was meant for: the one whose type it has. */
function flatten(issue: Issue, base: Path, root: unknown): { issue: Issue; path: Path }[] {
  const path = [...base, ...(issue.path as Path)];
  if (issue.code !== 'invalid_union') return [{ issue, path }];
  const meant = issue.errors.find((branch) => !isForAnotherType(branch));
  return meant === undefined ? [{ issue, path }] : meant.flatMap((one) => flatten(one, path, root));
}

interface Place {
  readonly path: Path;
  readonly name: string;
  readonly kind: string;
}

function isForAnotherType(issues: readonly Issue[]): boolean {
  return issues.some(
    (one) =>
      one.path.length === 0 &&
      (one.code === 'invalid_type' || (one.code === 'invalid_union' && one.errors.every(isForAnotherType))),
  );
}

function sentenceOf(issue: Issue, value: unknown, { path, name, kind }: Place): string {
  if (issue.code === 'custom') return `${name}${issue.params?.['sentence'] === true ? ':' : ''} ${issue.message}`;
  if (path.length === 0) return `${kind} ${issue.message}`;
  if (value === undefined) return `${name} is missing; it ${issue.message}`;
  const words = issue.code === 'invalid_value' ? issue.values.filter((word) => typeof word === 'string') : [];
  const rest = words.length === 0 ? '' : `; ${didYouMean(String(value), words)}`;
  return `${name} ${issue.message}${shown(value, path)}${rest}`;
}

/** `, not 3`; values of headers and names of keys are not repeated, they may be secrets. */
function shown(value: unknown, path: Path): string {
  if (path.includes('headers') || path.includes('apiKeyEnv')) return '';
  if (Array.isArray(value)) return value.length === 0 ? ', not an empty list' : ', not a list';
  if (value === null) return ', not nothing';
  if (typeof value === 'object') return ', not keys with values';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return `, not ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}

/** `did you mean "x"?` where one is near, else all that there are. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? `there is ${known.join(', ')}` : `did you mean "${near}"?`;
}

/** The known word that the typed one was probably meant to be; null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  const beginning = known.filter((candidate) => word.length >= 3 && candidate.startsWith(word));
  if (beginning.length === 1) return beginning[0]!;
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const far = distance(bare(word), bare(candidate));
    // Two letters changed places count as two, also in a short word.
    const most = Math.max(candidate.length < 4 ? 1 : 2, Math.floor(candidate.length * 0.4));
    if (far < least && far <= most) [best, least] = [candidate, far];
  }
  return best;
}

/** `input-tokens`, `input_tokens` and `inputTokens` are one word. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[-_ ]/g, '');
}

function unknownKey(key: string, path: Path, schema: JsonSchema): string {
  const known = keysAt(schema, path);
  const place = path.length === 0 ? '' : ` in ${keyPath(path)}`;
  const near = nearest(key, known);
  if (near !== null) return `unknown key "${key}"${place}; did you mean "${near}"?`;
  const home = homeOf(schema, key, []);
  if (home !== null) {
    return `unknown key "${key}"${place}; it belongs ${home.length === 0 ? 'at the top of the file' : `under ${keyPath(home)}`}`;
  }
  return `unknown key "${key}"${place}; there is ${known.join(', ')}`;
}

/** The keys that may stand at a place, whichever branch of a union it is. */
function keysAt(schema: JsonSchema, path: Path): string[] {
  const [first, ...rest] = path;
  if (first !== undefined) return childrenOf(schema, first).flatMap((child) => keysAt(child, rest));
  return branches(schema).flatMap((branch) => Object.keys((branch['properties'] as object | undefined) ?? {}));
}

function childrenOf(schema: JsonSchema, key: string | number): JsonSchema[] {
  return branches(schema).flatMap((branch) => {
    const child = typeof key === 'number' ? branch['items'] : (branch['properties'] as JsonSchema | undefined)?.[key];
    return typeof child === 'object' && child !== null ? [child as JsonSchema] : [];
  });
}

function branches(schema: JsonSchema): JsonSchema[] {
  return Array.isArray(schema['anyOf']) ? (schema['anyOf'] as JsonSchema[]).flatMap(branches) : [schema];
}

function homeOf(schema: JsonSchema, key: string, path: Path): Path | null {
  const keys = keysAt(schema, []);
  if (keys.some((known) => bare(known) === bare(key))) return path;
  for (const inner of keys) {
    for (const child of childrenOf(schema, inner)) {
      const home = homeOf(child, key, [...path, inner]);
      if (home !== null) return home;
    }
  }
  return null;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => {
    return typeof inner === 'object' && inner !== null ? (inner as Record<string | number, unknown>)[key] : undefined;
  }, value);
}
