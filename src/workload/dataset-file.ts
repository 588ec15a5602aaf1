import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fileProblem } from '../error/file-problem.ts';
import { UserError } from '../error/user-error.ts';
import type { DatasetFormat } from './spec.ts';

/** One entry as it stands in the file, and where: a line number, or its place in an array, from 1. */
export interface RawEntry {
  readonly text: string;
  readonly at: string;
}

/** What the file's name and first character say it is: `[` a ShareGPT array, `{` JSON lines, else lines of text. */
export async function detectFormat(file: string): Promise<DatasetFormat> {
  const name = file.replace(/\.gz$/i, '');
  if (/\.txt$/i.test(name)) return 'text';
  if (/\.(jsonl|ndjson)$/i.test(name)) return 'tokbench';
  for await (const chunk of read(file)) {
    const first = (chunk as string).replace(/^\uFEFF/, '').trimStart()[0];
    if (first !== undefined) return first === '[' ? 'sharegpt' : first === '{' ? 'tokbench' : 'text';
  }
  return 'text';
}

/** @throws UserError `no_such_file` when it cannot be opened. */
export async function checkReadable(file: string, what = 'data set'): Promise<void> {
  try {
    const handle = await open(file);
    const isDirectory = (await handle.stat()).isDirectory();
    await handle.close();
    if (isDirectory) throw new UserError('no_such_file', `The ${what} ${file} is a folder; name a file.`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('no_such_file', `Cannot read the ${what} ${file}: ${fileProblem(error)}.`);
  }
}

/** The non-empty lines of a file. */
export async function* lines(file: string): AsyncGenerator<RawEntry> {
  let number = 0;
  for await (const line of createInterface({ input: read(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (text.trim() !== '') yield { text, at: `${file}:${number}` };
  }
}

/** The elements of a JSON array of objects, one at a time: the file may be larger than the longest string of Node. */
export async function* elements(file: string): AsyncGenerator<RawEntry> {
  const splitter = new ArraySplitter();
  let number = 0;
  for await (const chunk of read(file))
    for (const text of splitter.push(chunk as string)) yield { text, at: `${file}, entry ${++number}` };
  if (splitter.open) throw new UserError('bad_dataset', `${file} ends inside entry ${number + 1}: is it complete?`);
}

function read(file: string): Readable {
  const raw = createReadStream(file);
  if (!/\.gz$/i.test(file)) return raw.setEncoding('utf8');
  const unzipped = createGunzip();
  raw.on('error', (error) => unzipped.destroy(error));
  return raw.pipe(unzipped).setEncoding('utf8');
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [34, 92, 123, 125, 91, 93];

/** Cuts an array into its objects by counting brackets outside strings. */
class ArraySplitter {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #kept = '';

  get open(): boolean {
    return this.#depth > 0;
  }

  push(chunk: string): string[] {
    const found: string[] = [];
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const code = chunk.charCodeAt(i);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === backslash) this.#escaped = true;
        else if (code === quote) this.#inString = false;
      } else if (code === quote) this.#inString = true;
      else if (code === openBrace || code === openBracket) {
        if (++this.#depth === 2) from = i;
      } else if (code === closeBrace || code === closeBracket) {
        if (--this.#depth === 1) {
          found.push(this.#kept + chunk.slice(from, i + 1));
          this.#kept = '';
        }
      }
    }
    if (this.#depth >= 2) this.#kept += chunk.slice(from);
    return found;
  }
}
