import type { Clock } from '../clock/clock.ts';
import type { ConnectionSpans, FailureCode } from '../record/exchange.ts';
import { HttpReader, type HttpSink } from '../wire/http.ts';
import type { ResponseHead } from '../wire/http-head.ts';
import { type DialEvents, Dialing, type Route } from './dial.ts';
import { malformedSentence, type Receiver } from './reception.ts';

/** One request on its way. */
export interface Call {
  readonly bytes: Uint8Array;
  readonly method: string;
  readonly receiver: Receiver;
  /** Spans of the connection that was opened for it; null on an open one. */
  spans: ConnectionSpans | null;
  connection: Connection | null;
  /** Its receiver has ended and nobody waits for anything more. */
  settle(): void;
}

export interface ConnectionOwner {
  readonly clock: Clock;
  /** It is open and carries nothing. */
  idle(connection: Connection): void;
  /** Its reply has ended and the rest of the body has not. */
  drains(connection: Connection): void;
  gone(connection: Connection): void;
  /** The call's idle connection closed before a byte of an answer: it goes out once more, on a fresh one. */
  resend(call: Call): void;
}

/** A terminator and the end of its body mostly come in one read or some microseconds apart; so long the reply waits. */
const tailGraceMs = 2;

/** A kept-alive connection and the one call that it carries. */
export class Connection implements HttpSink, DialEvents {
  open = false;
  /** Since when it carries nothing or only the rest of an ended reply. */
  freeSinceMs: number;
  private readonly owner: ConnectionOwner;
  private readonly dialing: Dialing;
  private readonly reader: HttpReader;
  private tail: Call | null = null;
  private tailTimer: NodeJS.Timeout | null = null;
  private keepAlive = true;
  private served = 0;
  private maxServed = Infinity;
  private maxIdleMs = Infinity;
  private atMs = 0;
  private carried: Call | null = null;
  /** Of the carried call: read for every token, and one object less to touch. */
  private receiver: Receiver | null = null;

  constructor(route: Route, owner: ConnectionOwner) {
    this.owner = owner;
    this.freeSinceMs = owner.clock.now();
    this.reader = new HttpReader(this);
    this.dialing = new Dialing(route, this, owner.clock);
  }

  get call(): Call | null {
    return this.carried;
  }

  set call(call: Call | null) {
    this.carried = call;
    this.receiver = call === null ? null : call.receiver;
  }

  /** The server has not said that it will close by now. */
  usable(nowMs: number): boolean {
    return !this.dialing.socket.destroyed && nowMs - this.freeSinceMs < this.maxIdleMs;
  }

  /** A reply has ended and its rest is still being read. */
  get draining(): boolean {
    return this.open && this.call === null && !this.reader.complete && this.served > 0;
  }

  /** Gives it a call; the bytes go out now or as soon as it is open. */
  carry(call: Call): void {
    this.call = call;
    call.connection = this;
    this.served++;
    this.reader.reset(call.method);
    if (this.open) this.dialing.socket.write(call.bytes);
  }

  destroy(): void {
    this.dialing.destroy();
  }

  opened(spans: ConnectionSpans): void {
    this.open = true;
    if (this.call === null) {
      this.freeSinceMs = this.owner.clock.now();
      this.owner.idle(this);
      return;
    }
    this.call.spans = spans;
    this.dialing.socket.write(this.call.bytes);
  }

  /** Stamped before anything else: what one read brought shares its stamp. */
  read(bytes: Buffer, length: number): void {
    this.atMs = this.owner.clock.now();
    const { reader } = this;
    if (this.receiver === null && (this.served === 0 || reader.complete)) {
      this.destroy();
      return;
    }
    const used = reader.push(bytes, 0, length);
    if (used < length) this.keepAlive = false;
    if (reader.fault !== null) this.spoil(reader.fault);
    else if (this.receiver === null) {
      if (reader.complete) this.release();
    } else if (this.receiver.ended) this.finish(this.carried!);
  }

  head(head: ResponseHead): void {
    this.keepAlive = head.keepAlive;
    const hint = head.headers['keep-alive'];
    if (hint !== undefined) this.readHint(hint);
    this.receiver?.head(head.status, head.headers, this.atMs);
  }

  body(bytes: Buffer, start: number, end: number): void {
    this.receiver?.body(bytes, start, end, this.atMs);
  }

  complete(): void {
    this.receiver?.end(this.atMs, true);
  }

  finished(): void {
    this.atMs = this.owner.clock.now();
    this.keepAlive = false;
    const call = this.call;
    if (call === null) this.destroy();
    else if (this.reader.eof()) this.finish(call);
    else if (this.reader.begun) {
      call.receiver.end(this.atMs, false);
      this.finish(call);
    } else this.lose('conn_reset', 'The server closed the connection without an answer.');
  }

  broke(code: string): void {
    this.atMs = this.owner.clock.now();
    this.lose('conn_reset', `The connection broke (${code}).`);
  }

  refused(code: FailureCode, message: string): void {
    this.atMs = this.owner.clock.now();
    this.lose(code, message);
  }

  closed(): void {
    this.atMs = this.owner.clock.now();
    this.open = false;
    this.lose('conn_reset', 'The connection closed.');
    this.settleTail();
    this.owner.gone(this);
  }

  /** The reply has ended; the connection may still carry the rest of its body. */
  finish(call: Call): void {
    this.call = null;
    this.freeSinceMs = this.atMs;
    if (this.reader.complete) {
      this.release();
      call.settle();
    } else if (this.open && this.keepAlive && call.receiver.drains) {
      this.owner.drains(this);
      this.tail = call;
      this.tailTimer = setTimeout(() => this.settleTail(), tailGraceMs);
    } else {
      this.destroy();
      call.settle();
    }
  }

  private release(): void {
    const { socket } = this.dialing;
    // A response that overtook its request leaves bytes behind that would run into the next one.
    if (this.open && this.keepAlive && this.served < this.maxServed && socket.writableLength === 0) {
      this.freeSinceMs = this.atMs;
      this.owner.idle(this);
    } else this.destroy();
    this.settleTail();
  }

  private settleTail(): void {
    const tail = this.tail;
    if (tail === null) return;
    this.tail = null;
    clearTimeout(this.tailTimer!);
    tail.settle();
  }

  private spoil(fault: string): void {
    this.destroy();
    const call = this.call;
    if (call === null) return;
    call.receiver.fail('malformed_http', malformedSentence(fault), this.atMs);
    this.finish(call);
  }

  private lose(code: FailureCode, message: string): void {
    const call = this.call;
    this.destroy();
    if (call === null) return;
    this.call = null;
    // No spans: the connection was open before the call, and may have been closed before it was written. Sent again on
    // a fresh one it has spans, so that there is no third time.
    if (code === 'conn_reset' && call.spans === null && this.reader.untouched) {
      this.owner.resend(call);
      return;
    }
    call.receiver.fail(code, message, this.atMs);
    call.settle();
  }

  /** `timeout=5, max=100`: with a margin, since a closing server and a new request cross on the wire. */
  private readHint(hint: string): void {
    const timeout = /\btimeout\s*=\s*"?(\d{1,6})/i.exec(hint);
    if (timeout !== null) {
      const ms = Number(timeout[1]) * 1000;
      this.maxIdleMs = ms > 2000 ? ms - 1000 : ms / 2;
    }
    const max = /\bmax\s*=\s*"?(\d{1,9})/i.exec(hint);
    // llama.cpp repeats the total, Apache counts down: the first statement is the bound in either reading.
    if (max !== null && this.maxServed === Infinity) this.maxServed = Number(max[1]);
    if (max !== null && Number(max[1]) === 0) this.maxServed = 0;
  }
}
