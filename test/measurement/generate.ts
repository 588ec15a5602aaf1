import { createRandom, type Random } from '../../src/random/random.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import { exchange, usage } from './facts.ts';

/** A server of known truth for the measurement alone: no sockets, times drawn from a seed. */
export interface Truth {
  readonly ttftMs: number;
  readonly tpotMs: number;
  readonly outputTokens: number;
  /** Relative spread of both times. */
  readonly jitter: number;
  /** Extra TTFT a request already in flight. */
  readonly queueMs?: number;
  /** Output tokens vary by this much, relative. */
  readonly spread?: number;
}

const us = (ms: number) => Math.round(ms * 1000) / 1000;

function reply(seq: number, dueMs: number, sentMs: number, truth: Truth, waiting: number, random: Random): Exchange {
  const noise = () => Math.max(0.2, 1 + truth.jitter * random.normal());
  const tokens = Math.max(2, Math.round(truth.outputTokens * (1 + (truth.spread ?? 0) * (2 * random.next() - 1))));
  const events: number[] = [];
  let atMs = sentMs + (truth.ttftMs + waiting * (truth.queueMs ?? 0)) * noise();
  for (let k = 0; k < tokens; k++) {
    events.push(us(atMs));
    atMs += truth.tpotMs * noise();
  }
  return exchange(
    { seq, dueMs, sentMs, events, tokens: null, endMs: us(events.at(-1)! + 0.3) },
    { usage: usage(128, tokens, 0), plannedInputTokens: 128, plannedOutputTokens: tokens },
  );
}

/** `concurrency` slots that start their next request right after the last one until `stopMs`. */
export function closedLoop(concurrency: number, stopMs: number, truth: Truth, seed = 1): Exchange[] {
  const random = createRandom(seed, 'truth');
  const free = Array.from({ length: concurrency }, () => 0);
  const made: Exchange[] = [];
  for (;;) {
    const slot = free.indexOf(Math.min(...free));
    const dueMs = free[slot]!;
    if (dueMs >= stopMs) return made;
    const one = reply(made.length, dueMs, us(dueMs + 0.05 + 0.2 * random.next()), truth, concurrency - 1, random);
    free[slot] = one.endMs;
    made.push(one);
  }
}

/** Poisson arrivals at `ratePerS` until `stopMs`, each served at once; `queueMs` counts the requests then in flight. */
export function openLoop(ratePerS: number, stopMs: number, truth: Truth, seed = 1): Exchange[] {
  const random = createRandom(seed, 'truth');
  const made: Exchange[] = [];
  let open: number[] = [];
  let atMs = 0;
  for (;;) {
    atMs += (random.exponential() * 1000) / ratePerS;
    if (atMs >= stopMs) return made;
    const dueMs = us(atMs);
    open = open.filter((endMs) => endMs > dueMs);
    const one = reply(made.length, dueMs, us(dueMs + 0.1 + 0.3 * random.next()), truth, open.length, random);
    open.push(one.endMs);
    made.push(one);
  }
}
