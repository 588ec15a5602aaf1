/** A request as it was read; header names in lower case, the last of equal ones wins. */
export interface HttpRequest {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** One request's way to answer: exactly one `respond`, or one `open` with any number of `write` and one `end`. */
export interface HttpReply {
  /** The whole response. */
  respond(status: number, headers: string, body: string): void;
  /** The head of a chunked response. */
  open(status: number, headers: string): void;
  /** Bytes as they are: chunks with their length lines. ASCII only. */
  write(chunks: string): void;
  /** Last bytes of a chunked response: `chunks` and the last chunk. */
  end(chunks: string): void;
  /** A response that breaks off: these bytes, then a FIN in good order. */
  breakOff(bytes: string): void;
  /** TCP reset. */
  reset(): void;
  /** Called when the client goes before the end of the reply. */
  onGone: (() => void) | null;
  readonly closed: boolean;
}

export type Handler = (request: HttpRequest, reply: HttpReply) => void;

const reasons: Record<number, string> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
};

/** `server` and `date` headers; the date is made once a second. */
export class HeadLines {
  readonly #server: string;
  #second = 0;
  #lines = '';

  constructor(server: string) {
    this.#server = server;
  }

  head(status: number, headers: string, close: boolean): string {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = `date: ${new Date(second * 1000).toUTCString()}\r\nserver: ${this.#server}\r\n`;
    }
    const end = close ? 'connection: close\r\n\r\n' : '\r\n';
    return `HTTP/1.1 ${status} ${reasons[status] ?? 'Unknown'}\r\n${this.#lines}${headers}${end}`;
  }
}

export interface Head {
  readonly method: string;
  readonly path: string;
  readonly headers: Map<string, string>;
  readonly keepAlive: boolean;
  /** Bytes of the body; −1 = chunked. */
  readonly bodyBytes: number;
}

/** A head without its last empty line; the status to refuse it with if it is not one. */
export function parseHead(text: string): Head | number {
  const lines = text.split('\r\n');
  const [method, url, version, surplus] = lines[0]!.split(' ');
  if (!method || !url || surplus !== undefined || !/^HTTP\/1\.[01]$/.test(version ?? '')) return 400;
  const headers = new Map<string, string>();
  for (let i = 1; i < lines.length; i++) {
    const colon = lines[i]!.indexOf(':');
    if (colon <= 0) return 400;
    headers.set(lines[i]!.slice(0, colon).toLowerCase(), lines[i]!.slice(colon + 1).trim());
  }
  const encoding = headers.get('transfer-encoding')?.toLowerCase();
  if (encoding !== undefined && encoding !== 'chunked') return 501;
  const length = headers.get('content-length');
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return 400;
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  return {
    method,
    path: pathOf(url),
    headers,
    keepAlive: version === 'HTTP/1.1' ? !connection.includes('close') : connection.includes('keep-alive'),
    bodyBytes: encoding === 'chunked' ? -1 : Number(length ?? 0),
  };
}

/** The path of an origin-form or absolute-form target. */
function pathOf(url: string): string {
  const origin = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/]*/i, '') || '/';
  const query = origin.indexOf('?');
  return query < 0 ? origin : origin.slice(0, query);
}

/** The body at the start of `bytes` and where it ends; `more` while it is not all there. */
export function readChunked(bytes: Buffer): { bytes: Buffer; end: number } | 'more' | 'bad' {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at, 'latin1');
    if (lineEnd < 0) return bytes.length - at > 1024 ? 'bad' : 'more';
    const size = /^([0-9a-f]{1,8})(?:[ \t]*;.*)?$/i.exec(bytes.toString('latin1', at, lineEnd))?.[1];
    if (size === undefined) return 'bad';
    const length = Number.parseInt(size, 16);
    const from = lineEnd + 2;
    if (length > 0) {
      if (bytes.length < from + length + 2) return 'more';
      if (bytes[from + length] !== 13 || bytes[from + length + 1] !== 10) return 'bad';
      parts.push(bytes.subarray(from, from + length));
      at = from + length + 2;
      continue;
    }
    // Trailers, if any, up to an empty line.
    if (bytes.length < from + 2) return 'more';
    if (bytes[from] === 13 && bytes[from + 1] === 10) return { bytes: Buffer.concat(parts), end: from + 2 };
    const end = bytes.indexOf('\r\n\r\n', from, 'latin1');
    return end < 0 ? 'more' : { bytes: Buffer.concat(parts), end: end + 4 };
  }
}
