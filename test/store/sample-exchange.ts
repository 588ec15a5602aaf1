import type { Exchange } from '../../src/record/exchange.ts';
import type { RunRecord } from '../../src/record/run.ts';

/** An exchange as a plain streamed request leaves it, with `over` in place of its fields. */
export function sampleExchange(over: Partial<Exchange> = {}): Exchange {
  return {
    seq: 0,
    step: 0,
    session: 0,
    turn: 0,
    dueMs: 10.5,
    sentMs: 10.617,
    headersMs: 12.001,
    firstByteMs: 20.25,
    endMs: 61.9,
    connection: null,
    chunks: { atUs: [9633, 29712, 49650], tokens: null, tokensSource: null, channels: '', choices: null },
    outcome: { state: 'ok', finish: 'length' },
    flags: [],
    usage: {
      input: 12,
      inputCached: null,
      inputCacheWrite: null,
      output: 3,
      outputReasoning: null,
      outputAccepted: null,
    },
    plannedInputTokens: 12,
    plannedOutputTokens: 3,
    textTokens: null,
    textChars: 14,
    streamed: true,
    attempts: 1,
    ...over,
  };
}

export function sampleRecord(over: Partial<RunRecord> = {}): RunRecord {
  return {
    schema: 'tokbench.run-record/1',
    version: '0.1.0',
    suite: 'sample',
    state: 'finished',
    startedUnixMs: 1_790_000_000_000,
    startedAt: '2026-09-21T14:13:20.000Z',
    finishedAt: '2026-09-21T14:14:20.000Z',
    simulated: true,
    seed: 7,
    plan: { loads: [] },
    planSha256: '0'.repeat(64),
    objectives: [],
    target: {
      url: 'http://127.0.0.1:8000/v1',
      protocol: 'openai-chat',
      model: 'demo',
      server: { name: 'simulated', version: null },
    },
    features: {
      forcedLength: null,
      capField: 'max_tokens',
      streamUsage: null,
      continuousUsage: null,
      tokenIds: null,
      tokenize: null,
      metrics: null,
      contextTokens: null,
    },
    lengths: null,
    environment: {
      node: 'v26',
      platform: 'linux x64',
      cpu: 'x',
      cores: 2,
      memoryBytes: 1,
      hostname: 'h',
      inventory: null,
    },
    steps: [],
    notes: [],
    ...over,
  };
}

/** Everything that an iterable yields. */
export async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of from) found.push(item);
  return found;
}
