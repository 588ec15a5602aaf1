import type { ServerCounters } from '../record/server.ts';
import { readExposition, type Series } from './exposition.ts';
import { ServerScrape } from './server-families.ts';

/** vLLM counts aborts among its successes; Dynamo counts errors among its requests. */
export function finishedWell({ labels }: Series): boolean {
  const reason = labels['finished_reason'] ?? labels['finish_reason'];
  return reason !== 'abort' && reason !== 'error' && (labels['status'] === undefined || labels['status'] === 'success');
}

/** Prompt tokens with cached ones, whatever the server counts apart. */
export function promptTokens(scrape: ServerScrape): number | undefined {
  const own = scrape.sum(scrape.families.totals.prompt_tokens_total);
  const apart = scrape.sum(scrape.families.alsoPrompt);
  return own === undefined ? undefined : own + (apart ?? 0);
}

/**
 * Reads a model server's token counters out of its `/metrics` text.
 * @param model only its series, where the endpoint tells of several models
 * @returns null when the text holds no family of a server that is known to count tokens exactly
 */
export function readServerCounters(metrics: string, model: string | null = null): ServerCounters | null {
  const scrape = ServerScrape.of(readExposition(metrics), model);
  if (scrape === null || !scrape.families.exact) return null;
  const { name, totals, gauges } = scrape.families;
  const output = scrape.sum(totals.generation_tokens_total);
  if (output === undefined) return null;
  const running = scrape.sum(gauges.running);
  const waiting = scrape.sum(gauges.waiting);
  return {
    dialect: name,
    output,
    input: promptTokens(scrape) ?? null,
    requests: scrape.sum(totals.requests_total, finishedWell) ?? null,
    inFlight: running === undefined && waiting === undefined ? null : (running ?? 0) + (waiting ?? 0),
  };
}
