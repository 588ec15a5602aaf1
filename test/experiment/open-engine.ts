import { arrivals } from '../../src/load/arrival.ts';
import { createRandom } from '../../src/random/random.ts';
import { BlockPool, blockKeys } from '../../src/simulate/blocks.ts';
import { Engine } from '../../src/simulate/engine.ts';
import type { SimulatedProfile } from '../../src/simulate/profile.ts';
import { newSequence } from '../../src/simulate/sequence.ts';

interface OpenLoop {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly ratePerS: number;
  /** Of arrivals; all of them are followed to their end. */
  readonly untilMs: number;
  readonly seed: number;
}

/** A request of an open loop on the engine alone: when it was due, and when its tokens came. */
export interface EngineRequest {
  readonly dueMs: number;
  readonly atMs: number[];
}

/** Poisson arrivals on the engine in virtual time: no network, no process, no clock. */
export function openEngine(
  profile: SimulatedProfile,
  { inputTokens, outputTokens, ratePerS, untilMs, seed }: OpenLoop,
): EngineRequest[] {
  const engine = new Engine(profile, 1, new BlockPool(profile.kvCacheTokens, true));
  const requests: EngineRequest[] = [];
  for (const dueMs of arrivals('poisson', ratePerS, createRandom(seed, 'arrivals'))) {
    if (dueMs >= untilMs) break;
    const id = requests.length;
    const atMs: number[] = [];
    requests.push({ dueMs, atMs });
    engine.arrive(
      newSequence({
        promptTokens: inputTokens,
        keys: blockKeys(
          Int32Array.from({ length: inputTokens }, (_, i) => id * inputTokens + i),
          inputTokens,
        ),
        width: 1,
        outputTokens,
        arrivedMs: dueMs,
        onTokens: (tokenMs) => atMs.push(tokenMs),
        finalKeys: null,
      }),
    );
  }
  while (engine.running + engine.waiting > 0) engine.advance(engine.nextAt());
  return requests;
}

/** Share of a long run's requests whose first token comes within `limitMs` of their due time. */
export function shareWithin(profile: SimulatedProfile, loop: OpenLoop, limitMs: number): number {
  const settled = openEngine(profile, loop).filter(({ dueMs }) => dueMs >= loop.untilMs / 10);
  return settled.filter(({ dueMs, atMs }) => atMs[0]! - dueMs < limitMs).length / settled.length;
}
