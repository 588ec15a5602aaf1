/** Things by the time they are due, earliest first, equal times in the order they came: a binary heap. */
export class Agenda<T extends { readonly dueMs: number }> {
  readonly #heap: { readonly item: T; readonly order: number }[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest, which stays; null when there is none. */
  get first(): T | null {
    return this.#heap[0]?.item ?? null;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  /** Due time of the earliest; +∞ when there is none. */
  get nextMs(): number {
    return this.#heap[0]?.item.dueMs ?? Number.POSITIVE_INFINITY;
  }

  add(item: T): void {
    const heap = this.#heap;
    const entry = { item, order: this.#order++ };
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.item.dueMs <= item.dueMs) break; // whoever is there came before
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Removes and returns the earliest. */
  next(): T | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first.item;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first.item;
  }
}

interface Entry {
  readonly item: { readonly dueMs: number };
  readonly order: number;
}

function before(a: Entry, b: Entry): boolean {
  return a.item.dueMs < b.item.dueMs || (a.item.dueMs === b.item.dueMs && a.order < b.order);
}
