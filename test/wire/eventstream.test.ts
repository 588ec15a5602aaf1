import { EventStreamCodec, Int64, type MessageHeaders } from '@smithy/core/event-streams';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventStreamHeaders, EventStreamReader } from '../../src/wire/eventstream.ts';

interface Seen {
  readonly headers: EventStreamHeaders;
  readonly payload: string;
  readonly atUs: number;
}

/** Reads with one stamp a piece: 1, 2, 3 …; a payload `end` is the terminator. */
function read(pieces: readonly Uint8Array[]) {
  const seen: Seen[] = [];
  const reader = new EventStreamReader({
    message(headers, bytes, start, end, atUs) {
      const payload = bytes.toString('utf8', start, end);
      seen.push({ headers: { ...headers }, payload, atUs });
      return payload === 'end';
    },
  });
  // One scratch block for all pieces, as the socket's: what the reader keeps it must have copied.
  const scratch = Buffer.alloc(1 << 14);
  pieces.forEach((piece, k) => {
    scratch.fill(0x23);
    scratch.set(piece);
    reader.push(scratch, 0, piece.length, k + 1);
  });
  return { seen, fault: reader.fault, pendingBytes: reader.pendingBytes };
}

/** The encoder of the vendor's own client. */
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);
const message = (headers: MessageHeaders, payload: string) =>
  Buffer.from(codec.encode({ headers, body: Buffer.from(payload) }));
const event = (type: string, payload: string) =>
  message(
    {
      ':event-type': { type: 'string', value: type },
      ':content-type': { type: 'string', value: 'application/json' },
      ':message-type': { type: 'string', value: 'event' },
    },
    payload,
  );
const cutEverywhere = (bytes: Buffer) =>
  Array.from({ length: bytes.length - 1 }, (_, k) => [bytes.subarray(0, k + 1), bytes.subarray(k + 1)] as const);

describe('the published messages', () => {
  const empty = Buffer.from('000000100000000005c248eb7d98c8ff', 'hex');
  it('an empty one', () => {
    expect(read([empty])).toEqual({ seen: [{ headers: {}, payload: '', atUs: 1 }], fault: null, pendingBytes: 0 });
  });
  it('any bit of which is flipped', () => {
    for (let bit = 0; bit < empty.length * 8; bit++) {
      const flipped = Buffer.from(empty);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(read([flipped, Buffer.alloc(200)])).toMatchObject({ seen: [], fault: 'bad_crc' });
    }
  });
  it('one of 148 bytes, cut at any byte', () => {
    const delta = event('contentBlockDelta', '{"contentBlockIndex":0,"delta":{"text":"Hi"}}');
    expect([delta.length, delta.toString('hex', 0, 12), delta.toString('hex', 144)]).toEqual([
      148,
      '0000009400000057b4ab9aee',
      '1f944657',
    ]);
    const headers = {
      ':event-type': 'contentBlockDelta',
      ':content-type': 'application/json',
      ':message-type': 'event',
    };
    const payload = '{"contentBlockIndex":0,"delta":{"text":"Hi"}}';
    const whole = { seen: [{ headers, payload, atUs: 2 }], fault: null, pendingBytes: 0 };
    expect(cutEverywhere(delta).map(read)).toEqual(Array(147).fill(whole));
    const unnoticed = Array.from({ length: delta.length * 8 }, (_, bit) => {
      const flipped = Buffer.from(delta);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const { seen, fault } = read([flipped]);
      return seen.length === 0 && fault === 'bad_crc' ? null : bit;
    }).filter((bit) => bit !== null);
    expect(unnoticed).toEqual([]);
  });
});

describe('headers', () => {
  it('of every type, as the client of the vendor writes them', () => {
    const headers: MessageHeaders = {
      yes: { type: 'boolean', value: true },
      no: { type: 'boolean', value: false },
      byte: { type: 'byte', value: -3 },
      short: { type: 'short', value: -300 },
      integer: { type: 'integer', value: -70_000 },
      long: { type: 'long', value: Int64.fromNumber(-5_000_000_000) },
      binary: { type: 'binary', value: Uint8Array.of(1, 2, 3) },
      text: { type: 'string', value: 'é😀' },
      instant: { type: 'timestamp', value: new Date(1_700_000_000_123) },
      uuid: { type: 'uuid', value: '01234567-89ab-4cde-8f01-23456789abcd' },
      __proto: { type: 'string', value: '' },
    };
    expect(read([message(headers, 'x')]).seen[0]!.headers).toEqual({
      yes: true,
      no: false,
      byte: -3,
      short: -300,
      integer: -70_000,
      long: -5_000_000_000n,
      binary: Buffer.of(1, 2, 3),
      text: 'é😀',
      instant: 1_700_000_000_123,
      uuid: '01234567-89ab-4cde-8f01-23456789abcd',
      __proto: '',
    });
  });
  it.each([
    ['cut in its value', [1, 0x61, 7, 0, 5, 0x62]],
    ['cut in its length', [1, 0x61, 7, 0]],
    ['cut behind its name', [1, 0x61]],
    ['without a name', [0, 7, 0, 0]],
    ['of no known type', [1, 0x61, 10]],
  ])('one %s is a fault', (_name, block) => {
    expect(read([sealed(Buffer.from(block), Buffer.from('x'))])).toMatchObject({ seen: [], fault: 'bad_header' });
  });
});

/** A message with any header block and correct checksums. */
function sealed(block: Buffer, payload: Buffer, length = block.length + payload.length + 16): Buffer {
  const bytes = Buffer.alloc(block.length + payload.length + 16);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(block.length, 4);
  bytes.writeUInt32BE(checksum(bytes.subarray(0, 8)), 8);
  block.copy(bytes, 12);
  payload.copy(bytes, 12 + block.length);
  bytes.writeUInt32BE(checksum(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** CRC-32 of IEEE 802.3, bit by bit. */
function checksum(bytes: Uint8Array): number {
  let value = 0xffff_ffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let k = 0; k < 8; k++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  }
  return ~value >>> 0;
}

describe('lengths', () => {
  it.each([
    ['shorter than its frame', 15],
    ['shorter than its headers', 18],
    ['beyond 24 MiB', 0xffff_ffff],
  ])('%s are a fault at once', (_name, length) => {
    expect(read([sealed(Buffer.of(1, 0x61, 0), Buffer.from('x'), length)])).toMatchObject({
      seen: [],
      fault: 'bad_length',
    });
  });
  it('of a message that was cut are told', () => {
    const whole = event('messageStop', '{}');
    expect(read([whole, whole.subarray(0, 20)])).toMatchObject({ fault: null, pendingBytes: 20 });
    expect(read([whole.subarray(0, 5)])).toMatchObject({ fault: null, pendingBytes: 5 });
  });
});

describe('a stream', () => {
  it('ends with its terminator and with its first fault', () => {
    const [a, end, b] = [event('a', 'a'), event('b', 'end'), event('c', 'c')];
    expect(read([Buffer.concat([a, end, b])]).seen.map(({ payload }) => payload)).toEqual(['a', 'end']);
    expect(read([a, end, b]).seen.length).toBe(2);
    const broken = Buffer.from(b);
    broken[b.length - 6]! ^= 1;
    expect(read([Buffer.concat([a, broken, b]), b])).toMatchObject({ seen: [{ payload: 'a' }], fault: 'bad_crc' });
  });
  it('gives the same messages at any splits, each with the stamp of the read that completed it', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { minLength: 1, maxLength: 6 });
    const cuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 30 });
    fc.assert(
      fc.property(texts, cuts, (payloads, places) => {
        const messages = payloads.map((payload, k) => event(k % 2 === 0 ? 'delta' : `other${k}`, payload));
        const bytes = Buffer.concat(messages);
        const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((x, y) => x - y), bytes.length];
        const pieces = edges.slice(1).map((edge, k) => bytes.subarray(edges[k], edge));
        const { seen, fault, pendingBytes } = read(pieces);
        const last = payloads.indexOf('end');
        const expected = last < 0 ? payloads : payloads.slice(0, last + 1);
        expect([fault, last < 0 ? pendingBytes : 0]).toEqual([null, 0]);
        expect(seen.map(({ payload }) => payload)).toEqual(expected);
        let behind = 0;
        seen.forEach(({ headers, atUs }, k) => {
          behind += messages[k]!.length;
          expect(headers[':event-type']).toBe(k % 2 === 0 ? 'delta' : `other${k}`);
          expect(atUs).toBe(edges.slice(1).findIndex((edge) => edge >= behind) + 1);
        });
      }),
    );
  });
  it('of noise never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (pieces) => {
        expect(read(pieces).seen.length).toBeLessThan(2);
      }),
    );
  });
});
