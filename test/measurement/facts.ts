import type { StepFacts } from '../../src/measurement/facts.ts';
import type { Exchange } from '../../src/record/exchange.ts';

/** Facts of an open-loop step without warm-up and without a steady window, unless told otherwise. */
export function stepFacts(over: Partial<StepFacts> = {}): StepFacts {
  return {
    load: { kind: 'rate', value: 1, arrivals: 'constant' },
    repeat: 0,
    seed: 1,
    startMs: 0,
    warmupEndMs: null,
    stopMs: null,
    endMs: null,
    stoppedBy: null,
    maxInFlight: null,
    scheduled: null,
    client: null,
    counters: null,
    objectives: [],
    ...over,
  };
}

export interface Sketch {
  readonly seq?: number;
  readonly dueMs?: number;
  readonly sentMs?: number | null;
  /** Times of the content events on the run's clock. */
  readonly events?: readonly number[];
  /** Tokens of each event; default one each. */
  readonly tokens?: readonly number[] | null;
  readonly endMs?: number;
}

/** An exchange from a few times; successful, streamed, with token ids, unless told otherwise. */
export function exchange(sketch: Sketch, over: Partial<Exchange> = {}): Exchange {
  const dueMs = sketch.dueMs ?? 0;
  const sentMs = sketch.sentMs === undefined ? dueMs : sketch.sentMs;
  const events = sketch.events ?? [];
  const tokens = sketch.tokens === undefined ? events.map(() => 1) : sketch.tokens;
  return {
    seq: sketch.seq ?? 0,
    step: 0,
    session: sketch.seq ?? 0,
    turn: 0,
    dueMs,
    sentMs,
    headersMs: sentMs,
    firstByteMs: sentMs,
    endMs: sketch.endMs ?? events.at(-1) ?? dueMs,
    connection: null,
    chunks: {
      atUs: events.map((ms) => Math.round((ms - (sentMs ?? 0)) * 1000)),
      tokens,
      tokensSource: tokens === null ? null : 'token_ids',
      channels: '',
      choices: null,
    },
    outcome: { state: 'ok', finish: 'stop' },
    flags: [],
    usage: null,
    plannedInputTokens: null,
    plannedOutputTokens: null,
    textTokens: null,
    textChars: 4 * events.length,
    streamed: true,
    attempts: 1,
    ...over,
  };
}

export const failure = (code: 'conn_reset' | 'rate_limited' | 'server_error' = 'conn_reset'): Exchange['outcome'] => ({
  state: 'failed',
  code,
  message: 'It failed.',
  status: null,
  retryAfterMs: null,
  body: null,
});

export const usage = (
  input: number | null,
  output: number | null,
  inputCached: number | null = null,
): Exchange['usage'] => ({
  input,
  inputCached,
  inputCacheWrite: null,
  output,
  outputReasoning: null,
  outputAccepted: null,
});
