import type { BlockPool } from './blocks.ts';
import { blockTokens } from './blocks.ts';
import type { Timed } from './due.ts';
import type { SimulatedProfile } from './profile.ts';
import type { Scheduler, Sequence } from './sequence.ts';

type Costs = Pick<
  SimulatedProfile,
  'stepMs' | 'sequenceMs' | 'prefillTokenMs' | 'contextTokenMs' | 'maxSequences' | 'maxStepTokens'
>;

interface Step {
  readonly endMs: number;
  /** Sequences whose tokens the step computes; `prefill` prompt tokens, or 0 for a decode. */
  readonly work: { readonly sequence: Sequence; readonly prefill: number }[];
}

/**
 * Continuous batching with chunked prefill as vLLM's V1 scheduler does it: each step serves the running sequences
 * first, then lets in waiting ones while the batch, the token budget and the KV cache have room. A step takes
 *
 *   stepMs + sequenceMs·decoding + prefillTokenMs·prompt tokens + contextTokenMs·context of the decoding
 *
 * and its tokens are due at its end, where the next step starts. All in virtual time: the same arrivals give the same
 * due times, however late the process that plays them out.
 */
export class Engine implements Scheduler, Timed {
  readonly #costs: Costs;
  readonly #tokensPerEvent: number;
  readonly #pool: BlockPool;
  #running: Sequence[] = [];
  #waiting: Sequence[] = [];
  #step: Step | null = null;
  preemptions = 0;

  constructor(costs: Costs, tokensPerEvent: number, pool: BlockPool) {
    this.#costs = costs;
    this.#tokensPerEvent = tokensPerEvent;
    this.#pool = pool;
  }

  get running(): number {
    return this.#running.reduce((sum, sequence) => sum + sequence.width, 0);
  }

  get waiting(): number {
    return this.#waiting.reduce((sum, sequence) => sum + sequence.width, 0);
  }

  get kvUsage(): number {
    return Math.min(1, this.#pool.usage);
  }

  /** Arrivals must come in order of `arrivedMs`. */
  arrive(sequence: Sequence): void {
    // Steps that ended before this arrival must not see it, even if the process is late.
    this.advance(sequence.arrivedMs);
    this.#waiting.push(sequence);
    if (this.#step === null) this.#start(sequence.arrivedMs);
  }

  abort(sequence: Sequence): void {
    if (sequence.state === 'ended') return;
    const list = sequence.state === 'waiting' ? this.#waiting : this.#running;
    list.splice(list.indexOf(sequence), 1);
    this.#end(sequence);
  }

  nextAt(): number {
    return this.#step?.endMs ?? Number.POSITIVE_INFINITY;
  }

  advance(nowMs: number): void {
    while (this.#step !== null && this.#step.endMs <= nowMs) {
      const step = this.#step;
      this.#finish(step);
      this.#step = null;
      this.#start(step.endMs);
    }
  }

  #start(atMs: number): void {
    const work: Step['work'] = [];
    const preemptions = this.preemptions;
    const left = this.#scheduleRunning(work);
    // What had to give way would only be let in to give way again.
    if (preemptions === this.preemptions) this.#scheduleWaiting(work, left, atMs);
    if (work.length === 0) return;
    this.#step = { endMs: atMs + this.#duration(work), work };
  }

  /** Puts the running sequences into the step; returns what is left of the token budget. */
  #scheduleRunning(work: Step['work']): number {
    let budget = this.#costs.maxStepTokens;
    for (let i = 0; i < this.#running.length && budget > 0; i++) {
      const sequence = this.#running[i]!;
      if (sequence.prefillLeft > 0) {
        const prefill = Math.min(budget, sequence.prefillLeft);
        budget -= prefill;
        work.push({ sequence, prefill });
      } else {
        if (!this.#grow(sequence)) {
          i--; // it was the last one and had to give way itself
          continue;
        }
        budget -= sequence.width;
        work.push({ sequence, prefill: 0 });
      }
    }
    return budget;
  }

  /** Room for the next tokens of a sequence; takes it from the latest arrivals. False if the sequence itself gave way. */
  #grow(sequence: Sequence): boolean {
    const { holding } = sequence;
    const need = blocksOf(sequence, this.#tokensPerEvent) - holding.own - holding.shared.length;
    while (need > 0 && !this.#pool.take(holding, sequence.keys, 0, need, this.#running.length === 1)) {
      const last = this.#running.pop()!;
      this.#preempt(last);
      if (last === sequence) return false;
    }
    return true;
  }

  #preempt(sequence: Sequence): void {
    this.#pool.release(sequence.holding);
    sequence.state = 'waiting';
    sequence.prefillLeft = sequence.promptTokens + sequence.generated * sequence.width;
    this.#waiting.unshift(sequence);
    this.preemptions++;
  }

  #scheduleWaiting(work: Step['work'], budgetLeft: number, atMs: number): void {
    let budget = budgetLeft;
    let room = this.#costs.maxSequences - this.running;
    while (budget > 0 && this.#waiting.length > 0) {
      const sequence = this.#waiting[0]!;
      // A request wider than the whole batch runs alone.
      if (sequence.width > room && this.#running.length > 0) return;
      if (!this.#admit(sequence)) return;
      this.#waiting.shift();
      sequence.startedMs ??= atMs;
      sequence.state = 'running';
      this.#running.push(sequence);
      room -= sequence.width;
      const prefill = Math.min(budget, sequence.prefillLeft);
      budget -= prefill;
      work.push({ sequence, prefill });
    }
  }

  /** Takes the blocks of the prompt; at least its last token has to be computed, as it gives the first output. */
  #admit(sequence: Sequence): boolean {
    const usable = Math.floor((sequence.promptTokens - 1) / blockTokens);
    const hits = this.#pool.hits(sequence.keys, Math.min(sequence.keys.length, usable));
    const fresh = blocksOf(sequence, 0) - hits;
    if (!this.#pool.take(sequence.holding, sequence.keys, hits, fresh, this.#running.length === 0)) return false;
    if (sequence.startedMs === null) sequence.cachedTokens = hits * blockTokens;
    sequence.prefillLeft = sequence.promptTokens + sequence.generated * sequence.width - hits * blockTokens;
    return true;
  }

  #duration(work: Step['work']): number {
    const { stepMs, sequenceMs, prefillTokenMs, contextTokenMs } = this.#costs;
    let [decoding, context, prompt] = [0, 0, 0];
    for (const { sequence, prefill } of work) {
      prompt += prefill;
      if (prefill > 0) continue;
      decoding += sequence.width;
      context += sequence.width * (sequence.promptTokens + sequence.generated);
    }
    return stepMs + sequenceMs * decoding + prefillTokenMs * prompt + contextTokenMs * context;
  }

  #finish(step: Step): void {
    for (const { sequence, prefill } of step.work) {
      // Aborted during the step.
      if (sequence.state !== 'running') continue;
      if (prefill > 0) {
        sequence.prefillLeft -= prefill;
        if (sequence.prefillLeft > 0) continue;
        const shared = sequence.holding.shared.length;
        this.#pool.publish(sequence.holding, sequence.keys, shared, sequence.keys.length);
      }
      sequence.generated = Math.min(sequence.outputTokens, sequence.generated + this.#tokensPerEvent);
      if (sequence.generated === sequence.outputTokens) this.#complete(sequence);
      sequence.onTokens(step.endMs, sequence.generated);
    }
  }

  #complete(sequence: Sequence): void {
    this.#running.splice(this.#running.indexOf(sequence), 1);
    const keys = sequence.finalKeys?.();
    if (keys) this.#pool.publish(sequence.holding, keys, sequence.holding.shared.length, keys.length);
    this.#end(sequence);
  }

  #end(sequence: Sequence): void {
    sequence.state = 'ended';
    this.#pool.release(sequence.holding);
  }
}

/** Blocks that a sequence needs with `more` tokens for each choice beyond those it has. */
function blocksOf(sequence: Sequence, more: number): number {
  return Math.ceil((sequence.promptTokens + (sequence.generated + more) * sequence.width) / blockTokens);
}
