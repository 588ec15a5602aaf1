import type { StepRecord } from '../record/run.ts';

/** What the fold must know of a step beside its exchanges. Everything here stands in the run's record. */
export interface StepFacts extends StepRecord {
  /** Objectives as the user wrote them. */
  readonly objectives: readonly string[];
  /** The workload shares prefixes on purpose: a warm prefix cache is then part of what is measured. Default false. */
  readonly sharedPrefix?: boolean;
  /** The server was made to produce exactly the planned output length. Default false. */
  readonly forcedLength?: boolean;
  /** Tokens that the chat template puts around a prompt, the same in every request; null or absent when unknown. */
  readonly overheadTokens?: number | null;
}
