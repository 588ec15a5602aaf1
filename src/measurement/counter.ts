import type { StepRecord } from '../record/run.ts';
import { round } from './number.ts';
import type { Doubt, StepSummary } from './summary.ts';
import type { StepView } from './view.ts';

/** What the server's own counters rose by over the step; null where they were not read twice from one and the same server. */
export function countersOf(facts: StepRecord): NonNullable<StepSummary['server']['counters']> | null {
  const { before, after } = facts.counters ?? { before: null, after: null };
  if (before === null || after === null || before.dialect !== after.dialect) return null;
  const risen = (a: number | null, b: number | null) => (a === null || b === null || b < a ? null : b - a);
  return {
    output: risen(before.output, after.output),
    input: risen(before.input, after.input),
    requests: risen(before.requests, after.requests),
  };
}

/**
 * On a quiet server with one tenant the counter of generated tokens rises by what the replies hold (B.1). Failed and
 * censored requests made tokens that nobody received, so that only a step without them can be compared.
 */
export function counterDoubts({ facts, counts, tokens }: StepView): Doubt[] {
  const counted = countersOf(facts)?.output ?? null;
  if (counted === null || tokens.output === null || counts.failed + counts.censored > 0 || facts.endMs === null)
    return [];
  const off = counted - tokens.output;
  if (off === 0) return [];
  return [
    {
      code: 'counters_disagree',
      severity: Math.abs(off) > 0.01 * tokens.output ? 'suspect' : 'info',
      message: `The server counted ${counted} output tokens, the replies hold ${tokens.output}: ${
        off > 0 ? 'somebody else used the server, or replies hide tokens' : 'one of the two counts is wrong'
      }, so make sure that the server is yours alone.`,
      evidence: { server: counted, replies: tokens.output, difference: round(off / tokens.output) },
    },
  ];
}
