import type { RunSummary } from '../../measurement/summary.ts';

/**
 * The contract's exit code of a measured run: INVALID before missed objectives, an interrupt before both. Zero promises
 * that every objective was met, so one that could not be decided does not earn it.
 */
export function exitCodeOf(summary: RunSummary): number {
  if (summary.state === 'interrupted') return 130;
  if (summary.verdict === 'INVALID') return 4;
  return summary.steps.some((step) => step.objectives.some(({ met }) => met !== true)) ? 5 : 0;
}
