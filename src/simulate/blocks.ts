import { mix32 } from './draw.ts';

/** vLLM's default block size. */
export const blockTokens = 16;

/**
 * Keys of the full blocks of a prompt: each key hashes its block and all blocks before it, so equal keys mean equal
 * prefixes. 53 bits, so that a chance hit is out of the question.
 */
export function blockKeys(ids: Int32Array, length: number): Float64Array {
  const keys = new Float64Array(Math.floor(length / blockTokens));
  let low = 0;
  let high = 0x9e3779b9;
  for (let block = 0, at = 0; block < keys.length; block++) {
    for (const end = at + blockTokens; at < end; at++) {
      low = mix32(low + ids[at]!);
      high = Math.imul(high ^ ids[at]!, 0x01000193);
    }
    high = mix32(high);
    keys[block] = low * 2 ** 21 + (high & 0x1fffff);
  }
  return keys;
}

/** What one sequence holds of the KV cache. */
export interface Holding {
  /** Shared blocks, by key. */
  shared: number[];
  /** Blocks of its own. */
  own: number;
}

/**
 * Paged KV cache with prefix reuse: blocks of a key are shared by count; a block that nobody holds stays until its
 * room is needed, the longest unused first.
 */
export class BlockPool {
  readonly capacity: number;
  readonly #caching: boolean;
  /** Holders of each cached block. */
  readonly #holders = new Map<number, number>();
  /** Cached blocks without holders in the order in which they were let go. */
  readonly #idle = new Set<number>();
  #own = 0;

  constructor(capacityTokens: number, caching: boolean) {
    this.capacity = Math.floor(capacityTokens / blockTokens);
    this.#caching = caching;
  }

  /** Share of the cache that sequences hold, as vLLM's `kv_cache_usage_perc`. */
  get usage(): number {
    return (this.#own + this.#holders.size - this.#idle.size) / this.capacity;
  }

  /** Leading blocks of `keys` that are cached. */
  hits(keys: Float64Array, atMost: number): number {
    if (!this.#caching) return 0;
    let hits = 0;
    while (hits < atMost && this.#holders.has(keys[hits]!)) hits++;
    return hits;
  }

  /** Takes the first `hits` cached blocks and `fresh` new ones; false, and nothing taken, when there is no room. */
  take(holding: Holding, keys: Float64Array, hits: number, fresh: number, force = false): boolean {
    let waking = 0;
    for (let i = 0; i < hits; i++) if (this.#idle.has(keys[i]!)) waking++;
    const held = this.#own + this.#holders.size - this.#idle.size;
    if (!force && held + waking + fresh > this.capacity) return false;
    for (let i = 0; i < hits; i++) this.#hold(keys[i]!, holding);
    this.#own += fresh;
    holding.own += fresh;
    this.#evict();
    return true;
  }

  /** Makes own blocks of a computed prefix, from block `from` on, visible to others. */
  publish(holding: Holding, keys: Float64Array, from: number, to: number): void {
    if (!this.#caching) return;
    for (let i = from; i < to && holding.own > 0; i++) {
      holding.own--;
      this.#own--;
      this.#hold(keys[i]!, holding);
    }
  }

  release(holding: Holding): void {
    this.#own -= holding.own;
    holding.own = 0;
    // The end of a prefix goes first: a beginning is of use to more requests.
    for (let i = holding.shared.length - 1; i >= 0; i--) {
      const key = holding.shared[i]!;
      const holders = this.#holders.get(key)! - 1;
      this.#holders.set(key, holders);
      if (holders === 0) this.#idle.add(key);
    }
    holding.shared = [];
  }

  #hold(key: number, holding: Holding): void {
    this.#holders.set(key, (this.#holders.get(key) ?? 0) + 1);
    this.#idle.delete(key);
    holding.shared.push(key);
  }

  #evict(): void {
    for (const key of this.#idle) {
      if (this.#own + this.#holders.size <= this.capacity) return;
      this.#idle.delete(key);
      this.#holders.delete(key);
    }
  }
}
