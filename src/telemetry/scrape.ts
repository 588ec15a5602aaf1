import http from 'node:http';
import https from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createUnzip } from 'node:zlib';
import { TelemetryProblem } from './source.ts';

export interface Scrape {
  readonly text: string;
}

export interface ScrapeOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const mostCharacters = 32 * 1024 * 1024;

/** A URL without what may be secret in it: name, password, query. */
export function plainUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? url : `${parsed.origin}${parsed.pathname}`;
}

/**
 * Reads a metrics endpoint once.
 * @throws TelemetryProblem: `endpoint_unreachable` no answer, `endpoint_absent` no such path, `permission_denied`,
 * `endpoint_not_metrics` an answer that is a page or a document
 */
export async function scrape(url: string, options: ScrapeOptions): Promise<Scrape> {
  const response = await lastAnswerOf(url, options);
  refuseStatus(url, response);
  const { type, text } = response;
  if (!/^(text\/plain|application\/openmetrics-text|text\/openmetrics)/.test(type) || /^\s*[<{[]/.test(text))
    throw new TelemetryProblem(
      'endpoint_not_metrics',
      `${plainUrl(url)} answers ${describeBody(type, text)}, not Prometheus metrics.`,
    );
  return { text };
}

interface Answer {
  readonly status: number;
  /** Content type, in small letters. */
  readonly type: string;
  /** Where it sends to instead. */
  readonly location: string | null;
  readonly text: string;
}

/** Kept open between two readings: an exporter of a cluster may be far away. */
const keep = { keepAlive: true, maxSockets: 4 };
const agents = { http: new http.Agent(keep), https: new https.Agent(keep) };

const mostRedirects = 3;

/** A server may move `/metrics` to `/metrics/`; to another one no redirect is followed, for it would carry the headers there. */
async function lastAnswerOf(url: string, options: ScrapeOptions): Promise<Answer> {
  let answer = await answerOf(url, options);
  for (let at = url, left = mostRedirects; left > 0 && answer.location !== null; left--) {
    const next = URL.parse(answer.location, at);
    if (next === null || next.origin !== new URL(url).origin) break;
    at = next.href;
    answer = await answerOf(at, options);
  }
  return answer;
}

/** What a body is that was packed without having been asked for. */
function bodyOf(response: http.IncomingMessage): Readable {
  if (!/^(x-)?(gzip|deflate)$/i.test(response.headers['content-encoding'] ?? '')) return response;
  return pipeline(response, createUnzip(), () => {}); // the request's own handlers tell
}

/** By node:http: `fetch` takes far more CPU for a page of metrics. */
function answerOf(url: string, options: ScrapeOptions): Promise<Answer> {
  const { headers, signal, timeoutMs } = options;
  const place = plainUrl(url);
  return new Promise((resolve, reject) => {
    const secure = url.startsWith('https:');
    const request = (secure ? https : http).request(url, {
      agent: secure ? agents.https : agents.http,
      headers: { accept: 'text/plain;version=0.0.4, */*;q=0.1', 'accept-encoding': 'identity', ...headers },
      signal,
    });
    const giveUp = (code: 'endpoint_unreachable' | 'endpoint_not_metrics', sentence: string) =>
      void request.destroy(new TelemetryProblem(code, `${place} ${sentence}.`));
    const late = setTimeout(
      () => giveUp('endpoint_unreachable', `did not answer within ${timeoutMs / 1000} s`),
      timeoutMs,
    );
    let answered = false;
    const fail = (error: NodeJS.ErrnoException) => {
      clearTimeout(late);
      // The server closed a connection that it had kept, at the moment of the next reading.
      const retired = !answered && request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (retired) resolve(answerOf(url, options));
      else reject(error instanceof TelemetryProblem ? error : problemOf(place, error, answered));
    };
    request.on('error', fail);
    request.on('response', (response) => {
      answered = true;
      let text = '';
      const body = bodyOf(response).setEncoding('utf8');
      response.on('error', fail);
      body.on('error', fail);
      body.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > mostCharacters) giveUp('endpoint_not_metrics', 'answers more than 32 MiB');
      });
      body.on('end', () => {
        clearTimeout(late);
        const type = (response.headers['content-type'] ?? 'text/plain').toLowerCase();
        const status = response.statusCode!;
        const location = status >= 301 && status <= 308 ? (response.headers.location ?? null) : null;
        resolve({ status, type, location, text });
      });
    });
    request.end();
  });
}

function problemOf(place: string, error: NodeJS.ErrnoException, answered: boolean): TelemetryProblem {
  if (answered) return new TelemetryProblem('endpoint_unreachable', `The answer of ${place} broke off.`);
  return new TelemetryProblem('endpoint_unreachable', `${place} cannot be reached: ${error.code ?? error.message}.`);
}

function refuseStatus(url: string, { status, location }: Answer): void {
  if (status === 200) return;
  const place = plainUrl(url);
  if (status === 401 || status === 403)
    throw new TelemetryProblem('permission_denied', `${place} refuses to be read (HTTP ${status}).`);
  if (status === 501)
    throw new TelemetryProblem(
      'endpoint_absent',
      `${place} is switched off (HTTP 501): start llama.cpp's server with --metrics.`,
    );
  const elsewhere = location === null ? null : URL.parse(location, url);
  if (elsewhere !== null)
    throw new TelemetryProblem(
      'endpoint_absent',
      `${place} sends elsewhere (HTTP ${status}): give ${plainUrl(elsewhere.href)} itself.`,
    );
  if (status >= 500) throw new TelemetryProblem('endpoint_unreachable', `${place} fails with HTTP ${status}.`);
  throw new TelemetryProblem('endpoint_absent', `${place} has no metrics (HTTP ${status}).`);
}

function describeBody(type: string, text: string): string {
  if (/html/.test(type) || /^\s*</.test(text)) return 'a web page';
  if (/json/.test(type) || /^\s*[{[]/.test(text)) return 'a JSON document';
  return type.split(';')[0]!;
}
