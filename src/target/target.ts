import type { Clock } from '../clock/clock.ts';
import type { Exchange } from '../record/exchange.ts';
import type { ServerFeatures } from '../record/server.ts';
import type { Prompt, Turn } from '../record/turn.ts';

/** Limits of one request; every one of them ends in a failure of its own name. */
export interface Limits {
  readonly connectMs: number;
  /** Sent to first content event. */
  readonly firstTokenMs: number;
  /** Longest silence of an open stream. */
  readonly idleMs: number;
  readonly totalMs: number;
}

export interface TargetOptions {
  /** Base URL as the vendor's own client takes it, e.g. `http://127.0.0.1:8000/v1`; never holds a secret. */
  readonly url: string;
  readonly protocol: string;
  readonly model: string;
  /** Lives in memory only. */
  readonly apiKey: string | null;
  /** Extra headers with their variables already read; values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Extra fields merged into every request body; they win over tokbench's own. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly stream: boolean;
  /** Force the output length where `features` say that the server can. */
  readonly forceLength: boolean;
  readonly features: ServerFeatures;
  readonly limits: Limits;
  /** PEM file of a certificate authority to trust beside the system's. */
  readonly caFile: string | null;
  readonly clock: Clock;
}

/** What a target learnt of one request; `drive` adds the place in the schedule and makes it an `Exchange`. */
export type Received = Omit<
  Exchange,
  'seq' | 'step' | 'session' | 'turn' | 'dueMs' | 'plannedInputTokens' | 'plannedOutputTokens' | 'attempts'
> & {
  /** Visible answer text when the turn asked for it, else empty. */
  readonly text: string;
};

/** A request serialised ahead of its due time: nothing is left to do at `send` but to write bytes. */
export interface Prepared {
  readonly turn: Turn;
  readonly bytes: Uint8Array;
}

export interface Flight {
  /** Never rejects: a failure is a result. */
  readonly received: Promise<Received>;
  /** Ends the request now as censored. */
  abandon(reason: 'drain_limit' | 'interrupted'): void;
}

/** Running totals for a live view; plain numbers, read whenever somebody looks. */
export interface LiveCounters {
  contentEvents: number;
  /** Content events weighted by the tokens they are known or taken to hold; for display only. */
  tokens: number;
  connectionsOpened: number;
  inFlight: number;
}

export interface Target {
  prepare(turn: Turn): Prepared;
  /** Writes the request; `sentMs` is stamped just before the first byte. Opens a connection when none is idle. */
  send(prepared: Prepared): Flight;
  /** Opens connections until `count` are idle, so that no measured request pays for one. Best effort, bounded by `connectMs`. */
  connect(count: number): Promise<void>;
  readonly live: LiveCounters;
  close(): void;
}

export type { Prompt };
