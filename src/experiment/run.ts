import type { RunSummary } from '../measurement/summary.ts';
import { conductRun } from './conduct.ts';
import type { RunOptions } from './conduct-contract.ts';
import { planSteps } from './plan.ts';

export type { RunEvent, RunOptions } from './conduct-contract.ts';

/**
 * A plan becomes a run on disk and its summary: every load of it, one step after the other.
 *
 * @throws UserError as `conductRun` does
 */
export async function runPlan(options: RunOptions): Promise<RunSummary> {
  const steps = planSteps(options.plan);
  return conductRun(options, async (run) => {
    for (const { load, repeat } of steps) {
      if (run.stopped) return;
      await run.step(load, repeat, steps.length);
    }
  });
}
