/** Count, mean and variance in one pass (Welford; merged as Chan et al.), with the exact extremes. */
export class Moments {
  n = 0;
  min: number | null = null;
  max: number | null = null;
  #mean = 0;
  #squares = 0;

  /** @param count weight as a whole number of equal values */
  add(value: number, count = 1): void {
    if (count === 0) return;
    this.n += count;
    const delta = value - this.#mean;
    this.#mean += (delta * count) / this.n;
    this.#squares += delta * (value - this.#mean) * count;
    if (this.min === null || value < this.min) this.min = value;
    if (this.max === null || value > this.max) this.max = value;
  }

  merge(other: Moments): void {
    if (other.n === 0) return;
    const n = this.n + other.n;
    const delta = other.#mean - this.#mean;
    this.#mean += (delta * other.n) / n;
    this.#squares += other.#squares + (delta * delta * this.n * other.n) / n;
    this.n = n;
    this.min = Math.min(this.min ?? Number.POSITIVE_INFINITY, other.min!);
    this.max = Math.max(this.max ?? Number.NEGATIVE_INFINITY, other.max!);
  }

  get mean(): number | null {
    return this.n === 0 ? null : this.#mean;
  }

  /** Of the sample, divisor n − 1; null below two values. */
  get variance(): number | null {
    return this.n < 2 ? null : this.#squares / (this.n - 1);
  }

  get stddev(): number | null {
    return this.variance === null ? null : Math.sqrt(this.variance);
  }

  /** Coefficient of variation; null without a spread or a mean. */
  get cv(): number | null {
    return this.stddev === null || this.#mean === 0 ? null : this.stddev / this.#mean;
  }

  static of(values: Iterable<number>): Moments {
    const moments = new Moments();
    for (const value of values) moments.add(value);
    return moments;
  }
}
