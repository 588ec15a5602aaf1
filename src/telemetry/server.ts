import type { RawValue } from '../record/sample.ts';
import type { Dialect } from './dialect.ts';
import { absentUnless, hostOf, metricsUrl, recognise } from './exporter-kind.ts';
import type { Exposition } from './exposition.ts';
import { plainUrl } from './scrape.ts';
import { scrapeSource } from './scrape-source.ts';
import { ServerScrape } from './server-families.ts';
import { canonicalName, type ServerFamilies } from './server-names.ts';
import { statsOf } from './server-stats.ts';
import { type FindContext, type Source, type SourceKind, TelemetryProblem } from './source.ts';
import { emptySample } from './stamp.ts';

/** What the record's numbers were read from; buckets are too coarse for anything that is reported. */
function rawOf({ families }: Exposition, known: ServerFamilies): RawValue[] {
  const names = new Set(
    [
      ...Object.values(known.gauges),
      ...Object.values(known.totals),
      ...Object.values(known.timings).map((all) => all.flatMap((name) => [`${name}_sum`, `${name}_count`])),
    ]
      .flat()
      .map((name) => name.replace(/\/.*$/, '')),
  );
  const raw: RawValue[] = [];
  for (const [name, all] of families) {
    const canonical = canonicalName(name);
    if (!names.has(canonical) && !names.has(`${canonical}_total`) && !names.has(canonical.replace(/_total$/, '')))
      continue;
    for (const { labels, text } of all) raw.push({ name, labels: { ...labels }, value: text });
  }
  return raw;
}

/** Every model server's metrics. */
export function serverDialect(model: string | null): Dialect {
  return {
    name: 'server',
    knows: (exposition) => ServerScrape.of(exposition) !== null,
    reader: () => (exposition, place, out) => {
      const scrape = ServerScrape.of(exposition, model);
      if (scrape === null) return;
      const sample = emptySample(`server/${scrape.families.name}`, place.stamp);
      sample.server = statsOf(scrape, place.url);
      sample.raw = rawOf(exposition, scrape.families);
      out.sample(sample);
    },
  };
}

/** Where servers keep their metrics: vLLM, SGLang, TGI and llama.cpp; NIM; TensorRT-LLM; Triton on its own port. */
function candidates(base: string): string[] {
  const url = new URL(base);
  const root = `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/v\d+$/, '')}`;
  const triton = new URL('/metrics', url);
  triton.port = '8002';
  return [`${root}/metrics`, `${root}/v1/metrics`, `${root}/prometheus/metrics`, triton.href];
}

type Target = FindContext['targets'][number];

/** The first place of a target that holds a server's metrics; the first place's problem where none does. */
async function find({ url, headers, model }: Target, context: FindContext, signal: AbortSignal): Promise<Source> {
  const dialect = serverDialect(model ?? null);
  const { origin } = new URL(url);
  const looks = candidates(url).map(async (place): Promise<Source | TelemetryProblem> => {
    // Another port may be somebody else's: no key goes there.
    const own = headers !== undefined && new URL(place).origin === origin ? headers : undefined;
    try {
      await recognise(place, [dialect], context, signal, own);
      const name = `server ${plainUrl(place)}`;
      const host = hostOf(place, context.hostname);
      return scrapeSource({ name, url: place, host, context, dialects: [dialect], ...(own && { headers: own }) });
    } catch (error) {
      if (error instanceof TelemetryProblem) return error;
      throw error;
    }
  });
  let first: TelemetryProblem | null = null;
  for (const look of looks) {
    const found = await look;
    if (!(found instanceof TelemetryProblem)) return found;
    first ??= found;
  }
  throw first!;
}

/** A server among others that has no metrics: it says so when it is started. */
function silent(url: string, problem: unknown): Source {
  return { name: `server ${plainUrl(url)}`, start: () => Promise.reject(problem) };
}

/** Metrics of the model servers under load, or of a replica that is named by its URL. */
export const server: SourceKind = {
  name: 'server',
  form: 'server[=URL]',
  auto: true,
  remote: false,
  check: (argument) => void (argument.value === null || metricsUrl(argument)),
  find: (argument, context, signal) =>
    absentUnless(async () => {
      if (argument.value !== null) {
        const url = metricsUrl(argument);
        const target = context.targets.find((candidate) => URL.parse(candidate.url)?.origin === new URL(url).origin);
        const dialect = serverDialect(target?.model ?? null);
        await recognise(url, [dialect], context, signal, target?.headers);
        const headers = target?.headers;
        const name = `server ${plainUrl(url)}`;
        return [
          scrapeSource({
            name,
            url,
            host: hostOf(url, context.hostname),
            context,
            dialects: [dialect],
            ...(headers && { headers }),
          }),
        ];
      }
      if (context.targets.length === 0)
        throw new TelemetryProblem('unavailable', 'There is no target whose metrics could be read.');
      const looks = context.targets.map((target) => find(target, context, signal));
      const found = await Promise.allSettled(looks);
      if (found.every(({ status }) => status === 'rejected')) await looks[0];
      return found.map((look, i) =>
        look.status === 'fulfilled' ? look.value : silent(context.targets[i]!.url, look.reason),
      );
    }),
};
