import type { ServerHistogram, ServerStats } from '../record/sample.ts';
import { finishedWell, promptTokens } from './counters.ts';
import { present } from './quantity.ts';
import type { ServerScrape } from './server-families.ts';
import type { ServerTiming } from './server-names.ts';

/** Gauges of several engines at one address. */
function enginesOf(scrape: ServerScrape): ServerStats['engines'] {
  const ids = new Map<string, { id: string; running?: number; waiting?: number; kv_usage?: number }>();
  const { gauges } = scrape.families;
  for (const key of ['running', 'waiting', 'kv_usage'] as const)
    for (const { labels, value } of scrape.first(gauges[key])) {
      const id = labels['engine'] ?? labels['dp_rank'];
      if (id === undefined || !Number.isFinite(value)) continue;
      const engine = ids.get(id) ?? { id };
      engine[key] = Math.max(engine[key] ?? value, value);
      ids.set(id, engine);
    }
  return ids.size > 1 ? [...ids.values()] : undefined;
}

function histogram(scrape: ServerScrape, names: readonly string[] | undefined): ServerHistogram | undefined {
  for (const name of names ?? []) {
    const sum = scrape.sum([`${name}_sum`]);
    const count = scrape.sum([`${name}_count`]);
    if (sum !== undefined && count !== undefined) return { sum, count };
  }
  return undefined;
}

/**
 * Creation of the server's counters, the earliest of all: it changes when a server starts anew. Later ones are of label
 * sets that occurred for the first time.
 */
function createdOf(scrape: ServerScrape): number | undefined {
  const names = Object.values(scrape.families.totals).flat();
  const created = names.flatMap((name) => scrape.named(name.replace(/_total$/, '_created')).map(({ value }) => value));
  const known = created.filter(Number.isFinite);
  return known.length === 0 ? undefined : Math.min(...known);
}

function modelsOf(scrape: ServerScrape): string[] | undefined {
  const { gauges, totals } = scrape.families;
  const all = [gauges.running, totals.generation_tokens_total, totals.requests_total].flatMap((names) =>
    scrape.first(names),
  );
  const names = new Set(all.flatMap(({ labels }) => labels['model_name'] ?? labels['model'] ?? []));
  return names.size === 0 ? undefined : [...names].sort();
}

/**
 * A model server's gauges and counters out of one scrape.
 * @param url where it was read, without its query
 */
export function statsOf(scrape: ServerScrape, url: string): ServerStats {
  const { name, gauges, totals, timings } = scrape.families;
  const counted = Object.fromEntries(
    Object.entries(totals)
      .filter(([key]) => key !== 'prompt_tokens_total')
      .map(([key, names]) => [key, scrape.sum(names, key === 'requests_total' ? finishedWell : undefined)]),
  );
  const timed = Object.fromEntries(
    (Object.entries(timings) as [ServerTiming, readonly string[]][]).map(([key, names]) => [
      key,
      histogram(scrape, names),
    ]),
  );
  // Families of estimates stand at 0 where the server was not told to make them.
  if (counted['flops_total'] === 0)
    for (const key of ['flops_total', 'memory_read_b_total', 'memory_written_b_total']) delete counted[key];
  return present<ServerStats>({
    dialect: name,
    url,
    models: modelsOf(scrape),
    running: scrape.sum(gauges.running),
    waiting: scrape.sum(gauges.waiting),
    kv_usage: scrape.largest(gauges.kv_usage),
    ...counted,
    prompt_tokens_total: promptTokens(scrape),
    ...timed,
    started_unix_s: scrape.largest(['process_start_time_seconds']),
    created_unix_s: createdOf(scrape),
    engines: enginesOf(scrape),
  });
}
