import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseReader } from '../../src/wire/sse.ts';

interface Seen {
  readonly data: string;
  readonly atUs: number;
  readonly name: string;
}

/** Reads with one stamp a piece: 1, 2, 3 …; `[DONE]` is the terminator. */
function read(pieces: readonly Uint8Array[], finish = true): { events: Seen[]; unterminated: boolean } {
  const events: Seen[] = [];
  const reader = new SseReader({
    event(bytes, start, end, atUs, name) {
      const data = bytes.toString('utf8', start, end);
      events.push({ data, atUs, name });
      return data === '[DONE]';
    },
    whole: () => -1,
  });
  // One scratch block for all pieces, as the socket's: what the reader keeps it must have copied.
  const scratch = Buffer.alloc(1 << 16);
  pieces.forEach((piece, k) => {
    scratch.fill(0x23);
    scratch.set(piece);
    reader.push(scratch, 0, piece.length, k + 1);
  });
  return { events, unterminated: finish ? reader.end() : false };
}

const one = (text: string | Uint8Array) => read([Buffer.from(text as string)]);
const data = (text: string) => one(text).events.map((event) => event.data);

describe('lines', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('end with %s', (_name, eol) => {
    expect(data(`data: a${eol}${eol}data: b${eol}${eol}`)).toEqual(['a', 'b']);
  });
  it('may mix their ends', () => expect(data('data: a\r\ndata: b\n\rdata: c\r\r')).toEqual(['a\nb', 'c']));
  it('need no space behind the colon, and lose one at most', () => {
    expect(data('data:a\n\ndata:  b\n\ndata: \n\ndata\n\n')).toEqual(['a', ' b', '', '']);
  });
  it('of data join with LF', () => expect(data('data: {"a":\ndata: 1}\n\n')).toEqual(['{"a":\n1}']));
  it('that are comments, ids, retries or unknown are ignored', () => {
    expect(data(': ping\n:\nid: 4\nretry: 10\ndatax: no\n data: no\ndata: a\n\n')).toEqual(['a']);
  });
  it('may name an event, for that event only', () => {
    expect(one('event: error\ndata: a\n\ndata: b\n\nevent: lost\n\ndata: c\n\n').events.map((e) => e.name)).toEqual([
      'error',
      '',
      '',
    ]);
  });
});

describe('byte order mark', () => {
  const mark = Buffer.of(0xef, 0xbb, 0xbf);
  const body = Buffer.from('data: a\n\n');
  it('is dropped once, at any split', () => {
    const bytes = Buffer.concat([mark, body]);
    for (let k = 0; k <= bytes.length; k++)
      expect(read([bytes.subarray(0, k), bytes.subarray(k)]).events.map((e) => e.data)).toEqual(['a']);
    expect(read([Buffer.concat([mark, mark, body])]).events).toEqual([]);
  });
  it('half of one is not dropped', () => {
    expect(read([Buffer.of(0xef, 0xbb), Buffer.from(': x\ndata: a\n\n')]).events.map((e) => e.data)).toEqual(['a']);
  });
});

describe('stamps', () => {
  it('are those of the read that completed the event; a CR completes at once', () => {
    const { events } = read([Buffer.from('data: a\r\n\r'), Buffer.from('\ndata: b\r\n'), Buffer.from('\r\n')]);
    expect(events.map((e) => [e.data, e.atUs])).toEqual([
      ['a', 1],
      ['b', 3],
    ]);
  });
  it('of an event without its blank line are those of its last byte, not of the end', () => {
    for (const last of ['data: b\n', 'data: b']) {
      const { events, unterminated } = read([Buffer.from('data: a\n\n'), Buffer.from(last), Buffer.alloc(0)]);
      expect(events.map((e) => [e.data, e.atUs])).toEqual([
        ['a', 1],
        ['b', 2],
      ]);
      expect(unterminated).toBe(true);
    }
  });
});

it('takes nothing behind the terminator', () => {
  expect(data('data: a\n\ndata: [DONE]\n\ndata: b\n\n')).toEqual(['a', '[DONE]']);
  expect(one('data: [DONE]\n\ndata: b').unterminated).toBe(false);
});

it('refuses an event beyond 16 MiB instead of filling the memory', () => {
  const reader = new SseReader({ event: () => false, whole: () => -1 });
  const block = Buffer.alloc(1 << 20, 0x61);
  for (let k = 0; k < 18; k++) reader.push(block, 0, block.length, k);
  expect(reader.overflow).toBe(true);
});

it('reads the same at any split of any stream', () => {
  const line = fc.oneof(
    fc.tuple(
      fc.constantFrom('data:', 'data: ', 'event: ', ':', 'id:', ''),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ),
    fc.constant(['', ''] as [string, string]),
  );
  const stream = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 14 });
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200), { maxLength: 8 }), (lines, cuts) => {
      const bytes = Buffer.from(
        lines.map(([[field, value], eol]) => field + value.replace(/[\r\n]/g, '') + eol).join(''),
      );
      const places = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
      const pieces = [0, ...places].map((from, k) => bytes.subarray(from, places[k] ?? bytes.length));
      const strip = (result: ReturnType<typeof read>) => ({
        ...result,
        events: result.events.map((e) => [e.data, e.name]),
      });
      expect(strip(read(pieces))).toEqual(strip(read([bytes])));
      expect(strip(read([...bytes].map((byte) => Uint8Array.of(byte))))).toEqual(strip(read([bytes])));
    }),
    { seed: 1, numRuns: 400 },
  );
});
