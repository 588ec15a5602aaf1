import type { BlockPool } from './blocks.ts';
import { blockTokens } from './blocks.ts';
import { DueHeap, type Timed } from './due.ts';
import type { Scheduler, Sequence } from './sequence.ts';

/**
 * Exact pace: event j of a sequence is due at `arrivedMs + ttftMs + j × tokensPerEvent × itlMs`, computed from the
 * arrival and not from the event before, so that lateness never adds up. Load plays no part; the prefix cache is kept
 * only to say what would have been cached.
 */
export class ExactPace implements Scheduler, Timed {
  readonly #ttftMs: number;
  readonly #eventMs: number;
  readonly #tokensPerEvent: number;
  readonly #pool: BlockPool;
  readonly #due = new DueHeap<Sequence>();
  running = 0;
  readonly waiting = 0;
  readonly preemptions = 0;

  constructor(pace: { ttftMs: number; itlMs: number }, tokensPerEvent: number, pool: BlockPool) {
    this.#ttftMs = pace.ttftMs;
    this.#eventMs = pace.itlMs * tokensPerEvent;
    this.#tokensPerEvent = tokensPerEvent;
    this.#pool = pool;
  }

  get kvUsage(): number {
    return Math.min(1, this.#pool.usage);
  }

  arrive(sequence: Sequence): void {
    const blocks = sequence.keys.length;
    const hits = this.#pool.hits(
      sequence.keys,
      Math.min(blocks, Math.floor((sequence.promptTokens - 1) / blockTokens)),
    );
    this.#pool.take(sequence.holding, sequence.keys, hits, blocks - hits, true);
    this.#pool.publish(sequence.holding, sequence.keys, hits, blocks);
    sequence.cachedTokens = hits * blockTokens;
    sequence.prefillLeft = 0;
    sequence.startedMs = sequence.arrivedMs;
    sequence.state = 'running';
    this.running += sequence.width;
    this.#due.push(sequence.arrivedMs + this.#ttftMs, sequence);
  }

  abort(sequence: Sequence): void {
    if (sequence.state !== 'ended') this.#end(sequence);
  }

  nextAt(): number {
    return this.#due.nextAt();
  }

  advance(nowMs: number): void {
    for (let at = this.#due.nextAt(); at <= nowMs; at = this.#due.nextAt()) {
      const sequence = this.#due.pop()!;
      if (sequence.state === 'ended') continue;
      const generated = Math.min(sequence.outputTokens, sequence.generated + this.#tokensPerEvent);
      sequence.generated = generated;
      if (generated < sequence.outputTokens) {
        const event = generated / this.#tokensPerEvent;
        this.#due.push(sequence.arrivedMs + this.#ttftMs + event * this.#eventMs, sequence);
      } else {
        this.#publishOutput(sequence);
        this.#end(sequence);
      }
      sequence.onTokens(at, generated);
    }
  }

  #publishOutput(sequence: Sequence): void {
    const keys = sequence.finalKeys?.();
    if (!keys) return;
    const shared = sequence.holding.shared.length;
    this.#pool.take(sequence.holding, keys, 0, keys.length - shared, true);
    this.#pool.publish(sequence.holding, keys, shared, keys.length);
  }

  #end(sequence: Sequence): void {
    sequence.state = 'ended';
    this.running -= sequence.width;
    this.#pool.release(sequence.holding);
  }
}
