import { TelemetryProblem } from './source.ts';

export interface Scrape {
  readonly text: string;
}

export interface ScrapeOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const mostBytes = 32 * 1024 * 1024;

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
  const response = await request(url, options);
  refuseStatus(url, response.status);
  const type = (response.headers.get('content-type') ?? 'text/plain').toLowerCase();
  const text = await body(url, response);
  if (!/^(text\/plain|application\/openmetrics-text|text\/openmetrics)/.test(type) || /^\s*[<{[]/.test(text))
    throw new TelemetryProblem(
      'endpoint_not_metrics',
      `${plainUrl(url)} answers ${describeBody(type, text)}, not Prometheus metrics.`,
    );
  return { text };
}

async function request(url: string, options: ScrapeOptions): Promise<Response> {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  try {
    // A redirect could carry the headers to another host.
    const headers = { accept: 'text/plain;version=0.0.4, */*;q=0.1', ...options.headers };
    return await fetch(url, { headers, signal, redirect: 'manual' });
  } catch (error) {
    throw unreachable(url, error, options.timeoutMs);
  }
}

async function body(url: string, response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes as Uint8Array, { stream: true });
      if (text.length <= mostBytes) continue;
      throw new TelemetryProblem('endpoint_not_metrics', `${plainUrl(url)} answers more than 32 MiB.`);
    }
  } catch (error) {
    if (error instanceof TelemetryProblem) throw error;
    throw new TelemetryProblem('endpoint_unreachable', `The answer of ${plainUrl(url)} broke off.`);
  }
  return text + decoder.decode();
}

function unreachable(url: string, error: unknown, timeoutMs: number): TelemetryProblem {
  if ((error as Error).name === 'TimeoutError')
    return new TelemetryProblem(
      'endpoint_unreachable',
      `${plainUrl(url)} did not answer within ${timeoutMs / 1000} s.`,
    );
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const why = cause?.code ?? cause?.message ?? (error as Error).message;
  return new TelemetryProblem('endpoint_unreachable', `${plainUrl(url)} cannot be reached: ${why}.`);
}

function refuseStatus(url: string, status: number): void {
  if (status === 200) return;
  const place = plainUrl(url);
  if (status === 401 || status === 403)
    throw new TelemetryProblem('permission_denied', `${place} refuses to be read (HTTP ${status}).`);
  if (status === 501)
    throw new TelemetryProblem(
      'endpoint_absent',
      `${place} is switched off (HTTP 501): start llama.cpp's server with --metrics.`,
    );
  if (status >= 500) throw new TelemetryProblem('endpoint_unreachable', `${place} fails with HTTP ${status}.`);
  throw new TelemetryProblem('endpoint_absent', `${place} has no metrics (HTTP ${status}).`);
}

function describeBody(type: string, text: string): string {
  if (/html/.test(type) || /^\s*</.test(text)) return 'a web page';
  if (/json/.test(type) || /^\s*[{[]/.test(text)) return 'a JSON document';
  return type.split(';')[0]!;
}
