/** Something that has to happen at a time. */
export interface Timed {
  /** Time of the next event, or +∞. */
  nextAt(): number;
  /** Lets everything happen that is due at `nowMs`, in order of its due time. */
  advance(nowMs: number): void;
}

/** Binary heap of items by due time; items of one due time leave in the order in which they came. */
export class DueHeap<T> {
  readonly #items: { at: number; order: number; item: T }[] = [];
  #order = 0;

  get size(): number {
    return this.#items.length;
  }

  nextAt(): number {
    return this.#items[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  push(at: number, item: T): void {
    const entry = { at, order: this.#order++, item };
    const items = this.#items;
    let i = items.length;
    items.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (before(items[parent]!, entry)) break;
      items[i] = items[parent]!;
      i = parent;
    }
    items[i] = entry;
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top?.item;
    let i = 0;
    for (let child = 1; child < items.length; child = 2 * i + 1) {
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++;
      if (before(last, items[child]!)) break;
      items[i] = items[child]!;
      i = child;
    }
    items[i] = last;
    return top.item;
  }
}

function before(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Calls at or after a time, for what is not paced by tokens. */
export class Agenda implements Timed {
  readonly #heap = new DueHeap<() => void>();

  at(atMs: number, call: () => void): void {
    this.#heap.push(atMs, call);
  }

  nextAt(): number {
    return this.#heap.nextAt();
  }

  advance(nowMs: number): void {
    while (this.#heap.nextAt() <= nowMs) this.#heap.pop()!();
  }
}
