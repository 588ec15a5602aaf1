import { GrowingBytes } from './growing.ts';

/** Receives the events of a stream. Bytes belong to the reader and are valid only during the call. */
export interface SseSink {
  /**
   * One event: its data (lines joined by LF) is `bytes[start, end)`. `atUs` is the stamp of the read that completed it.
   * Returns true when this was the terminator: nothing after it counts.
   */
  event(bytes: Buffer, start: number, end: number, atUs: number, name: string): boolean;
  /**
   * A shortcut: may consume one whole event, blank line included, that starts at `start`, and returns the position
   * behind it; -1 leaves the event to the reader.
   */
  whole(bytes: Buffer, start: number, end: number, atUs: number): number;
}

const lf = 10;
const cr = 13;
const space = 32;
const colon = 58;
const byteOrderMark = Buffer.of(0xef, 0xbb, 0xbf);
/** A line or an event longer than this is no token stream. */
const maxEventBytes = 16 * 1024 * 1024;

/**
 * Incremental reader of server-sent events (WHATWG HTML, 9.2.6) on bytes, at any split.
 *
 * Lines end with LF, CRLF or a lone CR; a CR that ends a read ends its line at once, so that no stamp waits for the next
 * read. One byte order mark is dropped. Comments, `id` and `retry` are ignored.
 */
export class SseReader {
  /** Set when a line or an event exceeded 16 MiB; the reader then ignores all else. */
  overflow = false;
  private readonly sink: SseSink;
  private closed = false;
  /** Nothing is held: the next byte begins an event. */
  private clear = false;
  private afterCr = false;
  private markLength = 0;
  private started = false;
  private readonly line = new GrowingBytes();
  private readonly data = new GrowingBytes();
  private dataLines = 0;
  private held: Buffer | null = null;
  private heldStart = 0;
  private heldEnd = 0;
  private name = '';
  private lastAtUs = 0;

  constructor(sink: SseSink) {
    this.sink = sink;
  }

  push(bytes: Buffer, start: number, end: number, atUs: number): void {
    if (this.closed || start === end) return;
    let at = start;
    if (this.clear) {
      do {
        const behind = this.sink.whole(bytes, at, end, atUs);
        if (behind <= at) break;
        at = behind;
      } while (at < end);
      if (at === end) return;
    }
    this.read(bytes, at, end, atUs);
    this.clear = this.started && !this.afterCr && this.isClear();
  }

  private isClear(): boolean {
    return this.line.length === 0 && this.dataLines === 0 && this.name === '';
  }

  private read(bytes: Buffer, start: number, end: number, atUs: number): void {
    let at = this.started ? start : this.dropMark(bytes, start, end);
    if (this.afterCr && at < end) {
      this.afterCr = false;
      if (bytes[at] === lf) at++;
    }
    while (at < end && !this.closed) {
      if (this.isClear()) {
        const behind = this.sink.whole(bytes, at, end, atUs);
        if (behind > at) {
          at = behind;
          continue;
        }
      }
      at = this.readLine(bytes, at, end, atUs);
    }
    this.keepHeld();
    if (this.line.length > maxEventBytes || this.data.length > maxEventBytes) this.overflow = this.closed = true;
  }

  /** The body ended cleanly: a last block without its blank line still counts. Returns true when there was one. */
  end(): boolean {
    if (this.closed) return false;
    if (this.line.length > 0) {
      const length = this.line.length;
      this.line.length = 0;
      this.takeLine(this.line.bytes, 0, length, this.lastAtUs, true);
    }
    const unterminated = this.dataLines > 0;
    if (unterminated) this.dispatch(this.lastAtUs);
    this.closed = true;
    return unterminated;
  }

  private dropMark(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && this.markLength < 3 && bytes[at] === byteOrderMark[this.markLength]) {
      at++;
      this.markLength++;
    }
    if (this.markLength === 3) this.started = true;
    else if (at < end) {
      this.started = true;
      this.line.append(byteOrderMark, 0, this.markLength);
    }
    return at;
  }

  /** Reads up to the end of the line or of the bytes; returns the position behind. */
  private readLine(bytes: Buffer, start: number, end: number, atUs: number): number {
    let at = start;
    let byte = 0;
    while (at < end) {
      byte = bytes[at]!;
      if (byte === lf || byte === cr) break;
      at++;
    }
    if (at === end) {
      this.line.append(bytes, start, end);
      this.lastAtUs = atUs;
      return end;
    }
    if (this.line.length > 0) {
      this.line.append(bytes, start, at);
      const length = this.line.length;
      this.line.length = 0;
      this.takeLine(this.line.bytes, 0, length, atUs, true);
    } else this.takeLine(bytes, start, at, atUs, false);
    at++;
    if (byte === cr) {
      if (at === end) this.afterCr = true;
      else if (bytes[at] === lf) at++;
    }
    return at;
  }

  private takeLine(bytes: Buffer, start: number, end: number, atUs: number, copied: boolean): void {
    if (start === end) {
      this.dispatch(atUs);
      return;
    }
    if (isField(bytes, start, end, 'data')) {
      this.takeData(bytes, valueStart(bytes, start + 4, end), end, copied);
      this.lastAtUs = atUs;
    } else if (isField(bytes, start, end, 'event')) {
      this.name = bytes.toString('utf8', valueStart(bytes, start + 5, end), end);
    }
  }

  /** The usual event has one data line and is never copied; only what outlives its read or has two lines is. */
  private takeData(bytes: Buffer, start: number, end: number, copied: boolean): void {
    this.dataLines++;
    if (this.dataLines === 1 && !copied) {
      this.held = bytes;
      this.heldStart = start;
      this.heldEnd = end;
      return;
    }
    this.keepHeld();
    if (this.dataLines > 1) this.data.appendByte(lf);
    this.data.append(bytes, start, end);
  }

  private keepHeld(): void {
    if (this.held === null) return;
    this.data.append(this.held, this.heldStart, this.heldEnd);
    this.held = null;
  }

  private dispatch(atUs: number): void {
    const name = this.name;
    this.name = '';
    if (this.dataLines === 0) return;
    this.dataLines = 0;
    const held = this.held;
    this.held = null;
    const length = this.data.length;
    this.data.length = 0;
    this.closed =
      held === null
        ? this.sink.event(this.data.bytes, 0, length, atUs, name)
        : this.sink.event(held, this.heldStart, this.heldEnd, atUs, name);
  }
}

function isField(bytes: Buffer, start: number, end: number, field: string): boolean {
  const length = field.length;
  if (end - start < length) return false;
  for (let k = 0; k < length; k++) if (bytes[start + k] !== field.charCodeAt(k)) return false;
  return end - start === length || bytes[start + length] === colon;
}

/** Position of a field's value: behind the colon and at most one space. */
function valueStart(bytes: Buffer, at: number, end: number): number {
  if (at >= end) return end;
  return at + 1 < end && bytes[at + 1] === space ? at + 2 : at + 1;
}
