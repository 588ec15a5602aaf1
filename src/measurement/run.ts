import type { RunRecord } from '../record/run.ts';
import { worstVerdict } from './doubt.ts';
import type { RunSummary, StepSummary } from './summary.ts';

/**
 * The document that `run --json` and `report --json` print, of a run's record and the summaries of its steps. Its verdict
 * is the worst of the steps'; a run without a single step is INVALID.
 *
 * @param directory the run's directory as the user should read it
 */
export function runSummary(record: RunRecord, steps: readonly StepSummary[], directory: string): RunSummary {
  const { url, protocol, model, server } = record.target;
  const plan = record.plan as { readonly target?: { readonly preset?: string | null } } | undefined;
  const preset = plan?.target?.preset ?? null;
  return {
    schema: 'tokbench.run/1',
    directory,
    simulated: record.simulated,
    state: record.state,
    verdict: worstVerdict(steps.map((step) => step.verdict)),
    target: { url, protocol, model, server, preset },
    suite: record.suite,
    startedAt: record.startedAt,
    notes: record.notes,
    steps,
  };
}
