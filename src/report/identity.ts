import { formatNumber } from '../document/number.ts';
import type { CounterComparison, Identity, StepSummary } from '../measurement/summary.ts';

const meanings: Readonly<Record<Identity['verdict'], string>> = {
  exact: 'exactly the same',
  explained: 'more, as failed and unfinished requests had tokens too',
  unexplained: 'something else',
  not_exclusive: 'more: others were using it',
  counter_reset: 'from a new start: it was restarted meanwhile',
  unavailable: 'nothing that can be compared',
};

/** What the server's own counters say beside its replies; null where it has none. */
export function identityWords({ server }: StepSummary): string | null {
  const { identity } = server;
  if (identity === null || identity.verdict === 'unavailable') return null;
  const { verdict, output, input } = identity;
  if (verdict === 'exact') return `${meanings.exact}: ${list([countOf(output, 'output'), countOf(input, 'input')])}`;
  return `${meanings[verdict]}: ${list([offBy(output, 'output'), offBy(input, 'input')])}`;
}

const list = (parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join(', ');
const whole = (value: number) => formatNumber(value, true);

const countOf = ({ server }: CounterComparison, what: string) =>
  server === null ? null : `${whole(server)} ${what} tokens`;

const offBy = ({ residual, client }: CounterComparison, what: string) =>
  residual === null || client === null
    ? null
    : `${residual < 0 ? '−' : '+'}${whole(Math.abs(residual))} ${what} tokens to the ${whole(client)} of the replies`;

/** The same over the steps of a ladder, in one line where all agree. */
export function identityOfSteps(steps: readonly StepSummary[]): string | null {
  const words = steps.map(identityWords);
  if (words.every((word) => word === null)) return null;
  const verdicts = steps.map(({ server }) => server.identity?.verdict);
  if (!verdicts.every((verdict) => verdict === 'exact'))
    return words.map((word, index) => `step ${index + 1}: ${word ?? meanings.unavailable}`).join('; ');
  const total = (of: 'output' | 'input') =>
    steps.reduce((sum, { server }) => sum + (server.identity?.[of].server ?? 0), 0);
  return `${meanings.exact} in every step: ${whole(total('output'))} output tokens, ${whole(total('input'))} input tokens`;
}
