import { renderConsole } from '../../document/console.ts';
import { renderCsv } from '../../document/csv.ts';
import type { Document } from '../../document/document.ts';
import { renderHtml } from '../../document/html.ts';
import { renderJson } from '../../document/json.ts';
import { renderJunit } from '../../document/junit.ts';
import { renderMarkdown } from '../../document/markdown.ts';
import { screenOf } from '../../document/terminal.ts';
import { renderXlsx } from '../../document/xlsx.ts';
import { UserError } from '../../error/user-error.ts';
import type { TargetsSummary } from '../../experiment/several-summary.ts';
import type { RunSummary } from '../../measurement/summary.ts';
import type { SweepSummary } from '../../measurement/sweep-summary.ts';
import { exchangeCsv } from '../../report/exchanges.ts';
import { runDocument } from '../../report/run.ts';
import { runWorkbook } from '../../report/run-workbook.ts';
import { sweepDocument } from '../../report/sweep.ts';
import { targetsDocument } from '../../report/targets.ts';
import { readRun, type StoredRun } from '../../store/record.ts';

export const formats = ['console', 'json', 'csv', 'requests-csv', 'md', 'html', 'xlsx', 'junit'] as const;
export type Format = (typeof formats)[number];

interface ReadRun {
  readonly stored: StoredRun;
  readonly summary: RunSummary;
  /** What the run found, where it is a sweep. */
  readonly sweep: SweepSummary | null;
}

const documentOf = ({ summary, sweep }: ReadRun): Document =>
  sweep === null ? runDocument(summary) : sweepDocument(sweep);

/** Pieces of the runs in a format, text or bytes; several runs follow each other, in CSV under one header. */
export async function* renderRuns(
  format: Format,
  runs: readonly ReadRun[],
  json: unknown,
  color: boolean,
  several: readonly TargetsSummary[] = [],
): AsyncGenerator<string | Uint8Array> {
  const comparisons = several.map((one) => targetsDocument(one));
  if (format === 'json') yield `${renderJson(json)}\n`;
  else if (format === 'xlsx')
    yield await renderXlsx(
      runWorkbook(
        runs.map(({ summary }) => summary),
        several,
      ),
    );
  else if (format === 'requests-csv') yield* exchangeCsv(runs.map(requestsOf));
  else if (format === 'csv') yield renderCsv(together([...comparisons, ...runs.map(documentOf)]));
  else
    for (const document of [...(format === 'junit' ? [] : comparisons), ...runs.map(documentOf)])
      yield `${render(format, document, color)}\n`;
}

/** Formats that know runs only show those of a comparison one by one; the others show the comparison itself. */
export async function runsOfTargets(several: TargetsSummary, format: Format): Promise<ReadRun[]> {
  if (format !== 'xlsx' && format !== 'requests-csv' && format !== 'junit') return [];
  return Promise.all(
    several.targets.map(async ({ run }) => ({ stored: await readRun(run.directory), summary: run, sweep: null })),
  );
}

const requestsOf = ({ stored, summary: { directory, simulated } }: ReadRun) => ({
  directory,
  simulated,
  exchanges: stored.exchanges(),
});

/** A spreadsheet is no text: on a terminal it would only do harm. @throws UserError `output_needed` */
export function requireFile(format: string, output: string | undefined, stdout: NodeJS.WriteStream): void {
  if (format !== 'xlsx' || output !== undefined || stdout.isTTY !== true) return;
  throw new UserError(
    'output_needed',
    'xlsx is a file, not text: name it with --output FILE.xlsx, or redirect stdout.',
  );
}

function render(format: 'console' | 'md' | 'html' | 'junit', document: Document, color: boolean): string {
  switch (format) {
    case 'console':
      return renderConsole(document, screenOf(process.stdout, process.env, color));
    case 'md':
      return renderMarkdown(document);
    case 'html':
      return renderHtml(document);
    case 'junit':
      return renderJunit(document);
  }
}

/** Flat rows of several documents under the union of their columns. */
function together(documents: readonly Document[]): Document {
  const columns = [...new Set(documents.flatMap(({ rows }) => [...(rows?.columns ?? [])]))];
  const rows = documents.flatMap(({ rows }) =>
    Array.from(rows?.rows ?? [], (row) => {
      const byName = new Map(rows!.columns.map((name, index) => [name, row[index] ?? null]));
      return columns.map((name) => byName.get(name) ?? null);
    }),
  );
  return { ...documents[0]!, rows: { columns, rows } };
}
