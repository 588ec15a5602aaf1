import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpReader } from '../../src/wire/http.ts';
import type { ResponseHead } from '../../src/wire/http-head.ts';

function read(pieces: readonly Uint8Array[], method = 'POST') {
  const seen = { head: null as ResponseHead | null, body: '', complete: false, fault: null as string | null, rest: 0 };
  const reader = new HttpReader({
    head: (head) => {
      seen.head = head;
    },
    body: (bytes, start, end) => {
      seen.body += bytes.toString('latin1', start, end);
    },
    complete: () => {
      seen.complete = true;
    },
  });
  reader.reset(method);
  for (const piece of pieces) seen.rest = piece.length - reader.push(Buffer.from(piece), 0, piece.length);
  seen.fault = reader.fault;
  return { ...seen, reader };
}

const one = (text: string, method?: string) => read([Buffer.from(text, 'latin1')], method);
const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;

describe('head', () => {
  it('gives lower-case names, trimmed values and joins repeated fields', () => {
    const { head } = one(`${ok}Content-Type:  text/event-stream \t\r\nX: a\r\nx: b\r\nEmpty:\r\n\r\n`);
    expect({ ...head!.headers }).toEqual({ 'content-type': 'text/event-stream', x: 'a, b', empty: '' });
    expect(head!.status).toBe(200);
  });
  it('cannot be confused by a field named __proto__', () => {
    expect(one(`${ok}__proto__: x\r\ncontent-length: 0\r\n\r\n`).head!.headers['toString']).toBeUndefined();
  });
  it('skips 1xx', () => {
    const seen = one(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    );
    expect([seen.head!.status, seen.complete]).toEqual([204, true]);
  });
  it('keeps alive as version and connection header say', () => {
    const alive = (text: string) => one(`${text}content-length: 0\r\n\r\n`).head!.keepAlive;
    expect(alive(ok)).toBe(true);
    expect(alive(`${ok}connection: Close\r\n`)).toBe(false);
    expect(alive('HTTP/1.0 200 OK\r\n')).toBe(false);
    expect(alive('HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n')).toBe(true);
    expect(one(`${ok}\r\n`).head!.keepAlive).toBe(false);
  });
  it('takes a status line without a reason', () =>
    expect(one('HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n').complete).toBe(true));

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['TLS bytes', '\x15\x03\x03\x00\x02\x02\x28'],
    ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a short status', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['bare LF', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
    ['bare CR', `${ok}a: b\rc: d\r\n\r\n`],
    ['obs-fold', `${ok}a: b\r\n c\r\n\r\n`],
    ['a space before the colon', `${ok}a : b\r\n\r\n`],
    ['no colon', `${ok}abc\r\n\r\n`],
    ['a control character', `${ok}a: b\x00c\r\n\r\n`],
    ['two lengths', `${ok}content-length: 3\r\ncontent-length: 4\r\n\r\n`],
    ['two lengths in one', `${ok}content-length: 3, 4\r\n\r\n`],
    ['a negative length', `${ok}content-length: -3\r\n\r\n`],
    ['a signed length', `${ok}content-length: +3\r\n\r\n`],
    ['a length and chunks', `${ok}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`],
    ['another transfer encoding', `${ok}transfer-encoding: gzip, chunked\r\n\r\n`],
    ['compression', `${ok}content-encoding: gzip\r\ncontent-length: 3\r\n\r\n`],
    ['switched protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['a head without end', `${ok}a: ${'b'.repeat(70_000)}`],
  ])('refuses %s', (_name, text) => {
    const seen = one(text);
    expect(seen.fault).not.toBeNull();
    expect(seen.head).toBeNull();
    // Byte by byte as well.
    expect(read([...Buffer.from(text, 'latin1')].map((byte) => Uint8Array.of(byte))).fault).not.toBeNull();
  });
  it('takes equal repeated lengths as one', () => expect(one(`${ok}content-length: 2, 2\r\n\r\nab`).body).toBe('ab'));
});

describe('body', () => {
  it('by length, and says where the response ended', () => {
    expect(one(`${ok}content-length: 3\r\n\r\nabcHTTP`)).toMatchObject({ body: 'abc', complete: true, rest: 4 });
  });
  it('until the end of the connection', () => {
    const seen = one(`${ok}\r\nabc`);
    expect([seen.body, seen.complete, seen.reader.eof()]).toEqual(['abc', false, true]);
  });
  it('none for HEAD, 204 and 304', () => {
    expect(one(`${ok}content-length: 3\r\n\r\n`, 'HEAD').complete).toBe(true);
    for (const status of [204, 304])
      expect(one(`HTTP/1.1 ${status} x\r\ncontent-length: 3\r\n\r\n`).complete).toBe(true);
  });
  it('is not complete when a length or chunks break off', () => {
    expect(one(`${ok}content-length: 3\r\n\r\nab`).reader.eof()).toBe(false);
    expect(one(`${chunked}3\r\nabc\r\n`).reader.eof()).toBe(false);
  });
  it('in chunks with extensions, leading zeros, upper case and trailers', () => {
    const text = `${chunked}0003;a=b;c="d"\r\nabc\r\nA\r\n0123456789\r\n0;x\r\nDigest: y\r\nZ: \r\n\r\nrest`;
    expect(one(text)).toMatchObject({ body: 'abc0123456789', complete: true, rest: 4, fault: null });
  });
  it.each([
    ['no size', '\r\n'],
    ['a word', 'xyz\r\n'],
    ['0x', '0x3\r\nabc\r\n'],
    ['a sign', '-3\r\nabc\r\n'],
    ['a space', '3 \r\nabc\r\n'],
    ['LF', '3\nabc\r\n'],
    ['a huge size', 'fffffffff\r\n'],
    ['endless zeros', `${'0'.repeat(40)}`],
    ['more bytes than said', '3\r\nabcd\r\n'],
    ['a control in an extension', '3;\x01\r\nabc\r\n'],
    ['an endless extension', `3;${'x'.repeat(20_000)}`],
    ['a folded trailer', '0\r\na: b\r\n c\r\n\r\n'],
    ['a broken trailer', '0\r\nabc\r\n\r\n'],
  ])('refuses chunks with %s', (_name, text) => {
    const seen = one(chunked + text);
    expect(seen.fault).not.toBeNull();
    expect(seen.complete).toBe(false);
  });

  it('reads the same at any split of any chunks', () => {
    const chunk = fc.tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.constantFrom('', ';a', ';a="b c"'));
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 8 }),
        fc.boolean(),
        fc.array(fc.nat(500), { maxLength: 10 }),
        (chunks, trailer, cuts) => {
          const parts = chunks.map(([text, ext]) => {
            const bytes = Buffer.from(text, 'utf8');
            return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}${ext}\r\n`), bytes, Buffer.from('\r\n')]);
          });
          const bytes = Buffer.concat([
            Buffer.from(chunked),
            ...parts,
            Buffer.from(trailer ? '0\r\na: b\r\n\r\n' : '0\r\n\r\n'),
          ]);
          const body = Buffer.from(chunks.map(([text]) => text).join(''), 'utf8').toString('latin1');
          const places = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
          const pieces = [0, ...places].map((from, k) => bytes.subarray(from, places[k] ?? bytes.length));
          expect(read(pieces)).toMatchObject({ body, complete: true, fault: null });
          expect(read([...bytes].map((byte) => Uint8Array.of(byte)))).toMatchObject({
            body,
            complete: true,
            fault: null,
          });
        },
      ),
      { seed: 2, numRuns: 200 },
    );
  });
});
