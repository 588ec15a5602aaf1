import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { Clock } from '../clock/clock.ts';
import type { ConnectionSpans, FailureCode } from '../record/exchange.ts';
import { HttpReader } from '../wire/http.ts';
import { type Address, hostPort } from './address.ts';
import { tlsSentence } from './authority.ts';
import { type ForwardProxy, proxyName } from './proxy.ts';

/** How a connection to the target is made. */
export interface Route {
  readonly address: Address;
  readonly proxy: ForwardProxy | null;
  readonly secureContext: SecureContext | null;
  /** Versions of HTTP that TLS offers (ALPN), the preferred first; default HTTP/1.1 alone. */
  readonly offers?: readonly string[];
}

/** What a connection tells; after `refused` or `closed` nothing follows. */
export interface DialEvents {
  /** Bytes can be written. `connectMs` holds a proxy's tunnel, too. */
  opened(spans: ConnectionSpans): void;
  /** It never opened. */
  refused(code: FailureCode, message: string): void;
  /** One read: `bytes[0, length)`, valid only during the call. */
  read(bytes: Buffer, length: number): void;
  /** The server will send no more. */
  finished(): void;
  /** An open connection broke; `code` is the system's. */
  broke(code: string): void;
  closed(): void;
}

/**
 * One receive buffer for all connections: a read is used up before the next begins, so one warm block of memory serves
 * them all, where Node would allocate 64 KiB for each read.
 */
const receiveBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** Not the server's doing: no file descriptor, no port, no memory for a socket. */
const exhausted: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM']);

/** Opens a connection: TCP, through a proxy's tunnel where there is one, and TLS, always verified. */
export function dial(route: Route, events: DialEvents, clock: Clock): Dialing {
  return new Dialing(route, events, clock);
}

export class Dialing {
  /** The socket that requests are written to, once open. */
  socket: Socket;
  private readonly route: Route;
  private readonly events: DialEvents;
  private readonly clock: Clock;
  private readonly startMs: number;
  private lookedUpMs: number | null = null;
  private connectedMs: number | null = null;
  private phase: 'connect' | 'tunnel' | 'tls' | 'open' | 'over' = 'connect';

  constructor(route: Route, events: DialEvents, clock: Clock) {
    this.route = route;
    this.events = events;
    this.clock = clock;
    this.startMs = clock.now();
    this.socket = this.firstHop();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private get tunnels(): boolean {
    return this.route.proxy !== null && this.route.address.tls;
  }

  private firstHop(): Socket {
    const { address, proxy } = this.route;
    const { host, port, tls } = proxy ?? address;
    // A tunnel's first answer is the proxy's, and TLS on top of a socket must read it itself.
    const onread = this.tunnels ? {} : { onread: this.receiver() };
    const place = { host, port, noDelay: true, ...onread };
    const socket = tls ? connectTls({ ...place, ...this.tlsOptions(host) }) : connectTcp(place);
    socket.once('lookup', () => {
      this.lookedUpMs ??= this.clock.now();
    });
    socket.once('connect', () => {
      this.connectedMs = this.clock.now();
      if (tls) this.phase = 'tls';
    });
    socket.once(tls ? 'secureConnect' : 'connect', () => (this.tunnels ? this.tunnel(socket) : this.open()));
    this.listen(socket);
    return socket;
  }

  private receiver(): { buffer: Buffer; callback(length: number): boolean } {
    const { events } = this;
    return {
      buffer: receiveBuffer,
      callback(length) {
        events.read(receiveBuffer, length);
        return true;
      },
    };
  }

  private tlsOptions(host: string): object {
    return {
      secureContext: this.route.secureContext ?? undefined,
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: this.route.offers ?? ['http/1.1'],
      rejectUnauthorized: true,
    };
  }

  private listen(socket: Socket): void {
    socket.on('error', (error: NodeJS.ErrnoException) => this.fail(error));
    socket.on('end', () => {
      if (this.phase === 'open') this.events.finished();
      else if (this.phase === 'tunnel') this.refuse('proxy_failed', `${this.proxyText()} closed the connection.`);
    });
    socket.on('close', () => {
      if (socket !== this.socket) return;
      if (this.phase !== 'open' && this.phase !== 'over') this.fail(new Error('closed'));
      this.events.closed();
    });
    socket.resume();
  }

  /** Asks the proxy for a tunnel (RFC 9110, 9.3.6). */
  private tunnel(socket: Socket): void {
    const { address, proxy } = this.route;
    this.phase = 'tunnel';
    const target = hostPort(address.host, address.port);
    const authorization = proxy!.authorization === null ? '' : `proxy-authorization: ${proxy!.authorization}\r\n`;
    const reader = new HttpReader({
      head: ({ status }) => {
        if (status >= 200 && status < 300) return;
        const hint = status === 407 ? ': it wants other credentials' : '';
        this.refuse('proxy_failed', `${this.proxyText()} refused a tunnel with status ${status}${hint}.`);
      },
      body: () => {},
      complete: () => {
        if (this.phase === 'tunnel') this.secure(socket, onData);
      },
    });
    reader.reset('CONNECT');
    const onData = (bytes: Buffer): void => {
      reader.push(bytes, 0, bytes.length);
      if (reader.fault !== null) this.refuse('proxy_failed', `${this.proxyText()} does not answer in HTTP.`);
    };
    socket.on('data', onData);
    socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${authorization}\r\n`);
  }

  private secure(tunnel: Socket, onData: (bytes: Buffer) => void): void {
    const { host } = this.route.address;
    this.phase = 'tls';
    this.connectedMs = this.clock.now();
    tunnel.off('data', onData);
    const socket = connectTls({ socket: tunnel, host, ...this.tlsOptions(host) });
    socket.once('secureConnect', () => this.open());
    socket.on('data', (bytes: Buffer) => this.events.read(bytes, bytes.length));
    this.socket = socket;
    this.listen(socket);
  }

  private open(): void {
    const nowMs = this.clock.now();
    const connectedMs = this.connectedMs ?? nowMs;
    const tls = this.phase === 'tls';
    this.phase = 'open';
    const begunMs = this.lookedUpMs ?? this.startMs;
    this.events.opened({
      dnsMs: this.lookedUpMs === null ? null : wholeMicros(this.lookedUpMs - this.startMs),
      connectMs: wholeMicros(connectedMs - begunMs),
      tlsMs: tls ? wholeMicros(nowMs - connectedMs) : null,
    });
  }

  private fail(error: NodeJS.ErrnoException): void {
    const { address, proxy } = this.route;
    const where = hostPort(address.host, address.port);
    if (this.phase === 'open') {
      this.events.broke(error.code ?? error.message);
      return;
    }
    const first = proxy !== null && (this.phase === 'connect' || this.phase === 'tunnel' || !this.tunnels);
    const why = error.code ?? 'it closed';
    if (exhausted.has(why))
      this.refuse('client_exhausted', `No connection to ${where}: this machine has nothing left for it (${why}).`);
    else if (first) this.refuse('proxy_failed', `${this.proxyText()} cannot be used (${why}).`);
    else if (this.phase === 'tls') this.refuse('tls_failed', tlsSentence(error, where));
    else if (error.syscall === 'getaddrinfo' || /^EAI_|^ENOTFOUND$/.test(why))
      this.refuse('dns_failed', `The name ${address.host} cannot be resolved (${why}).`);
    else this.refuse('connect_failed', `No connection to ${where} (${why}).`);
  }

  private refuse(code: FailureCode, message: string): void {
    if (this.phase === 'open' || this.phase === 'over') return;
    this.phase = 'over';
    this.events.refused(code, message);
    this.socket.destroy();
  }

  private proxyText(): string {
    return `The proxy ${proxyName(this.route.proxy!)}`;
  }
}

function wholeMicros(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
