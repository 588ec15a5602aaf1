import { clientDoubts } from './client-doubt.ts';
import { counterDoubts } from './counter.ts';
import { failureDoubts } from './failure-doubt.ts';
import { budgetDoubts, retriedDoubts } from './limits.ts';
import { stationarityDoubts } from './stationarity.ts';
import type { Doubt, ObjectiveResult, Verdict } from './summary.ts';
import { tokenDoubts } from './token-doubt.ts';
import type { StepView } from './view.ts';
import { windowDoubts } from './window-doubt.ts';

const severities = ['invalid', 'suspect', 'info'] as const;

/** Every reason to doubt a step's numbers, the gravest first, each with its evidence and what to do about it. */
export function doubtsOf(view: StepView, objectives: readonly ObjectiveResult[]): Doubt[] {
  const doubts = [
    ...failureDoubts(view),
    ...budgetDoubts(view),
    ...(view.counts.ok === 0
      ? []
      : [
          ...windowDoubts(view, objectives),
          ...stationarityDoubts(view),
          ...clientDoubts(view),
          ...tokenDoubts(view),
          ...counterDoubts(view),
        ]),
  ];
  // Refusals that no later attempt mended say more.
  if (!doubts.some(({ code }) => code === 'rate_limited')) doubts.push(...retriedDoubts(view));
  return orderedDoubts(doubts);
}

/** The gravest first; those of one severity as they stand. */
export function orderedDoubts(doubts: readonly Doubt[]): Doubt[] {
  return severities.flatMap((severity) => doubts.filter((doubt) => doubt.severity === severity));
}

/** INVALID and SUSPECT by the gravest doubt; `info` alone leaves VALID. */
export function verdictOf(doubts: readonly Doubt[]): Verdict {
  if (doubts.some((doubt) => doubt.severity === 'invalid')) return 'INVALID';
  return doubts.some((doubt) => doubt.severity === 'suspect') ? 'SUSPECT' : 'VALID';
}

/** The worst of several verdicts; of none, INVALID: nothing was measured. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0 || verdicts.includes('INVALID')) return 'INVALID';
  return verdicts.includes('SUSPECT') ? 'SUSPECT' : 'VALID';
}
