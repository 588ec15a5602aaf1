import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** Inputs and outputs of a vector as its YAML has them; the runner of each id knows their names. */
// biome-ignore lint/suspicious/noExplicitAny: the shape differs by vector and is checked by the comparison
export type Data = any;
export interface Vector {
  readonly id: string;
  readonly title: string;
  readonly in: Data;
  readonly out: Data;
}
/** Runs the real functions on a vector's inputs and answers in the names of its outputs. */
export type Runner = (inputs: Data, out: Data) => unknown;

const folder = join(import.meta.dirname, '../golden');

export const vectors: readonly Vector[] = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')).map((document) => document.toJS()));

export const vector = (id: string): Vector => vectors.find((v) => v.id === id)!;

/** Inputs with those of `base` or `same_as` under them. */
export function inputsOf(id: string): Data {
  const own = vector(id).in;
  const base = own.base ?? own.same_as;
  return base ? { ...inputsOf(base), ...own } : own;
}

export const utilDay: readonly number[] = vector('UTIL-1').in.D_req_per_h;
