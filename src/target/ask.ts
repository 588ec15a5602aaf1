import { createClock } from '../clock/clock.ts';
import { UserError } from '../error/user-error.ts';
import type { FailureCode } from '../record/exchange.ts';
import { GrowingBytes } from '../wire/growing.ts';
import type { HeaderFields } from '../wire/http-head.ts';
import { routePath } from './address.ts';
import type { Receiver } from './reception.ts';
import { requestBytes } from './request.ts';
import { routeSecrets, routeTo } from './route.ts';
import { redact } from './secret.ts';
import { Transport } from './transport.ts';

export interface AskOptions {
  /** Base URL as for a target. */
  readonly url: string;
  readonly apiKey?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly caFile?: string | null;
  /** Limit of one question from its first byte to its last; default 10,000. */
  readonly timeoutMs?: number;
}

export interface Question {
  /** `/version` = from the server's root (the base URL without its `/v1`); `models` = below the API (`…/v1/models`). */
  readonly path: string;
  /** Default GET, with a body POST. */
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Any status: what it means is for the asker to say. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderFields;
  /** Free of the key and of header values, should the server echo them. */
  readonly text: string;
  /** Undefined when the text is not JSON. */
  readonly json: unknown;
  readonly ms: number;
}

export interface Asker {
  /** Throws UserError (exit 3) with the failure's code when no answer came: `connect_failed`, `tls_failed`, `total_timeout` … */
  ask(question: Question): Promise<Answer>;
  close(): void;
}

const maxAnswerBytes = 64 * 1024 * 1024;

/** One-shot request through the same transport as the load. See `Asker.ask`. */
export async function ask(options: AskOptions & Question): Promise<Answer> {
  const asker = createAsker(options);
  try {
    return await asker.ask(options);
  } finally {
    asker.close();
  }
}

/** Asks several questions over kept-alive connections. Throws UserError (exit 2) for a bad URL, proxy, CA file or header. */
export function createAsker(options: AskOptions): Asker {
  const clock = createClock();
  const apiKey = options.apiKey ?? null;
  const headers = options.headers ?? {};
  const timeoutMs = options.timeoutMs ?? 10_000;
  const route = routeTo(options.url, options.caFile ?? null);
  const secrets = routeSecrets(route, apiKey, headers);
  const transport = new Transport(route, timeoutMs, clock);
  return {
    ask(question) {
      const method = question.method ?? (question.body === undefined ? 'GET' : 'POST');
      const head = { method, path: routePath(route.address, question.path), accept: '*/*', apiKey, headers };
      const body = question.body === undefined ? null : JSON.stringify(question.body);
      const bytes = requestBytes(route, head, body);
      const startMs = clock.now();
      const answer = new AnswerReceiver(startMs + timeoutMs);
      return new Promise((resolve, reject) => {
        transport.call(bytes, method, answer, () => {
          if (answer.failure === null) resolve(answer.answer(secrets, answer.endMs - startMs));
          else reject(new UserError(answer.failure.code, redact(answer.failure.message, secrets), 3));
        });
      });
    },
    close: () => transport.close(),
  };
}

/** Collects a whole response. */
class AnswerReceiver implements Receiver {
  ended = false;
  readonly drains = true;
  readonly limitMs: number;
  failure: { readonly code: FailureCode; readonly message: string } | null = null;
  endMs = 0;
  private status = 0;
  private headers: HeaderFields = {};
  private readonly bytes = new GrowingBytes();

  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  head(status: number, headers: HeaderFields): void {
    this.status = status;
    this.headers = headers;
  }

  body(bytes: Buffer, start: number, end: number, atMs: number): void {
    if (this.bytes.length + end - start > maxAnswerBytes)
      this.fail('malformed_http', 'The answer is longer than 64 MiB.', atMs);
    else this.bytes.append(bytes, start, end);
  }

  end(atMs: number, clean: boolean): void {
    if (clean) this.close(atMs);
    else this.fail('truncated', 'The answer broke off.', atMs);
  }

  fail(code: FailureCode, message: string, atMs: number): void {
    if (this.ended) return;
    this.failure = { code, message };
    this.close(atMs);
  }

  expire(atMs: number): void {
    this.fail('total_timeout', 'The server did not answer in time.', atMs);
  }

  answer(secrets: readonly string[], ms: number): Answer {
    const text = redact(this.bytes.bytes.toString('utf8', 0, this.bytes.length), secrets);
    return { status: this.status, headers: this.headers, text, json: parse(text), ms };
  }

  private close(atMs: number): void {
    this.ended = true;
    this.endMs = atMs;
  }
}

function parse(text: string): unknown {
  if (text === '') return undefined; // a thrown error costs more than the whole question
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
