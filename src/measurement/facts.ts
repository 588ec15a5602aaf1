import type { CalibrationFact } from '../record/calibration.ts';
import type { RunRecord, StepRecord } from '../record/run.ts';

/** What the fold must know of a step beside its exchanges. Everything here stands in the run's record. */
export interface StepFacts extends StepRecord {
  /** Objectives as the user wrote them. */
  readonly objectives: readonly string[];
  /** Tokens that the chat template puts around a prompt, the same in every request; null or absent when unknown. */
  readonly overheadTokens?: number | null;
  /** What the run knew of its client's own error; absent in records that do not say. */
  readonly calibration?: CalibrationFact | undefined;
}

/** Facts of a step from the record of its run: what a live and an offline caller hand to `measureStep` alike. */
export function factsOf(
  record: Pick<RunRecord, 'objectives' | 'lengths' | 'calibration'>,
  step: StepRecord,
): StepFacts {
  return {
    ...step,
    objectives: record.objectives,
    overheadTokens: record.lengths?.overheadTokens ?? null,
    calibration: record.calibration,
  };
}
