import type { Holding } from './blocks.ts';

/** One request as the engine sees it. Several choices (`n`) are one sequence of that width: they share their prompt. */
export interface Sequence {
  readonly promptTokens: number;
  readonly keys: Float64Array;
  readonly width: number;
  /** Tokens of the longest choice. */
  readonly outputTokens: number;
  /** Time at which the request was fully read. */
  readonly arrivedMs: number;
  /** Called at each event with its due time and the tokens each choice has by now; the last with `outputTokens`. */
  readonly onTokens: (dueMs: number, generated: number) => void;
  /** Keys of the full blocks of prompt and output together, when it has ended and may be reused by the next turn. */
  readonly finalKeys: (() => Float64Array) | null;

  /** First time that the scheduler took it; null while it waits. */
  startedMs: number | null;
  generated: number;
  /** Prompt tokens found in the cache when it was first scheduled. */
  cachedTokens: number;
  /** Tokens still to prefill. */
  prefillLeft: number;
  readonly holding: Holding;
  state: 'waiting' | 'running' | 'ended';
}

/** A sequence that has not met an engine yet. */
export function newSequence(
  facts: Pick<Sequence, 'promptTokens' | 'keys' | 'width' | 'outputTokens' | 'arrivedMs' | 'onTokens' | 'finalKeys'>,
): Sequence {
  return {
    ...facts,
    startedMs: null,
    generated: 0,
    cachedTokens: 0,
    prefillLeft: facts.promptTokens,
    holding: { shared: [], own: 0 },
    state: 'waiting',
  };
}

/** Decides when tokens come. The two ways, `Engine` and `ExactPace`, know virtual time only: no clock, no timer. */
export interface Scheduler {
  arrive(sequence: Sequence): void;
  /** Ends a sequence early: its client is gone, or a fault struck. */
  abort(sequence: Sequence): void;
  nextAt(): number;
  advance(nowMs: number): void;
  readonly running: number;
  readonly waiting: number;
  readonly kvUsage: number;
  readonly preemptions: number;
}
