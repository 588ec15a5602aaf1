import { createSheet, styled } from '../document/sheet.ts';
import type { NumberFormat, Sheet } from '../document/workbook.ts';
import type { RunSummary, StepSummary } from '../measurement/summary.ts';
import type { DeviceSummary } from '../measurement/telemetry-summary.ts';
import { loadLabel, loadPhrase } from './load.ts';

export interface WatchedColumn {
  readonly head: string;
  readonly format: NumberFormat;
  readonly value: (step: StepSummary) => number | null;
}

const columns: readonly WatchedColumn[] = [
  { head: 'accelerators busy', format: 'share', value: (s) => s.hardware?.utilizationMean ?? null },
  { head: 'accelerators busy p95', format: 'share', value: (s) => s.hardware?.utilizationP95 ?? null },
  { head: 'power W', format: 'decimal', value: (s) => s.energy?.powerMeanW ?? null },
  { head: 'J per output token', format: 'rate', value: (s) => s.energy?.joulesPerOutputToken ?? null },
  { head: 'tokens/s per W', format: 'rate', value: (s) => s.energy?.outputTokensPerJ ?? null },
  { head: 'waiting in the server', format: 'decimal', value: (s) => s.server.load?.waitingMean ?? null },
  { head: 'KV cache at most', format: 'share', value: (s) => s.server.load?.kvUsageMax ?? null },
];

/** Columns of telemetry beside the steps: those that some step has. */
export function watchedColumns(runs: readonly RunSummary[]): WatchedColumn[] {
  return columns.filter(({ value }) => runs.some((run) => run.steps.some((step) => value(step) !== null)));
}

const deviceColumns: readonly (readonly [string, NumberFormat, (device: DeviceSummary) => number | null])[] = [
  ['busy mean', 'share', (d) => d.utilizationMean],
  ['busy p95', 'share', (d) => d.utilizationP95],
  ['multiprocessors', 'share', (d) => d.smActiveMean],
  ['matrix units', 'share', (d) => d.tensorActiveMean],
  ['memory interface', 'share', (d) => d.dramActiveMean],
  ['power W', 'decimal', (d) => d.powerMeanW],
  ['energy J', 'decimal', (d) => d.energyJ],
  ['memory used bytes', 'whole', (d) => d.memoryUsedBytesMax],
  ['temperature °C', 'decimal', (d) => d.temperatureMaxC],
  ['clocks held down', 'share', (d) => d.throttledShare],
  ['readings', 'whole', (d) => d.samples],
];

/** Every accelerator of every step; null where none was watched. */
export function devicesSheet(runs: readonly RunSummary[]): Sheet | null {
  if (!runs.some((run) => run.steps.some(({ hardware }) => (hardware?.devices.length ?? 0) > 0))) return null;
  const sheet = createSheet('Accelerators', {
    widths: [30, 18, 26, 8, 44, 14, ...deviceColumns.map(() => 11), 40],
    frozen: { rows: 1, columns: 4 },
    orientation: 'landscape',
  });
  const heads = ['run', 'load', 'name', 'index', 'id', 'busy is', ...deviceColumns.map(([head]) => head), 'doubtful'];
  sheet.row(heads, { role: 'head' });
  for (const run of runs)
    for (const step of run.steps)
      for (const device of step.hardware?.devices ?? [])
        sheet.row([
          `${run.suite} ${run.startedAt}`,
          run.steps.length === 1 ? loadPhrase(step.load) : loadLabel(step, run.steps),
          device.name,
          device.index,
          device.id,
          device.utilizationKind,
          ...deviceColumns.map(([, format, value]) => styled(value(device), { format })),
          device.issues.join(' '),
        ]);
  return sheet.finish();
}
