import { UserError } from '../error/user-error.ts';
import type { Dialect } from './dialect.ts';
import { readExposition } from './exposition.ts';
import { plainUrl, scrape } from './scrape.ts';
import { scrapeSource } from './scrape-source.ts';
import {
  type Absent,
  type FindContext,
  type Source,
  type SourceArgument,
  type SourceKind,
  TelemetryProblem,
} from './source.ts';

export interface ExporterKindOptions {
  readonly name: string;
  /** Where it listens on this machine unless told otherwise, most usual first; without any its URL must be given. */
  readonly usual: readonly string[];
  /** Looked for by `auto` at its usual place. */
  readonly auto: boolean;
  readonly dialects: readonly Dialect[];
}

/** A URL of metrics: `/metrics` where none is named. Throws UserError `bad_telemetry`. */
export function metricsUrl(argument: SourceArgument): string {
  const url = URL.parse(argument.value ?? '');
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new UserError(
      'bad_telemetry',
      `Write --telemetry ${argument.kind}=URL with a URL such as http://HOST:9400/metrics.`,
    );
  if (url.username !== '' || url.password !== '')
    throw new UserError(
      'bad_telemetry',
      `The URL of --telemetry ${argument.kind} holds a name or password: such endpoints cannot be read yet; let a proxy on this machine add them.`,
    );
  if (url.pathname === '/') url.pathname = '/metrics';
  return url.href;
}

/** Host of samples that name none: this machine's own name for its loopback addresses. */
export function hostOf(url: string, hostname: string): string {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return /^(localhost|127\.|::1$)/.test(host) ? hostname : host;
}

/** Reads an endpoint once and tells whose families it holds. Throws TelemetryProblem. */
export async function recognise(
  url: string,
  dialects: readonly Dialect[],
  context: Pick<FindContext, 'timeoutMs'>,
  signal: AbortSignal,
  headers?: Readonly<Record<string, string>>,
): Promise<Dialect[]> {
  const { text } = await scrape(url, { timeoutMs: context.timeoutMs, signal, ...(headers && { headers }) });
  const exposition = readExposition(text);
  const known = dialects.filter((dialect) => dialect.knows(exposition));
  if (known.length > 0) return known;
  const place = plainUrl(url);
  const names = [...exposition.families.keys()].slice(0, 3);
  throw names.length === 0
    ? new TelemetryProblem('endpoint_not_metrics', `${place} answers text that holds no metric.`)
    : new TelemetryProblem(
        'unknown_dialect',
        `${place} holds metrics that tokbench does not know, such as ${names.join(', ')}.`,
      );
}

/** Answers with the problem instead of throwing it. */
export async function absentUnless(find: () => Promise<readonly Source[]>): Promise<readonly Source[] | Absent> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof TelemetryProblem)) throw error;
    return { absent: { code: error.code, sentence: error.message } };
  }
}

/** A kind of source that is a Prometheus endpoint. */
export function exporterKind(options: ExporterKindOptions): SourceKind {
  const { name, usual, auto } = options;
  const urlsOf = (argument: SourceArgument): readonly string[] =>
    argument.value === null && usual.length > 0 ? usual : [metricsUrl(argument)];
  return {
    name,
    form: usual.length === 0 ? `${name}=URL` : `${name}[=URL]`,
    auto,
    remote: false,
    check: (argument) => void urlsOf(argument),
    find: (argument, context, signal) =>
      absentUnless(async () => {
        const urls = urlsOf(argument);
        const looks = urls.map((url) => recognise(url, options.dialects, context, signal));
        const found = await Promise.allSettled(looks);
        const at = found.findIndex(({ status }) => status === 'fulfilled');
        const dialects = await looks[Math.max(0, at)]!;
        const url = urls[Math.max(0, at)]!;
        const host = hostOf(url, context.hostname);
        return [scrapeSource({ name: `${name} ${plainUrl(url)}`, url, host, context, dialects })];
      }),
  };
}
