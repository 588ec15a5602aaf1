import { BlockPool, blockKeys } from '../../src/simulate/blocks.ts';
import { Engine } from '../../src/simulate/engine.ts';
import type { SimulatedProfile } from '../../src/simulate/profile.ts';
import { newSequence } from '../../src/simulate/sequence.ts';

interface Workload {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly concurrency: number;
  readonly requests: number;
}

/**
 * Median TPOT of a closed loop on the engine alone, in virtual time: no network, no process, no clock. The truth that a
 * measurement of the simulated server is to find.
 */
export function engineTpotMs(
  profile: SimulatedProfile,
  { inputTokens, outputTokens, concurrency, requests }: Workload,
) {
  const engine = new Engine(profile, 1, new BlockPool(profile.kvCacheTokens, true));
  const tpots: number[] = [];
  const ended: number[] = [];
  let started = 0;
  const ask = (arrivedMs: number) => {
    const id = started++;
    let firstMs = Number.NaN;
    engine.arrive(
      newSequence({
        promptTokens: inputTokens,
        keys: blockKeys(
          Int32Array.from({ length: inputTokens }, (_, i) => id * inputTokens + i),
          inputTokens,
        ),
        width: 1,
        outputTokens,
        arrivedMs,
        onTokens(dueMs, generated) {
          if (generated === 1) firstMs = dueMs;
          if (generated < outputTokens) return;
          tpots.push((dueMs - firstMs) / (outputTokens - 1));
          ended.push(dueMs);
        },
        finalKeys: null,
      }),
    );
  };
  for (let slot = 0; slot < concurrency; slot++) ask(slot * 0.1);
  while (tpots.length < requests) {
    const nowMs = engine.nextAt();
    engine.advance(nowMs);
    // the reply travels, the next question too
    for (const dueMs of ended.splice(0)) ask(Math.max(nowMs, dueMs) + 0.3);
  }
  const settled = tpots.slice(Math.floor(requests / 4)).sort((a, b) => a - b);
  return settled[Math.floor(settled.length / 2)]!;
}
