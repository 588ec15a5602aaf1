import type { Socket } from 'node:net';
import { type Handler, type Head, type HeadLines, type HttpReply, parseHead, readChunked } from './http.ts';

const maxHeadBytes = 64 * 1024;
const maxBodyBytes = 256 * 1024 * 1024;

/**
 * HTTP/1.1 on one socket: keep-alive, pipelining (one reply at a time, in order), bodies by length or chunked.
 * `node:http` costs several times as much for each streamed event, and the simulator must not be the bottleneck.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #handler: Handler;
  readonly #lines: HeadLines;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  /** Do not look at the bytes again before there are so many. */
  #wanted = 0;
  #head: Head | null = null;
  #reply: SocketReply | null = null;
  #refused = false;

  constructor(socket: Socket, handler: Handler, lines: HeadLines) {
    this.#socket = socket;
    this.#handler = handler;
    this.#lines = lines;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#push(bytes));
    // As uvicorn: a client that has ended its side is gone, a half-open connection is not kept.
    socket.on('end', () => this.#reply?.gone());
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => this.#reply?.gone());
  }

  #push(bytes: Buffer): void {
    if (this.#refused) return;
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    if (this.#reply === null && this.#unreadBytes >= this.#wanted) this.#read();
  }

  #read(): void {
    const bytes = this.#unread.length === 1 ? this.#unread[0]! : Buffer.concat(this.#unread);
    this.#unread = [bytes];
    let at = 0;
    if (this.#head === null) {
      while (bytes[at] === 13 || bytes[at] === 10) at++; // empty lines before a request are allowed
      const end = bytes.indexOf('\r\n\r\n', at, 'latin1');
      if (end < 0) {
        if (bytes.length > maxHeadBytes) this.#refuse(431);
        this.#wanted = bytes.length + 1;
        return;
      }
      const head = parseHead(bytes.toString('latin1', at, end));
      if (typeof head === 'number') {
        this.#refuse(head);
        return;
      }
      this.#head = head;
      at = end + 4;
      this.#rest(bytes, at);
      if (head.headers.get('expect')?.toLowerCase() === '100-continue')
        this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    }
    this.#readBody(this.#head);
  }

  #readBody(head: Head): void {
    const bytes = this.#unread[0] ?? Buffer.alloc(0);
    const body = head.bodyBytes >= 0 ? sizedBody(bytes, head.bodyBytes) : readChunked(bytes);
    if (body === 'more' && Math.max(head.bodyBytes, bytes.length) <= maxBodyBytes) {
      this.#wanted = head.bodyBytes >= 0 ? head.bodyBytes : bytes.length + 1;
    } else if (typeof body === 'string') this.#refuse(body === 'more' ? 413 : 400);
    else {
      this.#rest(bytes, body.end);
      this.#hand(body.bytes);
    }
  }

  #rest(bytes: Buffer, from: number): void {
    this.#unread = from < bytes.length ? [bytes.subarray(from)] : [];
    this.#unreadBytes = bytes.length - from;
    this.#wanted = 0;
  }

  #hand(body: Buffer): void {
    const { method, path, headers, keepAlive } = this.#head!;
    this.#head = null;
    this.#reply = new SocketReply(this.#socket, this.#lines, keepAlive, this.#next);
    this.#handler({ method, path, headers, body }, this.#reply);
  }

  /** After a reply: the next request, if it is here already; not from inside the engine that ended the reply. */
  readonly #next = (): void => {
    this.#reply = null;
    if (this.#unreadBytes > 0)
      queueMicrotask(() => {
        if (this.#reply === null && !this.#refused) this.#read();
      });
  };

  #refuse(status: number): void {
    this.#refused = true;
    this.#unread = [];
    this.#socket.end(this.#lines.head(status, 'content-length: 0\r\n', true), 'latin1');
  }
}

class SocketReply implements HttpReply {
  readonly #socket: Socket;
  readonly #lines: HeadLines;
  readonly #done: () => void;
  keepAlive: boolean;
  onGone: (() => void) | null = null;
  closed = false;

  constructor(socket: Socket, lines: HeadLines, keepAlive: boolean, done: () => void) {
    this.#socket = socket;
    this.#lines = lines;
    this.keepAlive = keepAlive;
    this.#done = done;
  }

  respond(status: number, headers: string, body: string): void {
    const length = `${headers}content-length: ${Buffer.byteLength(body)}\r\n`;
    this.#socket.write(this.#lines.head(status, length, !this.keepAlive) + body, 'utf8');
    this.#finish();
  }

  open(status: number, headers: string): void {
    const chunked = `${headers}transfer-encoding: chunked\r\n`;
    this.#socket.write(this.#lines.head(status, chunked, !this.keepAlive), 'latin1');
  }

  write(chunks: string): void {
    this.#socket.write(chunks, 'latin1');
  }

  end(chunks: string): void {
    this.#socket.write(`${chunks}0\r\n\r\n`, 'latin1');
    this.#finish();
  }

  breakOff(bytes: string): void {
    this.closed = true;
    this.#socket.end(bytes, 'latin1');
  }

  reset(): void {
    this.closed = true;
    this.#socket.resetAndDestroy();
  }

  gone(): void {
    if (this.closed) return;
    this.closed = true;
    this.onGone?.();
  }

  #finish(): void {
    this.closed = true;
    if (this.keepAlive) this.#done();
    else this.#socket.end();
  }
}

function sizedBody(bytes: Buffer, size: number): { bytes: Buffer; end: number } | 'more' {
  return bytes.length < size ? 'more' : { bytes: bytes.subarray(0, size), end: size };
}
