import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Recording {
  readonly name: string;
  readonly request: string;
  /** What each read brought, and when: ms after the request. */
  readonly reads: readonly { readonly atMs: number; readonly bytes: Buffer }[];
  readonly bytes: Buffer;
}

/** Reads a recorded exchange: `== recv <ns> <length>` and so many bytes, see the fixtures. */
export function readRecording(server: string, name: string): Recording {
  const file = readFileSync(join(import.meta.dirname, '../fixtures/wire', server, `${name}.txt`));
  const text = file.toString('latin1');
  const opening = /^== request (\d+)\n/.exec(text)!;
  let at = opening[0].length + Number(opening[1]);
  const request = file.toString('utf8', opening[0].length, at);
  const reads: { atMs: number; bytes: Buffer }[] = [];
  for (;;) {
    const mark = /^\n== (recv|end|closed) (\d+)(?: (\d+))?\n/.exec(text.slice(at, at + 80))!;
    if (mark[1] !== 'recv') break;
    at += mark[0].length;
    reads.push({ atMs: Number(mark[2]) / 1e6, bytes: file.subarray(at, at + Number(mark[3])) });
    at += Number(mark[3]);
  }
  return { name: `${server}/${name}`, request, reads, bytes: Buffer.concat(reads.map((read) => read.bytes)) };
}
