import type { Turn } from '../record/turn.ts';
import type { Received } from '../target/target.ts';

/** What an account allows: limits of its rate, or a budget. */
export interface Gate {
  /**
   * When a request for `turn` may start: `nowMs` or before = now; later = look again then, or when a reply has ended;
   * +∞ = never again, which ends the drive as `budget`.
   */
  opensMs(turn: Turn, nowMs: number): number;
  /** It starts now. */
  sent(turn: Turn, nowMs: number): void;
  /** It ended; also when it will be tried again. */
  landed(turn: Turn, received: Received): void;
}

/** Open only where all are; null for none. */
export function allGates(gates: readonly Gate[]): Gate | null {
  const [only] = gates;
  if (gates.length <= 1) return only ?? null;
  return {
    opensMs: (turn, nowMs) => Math.max(...gates.map((gate) => gate.opensMs(turn, nowMs))),
    sent: (turn, nowMs) => {
      for (const gate of gates) gate.sent(turn, nowMs);
    },
    landed: (turn, received) => {
      for (const gate of gates) gate.landed(turn, received);
    },
  };
}

/** Tokens that a request may take at most. */
export interface Reserve {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** What an output may hold where nobody caps it. */
const uncappedTokens = 32_768;

/**
 * Bytes of a prompt bound its tokens, whatever the tokenizer; where prompts were made to a length that the server itself
 * counted, that length does.
 */
export function reserveOf(turn: Turn, choices = 1, counted = true): Reserve {
  const { prompt, inputTokens, outputTokens } = turn;
  const texts = prompt.kind === 'text' ? [prompt.text] : prompt.messages.map(({ content }) => content);
  return {
    // prompts are made to their length within 1 %
    inputTokens: Math.ceil(inputTokens === null || !counted ? Buffer.byteLength(texts.join('')) : inputTokens * 1.01),
    outputTokens: (outputTokens ?? uncappedTokens) * choices,
  };
}
