import { createSheet, type Draft, type SheetDraft, styled } from '../document/sheet.ts';
import type { NumberFormat, Sheet } from '../document/workbook.ts';
import type { ComparedMeasure } from '../measurement/target-difference.ts';
import { loadPhrase } from './load.ts';
import type { TargetsFindings } from './targets.ts';
import { verdictTone } from './trust.ts';

type Row = TargetsFindings['comparison'][number]['rows'][number];
type Measure = readonly [
  head: string,
  format: NumberFormat,
  value: (row: Row) => number | null,
  compared?: ComparedMeasure,
];

const measures: readonly Measure[] = [
  ['repeats', 'whole', (row) => row.repeats],
  ['TTFT p50 ms', 'decimal', (row) => row.ttftP50Ms, 'ttftP50Ms'],
  ['TTFT p99 ms', 'decimal', (row) => row.ttftP99Ms],
  ['TPOT p50 ms', 'decimal', (row) => row.tpotP50Ms, 'tpotP50Ms'],
  ['end to end p50 ms', 'decimal', (row) => row.e2eP50Ms],
  ['output tokens/s', 'decimal', (row) => row.outputTokensPerS, 'outputTokensPerS'],
  ['output characters/s', 'decimal', (row) => row.outputCharsPerS, 'outputCharsPerS'],
  ['requests/s', 'decimal', (row) => row.requestsPerS],
  ['mean input tokens', 'decimal', (row) => row.meanInputTokens],
  ['mean output tokens', 'decimal', (row) => row.meanOutputTokens],
  ['mean output characters', 'decimal', (row) => row.meanOutputChars],
  ['characters a token', 'decimal', (row) => row.charsPerToken],
  ['failed share', 'share', (row) => row.failedShare],
  ['refused for the rate', 'whole', (row) => row.rateLimited],
  ['$ per 1M tokens', 'rate', (row) => row.usdPerMillion],
  ['$ per 1M output tokens', 'rate', (row) => row.usdPerMillionOutput],
  ['$ per 1M output characters', 'rate', (row) => row.usdPerMillionOutputChars],
];

/** Targets side by side, a row a load and target, and below them what must not be compared. */
export function comparisonSheet(several: readonly TargetsFindings[]): Sheet {
  const sheet = createSheet('Comparison', {
    widths: [34, 22, 10, ...measures.map(() => 12)],
    frozen: { rows: 1, columns: 2 },
    orientation: 'landscape',
    tone: 'result',
  });
  sheet.row(['load', 'target', 'verdict', ...measures.map(([head]) => head)], { role: 'head' });
  for (const { comparison } of several)
    for (const { load, rows } of comparison)
      for (const row of rows) {
        const numbers: Draft[] = measures.map(([, format, value]) => styled(value(row), { format }));
        sheet.row([loadPhrase(load), row.label, styled(row.verdict, { role: verdictTone[row.verdict] }), ...numbers]);
      }
  for (const found of several) differenceRows(sheet, found);
  for (const { targets, caveats, simulated } of several) {
    sheet.gap();
    if (simulated)
      sheet.row(['SIMULATED', 'A simulated server is among them: its numbers say nothing of any real one.'], {
        role: 'warn',
      });
    for (const { label, price, run } of targets)
      sheet.row([
        styled(label, { role: 'label' }),
        `${run.target.model} · ${run.target.url} · ${price ?? 'no price is known'}`,
      ]);
    for (const { code, severity, message } of caveats)
      sheet.row([styled(code, { role: severity === 'suspect' ? 'warn' : 'label' }), message]);
  }
  return sheet.finish();
}

/** What repeats can tell of the differences, with the interval of each. */
function differenceRows(sheet: SheetDraft, { comparison }: TargetsFindings): void {
  const told = comparison.flatMap(({ load, differences }) =>
    differences.filter(({ state }) => state !== 'unknown').map((difference) => ({ load, ...difference })),
  );
  if (told.length === 0) return;
  sheet.gap();
  sheet.row(['load and measure', 'targets', 'state', 'difference', 'from', 'to', 'repeats'], { role: 'head' });
  for (const { load, measure, base, other, repeats, share, interval, state } of told)
    sheet.row([
      `${loadPhrase(load)} · ${measures.find(([, , , key]) => key === measure)?.[0] ?? measure}`,
      `${other} against ${base}`,
      state === 'within_noise' ? 'noise' : state,
      ...[share, interval?.[0] ?? null, interval?.[1] ?? null].map((value) => styled(value, { format: 'share' })),
      styled(repeats, { format: 'whole' }),
    ]);
}
