import type { Answer } from './answer.ts';
import type { Ask } from './ask.ts';
import { refuse } from './refusal.ts';
import { type FrameFacts, usageJson } from './wire.ts';

/** How a reply reaches its client. */
export interface Delivery {
  /** The request was accepted. */
  begin(): void;
  /** All choices have their tokens up to `after`; those up to `before` are out already. */
  tokens(before: number, after: number): void;
  /** The last tokens are out, or were held for now. */
  finish(cachedTokens: number): void;
  /** The failures that a server makes in the middle. */
  malformed(): void;
  error(): void;
  truncate(): void;
}

export interface DeliveryFacts extends FrameFacts {
  readonly ask: Ask;
  readonly answers: readonly Answer[];
  /** Tells cached prompt tokens in usage. */
  readonly reportCached: boolean;
  readonly serveReasoning: boolean;
}

export const failedInside = refuse(
  500,
  'InternalServerError',
  null,
  'The engine failed on purpose: a simulated fault.',
);

/** Usage over all choices, with the details that the final usage carries. */
export function finalUsage(facts: DeliveryFacts, cached: number, plain: boolean): string {
  let completion = 0;
  let reasoning = 0;
  for (const answer of facts.answers) {
    completion += answer.tokens;
    reasoning += answer.reasoning;
  }
  const none = plain ? 'null' : null;
  const prompt = facts.reportCached ? `{"cached_tokens":${cached}}` : none;
  const output = facts.serveReasoning ? `{"reasoning_tokens":${reasoning}}` : none;
  const details =
    (prompt === null ? '' : `,"prompt_tokens_details":${prompt}`) +
    (output === null ? '' : `,"completion_tokens_details":${output}`);
  return usageJson(facts.ask.promptIds.length, completion, details);
}
