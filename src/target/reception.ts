import type { ConnectionSpans, FailureCode, Outcome } from '../record/exchange.ts';
import { GrowingBytes } from '../wire/growing.ts';
import type { HeaderFields } from '../wire/http-head.ts';
import { Facts } from './facts.ts';
import { limitsOf } from './limit-headers.ts';
import { errorMessage, errorSentence } from './openai-frame.ts';
import type { Protocol, StreamDecoder } from './protocol.ts';
import { redact } from './secret.ts';
import { codeOfStatus, retryAfterMs } from './status.ts';
import type { Limits, LiveCounters, Received } from './target.ts';

/** Where the transport delivers a response; times are the stamps of reads. */
export interface Receiver {
  /** Nothing more is needed; what follows is ignored. */
  readonly ended: boolean;
  /** The rest of the response is worth reading, so that the connection can carry another request. */
  readonly drains: boolean;
  head(status: number, headers: HeaderFields, atMs: number): void;
  body(bytes: Buffer, start: number, end: number, atMs: number): void;
  end(atMs: number, clean: boolean): void;
  fail(code: FailureCode, message: string, atMs: number): void;
  readonly limitMs: number;
  expire(atMs: number): void;
}

export interface ReceptionOptions {
  /** A stream was asked for. */
  readonly stream: boolean;
  readonly sentMs: number;
  /** Choices asked for (`n`). */
  readonly choices: number;
  /** Output tokens asked for per choice; null when none were. */
  readonly cap: number | null;
  readonly keepText: boolean;
  readonly limits: Limits;
  /** As `secretForms` made them; none of them leaves this file. */
  readonly secrets: readonly string[];
  /** Unix milliseconds of 0 on the run's clock, for dates in `retry-after`. */
  readonly originUnixMs: number;
  /** Running totals to count into; null = nobody looks. */
  readonly live: LiveCounters | null;
}

const maxKeptBodyBytes = 256 * 1024;
const maxWholeBodyBytes = 256 * 1024 * 1024;
const maxBodyChars = 2048;

/**
 * One reply, from its bytes to its facts: no sockets, no clock. Call `head`, then `body` as bytes come, then `end`; or
 * `fail` at any time. `ended` turns true once the terminator or a failure was seen; `received` then has the facts, and
 * whatever comes later is ignored.
 */
export class Reception implements Receiver {
  ended = false;
  readonly facts: Facts;
  private decoder: StreamDecoder | null = null;
  private readonly live: LiveCounters | null;
  private lastReadUs: number;
  private firstByteUs = -1;
  private readonly options: ReceptionOptions;
  private readonly protocol: Protocol;
  private readonly sentUs: number;
  private headersUs = -1;
  private endUs = -1;
  private status = 0;
  private headers: HeaderFields = {};
  private kept: GrowingBytes | null = null;
  private outcome: Outcome | null = null;

  constructor(protocol: Protocol, options: ReceptionOptions) {
    this.protocol = protocol;
    this.options = options;
    this.live = options.live;
    this.sentUs = wholeUs(options.sentMs);
    this.lastReadUs = this.sentUs;
    this.facts = new Facts(this.sentUs, options.choices, options.cap, options.keepText);
  }

  /** Behind a terminator or a server's own error little can follow; behind a malformed event a whole generation might. */
  get drains(): boolean {
    return (
      this.outcome?.state === 'ok' || (this.outcome?.state === 'failed' && this.outcome.code !== 'malformed_event')
    );
  }

  head(status: number, headers: HeaderFields, atMs: number): void {
    if (this.ended) return;
    this.headersUs = this.lastReadUs = wholeUs(atMs);
    this.status = status;
    this.headers = headers;
    const streams = this.options.stream && !/^application\/(.*\+)?json\b/i.test(headers['content-type'] ?? '');
    if (streams && status >= 200 && status < 300) this.decoder = this.protocol.decoder(this.facts);
    else this.kept = new GrowingBytes();
  }

  body(bytes: Buffer, start: number, end: number, atMs: number): void {
    if (this.ended || start === end) return;
    const atUs = wholeUs(atMs);
    this.lastReadUs = atUs;
    if (this.firstByteUs < 0) this.firstByteUs = atUs;
    if (this.decoder === null) {
      this.keep(bytes, start, end, atMs);
      return;
    }
    const { facts } = this;
    const events = facts.atUs.length;
    const tokens = facts.tokenCount;
    this.decoder.push(bytes, start, end, atUs);
    if (this.live !== null) {
      this.live.contentEvents += facts.atUs.length - events;
      this.live.tokens += facts.tokenCount - tokens;
    }
    if (facts.failure !== null || facts.terminated) this.close(atUs);
  }

  /** The body ended; `clean` = as its framing said, else the connection closed early. */
  end(atMs: number, clean: boolean): void {
    if (this.ended) return;
    this.decoder?.end(clean);
    if (this.kept !== null) this.readKept(this.kept, clean);
    this.close(wholeUs(atMs));
  }

  fail(code: FailureCode, message: string, atMs: number): void {
    if (this.ended) return;
    this.facts.fail(code, message);
    this.close(wholeUs(atMs));
  }

  abandon(reason: 'drain_limit' | 'interrupted', atMs: number): void {
    if (this.ended) return;
    this.ended = true;
    this.endUs = wholeUs(atMs);
    this.outcome = { state: 'censored', reason };
  }

  /** The instant at which the next limit passes if nothing more comes. */
  get limitMs(): number {
    const { limits, stream } = this.options;
    const total = this.sentUs / 1000 + limits.totalMs;
    if (stream && this.facts.atUs.length === 0) return Math.min(total, this.sentUs / 1000 + limits.firstTokenMs);
    return this.firstByteUs < 0 ? total : Math.min(total, this.lastReadUs / 1000 + limits.idleMs);
  }

  /** A limit has passed: fails under its own name. */
  expire(atMs: number): void {
    const { limits, stream } = this.options;
    const sentMs = this.sentUs / 1000;
    if (atMs >= sentMs + limits.totalMs)
      this.fail('total_timeout', `The reply was not complete ${seconds(limits.totalMs)} after the request.`, atMs);
    else if (stream && this.facts.atUs.length === 0)
      this.fail('ttft_timeout', `No token came within ${seconds(limits.firstTokenMs)} of the request.`, atMs);
    else this.fail('stall', `The open reply was silent for ${seconds(limits.idleMs)}.`, atMs);
  }

  /** Facts of the ended reply. */
  received(connection: ConnectionSpans | null): Received {
    const { facts } = this;
    return {
      sentMs: this.sentUs / 1000,
      headersMs: this.headersUs < 0 ? null : this.headersUs / 1000,
      firstByteMs: this.firstByteUs < 0 ? null : this.firstByteUs / 1000,
      endMs: this.endUs / 1000,
      connection,
      chunks: facts.chunks(),
      outcome: this.outcome!,
      flags: [...facts.flags],
      usage: facts.usage.result(),
      textTokens: null,
      textChars: facts.textChars,
      streamed: this.options.stream,
      text: facts.text,
      ...(facts.items === null ? null : { items: facts.items }),
      ...limitsOf(this.headers, this.options.originUnixMs + this.headersUs / 1000),
    };
  }

  private keep(bytes: Buffer, start: number, end: number, atMs: number): void {
    const kept = this.kept!;
    const error = this.status < 200 || this.status >= 300;
    const room = (error ? maxKeptBodyBytes : maxWholeBodyBytes) - kept.length;
    kept.append(bytes, start, Math.min(end, start + room));
    if (end - start > room && !error) this.fail('malformed_event', 'The reply was longer than 256 MiB.', atMs);
  }

  /** A body that is no stream: a refusal, an error under 200, or the whole reply. */
  private readKept(kept: GrowingBytes, clean: boolean): void {
    const text = kept.bytes.toString('utf8', 0, kept.length);
    if (this.status < 200 || this.status >= 300) {
      this.refuse(text);
      return;
    }
    if (!clean) return;
    let reply: unknown;
    try {
      reply = JSON.parse(text);
    } catch {
      this.facts.fail('malformed_event', 'The reply was not JSON.', text);
      return;
    }
    this.protocol.readWhole(reply, this.facts);
    if (this.options.stream)
      this.facts.fail('server_error', 'A stream was asked for and the server answered with one JSON body.', text);
    // A whole reply is complete by its framing, whether it names a finish or not.
    this.facts.terminated = true;
  }

  private refuse(text: string): void {
    const { status, headers } = this;
    const location = headers['location'];
    const towards = status < 400 && location !== undefined ? `, pointing to ${location}` : '';
    const json = parsed(text);
    const own = this.protocol.refusal?.({ status, headers, text, json });
    const message =
      own?.message ?? (status < 400 ? null : saidIn(json)) ?? `The server answered with status ${status}${towards}.`;
    this.facts.fail(own?.code ?? codeOfStatus(status), message, text, own?.retryAfterMs ?? null);
  }

  private close(atUs: number): void {
    this.ended = true;
    this.endUs = atUs;
    const { facts } = this;
    if (facts.failure === null) this.judge();
    if (facts.failure === null) {
      facts.closeFlags(this.options.stream);
      this.outcome = { state: 'ok', finish: facts.finish === null ? null : this.clean(facts.finish).slice(0, 64) };
      return;
    }
    const { code, message, body } = facts.failure;
    const waitMs = facts.failure.retryAfterMs ?? retryAfterMs(this.headers, this.options.originUnixMs + atUs / 1000);
    this.outcome = {
      state: 'failed',
      code,
      message: this.clean(message).slice(0, maxBodyChars),
      status: this.status === 0 ? null : this.status,
      retryAfterMs: waitMs,
      body: body === null || body === '' ? null : this.clean(body).slice(0, maxBodyChars),
    };
  }

  /** The reply ended by itself: is it whole, and is there anything in it? */
  private judge(): void {
    const { facts } = this;
    if (!facts.terminated) {
      if (facts.finished === 0) {
        facts.fail('truncated', 'The reply broke off: it ended without a finish reason and without a terminator.');
        return;
      }
      facts.flags.add('no_terminator');
    }
    const generated = facts.usage.result()?.output ?? 0;
    const withheld = facts.flags.has('content_filtered') || facts.flags.has('refused');
    if (!facts.filled && facts.atUs.length === 0 && generated === 0 && !withheld)
      facts.fail('empty_output', 'The reply is complete and holds no generated token.');
  }

  private clean(text: string): string {
    return redact(text, this.options.secrets);
  }
}

/** The sentence of an error's body, in the shapes of OpenAI's routes and of those built on common frameworks. */
function saidIn(json: unknown): string | null {
  if (typeof json !== 'object' || json === null) return null;
  const { error, message, detail } = json as Record<string, unknown>;
  const said = [errorMessage(error), message, detail].find((value) => typeof value === 'string' && value !== '');
  return said === undefined ? null : errorSentence(said);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Stamps are whole microseconds from the moment they are captured. */
export function wholeUs(ms: number): number {
  return Math.round(ms * 1000);
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toPrecision(6))} s`;
}

export function malformedSentence(fault: string): string {
  return `The answer is not a well-formed HTTP response: ${fault}.`;
}
