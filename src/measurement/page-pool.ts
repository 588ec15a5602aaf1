import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Page = Float64Array | Float32Array | Uint32Array | Uint8Array;

export const kindOf = (page: Page): string => page.constructor.name;

/** Memory for full pages; what is beyond it lies on disk. */
const usualBudgetBytes = 16 * 2 ** 20;
/** Dropped pages that wait to be filled again, of each size. */
const mostSpare = 64;

/** Where the pages of finished folds leave their file open: it is closed when the pool is gone. */
const openFiles = new FinalizationRegistry<number>((file) => closeSync(file));
let files = 0;

/**
 * Full pages of columns. Those used lately are held in memory up to a budget; the others go to a file that has no name
 * any more once it is open, so that it vanishes with the process. Where no file can be written, all pages stay in memory.
 */
export class PagePool {
  readonly #budgetBytes: number;
  readonly #folders: readonly string[];
  /** Pages by number; null where only the file has them. */
  readonly #pages: (Page | null)[] = [];
  /** 1 where a page was used since the hand last passed it. */
  readonly #used: number[] = [];
  /** Of each page: its place in the file, −1 while it is not there. */
  readonly #places: number[] = [];
  /** Numbers of the held pages; the hand goes round them and drops what was not used since its last visit. */
  readonly #round: number[] = [];
  #hand = 0;
  /** Dropped pages by their kind of array; each kind has one size. */
  readonly #spare = new Map<string, Page[]>();
  /** Rises whenever a dropped page is filled anew: whoever holds one to read must ask for it again. */
  refilled = 0;
  #heldBytes = 0;
  #fileBytes = 0;
  /** Null until the first page goes to disk; undefined when none can. */
  #file: number | null | undefined = null;

  /** @param folder where the file is made; the system's temporary folder where that one cannot be written */
  constructor({ folder, budgetBytes = usualBudgetBytes }: { folder?: string; budgetBytes?: number } = {}) {
    this.#budgetBytes = budgetBytes;
    this.#folders = folder === undefined ? [tmpdir()] : [folder, tmpdir()];
  }

  /** Bytes that went to disk. */
  get spilledBytes(): number {
    return this.#fileBytes;
  }

  /** A page to fill, in which old numbers may stand; `make` gives a new one of that kind and size. */
  fresh<P extends Page>(make: () => P, kind: string): P {
    const spare = this.#spare.get(kind)?.pop();
    if (spare === undefined) return make();
    this.refilled++;
    return spare as P;
  }

  /** Takes a page that will not change any more; returns its number. */
  add(page: Page): number {
    const number = this.#places.push(-1) - 1;
    this.#hold(number, page);
    return number;
  }

  /** A page by its number, to be read at once; `make` as for `fresh`. */
  get(number: number, make: () => Page, kind: string): Page {
    const held = this.#pages[number];
    if (held !== null && held !== undefined) {
      this.#used[number] = 1;
      return held;
    }
    const page = this.fresh(make, kind);
    for (let done = 0; done < page.byteLength; ) {
      const read = readSync(this.#file!, page, done, page.byteLength - done, this.#places[number]! + done);
      if (read === 0) throw new Error('a page of measured values is gone from its temporary file');
      done += read;
    }
    this.#hold(number, page);
    return page;
  }

  #hold(number: number, page: Page): void {
    while (this.#heldBytes + page.byteLength > this.#budgetBytes && this.#round.length > 0) if (!this.#drop()) break;
    this.#pages[number] = page;
    this.#used[number] = 1;
    this.#round.push(number);
    this.#heldBytes += page.byteLength;
  }

  /** Lets go of one page; false when the disk does not take it. */
  #drop(): boolean {
    for (;;) {
      if (this.#hand >= this.#round.length) this.#hand = 0;
      const number = this.#round[this.#hand]!;
      if (this.#used[number] === 1) {
        this.#used[number] = 0;
        this.#hand++;
        continue;
      }
      const page = this.#pages[number]!;
      if (this.#places[number] === -1 && !this.#write(number, page)) return false;
      this.#pages[number] = null;
      this.#heldBytes -= page.byteLength;
      this.#keep(page);
      const last = this.#round.pop()!;
      if (last !== number) this.#round[this.#hand] = last;
      return true;
    }
  }

  #keep(page: Page): void {
    const kind = kindOf(page);
    const spare = this.#spare.get(kind) ?? [];
    this.#spare.set(kind, spare);
    if (spare.length < mostSpare) spare.push(page);
  }

  /** False when it cannot be written: then it stays in memory, and so does all that follows. */
  #write(number: number, page: Page): boolean {
    if (this.#file === null) this.#open();
    if (this.#file === null || this.#file === undefined) return false;
    try {
      for (let done = 0; done < page.byteLength; )
        done += writeSync(this.#file, page, done, page.byteLength - done, this.#fileBytes + done);
    } catch {
      return false;
    }
    this.#places[number] = this.#fileBytes;
    this.#fileBytes += page.byteLength;
    return true;
  }

  #open(): void {
    for (const folder of this.#folders) {
      const path = join(folder, `.pages-${process.pid}-${files++}`);
      try {
        this.#file = openSync(path, 'wx+', 0o600);
      } catch {
        continue;
      }
      openFiles.register(this, this.#file);
      try {
        rmSync(path);
      } catch {
        // it stays behind, and serves all the same
      }
      return;
    }
    this.#file = undefined;
  }
}
