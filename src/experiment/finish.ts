import { UserError } from '../error/user-error.ts';
import { runSummary } from '../measurement/run.ts';
import type { RunSummary, StepSummary } from '../measurement/summary.ts';
import type { Journal } from '../store/journal.ts';
import { readRun, writeSummary } from '../store/record.ts';
import { summariseRun } from './analysis.ts';
import type { RecordKeeper } from './record-keeper.ts';

export interface Finish {
  /** The run ended before it was done. */
  readonly cut: boolean;
  readonly keeper: RecordKeeper;
  readonly summaries: readonly StepSummary[];
  readonly directory: string;
  readonly journal: Journal;
}

/** Closes the journal, writes the last record and the summary. */
export async function finish({ cut, keeper, summaries, directory, journal }: Finish): Promise<RunSummary> {
  await journal.close().catch(unlessFailed(journal));
  if (journal.failure !== null) keeper.note([journal.failure.message]);
  keeper.change({ state: cut ? 'interrupted' : 'finished', finishedAt: new Date().toISOString() });
  if (journal.failure !== null) return remains(keeper, summaries, directory);
  const summary = runSummary(keeper.record, summaries, directory);
  await keeper.written;
  await writeSummary(directory, summary);
  return summary;
}

/** What a disk that failed still holds of the run; where it does not even hold that, what is in memory. */
async function remains(
  keeper: RecordKeeper,
  summaries: readonly StepSummary[],
  directory: string,
): Promise<RunSummary> {
  try {
    await keeper.written;
    const summary = await summariseRun(await readRun(directory));
    await writeSummary(directory, summary);
    return summary;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    keeper.written = Promise.resolve();
    return runSummary({ ...keeper.record, notes: [...keeper.record.notes, error.message] }, summaries, directory);
  }
}

/** The journal's own failure has been told; anything else is thrown. */
export function unlessFailed(journal: Journal): (error: unknown) => void {
  return (error) => {
    if (journal.failure === null) throw error;
  };
}
