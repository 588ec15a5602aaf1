import type { FailureCode } from '../record/exchange.ts';
import { HttpReader } from '../wire/http.ts';
import type { HeaderFields } from '../wire/http-head.ts';
import { protocolNamed } from './protocols.ts';
import { malformedSentence, Reception } from './reception.ts';
import { secretForms } from './secret.ts';
import type { Limits, Received } from './target.ts';

export interface CreateReceptionOptions {
  /** A stream was asked for; default true. */
  readonly stream?: boolean;
  /** Default 0. */
  readonly sentMs?: number;
  /** `n` of the request; default 1. */
  readonly choices?: number;
  /** Output tokens asked for per choice; default none. */
  readonly cap?: number | null;
  /** Keep the visible answer text; default false. */
  readonly keepText?: boolean;
  /** Default: none. */
  readonly limits?: Partial<Limits>;
  /** Values that must not appear in anything kept. */
  readonly secrets?: readonly string[];
  /** Unix milliseconds of 0 on the clock of the stamps; default 0. */
  readonly originUnixMs?: number;
  /** The bytes are a whole HTTP/1.1 response, not a decoded body; default false. */
  readonly http?: boolean;
}

/** Bytes to facts without a socket or a clock: what the transport does with a reply, for tests and for replay. */
export interface ReceptionFeed {
  /** The terminator or a failure was seen; later bytes are ignored. */
  readonly ended: boolean;
  /** The instant at which the next limit would pass; `expire(limitMs)` then fails under that limit's own name. */
  readonly limitMs: number;
  /** The response head when the bytes are a decoded body; default: status 200 and the fitting type, with the first push. */
  head(status: number, headers: HeaderFields, atMs: number): void;
  /** One read. */
  push(bytes: Uint8Array, atMs: number): void;
  /** The server closed the connection; for a decoded body: it ended cleanly. */
  end(atMs: number): void;
  /** As the transport reports a failure, e.g. `conn_reset`. */
  fail(code: FailureCode, atMs: number): void;
  expire(atMs: number): void;
  /** Facts; throws while the reply has not ended. */
  received(): Received;
}

/** Throws UserError `unknown_protocol`. */
export function createReception(protocolName: string, options: CreateReceptionOptions = {}): ReceptionFeed {
  const stream = options.stream ?? true;
  const reception = new Reception(protocolNamed(protocolName), {
    stream,
    sentMs: options.sentMs ?? 0,
    choices: options.choices ?? 1,
    cap: options.cap ?? null,
    keepText: options.keepText ?? false,
    limits: { connectMs: Infinity, firstTokenMs: Infinity, idleMs: Infinity, totalMs: Infinity, ...options.limits },
    secrets: secretForms(options.secrets ?? []),
    originUnixMs: options.originUnixMs ?? 0,
    live: null,
  });
  return options.http === true ? httpFeed(reception) : bodyFeed(reception, stream);
}

function bodyFeed(reception: Reception, stream: boolean): ReceptionFeed {
  let begun = false;
  const head = (status: number, headers: HeaderFields, atMs: number): void => {
    begun = true;
    reception.head(status, headers, atMs);
  };
  const begin = (atMs: number): void => {
    if (!begun) head(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' }, atMs);
  };
  return {
    ...endings(reception),
    get ended() {
      return reception.ended;
    },
    get limitMs() {
      return reception.limitMs;
    },
    head,
    push(bytes, atMs) {
      begin(atMs);
      reception.body(Buffer.from(bytes), 0, bytes.length, atMs);
    },
    end(atMs) {
      begin(atMs);
      reception.end(atMs, true);
    },
  };
}

function httpFeed(reception: Reception): ReceptionFeed {
  let nowMs = 0;
  const reader = new HttpReader({
    head: (head) => reception.head(head.status, head.headers, nowMs),
    body: (bytes, start, end) => reception.body(bytes, start, end, nowMs),
    complete: () => reception.end(nowMs, true),
  });
  return {
    ...endings(reception),
    get ended() {
      return reception.ended;
    },
    get limitMs() {
      return reception.limitMs;
    },
    head() {
      throw new Error('the head is part of the bytes');
    },
    push(bytes, atMs) {
      nowMs = atMs;
      reader.push(Buffer.from(bytes), 0, bytes.length);
      if (reader.fault !== null) reception.fail('malformed_http', malformedSentence(reader.fault), atMs);
    },
    end(atMs) {
      nowMs = atMs;
      if (reader.eof()) return;
      if (reader.begun) reception.end(atMs, false);
      else reception.fail('conn_reset', 'The server closed the connection without an answer.', atMs);
    },
  };
}

function endings(reception: Reception): Pick<ReceptionFeed, 'fail' | 'expire' | 'received'> {
  return {
    fail: (code, atMs) => reception.fail(code, `The request failed: ${code}.`, atMs),
    expire: (atMs) => reception.expire(atMs),
    received() {
      if (!reception.ended) throw new Error('the reply has not ended');
      return reception.received(null);
    },
  };
}
