import { kindOf, type Page, type PagePool } from './page-pool.ts';

/** A growable column of numbers in pages: appending never copies what is already there, and full pages are the pool's. */
export class Column<P extends Page> {
  length = 0;
  private readonly pool: PagePool;
  private readonly make: () => P;
  private readonly shift: number;
  private readonly mask: number;
  /** Numbers of the full pages in the pool. */
  private readonly full: number[] = [];
  private filling: P | null = null;
  /** The full page that was read last. */
  private last: P | null = null;
  private lastIndex = -1;
  private lastStamp = -1;
  private readonly kind: string;

  /** @param shift pages hold 2^shift numbers */
  constructor(pool: PagePool, make: (size: number) => P, shift: number) {
    this.pool = pool;
    this.make = () => make(1 << shift);
    this.shift = shift;
    this.mask = (1 << shift) - 1;
    this.kind = kindOf(make(0));
  }

  push(value: number): void {
    this.filling ??= this.pool.fresh(this.make, this.kind);
    this.filling[this.length & this.mask] = value;
    this.length++;
    if ((this.length & this.mask) !== 0) return;
    this.full.push(this.pool.add(this.filling));
    this.filling = null;
  }

  /** Undefined behaviour outside [0, length). */
  at(index: number): number {
    return this.page(index)[index & this.mask]!;
  }

  private page(index: number): P {
    const page = index >>> this.shift;
    if (page === this.lastIndex && this.lastStamp === this.pool.refilled) return this.last!;
    if (page === this.full.length) return this.filling!;
    this.last = this.pool.get(this.full[page]!, this.make, this.kind) as P;
    this.lastIndex = page;
    this.lastStamp = this.pool.refilled;
    return this.last;
  }

  /** Copies `count` numbers from `start` on into the beginning of an array. */
  read(start: number, count: number, into: Float64Array): void {
    for (let done = 0; done < count; ) {
      const index = start + done;
      const offset = index & this.mask;
      const length = Math.min(count - done, this.mask + 1 - offset);
      into.set(this.page(index).subarray(offset, offset + length), done);
      done += length;
    }
  }
}

/** A value for each request. */
export const requestColumn = (pool: PagePool): Column<Float64Array> =>
  new Column(pool, (size) => new Float64Array(size), 10);
/** The same, where single floats hold it. */
export const smallRequestColumn = (pool: PagePool): Column<Float32Array> =>
  new Column(pool, (size) => new Float32Array(size), 11);
/** A value for each content event. */
export const eventColumn = (pool: PagePool): Column<Uint32Array> =>
  new Column(pool, (size) => new Uint32Array(size), 14);
export const smallEventColumn = (pool: PagePool): Column<Uint8Array> =>
  new Column(pool, (size) => new Uint8Array(size), 14);
