import type { Turn } from '../record/turn.ts';
import type { Received } from '../target/target.ts';
import { type Gate, type Reserve, reserveOf } from './gate.ts';

/** Tokens of requests by price class; cached and written ones lie inside the input. */
export interface SpentTokens {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
}

export interface BudgetOptions {
  /** Null = no such limit. */
  readonly usd: number | null;
  readonly tokens: number | null;
  /** Price of one request; null where none is known, which a budget in USD does not allow. */
  readonly priceUsd: ((usage: SpentTokens) => number) | null;
  /** Choices of a reply. */
  readonly choices: number;
  /** The planned input lengths are the server's own count, not an estimate; default true. */
  readonly counted?: boolean;
}

/**
 * Keeps what a run costs below a budget: a request starts only if, with all that is in flight at its longest, it still
 * fits. What a reply's usage says replaces what was reserved for it; a refusal costs nothing, and a reply that broke off
 * or says nothing what was reserved.
 */
export class Budget implements Gate {
  /** A request did not fit. */
  exhausted = false;
  usd = 0;
  inputTokens = 0;
  outputTokens = 0;
  #reservedUsd = 0;
  #reservedTokens = 0;
  #inFlight = 0;
  readonly #options: BudgetOptions;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  /** Whether so many tokens would fit into an untouched budget. */
  fits(reserve: Reserve): boolean {
    const { usd, tokens } = this.#options;
    return this.#price(reserve) <= (usd ?? Infinity) && sumOf(reserve) <= (tokens ?? Infinity);
  }

  opensMs(turn: Turn, nowMs: number): number {
    const reserve = this.#reserveOf(turn);
    const { usd, tokens } = this.#options;
    const usdLeft = (usd ?? Infinity) - this.usd;
    const tokensLeft = (tokens ?? Infinity) - this.inputTokens - this.outputTokens;
    const [price, sum] = [this.#price(reserve), sumOf(reserve)];
    if (this.#reservedUsd + price <= usdLeft && this.#reservedTokens + sum <= tokensLeft) return nowMs;
    // It may fit once those in flight have ended below what was reserved for them.
    if (this.#inFlight > 0 && price <= usdLeft && sum <= tokensLeft) return nowMs + 60_000;
    this.exhausted = true;
    return Number.POSITIVE_INFINITY;
  }

  sent(turn: Turn): void {
    this.#reserve(turn, 1);
  }

  landed(turn: Turn, { outcome, usage, chunks }: Received): void {
    const reserve = this.#reserve(turn, -1);
    const refused = outcome.state === 'failed' && outcome.status !== null && outcome.status >= 400;
    if (refused && chunks.atUs.length === 0 && usage === null) return;
    const inputTokens = usage?.input ?? reserve.inputTokens;
    const outputTokens = (outcome.state === 'ok' ? usage?.output : null) ?? reserve.outputTokens;
    const cacheReadTokens = Math.min(inputTokens, usage?.inputCached ?? 0);
    const cacheWriteTokens = Math.min(inputTokens - cacheReadTokens, usage?.inputCacheWrite ?? 0);
    this.take({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens });
  }

  /** So much was used. */
  take(usage: SpentTokens): void {
    this.inputTokens += usage.inputTokens;
    this.outputTokens += usage.outputTokens;
    this.usd += this.#options.priceUsd?.(usage) ?? 0;
  }

  #reserve(turn: Turn, sign: 1 | -1): Reserve {
    const reserve = this.#reserveOf(turn);
    this.#reservedUsd += sign * this.#price(reserve);
    this.#reservedTokens += sign * sumOf(reserve);
    this.#inFlight += sign;
    if (this.#inFlight === 0) this.#reservedUsd = 0; // no rest of rounding
    return reserve;
  }

  #reserveOf(turn: Turn): Reserve {
    const { choices, counted = true } = this.#options;
    return reserveOf(turn, choices, counted);
  }

  #price({ inputTokens, outputTokens }: Reserve): number {
    const { priceUsd } = this.#options;
    return priceUsd?.({ inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 }) ?? 0;
  }
}

const sumOf = ({ inputTokens, outputTokens }: Reserve) => inputTokens + outputTokens;
