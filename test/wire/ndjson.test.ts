import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NdjsonReader } from '../../src/wire/ndjson.ts';

interface Seen {
  readonly lines: readonly (readonly [string, number])[];
  readonly unterminated: boolean;
}

/** Lines with the number of the read that completed each. */
function read(pieces: readonly Buffer[], last: string | null = null): Seen {
  const lines: [string, number][] = [];
  const reader = new NdjsonReader({
    line(bytes, start, end, atUs) {
      const text = bytes.toString('utf8', start, end);
      lines.push([text, atUs]);
      return text === last;
    },
  });
  // Between bytes of others, as in the pool of a socket.
  pieces.forEach((piece, k) => {
    const padded = Buffer.concat([Buffer.from('x\n'), piece, Buffer.from('y\n')]);
    reader.push(padded, 2, 2 + piece.length, k);
  });
  return { lines, unterminated: reader.end() };
}
const whole = (text: string, last: string | null = null) => read([Buffer.from(text)], last);
const texts = ({ lines }: Seen) => lines.map(([text]) => text);

describe('lines', () => {
  it.each([
    ['{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}'], false],
    ['{"a":1}\r\n{"b":2}\r\n', ['{"a":1}\r', '{"b":2}\r'], false],
    ['\n \r\n{"a":1}\n\n\n', ['{"a":1}'], false],
    ['\ufeff{"a":1}\n', ['{"a":1}'], false],
    ['{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}'], true],
    ['{"a":1}\n  \r', ['{"a":1}'], false],
    ['', [], false],
    ['\ufeff', [], false],
  ])('of %j', (text, lines, unterminated) => {
    const seen = whole(text);
    expect(texts(seen)).toEqual(lines);
    expect(seen.unterminated).toBe(unterminated);
  });

  it('end with the one that counts last', () => {
    expect(texts(whole('a\nend\nb\nc', 'end'))).toEqual(['a', 'end']);
    expect(whole('a\nend\nb', 'end').unterminated).toBe(false);
  });

  it('have the stamp of the read that completed them', () => {
    const seen = read(['{"a"', ':1}', '\n{"b":2}\n{"c":', '3}'].map((text) => Buffer.from(text)));
    expect(seen.lines).toEqual([
      ['{"a":1}', 2],
      ['{"b":2}', 2],
      ['{"c":3}', 3],
    ]);
  });

  it('are the same at every split', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => JSON.stringify({ text }));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), fc.boolean(), fc.array(fc.nat(200)), (lines, ended, cuts) => {
        const bytes = Buffer.from(lines.join('\n') + (ended ? '\n' : ''));
        const inside = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((a, b) => a - b);
        const edges = [0, ...inside, bytes.length];
        const pieces = edges.slice(1).map((edge, k) => bytes.subarray(edges[k], edge));
        expect(texts(read(pieces))).toEqual(lines);
        expect(texts(read([...bytes].map((byte) => Buffer.of(byte))))).toEqual(lines);
      }),
    );
  });

  it('of more than 16 MiB are given up', () => {
    const lines: string[] = [];
    const reader = new NdjsonReader({
      line: (bytes, start, end) => {
        lines.push(bytes.toString('utf8', start, end));
        return false;
      },
    });
    const piece = Buffer.alloc(1024 * 1024, 'a');
    for (let k = 0; k < 17; k++) reader.push(piece, 0, piece.length, k);
    expect(reader.overflow).toBe(true);
    reader.push(Buffer.from('\n{}\n'), 0, 4, 20);
    expect([lines, reader.end()]).toEqual([[], false]);
  });
});
