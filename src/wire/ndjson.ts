import { GrowingBytes } from './growing.ts';

/** Receives the lines of a stream. Bytes belong to the reader and are valid only during the call. */
export interface NdjsonSink {
  /**
   * One line that is not blank, without its end: `bytes[start, end)`. `atUs` is the stamp of the read that completed it.
   * Returns true when this was the last one that counts.
   */
  line(bytes: Buffer, start: number, end: number, atUs: number): boolean;
}

const lf = 10;
const byteOrderMark = Buffer.of(0xef, 0xbb, 0xbf);
/** A line longer than this is no token stream. */
const maxLineBytes = 16 * 1024 * 1024;

/**
 * Incremental reader of newline-delimited JSON on bytes, at any split: lines end with LF (a CR before it is white space
 * of JSON), blank ones are skipped, one byte order mark is dropped.
 */
export class NdjsonReader {
  /** Set when a line exceeded 16 MiB; the reader then ignores all else. */
  overflow = false;
  private readonly sink: NdjsonSink;
  private readonly held = new GrowingBytes();
  private closed = false;
  private started = false;
  private lastAtUs = 0;

  constructor(sink: NdjsonSink) {
    this.sink = sink;
  }

  push(bytes: Buffer, start: number, end: number, atUs: number): void {
    let at = start;
    while (at < end && !this.closed) {
      const found = bytes.indexOf(lf, at);
      const lineEnd = found < 0 || found >= end ? -1 : found;
      if (lineEnd < 0) {
        this.hold(bytes, at, end);
        break;
      }
      if (this.held.length === 0) this.take(bytes, at, lineEnd, atUs);
      else {
        this.held.append(bytes, at, lineEnd);
        this.takeHeld(atUs);
      }
      at = lineEnd + 1;
    }
    this.lastAtUs = atUs;
  }

  /** The body ended cleanly: a last line without its end still counts. Returns true when there was one. */
  end(): boolean {
    if (this.closed) return false;
    const taken = this.takeHeld(this.lastAtUs);
    this.closed = true;
    return taken;
  }

  private hold(bytes: Buffer, start: number, end: number): void {
    if (this.held.length + end - start > maxLineBytes) this.overflow = this.closed = true;
    else this.held.append(bytes, start, end);
  }

  private takeHeld(atUs: number): boolean {
    const length = this.held.length;
    this.held.length = 0;
    return this.take(this.held.bytes, 0, length, atUs);
  }

  /** False for a blank line. */
  private take(bytes: Buffer, start: number, end: number, atUs: number): boolean {
    const at = this.started ? start : afterMark(bytes, start, end);
    this.started = true;
    if (isBlank(bytes, at, end)) return false;
    this.closed = this.sink.line(bytes, at, end, atUs);
    return true;
  }
}

function afterMark(bytes: Buffer, start: number, end: number): number {
  return end - start >= 3 && bytes.compare(byteOrderMark, 0, 3, start, start + 3) === 0 ? start + 3 : start;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! > 0x20) return false;
  return true;
}
