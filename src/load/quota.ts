/** How many requests may become due in a drive, and how many of those that count did. */
export class Quota {
  #most: number;
  #released = 0;
  #fromMs = Number.NEGATIVE_INFINITY;

  /** @param most null = no limit */
  constructor(most: number | null) {
    this.#most = most ?? Number.POSITIVE_INFINITY;
  }

  get isFull(): boolean {
    return this.#released >= this.#most;
  }

  get left(): number {
    return this.#most - this.#released;
  }

  /** A request became due, or was taken back; what was due before `fromMs` does not count. */
  count(dueMs: number, one: 1 | -1): void {
    if (dueMs >= this.#fromMs) this.#released += one;
  }

  limit(further: number, fromMs?: number): void {
    if (fromMs !== undefined) this.#fromMs = fromMs;
    this.#most = Math.min(this.#most, this.#released + further);
  }

  /** How many more there may be of `total`. */
  leftOf(total: number): number {
    return Math.max(0, total - this.#released);
  }
}
