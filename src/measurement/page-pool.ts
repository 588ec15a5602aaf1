import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Page = Float64Array | Uint32Array | Uint8Array;

/** Memory for full pages; what is beyond it lies on disk. */
const usualBudgetBytes = 32 * 2 ** 20;

/** Where the pages of finished folds leave their file open: it is closed when the pool is gone. */
const openFiles = new FinalizationRegistry<number>((file) => closeSync(file));
let files = 0;

/**
 * Full pages of columns. The last used ones are held in memory up to a budget; the others go to a file that has no name
 * any more once it is open, so that it vanishes with the process. Where no file can be written, all pages stay in memory.
 */
export class PagePool {
  readonly #budgetBytes: number;
  readonly #folders: readonly string[];
  /** Held pages by number, the longest unused first. */
  readonly #held = new Map<number, Page>();
  /** Of each page: its place in the file, −1 while it is not there. */
  readonly #places: number[] = [];
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

  /** Takes a page that will not change any more; returns its number. */
  add(page: Page): number {
    const number = this.#places.push(-1) - 1;
    this.#hold(number, page);
    return number;
  }

  /** A page by its number; `make` gives an empty one of its kind and size to read it into. */
  get(number: number, make: () => Page): Page {
    const held = this.#held.get(number);
    if (held !== undefined) {
      this.#held.delete(number);
      this.#held.set(number, held);
      return held;
    }
    const page = make();
    for (let done = 0; done < page.byteLength; ) {
      const read = readSync(this.#file!, page, done, page.byteLength - done, this.#places[number]! + done);
      if (read === 0) throw new Error('a page of measured values is gone from its temporary file');
      done += read;
    }
    this.#hold(number, page);
    return page;
  }

  #hold(number: number, page: Page): void {
    this.#held.set(number, page);
    this.#heldBytes += page.byteLength;
    for (const [oldest, old] of this.#held) {
      if (this.#heldBytes <= this.#budgetBytes || oldest === number) return;
      if (this.#places[oldest] === -1 && !this.#write(oldest, old)) return;
      this.#held.delete(oldest);
      this.#heldBytes -= old.byteLength;
    }
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
        openFiles.register(this, this.#file);
        rmSync(path);
        return;
      } catch {
        this.#file ??= undefined; // opened but not to be removed: it stays behind, and serves
        if (this.#file !== undefined) return;
        this.#file = null;
      }
    }
    this.#file = undefined;
  }
}
