import { createClock } from '../clock/clock.ts';
import { UserError } from '../error/user-error.ts';
import type { FailureCode } from '../record/exchange.ts';
import { GrowingBytes } from '../wire/growing.ts';
import type { HeaderFields } from '../wire/http-head.ts';
import { bearerAccess } from './access.ts';
import { routePath } from './address.ts';
import type { Answer, Asker, AskOptions, Question } from './asker.ts';
import { protocolNamed } from './protocols.ts';
import type { Receiver } from './reception.ts';
import { requestBytes } from './request.ts';
import { routeSecrets, routeTo } from './route.ts';
import { redact } from './secret.ts';
import { Transport } from './transport.ts';

export type { Answer, Asker, AskOptions, Question } from './asker.ts';

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
  const protocol = protocolNamed(options.protocol ?? 'openai-chat');
  const route = routeTo(options.url, options.caFile ?? null, protocol.apiPath);
  const { address } = route;
  const access = protocol.access?.({ address, apiKey, headers, model: options.model ?? '' }) ?? bearerAccess(apiKey);
  const secrets = routeSecrets(route, access, headers);
  const transport = new Transport(route, timeoutMs, clock);
  return {
    async ask(question) {
      const method = question.method ?? (question.body === undefined ? 'GET' : 'POST');
      const path = routePath(address, question.path);
      const head = { method, path, accept: '*/*', protocolHeaders: protocol.headers ?? {}, headers };
      const body = question.body === undefined ? null : JSON.stringify(question.body);
      const bytes = await requestBytes(route, head, body, access);
      const startMs = clock.now();
      const answer = new AnswerReceiver(startMs + timeoutMs);
      return new Promise((resolve, reject) => {
        transport.call(bytes, method, answer, () => {
          if (answer.failure === null) resolve(answer.answer(secrets(), answer.endMs - startMs));
          else reject(new UserError(answer.failure.code, redact(answer.failure.message, secrets()), 3));
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
