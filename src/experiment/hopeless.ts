import { judgedLatency } from '../measurement/judgement.ts';
import { requestMetrics } from '../measurement/latency.ts';
import { keeps, parseObjectives, type RequestClause, requestClauses } from '../measurement/objective.ts';
import type { Exchange } from '../record/exchange.ts';

/** Tells a step of a search that its load is so far outside the objectives that measuring on would change nothing. */
export interface Hopeless {
  /** A measured request as it ended. */
  add(exchange: Exchange): void;
  readonly sure: boolean;
}

export interface HopelessOptions {
  readonly objectives: readonly string[];
  readonly closed: boolean;
  /** End of the warm-up. */
  readonly fromMs: number;
}

const leastRequests = 100;
const leastMs = 10_000;
/** Whatever comes after so many is a matter for the percentiles. */
const mostRequests = 4_000;

/**
 * Sure is when of at least 100 requests over 10 seconds more than half are outside the limits of percentiles from p90
 * on (four fifths for a lower one). A load far above what the server bears would otherwise be measured the longest of
 * all: its latencies rise together, so that no percentile is ever certain.
 */
export function createHopeless({ objectives, closed, fromMs }: HopelessOptions): Hopeless {
  const parsed = parseObjectives(objectives);
  const clauses = requestClauses(parsed);
  const low = parsed.some((objective) => objective.kind === 'latency' && objective.statistic === 'p50');
  const mostGood = low ? 0.2 : 0.45;
  let [seen, good, sure] = [0, 0, false];
  return {
    add(exchange) {
      if (clauses.length === 0 || seen >= mostRequests || exchange.outcome.state === 'censored') return;
      seen++;
      if (isInside(exchange, clauses, closed)) good++;
      sure = seen >= leastRequests && exchange.endMs - fromMs >= leastMs && good <= mostGood * seen;
    },
    get sure() {
      return sure;
    },
  };
}

function isInside(exchange: Exchange, clauses: readonly RequestClause[], closed: boolean): boolean {
  if (exchange.outcome.state !== 'ok') return false;
  const metrics = requestMetrics(exchange);
  return clauses.every(({ latency, comparison, limit }) => {
    const value = metrics[judgedLatency(latency, closed) as typeof latency];
    return value === null || keeps(value, comparison, limit);
  });
}
