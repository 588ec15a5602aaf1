import type { RequestUsage } from '../economics/api.ts';
import type { Exchange } from '../record/exchange.ts';
import type { ApiPrice } from './api-price.ts';

/** What the requests of a run would have cost at an API: each at its own size and time (section 2.6, E12). */
export interface ApiTrace {
  /** List price of all requests that could be priced. */
  readonly usd: number;
  readonly requests: number;
  /** Requests without usage, or without a price. */
  readonly unpriced: number;
  readonly usage: RequestUsage;
}

/** Prices requests as they are read; failed ones are left out on both sides. Times are those of the run. */
export function traceAt(price: ApiPrice, startedUnixMs: number): { add(exchange: Exchange): void; result(): ApiTrace } {
  let [usd, lost, requests, unpriced] = [0, 0, 0, 0];
  const total = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, cacheWriteHourTokens: 0, outputTokens: 0 };
  return {
    add(exchange) {
      if (exchange.outcome.state !== 'ok') return;
      const usage = usageOf(exchange);
      const asked = usage === null ? null : price.priceUsd(usage, startedUnixMs + (exchange.sentMs ?? exchange.dueMs));
      if (usage === null || asked === null || (asked === 0 && usage.inputTokens + usage.outputTokens > 0)) {
        unpriced++;
        return;
      }
      requests++;
      for (const key of Object.keys(total) as (keyof RequestUsage)[]) total[key] += usage[key];
      // Compensated summation: small doubles of a long run drift.
      const next = asked - lost;
      const sum = usd + next;
      lost = sum - usd - next;
      usd = sum;
    },
    result: () => ({ usd, requests, unpriced, usage: { ...total } }),
  };
}

function usageOf({ usage }: Exchange): RequestUsage | null {
  if (usage === null || usage.input === null || usage.output === null) return null;
  return {
    inputTokens: usage.input,
    cacheReadTokens: usage.inputCached ?? 0,
    cacheWriteTokens: usage.inputCacheWrite ?? 0,
    cacheWriteHourTokens: 0,
    outputTokens: usage.output,
  };
}
