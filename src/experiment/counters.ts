import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerCounters } from '../record/server.ts';
import { createAsker } from '../target/ask.ts';
import { readServerCounters } from '../telemetry/counters.ts';
import type { Plan } from './plan.ts';
import type { Reached } from './reach.ts';

export interface CounterSource {
  /** Counters of a server at rest; null where it has none or they cannot be read. */
  read(): Promise<ServerCounters | null>;
  close(): void;
}

const timeoutMs = 3_000;
const betweenMs = 100;
const mostTries = 20;

/**
 * Reads the token counters in the server's own metrics. Servers count a little behind the last byte they sent, so a
 * reading is taken only when nothing is in flight and two readings in a row agree, or after two seconds.
 */
export function readServerCountersOf(reached: Reached, plan: Plan): CounterSource {
  const path = reached.features.metrics;
  if (path === null) return { read: async () => null, close: () => {} };
  const { url, apiKey, headers } = reached;
  const asker = createAsker({ url, apiKey, headers, caFile: plan.target.caFile, timeoutMs });
  const once = async () => {
    const answer = await asker.ask({ path }).catch(() => null);
    return answer?.status === 200 ? readServerCounters(answer.text) : null;
  };
  return {
    async read() {
      let last = await once();
      for (let tries = 1; last !== null && tries < mostTries; tries++) {
        await sleep(betweenMs);
        const next = await once();
        const same = next !== null && next.output === last.output && next.input === last.input;
        if (same && (next.inFlight ?? 0) === 0) return next;
        last = next;
      }
      return last;
    },
    close: () => asker.close(),
  };
}
