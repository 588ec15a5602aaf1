import { expect, it } from 'vitest';
import { nextMove, type SearchPoint } from '../../src/experiment/search.ts';
import { measureStep } from '../../src/measurement/measure.ts';
import { outcomeOf } from '../../src/measurement/sweep-outcome.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import type { SearchRecord } from '../../src/record/run.ts';
import { parseSimulatedProfile } from '../../src/simulate/profile.ts';
import { stepFacts } from '../measurement/facts.ts';
import { type EngineRequest, openEngine, shareWithin } from './open-engine.ts';

/** Eight at a time, 10 tokens of 40 ms each: nearly 20 requests a second, and a queue before that. */
const profile = parseSimulatedProfile(
  `
name: narrow
description: few at a time
model: narrow
basis: made up for a test
source: https://example.com
date: 2026-11-25
stepMs: 40
sequenceMs: 0
prefillTokenMs: 0.01
contextTokenMs: 0
maxSequences: 8
maxStepTokens: 4096
kvCacheTokens: 1000000
maxModelTokens: 8192
`,
  'narrow.yaml',
);
const [inputTokens, outputTokens] = [64, 10];
const objective = 'ttft.p90 < 400ms';
const limitMs = 400;

/** The rate at which the model itself puts the 90th percentile of TTFT at the limit, over an hour of arrivals. */
const truth = (() => {
  const loop = { inputTokens, outputTokens, untilMs: 3_600_000, seed: 99 };
  let [low, high] = [10, 20];
  while (high / low > 1.002) {
    const middle = Math.sqrt(low * high);
    if (shareWithin(profile, { ...loop, ratePerS: middle }, limitMs) >= 0.9) low = middle;
    else high = middle;
  }
  return low;
})();

function exchangeOf({ dueMs, atMs }: EngineRequest, seq: number): Exchange {
  const sentMs = Math.round(dueMs * 1000) / 1000;
  return {
    seq,
    step: 0,
    session: seq,
    turn: 0,
    dueMs: sentMs,
    sentMs,
    headersMs: sentMs,
    firstByteMs: atMs[0]!,
    endMs: atMs.at(-1)!,
    connection: null,
    chunks: {
      atUs: atMs.map((ms) => Math.round((ms - sentMs) * 1000)),
      tokens: atMs.map(() => 1),
      tokensSource: 'continuous_usage',
      channels: '',
      choices: null,
    },
    outcome: { state: 'ok', finish: 'length' },
    flags: [],
    usage: {
      input: inputTokens,
      inputCached: null,
      inputCacheWrite: null,
      output: outputTokens,
      outputReasoning: null,
      outputAccepted: null,
    },
    plannedInputTokens: inputTokens,
    plannedOutputTokens: outputTokens,
    textTokens: null,
    textChars: 4 * outputTokens,
    streamed: true,
    attempts: 1,
  };
}

/** One step of a sweep, measured and judged as any other, its warm-up the first tenth. */
function judged(ratePerS: number, durationMs: number, seed: number) {
  const untilMs = 1.1 * durationMs;
  const requests = openEngine(profile, { inputTokens, outputTokens, ratePerS, untilMs, seed });
  const exchanges = requests.map(exchangeOf).sort((a, b) => a.endMs - b.endMs);
  const facts = stepFacts({
    load: { kind: 'rate', value: ratePerS, arrivals: 'poisson' },
    objectives: [objective],
    startMs: 0,
    warmupEndMs: 0.1 * durationMs,
    stopMs: untilMs,
    endMs: exchanges.at(-1)!.endMs,
    stoppedBy: 'duration',
    maxInFlight: null,
    scheduled: exchanges.length,
  });
  const measurement = measureStep(facts);
  for (const exchange of exchanges) measurement.add(exchange);
  return outcomeOf(measurement.summary());
}

function searched(durationMs: number, seed: number) {
  const search: SearchRecord = {
    kind: 'rate',
    arrivals: 'poisson',
    start: 2,
    least: 0.01,
    most: 1000,
    resolution: 0.03,
  };
  const history: SearchPoint[] = [];
  for (;;) {
    const move = nextMove(search, history);
    if (move.kind === 'done') return { result: move.result, history };
    const { outcome } = judged(move.load, durationMs * move.longer, 1000 * seed + history.length);
    history.push({ load: move.load, outcome });
  }
}

it('knows the truth from the model: below what eight slots of 400 ms can serve', () => {
  expect(truth).toBeGreaterThan(15);
  expect(truth).toBeLessThan(20);
});

it.each([
  [60, 3],
  [120, 2],
  [300, 3],
])(
  'finds that rate in virtual time within a twentieth, with steps of %d s (seed %d)',
  { timeout: 120_000 },
  (seconds, seed) => {
    const { result, history } = searched(1000 * seconds, seed);
    expect(result, JSON.stringify(history)).toMatchObject({ state: 'FOUND', confirmed: true, limitedBy: 'objectives' });
    expect(Math.abs(result.highestPassing! / truth - 1)).toBeLessThanOrEqual(0.05);
    expect(Math.abs(result.lowestFailing! / truth - 1)).toBeLessThanOrEqual(0.08);
  },
);
