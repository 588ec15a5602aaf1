import type { Dialect } from './dialect.ts';
import { readExposition } from './exposition.ts';
import { pollSource } from './poll-source.ts';
import { plainUrl, scrape } from './scrape.ts';
import type { FindContext, Source } from './source.ts';

export interface ScrapeSourceOptions {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Host of samples whose exporter does not name one. */
  readonly host: string;
  readonly context: FindContext;
  readonly dialects: readonly Dialect[];
}

/** Scraping costs the server time. */
const shortestMs = 200;
const timeoutMs = 5_000;

/** An endpoint that is read at the run's interval. */
export function scrapeSource({ name, url, headers, host, context, dialects }: ScrapeSourceOptions): Source {
  return pollSource({
    name,
    host,
    context,
    shortestMs,
    begin() {
      const readers = dialects.map((dialect) => dialect.reader());
      return async (out, stamp, signal) => {
        const got = await scrape(url, { timeoutMs, signal, ...(headers && { headers }) });
        // Before it is parsed: the exporter read its values while the call lasted.
        const place = { stamp: stamp(), url: plainUrl(url) };
        const exposition = readExposition(got.text, { buckets: false });
        for (const read of readers) read(exposition, place, out);
      };
    },
  });
}
