import { crc32 } from 'node:zlib';
import { GrowingBytes } from './growing.ts';

/** A header of a message: text, truth, integers up to 32 bits, 64 bits, bytes, an instant (Unix ms) or a UUID as text. */
export type EventStreamValue = string | boolean | number | bigint | Buffer;
export type EventStreamHeaders = Readonly<Record<string, EventStreamValue>>;

/** Receives the messages of a stream. Bytes belong to the reader and are valid only during the call. */
export interface EventStreamSink {
  /**
   * One message whose checksums hold: its payload is `bytes[start, end)`. `atUs` is the stamp of the read that completed
   * it. Returns true when nothing after it counts.
   */
  message(headers: EventStreamHeaders, bytes: Buffer, start: number, end: number, atUs: number): boolean;
}

/** Why the rest of a stream cannot be read. */
export type EventStreamFault = 'bad_crc' | 'bad_length' | 'bad_header';

/** Total length, length of the headers, checksum of these two. */
const preludeBytes = 12;
const checksumBytes = 4;
const maxHeadersBytes = 128 * 1024;
const maxPayloadBytes = 24 * 1024 * 1024;

/**
 * Incremental reader of `application/vnd.amazon.eventstream` on bytes, at any split
 * (https://smithy.io/2.0/aws/amazon-eventstream.html): big-endian lengths, a CRC-32 of the prelude and one of the whole
 * message. The first message that breaks a rule sets `fault`, and all else is ignored: behind a wrong length nothing
 * can be found again.
 */
export class EventStreamReader {
  fault: EventStreamFault | null = null;
  private readonly sink: EventStreamSink;
  private readonly held = new GrowingBytes();
  private closed = false;
  /** Header blocks repeat from message to message: the last one and what it said. */
  private lastBlock: Buffer = Buffer.alloc(0);
  private lastHeaders: EventStreamHeaders = {};

  constructor(sink: EventStreamSink) {
    this.sink = sink;
  }

  push(bytes: Buffer, start: number, end: number, atUs: number): void {
    let at = start;
    while (at < end && !this.closed) {
      const { held } = this;
      if (held.length === 0) {
        const length = this.messageLength(bytes, at, end);
        if (this.closed) return;
        if (length > 0 && at + length <= end) {
          this.take(bytes, at, length, atUs);
          at += length;
          continue;
        }
        held.append(bytes, at, end);
        return;
      }
      at = this.complete(bytes, at, end, atUs);
    }
  }

  /** Bytes of a message that has begun and not ended: a stream that ends with any was cut. */
  get pendingBytes(): number {
    return this.held.length;
  }

  /** Adds to a message that began in an earlier read; returns the position behind what it took. */
  private complete(bytes: Buffer, start: number, end: number, atUs: number): number {
    const { held } = this;
    let at = start;
    if (held.length < preludeBytes) {
      const taken = Math.min(preludeBytes - held.length, end - at);
      held.append(bytes, at, at + taken);
      at += taken;
    }
    const length = this.messageLength(held.bytes, 0, held.length);
    if (length <= 0) return at;
    const taken = Math.min(length - held.length, end - at);
    held.append(bytes, at, at + taken);
    at += taken;
    if (held.length < length) return at;
    held.length = 0;
    this.take(held.bytes, 0, length, atUs);
    return at;
  }

  /** Length of the message that begins at `start`; 0 while its prelude is incomplete, -1 with a fault. */
  private messageLength(bytes: Buffer, start: number, end: number): number {
    if (end - start < preludeBytes) return 0;
    if (crc32(bytes.subarray(start, start + 8)) !== bytes.readUInt32BE(start + 8)) return this.fail('bad_crc');
    const length = bytes.readUInt32BE(start);
    const headersLength = bytes.readUInt32BE(start + 4);
    const payloadLength = length - headersLength - preludeBytes - checksumBytes;
    const fits = payloadLength >= 0 && payloadLength <= maxPayloadBytes && headersLength <= maxHeadersBytes;
    return fits ? length : this.fail('bad_length');
  }

  private take(bytes: Buffer, start: number, length: number, atUs: number): void {
    const checksumAt = start + length - checksumBytes;
    if (crc32(bytes.subarray(start, checksumAt)) !== bytes.readUInt32BE(checksumAt)) {
      this.fail('bad_crc');
      return;
    }
    const headersAt = start + preludeBytes;
    const payloadAt = headersAt + bytes.readUInt32BE(start + 4);
    const headers = this.headers(bytes, headersAt, payloadAt);
    if (headers === null) this.fail('bad_header');
    else if (this.sink.message(headers, bytes, payloadAt, checksumAt, atUs)) this.closed = true;
  }

  private headers(bytes: Buffer, start: number, end: number): EventStreamHeaders | null {
    if (bytes.compare(this.lastBlock, 0, this.lastBlock.length, start, end) === 0) return this.lastHeaders;
    const headers = readHeaders(bytes, start, end);
    if (headers === null) return null;
    this.lastBlock = Buffer.from(bytes.subarray(start, end));
    this.lastHeaders = headers;
    return headers;
  }

  private fail(fault: EventStreamFault): -1 {
    this.fault = fault;
    this.closed = true;
    return -1;
  }
}

/** Null when a header is cut or of no known type. */
function readHeaders(bytes: Buffer, start: number, end: number): EventStreamHeaders | null {
  const headers = Object.create(null) as Record<string, EventStreamValue>;
  let at = start;
  while (at < end) {
    const nameEnd = at + 1 + bytes[at]!;
    if (nameEnd === at + 1 || nameEnd >= end) return null;
    const name = bytes.toString('utf8', at + 1, nameEnd);
    const type = bytes[nameEnd]!;
    at = nameEnd + 1;
    let length = valueBytes[type];
    if (length === undefined) return null;
    if (length < 0) {
      if (at + 2 > end) return null;
      length = bytes.readUInt16BE(at);
      at += 2;
    }
    if (at + length > end) return null;
    headers[name] = headerValue(type, bytes, at, at + length);
    at += length;
  }
  return headers;
}

/** Length of a value by its type; -1 = its length stands before it. */
const valueBytes: readonly number[] = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];

function headerValue(type: number, bytes: Buffer, start: number, end: number): EventStreamValue {
  switch (type) {
    case 0:
      return true;
    case 1:
      return false;
    case 2:
      return bytes.readInt8(start);
    case 3:
      return bytes.readInt16BE(start);
    case 4:
      return bytes.readInt32BE(start);
    case 5:
      return bytes.readBigInt64BE(start);
    case 6:
      return Buffer.from(bytes.subarray(start, end));
    case 7:
      return bytes.toString('utf8', start, end);
    case 8:
      return Number(bytes.readBigInt64BE(start));
    default:
      return bytes.toString('hex', start, end).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
}
