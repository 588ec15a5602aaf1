import type { Clock } from '../clock/clock.ts';
import { type Call, Connection, type ConnectionOwner } from './connection.ts';
import type { Route } from './dial.ts';
import type { Receiver } from './reception.ts';

/** Limits are looked after this often; close to a limit, at the limit itself. */
const sweepMs = 100;
/** The rest of an ended reply may take this long before its connection is given up. */
const drainMs = 1000;
const maxOpening = 64;

/**
 * Keep-alive connections to one place, as many as there are calls at once. The connection that was used last is used
 * next: it is the least likely to have been closed by an idle limit of the server.
 */
export class Transport implements ConnectionOwner {
  readonly clock: Clock;
  /** Connections opened so far. */
  openedCount = 0;
  private readonly route: Route;
  private readonly connectMs: number;
  private readonly idleConnections: Connection[] = [];
  private readonly connections = new Set<Connection>();
  private readonly draining = new Set<Connection>();
  private readonly calls = new Set<OpenCall>();
  private readonly waiting = new Set<() => void>();
  private sweepTimer: NodeJS.Timeout | null = null;

  constructor(route: Route, connectMs: number, clock: Clock) {
    this.route = route;
    this.connectMs = connectMs;
    this.clock = clock;
  }

  /** Sends a request; `settled` is called once, when its receiver has ended. */
  call(bytes: Uint8Array, method: string, receiver: Receiver, settled: (call: Call) => void): Call {
    const call = new OpenCall(bytes, method, receiver, (done) => {
      this.calls.delete(done);
      settled(done);
    });
    this.calls.add(call);
    const idle = this.takeIdle();
    if (idle !== null) idle.carry(call);
    else this.openFor(call);
    this.sweepTimer ??= setTimeout(() => this.sweep(), sweepMs);
    return call;
  }

  /** Ends a call whose receiver was ended from outside; its connection carries half a reply and is closed. */
  drop(call: Call): void {
    const connection = call.connection;
    if (connection !== null && connection.call === call) {
      connection.call = null;
      connection.destroy();
    }
    call.settle();
  }

  /** Opens connections until `count` are idle; resolves when they are, or when that failed or took `connectMs`. */
  async connect(count: number): Promise<void> {
    const untilMs = this.clock.now() + this.connectMs;
    const openOne = async (): Promise<void> => {
      while (this.idleConnections.length + opening < count && this.clock.now() < untilMs) {
        opening++;
        const opened = await this.openIdle(untilMs - this.clock.now());
        opening--;
        if (!opened) return;
      }
    };
    let opening = 0;
    await Promise.all(Array.from({ length: Math.min(maxOpening, count) }, openOne));
  }

  close(): void {
    for (const call of [...this.calls]) {
      call.receiver.fail('conn_reset', 'The connection was closed by tokbench.', this.clock.now());
      this.drop(call);
    }
    for (const connection of [...this.connections]) connection.destroy();
    if (this.sweepTimer !== null) clearTimeout(this.sweepTimer);
    this.sweepTimer = null;
  }

  idle(connection: Connection): void {
    this.idleConnections.push(connection);
    this.tellWaiting();
  }

  drains(connection: Connection): void {
    this.draining.add(connection);
  }

  gone(connection: Connection): void {
    this.draining.delete(connection);
    this.connections.delete(connection);
    const at = this.idleConnections.lastIndexOf(connection);
    if (at >= 0) this.idleConnections.splice(at, 1);
    this.tellWaiting();
  }

  resend(call: Call): void {
    this.openFor(call as OpenCall);
  }

  private takeIdle(): Connection | null {
    const nowMs = this.clock.now();
    for (;;) {
      const connection = this.idleConnections.pop();
      if (connection === undefined) return null;
      if (connection.usable(nowMs)) return connection;
      connection.destroy();
    }
  }

  private openFor(call: OpenCall): void {
    call.dialledMs = this.clock.now();
    this.open().carry(call);
  }

  private open(): Connection {
    const connection = new Connection(this.route, this);
    this.connections.add(connection);
    this.openedCount++;
    return connection;
  }

  /** Resolves true when the connection opened, false when it closed or took too long. */
  private openIdle(limitMs: number): Promise<boolean> {
    const connection = this.open();
    return new Promise((resolve) => {
      const look = (): void => {
        if (connection.open || !this.connections.has(connection)) end();
      };
      const end = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        if (!connection.open) connection.destroy();
        resolve(connection.open);
      };
      const timer = setTimeout(end, limitMs);
      this.waiting.add(look);
    });
  }

  private tellWaiting(): void {
    for (const look of [...this.waiting]) look();
  }

  /** One timer for all limits of all calls: none is set or cleared as tokens come. */
  private sweep(): void {
    const nowMs = this.clock.now();
    let nextMs = nowMs + sweepMs;
    for (const call of this.calls) {
      if (call.receiver.ended) continue;
      const connectLimitMs = call.connection?.open === true ? Infinity : call.dialledMs + this.connectMs;
      const limitMs = Math.min(connectLimitMs, call.receiver.limitMs);
      if (nowMs < limitMs) {
        if (limitMs < nextMs) nextMs = limitMs;
        continue;
      }
      if (nowMs >= connectLimitMs)
        call.receiver.fail('connect_timeout', `No connection within ${this.connectMs / 1000} s.`, nowMs);
      else call.receiver.expire(nowMs);
      this.drop(call);
    }
    for (const connection of this.draining) {
      if (!connection.draining) this.draining.delete(connection);
      else if (nowMs - connection.freeSinceMs > drainMs) connection.destroy();
    }
    const rest = this.calls.size === 0 && this.draining.size === 0;
    this.sweepTimer = rest ? null : setTimeout(() => this.sweep(), Math.max(1, nextMs - nowMs));
  }
}

class OpenCall implements Call {
  readonly bytes: Uint8Array;
  readonly method: string;
  readonly receiver: Receiver;
  spans: Call['spans'] = null;
  connection: Connection | null = null;
  dialledMs = 0;
  private settled: ((call: OpenCall) => void) | null;

  constructor(bytes: Uint8Array, method: string, receiver: Receiver, settled: (call: OpenCall) => void) {
    this.bytes = bytes;
    this.method = method;
    this.receiver = receiver;
    this.settled = settled;
  }

  settle(): void {
    const settled = this.settled;
    this.settled = null;
    settled?.(this);
  }
}
