/** One of `world` drivers that share a schedule: it takes the indices i with `i mod world == rank`. */
export interface Stripe {
  /** From 0. */
  readonly rank: number;
  readonly world: number;
}

export const wholeStripe: Stripe = { rank: 0, world: 1 };

/** Every `world`-th item from the `rank`-th on. The rest is drawn and left; closing it closes what it draws from. */
export function* striped<T>(all: Iterator<T, unknown>, { rank, world }: Stripe): Generator<T, void, undefined> {
  try {
    for (let i = 0; ; i++) {
      const next = all.next();
      if (next.done === true) return;
      if (i % world === rank) yield next.value;
    }
  } finally {
    all.return?.();
  }
}

/** How many of the first `total` indices belong to the stripe: ⌊total/world⌋, and one more for the first ranks. */
export function shareOf(total: number, { rank, world }: Stripe): number {
  return Math.max(0, Math.ceil((total - rank) / world));
}

/** Index in the whole of the `local`-th item of the stripe. */
export function indexInWhole(local: number, { rank, world }: Stripe): number {
  return local * world + rank;
}
