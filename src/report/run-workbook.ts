import type { Rows } from '../document/document.ts';
import { compare, over, reference, when, words } from '../document/formula.ts';
import { createSheet, type Draft, type SheetDraft, styled } from '../document/sheet.ts';
import type { NumberFormat, Sheet, Workbook } from '../document/workbook.ts';
import { latencyNames, type RunSummary, type StepSummary } from '../measurement/summary.ts';
import { devicesSheet, watchedColumns } from './hardware-workbook.ts';
import { loadLabel, loadPhrase } from './load.ts';
import { stepRows } from './rows.ts';
import { serverWords } from './server.ts';
import type { TargetsFindings } from './targets.ts';
import { comparisonSheet } from './targets-workbook.ts';
import { banners, verdictOf, verdictTone } from './trust.ts';

/**
 * Runs as a workbook: the verdict, the steps to read, every latency, every objective, and every column there is; where
 * they are of several targets, first how these compare.
 */
export function runWorkbook(runs: readonly RunSummary[], several: readonly TargetsFindings[] = []): Workbook {
  const [first] = runs;
  return {
    title: runs.length === 1 ? `tokbench run · ${first!.suite}` : `tokbench · ${runs.length} runs`,
    description: 'Measurement of a model server; every number is a value as measured, ratios are formulas.',
    createdAt: new Date(Date.parse(first?.startedAt ?? '') || 0),
    sheets: [
      ...(several.length === 0 ? [] : [comparisonSheet(several)]),
      overview(runs),
      steps(runs),
      latency(runs),
      devicesSheet(runs),
      objectives(runs),
      allColumns(runs),
    ].filter((s) => s !== null),
  };
}

function overview(runs: readonly RunSummary[]): Sheet {
  const sheet = createSheet('Overview', { widths: [22, 110] });
  for (const run of runs) {
    sheet.row([`tokbench run · ${run.suite}`], { role: 'title' });
    const fact = (key: string, value: string) =>
      sheet.row([styled(key, { role: 'label' }), styled(value, { wrap: true })]);
    const verdict = verdictOf(run);
    for (const { label, text } of banners(run)) sheet.row([label, styled(text, { wrap: true })], { role: 'warn' });
    sheet.row([styled(verdict.label, { role: verdictTone[run.verdict] }), styled(verdict.text, { wrap: true })]);
    for (const { code, text } of verdict.notes) fact(code ?? '', text);
    fact('started', run.startedAt);
    fact('server', `${run.target.url} · ${serverWords(run.target.server, run.target.preset)}`);
    fact('model', `${run.target.model} · ${run.target.protocol}`);
    fact('stored in', run.directory);
    for (const note of run.notes) fact('note', note);
    sheet.gap();
  }
  return sheet.finish();
}

interface StepColumn {
  readonly head: string;
  readonly format: NumberFormat;
  readonly value: (step: StepSummary) => number | null;
}

const number = (head: string, format: NumberFormat, value: StepColumn['value']): StepColumn => ({
  head,
  format,
  value,
});
const stepColumns: readonly StepColumn[] = [
  number('due', 'whole', (s) => s.counts.due),
  number('ok', 'whole', (s) => s.counts.ok),
  number('failed', 'whole', (s) => s.counts.failed),
  number('unfinished', 'whole', (s) => s.counts.censored),
  number('output tokens/s', 'decimal', (s) => s.throughput.outputTokensPerS),
  number('total tokens/s', 'decimal', (s) => s.throughput.totalTokensPerS),
  number('requests/s', 'decimal', (s) => s.throughput.requestsPerS),
  number('goodput requests/s', 'decimal', (s) => s.throughput.goodputPerS),
  number('TTFT p50 ms', 'decimal', (s) => s.latency.ttftMs.p50),
  number('TTFT p99 ms', 'decimal', (s) => s.latency.ttftMs.p99),
  number('TPOT p50 ms', 'decimal', (s) => s.latency.tpotMs.p50),
  number('TPOT p99 ms', 'decimal', (s) => s.latency.tpotMs.p99),
  number('end to end p99 ms', 'decimal', (s) => s.latency.e2eMs.p99),
  number('input tokens', 'whole', (s) => s.tokens.input),
  number('output tokens', 'whole', (s) => s.tokens.output),
];

/** Column A is the run, then its load; ratios stand at the right and are formulas over the cells of their row. */
function steps(runs: readonly RunSummary[]): Sheet {
  const before = 4;
  const shown: readonly StepColumn[] = [...stepColumns, ...watchedColumns(runs)];
  const at = (head: string) => before + shown.findIndex((column) => column.head === head);
  const widths = [30, 20, 8, 10, ...shown.map(() => 10), 9, 11, 11];
  const sheet = createSheet('Steps', {
    widths,
    frozen: { rows: 1, columns: 4 },
    orientation: 'landscape',
    tone: 'result',
  });
  const heads = ['run', 'load', 'value', 'verdict', ...shown.map(({ head }) => head)];
  sheet.row([...heads, 'ok share', 'input tokens per request', 'output tokens per request'], { role: 'head' });
  for (const run of runs)
    for (const step of run.steps) {
      const cells: Draft[] = [
        `${run.suite} ${run.startedAt}`,
        loadPhrase(step.load),
        step.load.value,
        step.verdict,
        ...shown.map(({ format, value }) => styled(value(step), { format })),
      ];
      const row = sheet.next;
      const ratio = (part: string, whole: string, format: NumberFormat) =>
        styled(ratioOf(sheet, row, [at(part), at(whole)], cells), { format });
      sheet.row([
        ...cells,
        ratio('ok', 'due', 'share'),
        ratio('input tokens', 'ok', 'decimal'),
        ratio('output tokens', 'ok', 'decimal'),
      ]);
    }
  const last = sheet.next - 1;
  if (last >= 2)
    sheet.chart({
      kind: 'columns',
      title: 'Output tokens per second by load',
      x: { title: 'load', format: 'general' },
      y: { title: 'tokens/s', format: 'whole' },
      series: [
        {
          name: 'output tokens/s',
          categories: sheet.down(1, 1, last).text,
          values: sheet.down(at('output tokens/s'), 1, last).text,
        },
      ],
      at: { row: last + 2, column: 0, rows: 18, columns: 8 },
    });
  return sheet.finish();
}

/** A quotient of two cells of a row that is being written; empty where the divisor is 0 or either is unknown. */
function ratioOf(sheet: SheetDraft, row: number, [part, whole]: readonly [number, number], cells: readonly Draft[]) {
  const cell = (column: number) => {
    const draft = cells[column] as { readonly of: number | null };
    return draft.of === null ? null : reference(sheet.address(row, column), draft.of);
  };
  const [a, b] = [cell(part), cell(whole)];
  return a === null || b === null ? null : when(compare(b, '>', 0), over(a, b), words(''));
}

const quantiles = ['n', 'mean', 'stddev', 'min', 'p50', 'p90', 'p95', 'p99', 'p999', 'max'] as const;

function latency(runs: readonly RunSummary[]): Sheet {
  const sheet = createSheet('Latency', {
    widths: [30, 18, 16, ...quantiles.map(() => 11)],
    frozen: { rows: 1, columns: 3 },
    orientation: 'landscape',
  });
  sheet.row(['run', 'load', 'latency, ms', ...quantiles], { role: 'head' });
  for (const run of runs)
    for (const step of run.steps)
      for (const name of latencyNames) {
        const own = step.latency[name];
        if (own.n === 0) continue;
        const cells = quantiles.map((q) => styled(own[q], { format: q === 'n' ? 'whole' : 'decimal' }));
        sheet.row([`${run.suite} ${run.startedAt}`, loadLabel(step, run.steps), name.slice(0, -'Ms'.length), ...cells]);
      }
  return sheet.finish();
}

function objectives(runs: readonly RunSummary[]): Sheet | null {
  if (runs.every((run) => run.steps.every((step) => step.objectives.length === 0))) return null;
  const sheet = createSheet('Objectives', {
    widths: [30, 18, 28, 14, 10, 60],
    frozen: { rows: 1, columns: 0 },
    orientation: 'landscape',
  });
  sheet.row(['run', 'load', 'objective', 'observed', 'outcome', 'why'], { role: 'head' });
  for (const run of runs)
    for (const step of run.steps)
      for (const { text, observed, met, reason } of step.objectives)
        sheet.row([
          `${run.suite} ${run.startedAt}`,
          loadLabel(step, run.steps),
          text,
          styled(observed, { format: 'rate' }),
          met === null
            ? styled('unknown', { role: 'warn' })
            : styled(met ? 'met' : 'missed', { role: met ? 'ok' : 'bad' }),
          styled(reason ?? '', { wrap: true }),
        ]);
  return sheet.finish();
}

/** The same columns as in CSV, with all their digits, under the union of the runs' columns. */
function allColumns(runs: readonly RunSummary[]): Sheet {
  const tables: Rows[] = runs.map(stepRows);
  const columns = [...new Set(tables.flatMap((table) => table.columns))];
  const sheet = createSheet('All columns', {
    widths: columns.map((name) => Math.min(34, Math.max(10, name.length + 2))),
    frozen: { rows: 1, columns: 1 },
    orientation: 'landscape',
    locked: false,
  });
  sheet.row(columns, { role: 'head' });
  for (const table of tables)
    for (const row of table.rows) {
      const byName = new Map(table.columns.map((name, i) => [name, row[i] ?? null]));
      sheet.row(columns.map((name) => byName.get(name) ?? null));
    }
  return sheet.finish();
}
