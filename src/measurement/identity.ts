import type { StepRecord } from '../record/run.ts';
import type { ServerCounters } from '../record/server.ts';
import type { StepSummary } from './summary.ts';

/** One count on both sides; null = that side does not know it. */
export interface CounterComparison {
  readonly client: number | null;
  readonly server: number | null;
  readonly residual: number | null;
}

/**
 * Does the server's own count of tokens over the step equal what its replies said?
 * `exact`: every token. `explained`: the server counted more, and requests that failed or were given up had tokens too.
 * `unexplained`: neither. `not_exclusive`: others used the server. `counter_reset`: it was restarted meanwhile.
 * `unavailable`: it has no such counters, or the step was cut short.
 */
export interface Identity {
  readonly verdict: 'exact' | 'explained' | 'unexplained' | 'not_exclusive' | 'counter_reset' | 'unavailable';
  readonly dialect: string | null;
  readonly output: CounterComparison;
  readonly input: CounterComparison;
}

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
