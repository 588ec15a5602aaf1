import { expect, it } from 'vitest';
import { BlockPool, blockKeys } from '../../src/simulate/blocks.ts';
import { Engine } from '../../src/simulate/engine.ts';
import { newSequence, type Sequence } from '../../src/simulate/sequence.ts';

const costs = {
  stepMs: 10,
  sequenceMs: 0.5,
  prefillTokenMs: 0.1,
  contextTokenMs: 0,
  maxSequences: 8,
  maxStepTokens: 256,
};

interface Served {
  readonly sequence: Sequence;
  readonly dueMs: number[];
  readonly generated: number[];
}

/** A request of its own prompt unless `first` says which id it begins with. */
function request(
  arrivedMs: number,
  prompt: number,
  output: number,
  first = Math.round(arrivedMs * 1e3) + prompt,
  width = 1,
): Served {
  const ids = Int32Array.from({ length: prompt }, (_, i) => first + i);
  const served: Served = {
    dueMs: [],
    generated: [],
    sequence: newSequence({
      promptTokens: prompt,
      keys: blockKeys(ids, prompt),
      width,
      outputTokens: output,
      arrivedMs,
      onTokens: (at, generated) => {
        served.dueMs.push(at);
        served.generated.push(generated);
      },
      finalKeys: null,
    }),
  };
  return served;
}

function engineOf(changes: Partial<typeof costs> = {}, kvTokens = 100_000, perEvent = 1): Engine {
  return new Engine({ ...costs, ...changes }, perEvent, new BlockPool(kvTokens, true));
}

/** Plays the requests to the end, in turns of `tickMs`. */
function play(engine: Engine, requests: readonly Served[], tickMs = 1000): readonly Served[] {
  for (const { sequence } of requests) engine.arrive(sequence);
  for (let now = 0; engine.nextAt() < Number.POSITIVE_INFINITY; now += tickMs) engine.advance(now);
  return requests;
}

it('takes the time that the formula says', () => {
  const [one] = play(engineOf({ contextTokenMs: 0.01 }), [request(5, 100, 3)]);
  const prefilled = 5 + 10 + 100 * 0.1;
  const second = prefilled + 10 + 0.5 + 0.01 * 101;
  expect(one!.dueMs).toEqual([prefilled, second, second + 10 + 0.5 + 0.01 * 102]);
  expect(one!.generated).toEqual([1, 2, 3]);
});

it('spreads a long prompt over steps of the token budget', () => {
  const [one] = play(engineOf(), [request(0, 600, 1)]);
  expect(one!.dueMs[0]).toBeCloseTo(3 * 10 + 600 * 0.1, 9);
});

it('is the same however late the process plays it out', () => {
  const load = () => Array.from({ length: 60 }, (_, i) => request(i * 7.3, 50 + ((i * 37) % 200), 5 + ((i * 13) % 40)));
  const fine = play(engineOf(), load(), 0.5).map((served) => served.dueMs);
  const coarse = play(engineOf(), load(), 5000).map((served) => served.dueMs);
  expect(coarse).toEqual(fine);
});

/** Tokens per second and mean time to first token of `count` requests that all come at once. */
function burst(count: number): { tokensPerS: number; meanTtftMs: number } {
  const served = play(
    engineOf(),
    Array.from({ length: count }, (_, i) => request(0, 16, 50, i * 1000)),
  );
  const end = Math.max(...served.map(({ dueMs }) => dueMs.at(-1)!));
  const ttft = served.reduce((sum, { dueMs }) => sum + dueMs[0]!, 0) / count;
  return { tokensPerS: (count * 50 * 1000) / end, meanTtftMs: ttft };
}

it('saturates at the largest batch, and lets the rest wait', () => {
  const [one, eight, sixteen, many] = [burst(1), burst(8), burst(16), burst(64)];
  expect(eight.tokensPerS).toBeGreaterThan(5 * one.tokensPerS);
  expect(sixteen.tokensPerS / eight.tokensPerS).toBeGreaterThan(0.97);
  expect(many.tokensPerS / eight.tokensPerS).toBeLessThan(1.03);
  expect(eight.meanTtftMs).toBeLessThan(50);
  expect(sixteen.meanTtftMs).toBeGreaterThan(300);
  expect(many.meanTtftMs).toBeGreaterThan(5 * sixteen.meanTtftMs);
});

it('counts the running and the waiting', () => {
  const engine = engineOf();
  for (let i = 0; i < 11; i++) engine.arrive(request(0, 16, 20, i * 1000).sequence);
  engine.advance(200);
  expect([engine.running, engine.waiting]).toEqual([8, 3]);
  expect(engine.kvUsage).toBeGreaterThan(0);
  engine.advance(1e6);
  expect([engine.running, engine.waiting, engine.kvUsage]).toEqual([0, 0, 0]);
});

it('skips the prefill of a cached prefix, whole blocks and never the last token', () => {
  const engine = engineOf();
  const [cold, warm] = play(engine, [request(0, 160, 2, 0), request(1000, 160, 2, 0)]);
  const [longer] = play(engine, [request(3000, 200, 2, 0)]);
  expect(cold!.sequence.cachedTokens).toBe(0);
  expect(warm!.sequence.cachedTokens).toBe(144);
  expect(longer!.sequence.cachedTokens).toBe(160);
  expect(cold!.dueMs[0]).toBeCloseTo(26, 9);
  expect(warm!.dueMs[0]).toBeCloseTo(1000 + 11.6, 9);
});

it('preempts the latest when the KV cache is full, and finishes everything', () => {
  const engine = engineOf({}, 16 * 16);
  const served = play(engine, [request(0, 64, 100, 0), request(1, 64, 100, 1000), request(2, 64, 100, 2000)]);
  expect(engine.preemptions).toBeGreaterThan(0);
  for (const { generated, dueMs } of served) {
    expect(generated).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect([...dueMs].sort((a, b) => a - b)).toEqual(dueMs);
  }
  expect(served[0]!.dueMs.at(-1)).toBeLessThan(served[2]!.dueMs.at(-1)!);
  expect(engine.kvUsage).toBe(0);
});

it('lets a request through that is wider than the batch or the cache, alone', () => {
  const engine = engineOf({ maxSequences: 2 }, 64);
  const [wide] = play(engine, [request(0, 32, 30, 0, 4)]);
  expect(wide!.generated.at(-1)).toBe(30);
});

it('frees the place of an aborted sequence at once', () => {
  const engine = engineOf({ maxSequences: 1 });
  const [first, second, third] = [request(0, 16, 50, 0), request(0, 16, 2, 1000), request(0, 16, 2, 2000)];
  for (const { sequence } of [first, second, third]) engine.arrive(sequence);
  engine.advance(50);
  engine.abort(first.sequence);
  engine.abort(second.sequence);
  engine.abort(second.sequence);
  const sent = first.dueMs.length;
  engine.advance(1e6);
  expect(first.dueMs.length).toBe(sent);
  expect(second.dueMs).toEqual([]);
  expect(third.generated).toEqual([1, 2]);
  expect(third.dueMs[0]).toBeLessThan(100);
});

it('gives several tokens an event when told to, the rest with the last', () => {
  const [one] = play(engineOf({}, 100_000, 4), [request(0, 16, 10)]);
  expect(one!.generated).toEqual([4, 8, 10]);
});
