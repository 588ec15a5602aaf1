import { identityOf } from './identity.ts';
import { round } from './number.ts';
import type { Doubt } from './summary.ts';
import type { StepView } from './view.ts';

/**
 * On a quiet server with one tenant the counter of generated tokens rises by what the replies hold (B.1). Failed and
 * censored requests made tokens that nobody received, so that only a step without them can be compared.
 */
export function counterDoubts({ facts, counts, tokens }: StepView): Doubt[] {
  if (counts.failed + counts.censored > 0 || facts.endMs === null) return [];
  const { output, verdict } = identityOf(facts.counters, tokens, counts);
  const { server, client, residual } = output;
  if (verdict === 'counter_reset')
    return [
      {
        code: 'counter_reset',
        severity: 'suspect',
        message: "The server's token counters went back during the step: it was restarted, so measure again.",
        evidence: {},
      },
    ];
  if (server === null || client === null || residual === null || residual === 0) return [];
  return [
    {
      code: 'counters_disagree',
      severity: Math.abs(residual) > 0.01 * client ? 'suspect' : 'info',
      message: `The server counted ${server} output tokens, the replies hold ${client}: ${
        residual > 0 ? 'somebody else used the server, or replies hide tokens' : 'one of the two counts is wrong'
      }, so make sure that the server is yours alone.`,
      evidence: { server, replies: client, difference: round(residual / client) },
    },
  ];
}
