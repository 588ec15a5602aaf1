import { factsOf } from '../measurement/facts.ts';
import { type Measurement, measureStep } from '../measurement/measure.ts';
import { PagePool } from '../measurement/page-pool.ts';
import { runSummary } from '../measurement/run.ts';
import type { RunSummary } from '../measurement/summary.ts';
import { withTelemetry } from '../measurement/telemetry.ts';
import { type Reading, readingOf } from '../measurement/watched.ts';
import type { RunRecord } from '../record/run.ts';
import { parseSample } from '../record/sample.ts';
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
  const readings = record.telemetry === undefined ? [] : await readReadings(stored);
  const watched = withWatchedSteps(record, readings).steps;
  const summaries = steps.map((measurement, index) =>
    withTelemetry(measurement.summary(), { run: record, step: watched[index]!, readings }),
  );
  return runSummary(record, summaries, directory);
}

/** A line that holds no sample keeps its place: steps count lines. */
const unreadable: Reading = { t_mono_s: -1, t_wall_s: -1, source: '', host: '', quality: [] };

/** What stands in samples.jsonl, without its raw text. */
export async function readReadings(stored: StoredRun): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const line of stored.samples()) {
    const sample = parseSample(line);
    readings.push(sample === null ? unreadable : readingOf(sample));
  }
  return readings;
}

/**
 * A last step that was cut short does not say which samples are its own: those behind the step before. A run that goes on
 * keeps what is said here, since then another step is the last.
 */
export function withWatchedSteps(record: RunRecord, readings: readonly Reading[]): RunRecord {
  const last = record.steps.at(-1);
  if (record.telemetry === undefined || last === undefined || last.telemetry !== undefined) return record;
  const before = record.steps.slice(0, -1);
  const from = before.reduce((least, { telemetry }) => telemetry?.to ?? least, 0);
  const names = new Set(readings.slice(from).flatMap(({ via, source }) => (source === '' ? [] : [via ?? source])));
  const sources = [...names].map((name) => ({ name, named: false, ok: true, code: null, reason: null }));
  return { ...record, steps: [...before, { ...last, telemetry: { from, to: readings.length, sources } }] };
}
