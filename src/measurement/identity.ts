import type { StepRecord } from '../record/run.ts';
import type { ServerCounters } from '../record/server.ts';
import type { CounterComparison, Identity, StepSummary } from './summary.ts';

const unknown: CounterComparison = { client: null, server: null, residual: null };

function compare(client: number | null, before: number | null, after: number | null): CounterComparison {
  const server = before === null || after === null ? null : after - before;
  return { client, server, residual: client === null || server === null ? null : server - client };
}

function verdictOf(identity: Omit<Identity, 'verdict'>, incomplete: number): Identity['verdict'] {
  const residuals = [identity.output.residual, identity.input.residual].filter((residual) => residual !== null);
  if (residuals.length === 0) return 'unavailable';
  if ([identity.output.server, identity.input.server].some((delta) => delta !== null && delta < 0))
    return 'counter_reset';
  if (residuals.every((residual) => residual === 0)) return 'exact';
  return incomplete > 0 && residuals.every((residual) => residual >= 0) ? 'explained' : 'unexplained';
}

function busy(counters: ServerCounters): boolean {
  return (counters.inFlight ?? 0) > 0;
}

/**
 * The identity of a step.
 * @param tokens totals of the successes, from the step's summary
 */
export function identityOf(
  counters: StepRecord['counters'],
  tokens: Pick<StepSummary['tokens'], 'input' | 'output'>,
  counts: Pick<StepSummary['counts'], 'failed' | 'censored'>,
): Identity {
  const { before, after } = counters ?? { before: null, after: null };
  if (before === null || after === null)
    return { verdict: 'unavailable', dialect: before?.dialect ?? null, output: unknown, input: unknown };
  const identity = {
    dialect: after.dialect,
    output: compare(tokens.output, before.output, after.output),
    input: compare(tokens.input, before.input, after.input),
  };
  const verdict = verdictOf(identity, counts.failed + counts.censored);
  const shared = verdict !== 'exact' && (busy(before) || busy(after));
  return { verdict: shared ? 'not_exclusive' : verdict, ...identity };
}
