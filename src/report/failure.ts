import { formatDuration } from '../document/number.ts';
import type { StepSummary } from '../measurement/summary.ts';
import type { FailureCode } from '../record/exchange.ts';

const sentences: Record<FailureCode | 'unfinished', string> = {
  dns_failed: 'the host name could not be resolved',
  connect_failed: 'the connection was refused or failed',
  connect_timeout: 'no connection within the connect limit',
  client_exhausted:
    'this machine had no file or port left for one more connection: cap what is in flight, or raise ulimit -n',
  tls_failed: 'the TLS handshake or the certificate failed',
  proxy_failed: 'the proxy refused or failed',
  conn_reset: 'the connection broke off',
  ttft_timeout: 'no first token within its limit',
  stall: 'the stream went silent for longer than the idle limit',
  total_timeout: 'not done within the total limit',
  truncated: 'the body ended before it was complete',
  malformed_http: 'the answer was not valid HTTP',
  malformed_event: 'a stream event could not be read',
  bad_crc: 'a checksum of the stream was wrong',
  rate_limited: 'the server answered 429',
  overloaded: 'the server said that it is overloaded',
  unauthorized: 'the server refused the key',
  not_found: 'the server does not know the path or the model',
  rejected: 'the server refused the request',
  server_error: 'the server failed or sent an error',
  empty_output: 'the server answered without any token',
  unfinished: 'still running or held back at the drain limit or the interrupt',
};

/** What a failure's name means, in a few words; empty for a name from a newer version. */
export const failureSentence = (code: string): string =>
  Object.hasOwn(sentences, code) ? sentences[code as FailureCode] : '';

/** What the first failure of each name said, as footnotes. */
export function failureQuotes(steps: readonly StepSummary[]): string[] {
  const messages = new Map<string, string>();
  for (const { counts } of steps)
    for (const [code, message] of Object.entries(counts.messages ?? {}))
      if (!messages.has(code)) messages.set(code, message);
  return [...messages].map(([code, message]) => `${code}, the first: ${message.replace(/\s+/g, ' ').trim()}`);
}

/** Why steps in which nothing succeeded have nothing to report. */
export function nothingWords(steps: readonly StepSummary[]): string {
  if (steps.some(({ counts }) => counts.due > 0))
    return 'No request succeeded: there is no rate and no latency to report.';
  const { load } = steps[0]!;
  if (load.kind !== 'rate') return 'No request was due: there is no rate and no latency to report.';
  return `No request was due: at ${load.value} req/s one comes every ${formatDuration(1000 / load.value)} on average. Measure longer, or raise the rate.`;
}
