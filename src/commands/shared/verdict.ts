import type { RunSummary } from '../../measurement/summary.ts';

/** The contract's exit code of a measured run: INVALID before missed objectives, an interrupt before both. */
export function exitCodeOf(summary: RunSummary): number {
  if (summary.state === 'interrupted') return 130;
  if (summary.verdict === 'INVALID') return 4;
  return summary.steps.some((step) => step.objectives.some(({ met }) => met === false)) ? 5 : 0;
}
