import type { Prompt } from '../record/turn.ts';

/**
 * The calls of a trace as columns, in the order in which they are due: a few dozen bytes a call, and shared by all
 * threads.
 */
export interface TraceRows {
  readonly size: number;
  /** Of each call in ms after the start of the replay, non-decreasing; of one that follows another, the time of its first. */
  readonly dueMs: Float64Array;
  /** −1 = the text says it. */
  readonly inputTokens: Int32Array;
  /** −1 = the server's default. */
  readonly outputTokens: Int32Array;
  /** Row r's blocks are the runs from `runAt[r]` to `runAt[r + 1]`. */
  readonly runAt: Int32Array;
  /** Pairs: the first block's number, and how many numbers follow each other from it on. */
  readonly runs: Float64Array;
  readonly blockTokens: number;
  /** The call that follows the reply of this one, −1 = none; null where no call follows another. */
  readonly next: Int32Array | null;
  /** Of a call that follows another: from the end of its reply. */
  readonly delayMs: Float64Array | null;
  /** Calls that follow none, by due time: each begins a session. Null = all of them. */
  readonly firsts: Int32Array | null;
  /** Texts, where the trace has any. */
  readonly prompts: readonly (Prompt | null)[] | null;
}

/** A column that grows; its end is shared memory. */
class Column<T extends Float64Array | Int32Array> {
  #values: T;
  #make: (size: number) => T;
  size = 0;

  constructor(make: (size: number) => T) {
    this.#make = make;
    this.#values = make(1024);
  }

  push(value: number): void {
    if (this.size === this.#values.length) {
      const grown = this.#make(2 * this.size);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.size++] = value;
  }

  set(index: number, value: number): void {
    this.#values[index] = value;
  }

  at(index: number): number {
    return this.#values[index]!;
  }

  get values(): T {
    return this.#values.subarray(0, this.size) as T;
  }
}

const floats = (size: number) => new Float64Array(new SharedArrayBuffer(8 * size));
const integers = (size: number) => new Int32Array(new SharedArrayBuffer(4 * size));

/** One call as it is added. */
export interface NewRow {
  readonly dueMs: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly ids: readonly (number | string)[];
  readonly prompt: Prompt | null;
  /** Row that it follows. */
  readonly follows: number | null;
  readonly delayMs: number | null;
}

/** Takes calls in the order of the file. */
export class TraceRowsBuilder {
  readonly #dueMs = new Column(floats);
  readonly #inputTokens = new Column(integers);
  readonly #outputTokens = new Column(integers);
  readonly #runAt = new Column(integers);
  readonly #runs = new Column(floats);
  readonly #follows = new Column(integers);
  readonly #delayMs = new Column(floats);
  readonly #prompts: (Prompt | null)[] = [];
  readonly #names = new Map<string, number>();
  #chained = false;
  #worded = false;
  #sorted = true;

  get size(): number {
    return this.#dueMs.size;
  }

  dueMsOf(row: number): number {
    return this.#dueMs.at(row);
  }

  add({ dueMs, inputTokens, outputTokens, ids, prompt, follows, delayMs }: NewRow): void {
    const { size } = this;
    if (size > 0 && dueMs < this.#dueMs.at(size - 1)) this.#sorted = false;
    this.#dueMs.push(dueMs);
    this.#inputTokens.push(inputTokens ?? -1);
    this.#outputTokens.push(outputTokens ?? -1);
    this.#runAt.push(this.#runs.size / 2);
    this.#addRuns(ids);
    this.#follows.push(follows ?? -1);
    this.#delayMs.push(delayMs ?? 0);
    this.#chained ||= follows !== null;
    this.#worded ||= prompt !== null;
    if (this.#worded) {
      while (this.#prompts.length < size) this.#prompts.push(null);
      this.#prompts.push(prompt);
    }
  }

  /** Blocks are numbered as they appear in most traces: a prompt's new ones one after the other. */
  #addRuns(ids: readonly (number | string)[]): void {
    let end = Number.NaN;
    for (const id of ids) {
      const number = typeof id === 'number' ? id : this.#numberOf(id);
      if (number === end) this.#runs.set(this.#runs.size - 1, this.#runs.at(this.#runs.size - 1) + 1);
      else {
        this.#runs.push(number);
        this.#runs.push(1);
      }
      end = number + 1;
    }
  }

  /** Names are counted downwards, away from numbers. */
  #numberOf(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const number = -1 - this.#names.size;
    this.#names.set(name, number);
    return number;
  }

  /** @param spread calls of one time share the time up to the next: for clocks that tick in seconds */
  build(blockTokens: number, spread: boolean): TraceRows {
    const { size } = this;
    this.#runAt.push(this.#runs.size / 2);
    const order = this.#sorted ? null : this.#order();
    const placed = <T extends Float64Array | Int32Array>(values: T, make: (size: number) => T): T => {
      if (order === null) return values;
      const result = make(size);
      order.forEach((from, to) => {
        result[to] = values[from]!;
      });
      return result;
    };
    const { runAt, runs } = this.#placedRuns(order);
    const rows = {
      size,
      dueMs: placed(this.#dueMs.values, floats),
      inputTokens: placed(this.#inputTokens.values, integers),
      outputTokens: placed(this.#outputTokens.values, integers),
      runAt,
      runs,
      blockTokens,
      prompts: !this.#worded ? null : order === null ? this.#prompts : Array.from(order, (row) => this.#prompts[row]!),
    };
    const chains = this.#chained
      ? { ...this.#links(order), delayMs: placed(this.#delayMs.values, floats) }
      : { next: null, firsts: null, delayMs: null };
    if (spread) spreadTies(rows.dueMs, chains.firsts);
    return { ...rows, ...chains };
  }

  /** Rows by due time, equal ones as in the file. */
  #order(): Int32Array {
    const dueMs = this.#dueMs.values;
    return Int32Array.from({ length: this.size }, (_, i) => i).sort((a, b) => dueMs[a]! - dueMs[b]! || a - b);
  }

  #placedRuns(order: Int32Array | null): Pick<TraceRows, 'runAt' | 'runs'> {
    const [runAt, runs] = [this.#runAt.values, this.#runs.values];
    if (order === null) return { runAt, runs };
    const placed = { runAt: integers(order.length + 1), runs: floats(runs.length) };
    let at = 0;
    order.forEach((row, to) => {
      const part = runs.subarray(2 * runAt[row]!, 2 * runAt[row + 1]!);
      placed.runs.set(part, 2 * at);
      at += part.length / 2;
      placed.runAt[to + 1] = at;
    });
    return placed;
  }

  #links(order: Int32Array | null): { next: Int32Array; firsts: Int32Array } {
    const { size } = this;
    const place = integers(size);
    for (let to = 0; to < size; to++) place[order?.[to] ?? to] = to;
    const next = integers(size).fill(-1);
    const firsts = new Column(integers);
    const isFirst = new Uint8Array(size);
    this.#follows.values.forEach((before, row) => {
      if (before < 0) isFirst[place[row]!] = 1;
      else next[place[before]!] = place[row]!;
    });
    for (let row = 0; row < size; row++) if (isFirst[row] === 1) firsts.push(row);
    return { next, firsts: firsts.values };
  }
}

/** Spreads calls of one time evenly over the time to the next; the last ones over as much as those before them. */
function spreadTies(dueMs: Float64Array, firsts: Int32Array | null): void {
  const size = firsts?.length ?? dueMs.length;
  const row = (i: number) => firsts?.[i] ?? i;
  let spanMs = 0;
  for (let from = 0; from < size; ) {
    const atMs = dueMs[row(from)]!;
    let to = from + 1;
    while (to < size && dueMs[row(to)] === atMs) to++;
    if (to < size) spanMs = dueMs[row(to)]! - atMs;
    for (let i = from; i < to; i++) dueMs[row(i)] = atMs + (spanMs * (i - from)) / (to - from);
    from = to;
  }
}

/** Numbers of a row's blocks, in order. */
export function* blocksOf({ runAt, runs }: TraceRows, row: number): Generator<number, void, undefined> {
  for (let run = runAt[row]!; run < runAt[row + 1]!; run++) {
    for (let i = 0; i < runs[2 * run + 1]!; i++) yield runs[2 * run]! + i;
  }
}
