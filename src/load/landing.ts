import type { Attempt, Exchange } from '../record/exchange.ts';
import type { Turn } from '../record/turn.ts';
import type { Received } from '../target/target.ts';
import { roundUs } from './intake.ts';

/** Where a request stands in the plan: what an exchange knows before anything is sent. */
export interface Place {
  readonly seq: number;
  readonly step: number;
  readonly session: number;
  readonly position: number;
  readonly dueMs: number;
  /** Null for a request that no session was taken for. */
  readonly turn: Turn | null;
}

/** What happened to a request in the client before its last attempt. */
export interface Detour {
  readonly earlier: readonly Attempt[];
  readonly pacedMs: number | null;
}

/** Place and reply together; every stamp in whole microseconds. */
export function exchangeOf(place: Place, received: Received, detour: Detour | null = null): Exchange {
  const { earlier = [], pacedMs = null } = detour ?? {};
  return {
    seq: place.seq,
    step: place.step,
    session: place.session,
    turn: place.position,
    dueMs: place.dueMs,
    sentMs: roundOrNull(received.sentMs),
    headersMs: roundOrNull(received.headersMs),
    firstByteMs: roundOrNull(received.firstByteMs),
    endMs: roundUs(received.endMs),
    connection: received.connection,
    chunks: received.chunks,
    outcome: received.outcome,
    flags: received.flags,
    usage: received.usage,
    plannedInputTokens: place.turn?.inputTokens ?? null,
    plannedOutputTokens: place.turn?.outputTokens ?? null,
    textTokens: received.textTokens,
    textChars: received.textChars,
    streamed: received.streamed,
    attempts: earlier.length + 1,
    ...(earlier.length === 0 ? null : { earlier: earlier.map(rounded) }),
    ...(pacedMs === null ? null : { pacedMs: roundUs(pacedMs) }),
    ...(received.items === undefined ? null : { items: received.items }),
    ...(received.limits === undefined ? null : { limits: received.limits }),
  };
}

const rounded = (attempt: Attempt): Attempt => ({
  ...attempt,
  sentMs: roundOrNull(attempt.sentMs),
  endMs: roundUs(attempt.endMs),
});

/** A request that was due before the stop and never sent, for the cap held it: its latency is at least what was seen. */
export function unsentExchange(
  place: Place,
  endMs: number,
  reason: 'drain_limit' | 'interrupted',
  streamed: boolean,
): Exchange {
  return exchangeOf(place, {
    sentMs: null,
    headersMs: null,
    firstByteMs: null,
    endMs,
    connection: null,
    chunks: { atUs: [], tokens: null, tokensSource: null, channels: '', choices: null },
    outcome: { state: 'censored', reason },
    flags: [],
    usage: null,
    textTokens: null,
    textChars: 0,
    streamed,
    text: '',
  });
}

const roundOrNull = (ms: number | null) => (ms === null ? null : roundUs(ms));
