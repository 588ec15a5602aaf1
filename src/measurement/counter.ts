import { identityOf } from './identity.ts';
import { round } from './number.ts';
import type { Doubt, Identity } from './summary.ts';
import type { StepView } from './view.ts';

/**
 * On a quiet server with one tenant the counter of generated tokens rises by what the replies hold (B.1). Failed and
 * censored requests made tokens that nobody received, so that only a step without them can be compared.
 */
export function counterDoubts({ facts, counts, tokens }: StepView): Doubt[] {
  if (facts.endMs === null) return [];
  const identity = identityOf(facts.counters, tokens, counts, (facts.retries ?? 0) > 0);
  if (identity.verdict === 'explained') return [];
  if (identity.verdict !== 'not_exclusive' && counts.failed + counts.censored > 0) return [];
  const { output, verdict } = identity;
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
  if (verdict === 'not_exclusive') return [notExclusive(identity)];
  if (server === null || client === null || residual === null || residual === 0) return [];
  return [
    {
      code: 'counters_disagree',
      severity: Math.abs(residual) > 0.01 * client ? 'suspect' : 'info',
      message: `The server counted ${server} output tokens, the replies hold ${client}: ${cause(residual)}, so make sure that the server is yours alone.`,
      evidence: { server, replies: client, difference: round(residual / client) },
    },
  ];
}

const cause = (residual: number): string =>
  residual > 0 ? 'somebody else used the server, or replies hide tokens' : 'one of the two counts is wrong';

/** A load that is not alone says nothing of the server: suspect, unless the others hardly mattered. */
function notExclusive({ output, input, requests }: Identity): Doubt {
  const share = Math.max(shareOf(output), shareOf(input));
  const extra = [
    [requests.residual, 'requests'],
    [output.residual, 'output tokens'],
    [input.residual, 'input tokens'],
  ] as const;
  const words = extra.flatMap(([count, what]) =>
    count !== null && count > 0 ? [`${count} ${count === 1 ? what.slice(0, -1) : what}`] : [],
  );
  return {
    code: 'not_exclusive',
    severity: share > 0.01 ? 'suspect' : 'info',
    message: `The server worked for others too: it counted ${words.join(', ') || 'requests'} more than this run got, so measure again when it is yours alone.`,
    evidence: {
      requests: requests.residual,
      outputTokens: output.residual,
      inputTokens: input.residual,
      share: round(share),
    },
  };
}

const shareOf = ({ residual, client }: Identity['output']): number =>
  residual === null || client === null ? 0 : Math.abs(residual) / Math.max(1, client);
