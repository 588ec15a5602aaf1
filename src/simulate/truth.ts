import { closeSync, openSync, writeSync } from 'node:fs';
import { UserError } from '../error/user-error.ts';
import type { Route } from './ask.ts';
import type { FaultName } from './fault.ts';

/** A moment on three clocks, so that another process of the machine can join its own. */
export interface Anchor {
  /** On the simulator's own clock. */
  readonly ms: number;
  readonly unixMs: number;
  /** `process.hrtime.bigint()`. */
  readonly ns: bigint;
}

/** What the simulator did with one request; times on its own clock. */
export interface TruthFacts {
  readonly id: string;
  /** Position among the accepted requests, from 0; null for a request that was refused. */
  readonly ordinal: number | null;
  readonly route: Route;
  readonly stream: boolean;
  /** The request was fully read. */
  readonly receivedMs: number;
  /** The engine took it; null if it never did. */
  readonly startedMs: number | null;
  readonly promptTokens: number | null;
  readonly cachedTokens: number;
  /** Tokens that the answer would have, over all choices. */
  readonly plannedTokens: number;
  /** Tokens that were produced. */
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** Whole microseconds from `receivedMs` to just before each token event was written. */
  readonly eventsUs: readonly number[];
  readonly endMs: number;
  readonly fault: FaultName | null;
  readonly end: string;
  readonly status: number;
}

const flushMs = 200;
const flushChars = 256 * 1024;

/**
 * Truth log: JSON lines, the first with the anchor and the settings. Lines are gathered and written five times a second, so
 * that writing costs the streams next to nothing. `received_ns` is text: it may not fit a double.
 */
export class TruthLog {
  readonly #file: number;
  readonly #anchor: Anchor;
  readonly #timer: NodeJS.Timeout;
  #lines = '';
  #failed = false;

  /** Throws UserError `unwritable_truth`. */
  constructor(path: string, anchor: Anchor, settings: object) {
    try {
      this.#file = openSync(path, 'w');
    } catch (error) {
      throw new UserError('unwritable_truth', `Cannot write the truth log ${path}: ${(error as Error).message}`);
    }
    this.#anchor = anchor;
    this.#line({
      schema: 'tokbench.simulator-truth/1',
      started_unix_ms: anchor.unixMs,
      started_ns: anchor.ns.toString(),
      ...settings,
    });
    this.#timer = setInterval(() => this.flush(), flushMs);
    this.#timer.unref();
  }

  request(facts: TruthFacts): void {
    const sinceAnchorMs = facts.receivedMs - this.#anchor.ms;
    this.#line({
      id: facts.id,
      ordinal: facts.ordinal,
      route: facts.route,
      stream: facts.stream,
      received_unix_ms: Math.round((this.#anchor.unixMs + sinceAnchorMs) * 1000) / 1000,
      received_ns: (this.#anchor.ns + BigInt(Math.round(sinceAnchorMs * 1e6))).toString(),
      started_us: facts.startedMs === null ? null : sinceUs(facts.startedMs, facts),
      end_us: sinceUs(facts.endMs, facts),
      prompt_tokens: facts.promptTokens,
      cached_tokens: facts.cachedTokens,
      planned_tokens: facts.plannedTokens,
      output_tokens: facts.outputTokens,
      reasoning_tokens: facts.reasoningTokens,
      status: facts.status,
      fault: facts.fault,
      end: facts.end,
      events_us: facts.eventsUs,
    });
    if (this.#lines.length > flushChars) this.flush();
  }

  flush(): void {
    if (this.#lines === '' || this.#failed) return;
    const bytes = Buffer.from(this.#lines);
    this.#lines = '';
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      // A full disk must not end the server in the middle of a measurement.
      this.#failed = true;
      process.stderr.write(`The truth log ends here: ${(error as Error).message}\n`);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
    closeSync(this.#file);
  }

  #line(value: object): void {
    if (!this.#failed) this.#lines += `${JSON.stringify(value)}\n`;
  }
}

function sinceUs(ms: number, facts: TruthFacts): number {
  return Math.round((ms - facts.receivedMs) * 1000);
}
