import type { RateLimit } from '../record/exchange.ts';
import type { Turn } from '../record/turn.ts';
import type { Received } from '../target/target.ts';
import { type Gate, reserveOf } from './gate.ts';

/** Of every limit this share stays unused, for what the client cannot see. */
const reserveShare = 0.05;
const defaultWindowS = 60;
/** Wait behind a refusal that names none, doubled with each further one. */
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;
/** A reply in flight will tell more: its end is looked at anyway. */
const lookAgainMs = 60_000;
/** Reset times are rounded, and clocks differ. */
const slackMs = 100;

type Costs = Readonly<Record<RateLimit['of'], number>>;

interface Known {
  readonly limit: RateLimit;
  /** When the head came that stated it. */
  readonly headMs: number;
}

/**
 * Keeps a load below an account's limits, as the latest reply stated them: what was left then, what has come back since
 * (in proportion, until the limit is whole again), less what was sent since. The first request goes alone, since nothing
 * is known before its reply. Behind a refusal all waits as long as it says, and from then on nothing counts as come back
 * before the whole limit does: the window is a fixed one.
 */
export class Pace implements Gate {
  /** Requests that were refused although the load was paced. */
  refusals = 0;
  readonly #known = new Map<string, Known>();
  #sent: { readonly atMs: number; readonly costs: Costs }[] = [];
  /** In flight: the server may or may not have counted them yet, so that they count here. */
  readonly #flying = new Map<Turn, { readonly atMs: number; readonly costs: Costs }[]>();
  #sentCount = 0;
  #landedCount = 0;
  #blockedUntilMs = Number.NEGATIVE_INFINITY;
  #waitMs = firstWaitMs;
  #fixedWindow = false;

  opensMs(turn: Turn, nowMs: number): number {
    if (this.#landedCount === 0 && this.#sentCount > 0) return nowMs + lookAgainMs;
    let atMs = Math.max(nowMs, this.#blockedUntilMs);
    const costs = costsOf(turn);
    for (const known of this.#known.values()) atMs = Math.max(atMs, this.#opensBy(known, costs, nowMs));
    return atMs;
  }

  sent(turn: Turn, nowMs: number): void {
    this.#sentCount++;
    const sent = { atMs: nowMs, costs: costsOf(turn) };
    this.#sent.push(sent);
    this.#flying.set(turn, [...(this.#flying.get(turn) ?? []), sent]);
    if (this.#sent.length > 4096) this.#forget(nowMs);
  }

  landed(turn: Turn, { outcome, limits, headersMs, endMs }: Received): void {
    this.#landedCount++;
    const [, ...rest] = this.#flying.get(turn) ?? [];
    if (rest.length === 0) this.#flying.delete(turn);
    else this.#flying.set(turn, rest);
    if (headersMs !== null) for (const limit of limits ?? []) this.#learn(limit, headersMs);
    if (outcome.state !== 'failed') {
      if (outcome.state === 'ok') this.#waitMs = firstWaitMs;
      return;
    }
    if (outcome.code !== 'rate_limited' && outcome.code !== 'overloaded') return;
    this.refusals++;
    if (outcome.code === 'rate_limited') this.#fixedWindow = true;
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs, endMs + (outcome.retryAfterMs ?? this.#waitMs));
    if (outcome.retryAfterMs === null) this.#waitMs = Math.min(longestWaitMs, 2 * this.#waitMs);
  }

  #learn(limit: RateLimit, headMs: number): void {
    const key = `${limit.of} ${limit.windowS}`;
    const before = this.#known.get(key);
    // of heads that came together, the one that leaves least is the last one counted
    const least = before?.headMs === headMs ? (before.limit.remaining ?? Infinity) : Infinity;
    if (before === undefined || before.headMs < headMs || (limit.remaining ?? Infinity) < least)
      this.#known.set(key, { limit, headMs });
  }

  #opensBy(known: Known, costs: Costs, nowMs: number): number {
    const { of, limit, remaining, windowS } = known.limit;
    const cost = costs[of];
    const windowMs = (windowS ?? defaultWindowS) * 1000;
    if (remaining === null) return this.#opensByWindow(of, limit!, windowMs, cost, nowMs);
    const resetMs = known.limit.resetMs ?? windowMs;
    const whole = limit ?? remaining;
    const wholeMs = known.headMs + resetMs + slackMs;
    // What does not even fit into the whole limit is for the server to refuse.
    const kept = Math.max(0, Math.min(reserveShare * whole, whole - cost));
    const used = this.#usedSince(of, known.headMs);
    const needed = Math.min(cost + kept + used, whole);
    if (remaining >= needed) return nowMs;
    if (nowMs >= wholeMs) {
      const usedAnew = this.#usedSince(of, wholeMs, false);
      return usedAnew === 0 || usedAnew + cost + kept <= whole ? nowMs : nowMs + lookAgainMs;
    }
    const perMs = this.#fixedWindow || resetMs <= 0 ? 0 : (whole - remaining) / resetMs;
    return perMs > 0 ? Math.min(wholeMs, known.headMs + (needed - remaining) / perMs) : wholeMs;
  }

  /** Only the size of the limit is told: what was sent within the window counts. */
  #opensByWindow(of: RateLimit['of'], limit: number, windowMs: number, cost: number, nowMs: number): number {
    const within = this.#sent.filter(({ atMs }) => atMs > nowMs - windowMs);
    let used = within.reduce((sum, { costs }) => sum + costs[of], 0);
    for (const { atMs, costs } of within) {
      if (used + cost <= limit * (1 - reserveShare)) return nowMs;
      used -= costs[of];
      if (used + cost <= limit * (1 - reserveShare)) return atMs + windowMs;
    }
    return nowMs;
  }

  #usedSince(of: RateLimit['of'], headMs: number, flying = true): number {
    let used = 0;
    for (let i = this.#sent.length - 1; i >= 0 && this.#sent[i]!.atMs > headMs; i--) used += this.#sent[i]!.costs[of];
    if (!flying) return used;
    for (const list of this.#flying.values()) for (const { atMs, costs } of list) if (atMs <= headMs) used += costs[of];
    return used;
  }

  #forget(nowMs: number): void {
    const heads = [...this.#known.values()].map(({ headMs }) => headMs);
    const windows = [...this.#known.values()].map(({ limit }) => (limit.windowS ?? defaultWindowS) * 1000);
    const fromMs = Math.min(...heads, nowMs - Math.max(defaultWindowS * 1000, ...windows));
    this.#sent = this.#sent.filter(({ atMs }) => atMs >= fromMs);
  }
}

function costsOf(turn: Turn): Costs {
  const { inputTokens, outputTokens } = reserveOf(turn);
  return { requests: 1, tokens: inputTokens + outputTokens, inputTokens, outputTokens };
}
