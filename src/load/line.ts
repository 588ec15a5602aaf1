/** First in, first out, in amortised constant time however long it gets. */
export class Line<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** The i-th from the front, from 0. */
  at(i: number): T | undefined {
    return this.#items[this.#head + i];
  }

  add(item: T): void {
    this.#items.push(item);
  }

  next(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head++];
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
