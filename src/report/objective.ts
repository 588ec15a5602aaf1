import { type Checks, number } from '../document/document.ts';
import type { Unit } from '../document/number.ts';
import type { StepSummary } from '../measurement/summary.ts';
import { loadHead, loadLabel } from './load.ts';

/** Every objective at every load; null when the run had none. */
export function objectiveChecks(steps: readonly StepSummary[]): Checks | null {
  const items = steps.flatMap((step) =>
    step.objectives.map(({ text, observed, met, reason }) => ({
      place: steps.length > 1 ? loadLabel(step, steps) : null,
      text,
      outcome: met === null ? ('unknown' as const) : met ? ('met' as const) : ('missed' as const),
      observed: number(observed, unitOf(text), { reason }),
      reason: met === null ? (reason ?? 'could not be observed') : reason,
    })),
  );
  return items.length === 0 ? null : { kind: 'checks', title: 'Objectives', placeLabel: loadHead(steps), items };
}

/** The unit of an objective's metric, from its name: `ttft.p99 < 500ms` is a time. */
function unitOf(text: string): Unit {
  const name = /^\s*([a-z0-9]+(?:\.[a-z0-9]+)?)/i.exec(text)?.[1] ?? '';
  const word = name.split('.')[0] ?? '';
  if (['errors', 'attainment'].includes(word)) return 'share';
  if (name === 'goodput' || name === 'requests.rate') return 'requests/s';
  if (name.endsWith('.rate') || name === 'interactivity') return 'tokens/s';
  if (['tpot', 'tpotExact', 'itl', 'ntpot'].includes(word)) return 'ms/token';
  return ['ttft', 'ttftDue', 'ttfo', 'icl', 'e2e', 'e2eDue', 'queueDelay', 'total'].includes(word) ? 'ms' : 'none';
}
