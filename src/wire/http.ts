import { GrowingBytes } from './growing.ts';
import { fieldFault, parseHead, type ResponseHead } from './http-head.ts';

/** Receives one response; body bytes are decoded and valid only during the call. */
export interface HttpSink {
  head(head: ResponseHead): void;
  body(bytes: Buffer, start: number, end: number): void;
  /** The response is complete as its framing said. */
  complete(): void;
}

const cr = 13;
const lf = 10;
const semicolon = 59;
const maxHeadBytes = 64 * 1024;
const maxExtensionBytes = 16 * 1024;
/** Of the size of a chunk that is read without keeping state. */
const mostSimpleDigits = 6;
const opening = 'HTTP/1.';

const inHead = 0;
const untilEof = 1;
const inLength = 2;
const inSize = 3;
const inExtension = 4;
const sizeLf = 5;
const inChunk = 6;
const chunkCr = 7;
const chunkLf = 8;
const inTrailer = 9;
const done = 10;
const broken = 11;

/**
 * Incremental HTTP/1.1 response parser as strict as llhttp, at any split of the bytes: CRLF line ends only, heads and
 * trailers up to 64 KiB, 1xx responses skipped, no obs-fold, no conflicting lengths, no odd chunk sizes.
 */
export class HttpReader {
  /** Why the bytes are no HTTP response; null while they are. */
  fault: string | null = null;
  /** No byte of the response has come yet. */
  untouched = true;
  private readonly sink: HttpSink;
  private method = 'POST';
  private state = inHead;
  private readonly text = new GrowingBytes();
  private matched = 0;
  /** Bytes left of the body or of the chunk. */
  private left = 0;
  private digits = 0;
  private extension = 0;

  constructor(sink: HttpSink) {
    this.sink = sink;
  }

  /** Expects the response to a new request. */
  reset(method: string): void {
    this.method = method;
    this.state = inHead;
    this.fault = null;
    this.untouched = true;
    this.text.length = this.matched = 0;
  }

  get complete(): boolean {
    return this.state === done;
  }

  /** The response head has been read. */
  get begun(): boolean {
    return this.state > inHead && this.state < broken;
  }

  /** Returns the position behind the last byte used: less than `end` when the response was complete before. */
  push(bytes: Buffer, start: number, end: number): number {
    let at = start;
    if (this.untouched) this.untouched = false;
    while (at < end && this.state < done) {
      switch (this.state) {
        case inHead:
          at = this.readHead(bytes, at, end);
          break;
        case inSize: {
          const behind = this.digits === 0 ? this.wholeChunk(bytes, at, end) : at;
          at = behind > at ? behind : this.readSize(bytes, at, end);
          break;
        }
        case inChunk:
        case inLength:
          at = this.readCounted(bytes, at, end);
          break;
        case untilEof:
          this.sink.body(bytes, at, end);
          at = end;
          break;
        case inTrailer:
          at = this.readTrailer(bytes, at, end);
          break;
        default:
          this.readDelimiter(bytes[at++]!);
      }
    }
    return at;
  }

  /** The connection closed: true when that completes the response. */
  eof(): boolean {
    if (this.state !== untilEof) return this.state === done;
    this.finish();
    return true;
  }

  private readHead(bytes: Buffer, start: number, end: number): number {
    const at = this.readLines(bytes, start, end);
    if (this.matched < 4 || this.state === broken) return at;
    const head = parseHead(this.text.bytes.toString('latin1', 0, this.text.length - 4), this.method);
    this.text.length = this.matched = 0;
    if (typeof head === 'string') this.break(head);
    else if (head.status === 101) this.break('it switches protocols');
    else if (head.status >= 200) this.begin(head);
    return at;
  }

  /** Collects up to and with an empty line; `matched` is then 4. */
  private readLines(bytes: Buffer, start: number, end: number): number {
    const { text } = this;
    let at = start;
    let matched = this.matched;
    while (at < end && matched < 4) {
      const byte = bytes[at]!;
      if (byte === ((matched & 1) === 0 ? cr : lf)) matched++;
      else if (byte === lf || (matched & 1) === 1) break;
      else matched = 0;
      at++;
    }
    text.append(bytes, start, at);
    this.matched = matched;
    if (at < end && matched < 4) this.break('a line does not end with CRLF');
    else if (text.length > maxHeadBytes) this.break('its head or trailer is longer than 64 KiB');
    else if (this.state === inHead && !opens(text)) this.break('it does not begin with HTTP/1.');
    return at;
  }

  private begin(head: ResponseHead): void {
    const { framing } = head;
    this.state = framing.kind === 'chunked' ? inSize : framing.kind === 'eof' ? untilEof : inLength;
    this.left = framing.kind === 'length' ? framing.bytes : 0;
    this.digits = 0;
    this.sink.head(head);
    if (framing.kind === 'none') this.finish();
  }

  private readCounted(bytes: Buffer, at: number, end: number): number {
    const until = end - at > this.left ? at + this.left : end;
    this.left -= until - at;
    const chunk = this.state === inChunk;
    if (this.left === 0 && chunk) this.state = chunkCr;
    this.sink.body(bytes, at, until);
    if (this.left === 0 && !chunk) this.finish();
    return until;
  }

  private readSize(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const byte = bytes[at++]!;
      const digit = hexDigit(byte);
      if (digit >= 0) {
        this.left = this.left * 16 + digit;
        this.digits++;
        if (this.left > 0xffffffff || this.digits > 32) return this.break('a chunk size is too large', at);
        continue;
      }
      if (this.digits === 0 || (byte !== cr && byte !== semicolon)) return this.break('a chunk size is malformed', at);
      this.state = byte === cr ? sizeLf : inExtension;
      this.extension = 0;
      return at;
    }
    return at;
  }

  /**
   * A chunk that lies whole in one read, as nearly all do: nothing of it has to be kept. Returns the position behind it,
   * or `start` when it is anything else.
   */
  private wholeChunk(bytes: Buffer, start: number, end: number): number {
    let at = start;
    let size = 0;
    for (; at < end && at - start < mostSimpleDigits; at++) {
      const digit = hexDigit(bytes[at]!);
      if (digit < 0) break;
      size = size * 16 + digit;
    }
    const data = at + 2;
    const tail = data + size;
    if (size === 0 || tail + 2 > end || bytes[at] !== cr || bytes[at + 1] !== lf) return start;
    if (bytes[tail] !== cr || bytes[tail + 1] !== lf) return start;
    this.sink.body(bytes, data, tail);
    return tail + 2;
  }

  /** Single bytes around a chunk: line ends and extensions. */
  private readDelimiter(byte: number): void {
    if (this.state === inExtension) {
      if (byte === cr) this.state = sizeLf;
      else if ((byte < 32 && byte !== 9) || byte === 127) this.break('a chunk extension is malformed');
      else if (++this.extension > maxExtensionBytes) this.break('a chunk extension is longer than 16 KiB');
    } else if (byte !== (this.state === chunkCr ? cr : lf)) this.break('a chunk does not end with CRLF');
    else if (this.state === chunkCr) this.state = chunkLf;
    else if (this.state === sizeLf) this.beginChunk();
    else {
      this.state = inSize;
      this.digits = 0;
    }
  }

  private beginChunk(): void {
    if (this.left > 0) {
      this.state = inChunk;
      return;
    }
    this.state = inTrailer;
    this.text.length = 0;
    // The CRLF of the last chunk's size line is half of what ends an empty trailer.
    this.matched = 2;
  }

  private readTrailer(bytes: Buffer, start: number, end: number): number {
    const at = this.readLines(bytes, start, end);
    if (this.matched < 4 || this.state === broken) return at;
    const lines = this.text.bytes.toString('latin1', 0, this.text.length).split('\r\n').slice(0, -1);
    for (const line of lines) {
      const fault = line === '' ? null : fieldFault(line);
      if (fault !== null) return this.break(fault, at);
    }
    this.finish();
    return at;
  }

  private finish(): void {
    this.state = done;
    this.sink.complete();
  }

  private break(fault: string, at = 0): number {
    this.fault = fault;
    this.state = broken;
    return at;
  }
}

function opens(text: GrowingBytes): boolean {
  const length = Math.min(text.length, opening.length);
  for (let k = 0; k < length; k++) if (text.bytes[k] !== opening.charCodeAt(k)) return false;
  return true;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
