import type { HttpReply } from './http.ts';

/** A reply of which nothing leaves before `release`: the fault `slow_header`. What was said meanwhile follows at once. */
export class HeldReply implements HttpReply {
  readonly #inner: HttpReply;
  #held: (() => void)[] | null = [];

  constructor(inner: HttpReply) {
    this.#inner = inner;
  }

  get onGone(): (() => void) | null {
    return this.#inner.onGone;
  }

  set onGone(call: (() => void) | null) {
    this.#inner.onGone = call;
  }

  get closed(): boolean {
    return this.#inner.closed;
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const say of held) if (!this.#inner.closed) say();
  }

  respond(status: number, headers: string, body: string): void {
    this.#say(() => this.#inner.respond(status, headers, body));
  }

  open(status: number, headers: string): void {
    this.#say(() => this.#inner.open(status, headers));
  }

  write(chunks: string): void {
    this.#say(() => this.#inner.write(chunks));
  }

  end(chunks: string): void {
    this.#say(() => this.#inner.end(chunks));
  }

  breakOff(bytes: string): void {
    this.#say(() => this.#inner.breakOff(bytes));
  }

  reset(): void {
    this.#say(() => this.#inner.reset());
  }

  #say(say: () => void): void {
    if (this.#held === null) say();
    else this.#held.push(say);
  }
}
