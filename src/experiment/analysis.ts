import { factsOf } from '../measurement/facts.ts';
import { type Measurement, measureStep } from '../measurement/measure.ts';
import { PagePool } from '../measurement/page-pool.ts';
import { runSummary } from '../measurement/run.ts';
import type { RunSummary } from '../measurement/summary.ts';
import type { StoredRun } from '../store/record.ts';

/**
 * The summary of a run on disk, rebuilt from its facts: the same bytes as when it was measured. A run that was killed is
 * read as far as it got.
 *
 * @throws UserError `bad_run` for a file that is not what it should be
 */
export async function summariseRun(stored: StoredRun): Promise<RunSummary> {
  const { record, directory } = stored;
  const pool = new PagePool({ folder: directory });
  const steps: Measurement[] = record.steps.map((step) => measureStep(factsOf(record, step), pool));
  for await (const exchange of stored.exchanges()) steps[exchange.step]?.add(exchange);
  return runSummary(
    record,
    steps.map((step) => step.summary()),
    directory,
  );
}
