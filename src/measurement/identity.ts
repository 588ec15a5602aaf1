import type { StepRecord } from '../record/run.ts';
import type { ServerCounters } from '../record/server.ts';
import type { CounterComparison, Identity, StepSummary } from './summary.ts';

const unknown: CounterComparison = { client: null, server: null, residual: null };

function compare(client: number | null, before: number | null, after: number | null): CounterComparison {
  const server = before === null || after === null ? null : after - before;
  return { client, server, residual: client === null || server === null ? null : server - client };
}

type Comparisons = Pick<Identity, 'output' | 'input' | 'requests'>;
type Counts = Pick<StepSummary['counts'], 'ok' | 'sent' | 'failed' | 'censored'>;

function verdictOf({ output, input, requests }: Comparisons, counts: Counts, retried: boolean): Identity['verdict'] {
  const residuals = [output.residual, input.residual].filter((residual) => residual !== null);
  if (residuals.length === 0) return 'unavailable';
  if ([output.server, input.server, requests.server].some((delta) => delta !== null && delta < 0))
    return 'counter_reset';
  if (residuals.every((residual) => residual === 0)) return 'exact';
  if (residuals.some((residual) => residual < 0)) return 'unexplained';
  // An attempt that was given up here may have been finished there.
  if (retried) return 'explained';
  if (requests.server !== null && requests.server > counts.sent) return 'not_exclusive';
  if (counts.failed + counts.censored > 0) return 'explained';
  // Replies may hide output, never prompts: tokens of both kinds that no reply holds are somebody else's.
  const foreign = (requests.residual ?? 0) > 0 || (residuals.length === 2 && residuals.every((each) => each > 0));
  return foreign ? 'not_exclusive' : 'unexplained';
}

function busy(counters: ServerCounters): boolean {
  return (counters.inFlight ?? 0) > 0;
}

/**
 * The identity of a step.
 * @param tokens totals of the successes, from the step's summary
 * @param retried failed requests got further attempts, so that the server may have answered one request twice
 */
export function identityOf(
  counters: StepRecord['counters'],
  tokens: Pick<StepSummary['tokens'], 'input' | 'output'>,
  counts: Counts,
  retried = false,
): Identity {
  const { before, after } = counters ?? { before: null, after: null };
  if (before === null || after === null)
    return {
      verdict: 'unavailable',
      dialect: before?.dialect ?? null,
      output: unknown,
      input: unknown,
      requests: unknown,
    };
  const compared = {
    output: compare(tokens.output, before.output, after.output),
    input: compare(tokens.input, before.input, after.input),
    requests: compare(counts.ok, before.requests, after.requests),
  };
  const verdict = verdictOf(compared, counts, retried);
  // With failures, what is still being computed may be our own.
  const shared = verdict === 'unexplained' && counts.failed + counts.censored === 0 && (busy(before) || busy(after));
  return { verdict: shared ? 'not_exclusive' : verdict, dialect: after.dialect, ...compared };
}
