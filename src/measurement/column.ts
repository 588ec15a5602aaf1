/** A growable column of numbers in pages: appending never copies what is already there. */
export class Column<Page extends Float64Array | Uint32Array | Uint8Array> {
  length = 0;
  private readonly pages: Page[] = [];
  private readonly make: (size: number) => Page;
  private readonly shift: number;
  private readonly mask: number;

  /** @param shift pages hold 2^shift numbers */
  constructor(make: (size: number) => Page, shift: number) {
    this.make = make;
    this.shift = shift;
    this.mask = (1 << shift) - 1;
  }

  push(value: number): void {
    const page = this.length >>> this.shift;
    if (page === this.pages.length) this.pages.push(this.make(1 << this.shift));
    this.pages[page]![this.length & this.mask] = value;
    this.length++;
  }

  /** Undefined behaviour outside [0, length). */
  at(index: number): number {
    return this.pages[index >>> this.shift]![index & this.mask]!;
  }
}

/** A value for each request. */
export const requestColumn = (): Column<Float64Array> => new Column((size) => new Float64Array(size), 10);
/** A value for each content event. */
export const eventColumn = (): Column<Uint32Array> => new Column((size) => new Uint32Array(size), 14);
export const smallEventColumn = (): Column<Uint8Array> => new Column((size) => new Uint8Array(size), 14);
