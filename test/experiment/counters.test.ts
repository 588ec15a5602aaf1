import { afterEach, expect, it } from 'vitest';
import { readServerCountersOf } from '../../src/experiment/counters.ts';
import { resolvePlan } from '../../src/experiment/plan.ts';
import { type Reached, reachTarget } from '../../src/experiment/reach.ts';
import { type Simulator, startSimulator } from '../../src/simulate/simulator.ts';

let simulator: Simulator | null = null;
afterEach(() => simulator?.close());

async function reach(pace: { ttftMs: number; itlMs: number }) {
  simulator = await startSimulator({ pace });
  const { plan } = resolvePlan({ suite: null, flags: { url: simulator.url } });
  return { plan, reached: await reachTarget({ plan, environment: {}, simulator: null }) };
}

const generate = ({ url }: Reached, max_tokens: number) =>
  fetch(`${url}/completions`, {
    method: 'POST',
    body: JSON.stringify({ prompt: 'One two three', max_tokens, ignore_eos: true }),
  }).then((response) => response.json() as Promise<{ usage: { prompt_tokens: number; completion_tokens: number } }>);

it('reads the tokens that a server generated between two readings, also of one just under way', async () => {
  const { plan, reached } = await reach({ ttftMs: 5, itlMs: 30 });
  const source = readServerCountersOf(reached, plan);
  const before = await source.read();
  const under = generate(reached, 12);
  const after = await source.read();
  const { usage } = await under;
  source.close();
  expect(usage.completion_tokens).toBe(12);
  expect(after!.output! - before!.output!).toBe(12);
  expect(after!.input! - before!.input!).toBe(usage.prompt_tokens);
  expect(after).toMatchObject({ dialect: 'vllm', inFlight: 0 });
});

it('has nothing to read of a server without metrics, or one that is gone', async () => {
  const { plan, reached } = await reach({ ttftMs: 1, itlMs: 0 });
  const blind = readServerCountersOf({ ...reached, features: { ...reached.features, metrics: null } }, plan);
  expect(await blind.read()).toBeNull();
  blind.close();
  const elsewhere = readServerCountersOf({ ...reached, features: { ...reached.features, metrics: '/health' } }, plan);
  expect(await elsewhere.read()).toBeNull();
  elsewhere.close();
  await simulator!.close();
  const gone = readServerCountersOf(reached, plan);
  expect(await gone.read()).toBeNull();
  gone.close();
});
