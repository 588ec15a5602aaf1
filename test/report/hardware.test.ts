import { expect, it } from 'vitest';
import { renderConsole } from '../../src/document/console.ts';
import { renderHtml } from '../../src/document/html.ts';
import { renderMarkdown } from '../../src/document/markdown.ts';
import type { RunSummary, StepSummary } from '../../src/measurement/summary.ts';
import { type TelemetryFacts, withTelemetry } from '../../src/measurement/telemetry.ts';
import type { Reading } from '../../src/measurement/watched.ts';
import { stepRows } from '../../src/report/rows.ts';
import { runDocument } from '../../src/report/run.ts';
import { runWorkbook } from '../../src/report/run-workbook.ts';
import { type Watched, watched } from '../measurement/readings.ts';
import { closed } from './sample.ts';

const base = closed.steps[0]!;
const hardware = {
  ...{ name: 'h100-sxm', count: 2, accelerators: 2, accelerator: 'h100-sxm', memoryBytes: 80e9, tdpW: 700 },
  ...{ memoryBandwidthBytesPerS: 3.35e12, flopsPerS: { bf16: 989e12 }, usdPerAccelerator: 35_000 },
  ...{ source: 'a table', priceSource: 'a list' },
};

/** A step of a minute in which these devices were watched. */
function step(devices: Watched, concurrency = 8, more: Partial<TelemetryFacts['run']> = {}): StepSummary {
  const readings: Reading[] = watched({ devices: 2, ...devices });
  const window = { kind: 'steady' as const, startMs: 0, endMs: 60_000 };
  const source = { name: 'nvidia-smi', named: false, ok: true, code: null, reason: null };
  const record = {
    ...{ startMs: 0, stopMs: 60_000, endMs: 62_000 },
    telemetry: { from: 0, to: readings.length, sources: [source] },
  };
  const telemetry = {
    ...{ asked: ['auto'], intervalMs: 1_000, local: true, devicesAllotted: null, idle: null },
    ...{ collectorCpuUs: null, required: [] },
  };
  const run = { telemetry, hardware, environment: { hostname: 'node-a' }, simulated: false, ...more };
  const facts = { run, step: record, readings } as unknown as TelemetryFacts;
  return withTelemetry({ ...base, window, load: { kind: 'concurrency', value: concurrency } }, facts);
}

const runOf = (...steps: StepSummary[]): RunSummary => ({ ...closed, steps });
const screen = { columns: 100, unicode: true, color: false };
const shown = (run: RunSummary) => renderConsole(runDocument(run), screen as never);

it('says in a step which accelerators, how busy by which measure, and energy with its basis', () => {
  const text = shown(runOf(step({}))).replace(/\s+/g, ' ');
  expect(text).toContain('2 × NVIDIA H100 · 90.0 % busy, p95 90.0 % (time with a kernel resident) · 600 W each');
  expect(text).toMatch(/J per output token · [\d.]+ tok\/s\/W · 72\.0 kJ, 1\.20 kW/);
  expect(text).toContain(
    'integrated power of the accelerator boards, 2 devices, by nvidia-smi; host, network, cooling and facility are not in it',
  );
  expect(text).toContain('accelerators busy, %');
  expect(text).not.toContain('Accelerators busy %'); // no table where all do the same
});

it('has a row for each accelerator where they differ', () => {
  const text = shown(runOf(step({ more: (_, device) => ({ util: { kernel: device === 0 ? 0.99 : 0.2 } }) })));
  expect(text).toMatch(/node-a 0 +99\.0/);
  expect(text).toMatch(/node-a 1 +20\.0/);
});

it('says why energy is not counted, and never 0', () => {
  const text = shown(runOf(step({ devices: 3 }))).replace(/\s+/g, ' ');
  expect(text).toContain('not counted: accelerators watched: 3, by --hardware: 2');
  expect(stepRows(runOf(step({ devices: 3 })))).toMatchObject({
    columns: expect.arrayContaining(['joules_per_output_token']),
  });
  expect(cellOf(step({ devices: 3 }), 'joules_per_output_token')).toBeNull();
  expect(cellOf(step({ devices: 3 }), 'energy_reasons')).toBe('expected_device_count_mismatch');
});

function cellOf(one: StepSummary, column: string) {
  const { columns, rows } = stepRows(runOf(one));
  return [...rows][0]![columns.indexOf(column)];
}

it('puts a ladder’s accelerators beside its loads', () => {
  const text = shown(runOf(step({ powerW: 300 }, 4), step({ powerW: 650 }, 16)));
  expect(text).toMatch(/Accelerators\n +in flight +busy %/);
  expect(text).toMatch(/ 4 +90\.0 +90\.0 +300/);
  expect(text).toMatch(/16 +90\.0 +90\.0 +650/);
  expect(text).toMatch(/Efficiency\n/);
  expect(text).toContain('busy: time with a kernel resident');
});

it('says nothing at all where nothing was watched', () => {
  const text = shown(closed);
  for (const word of ['accelerators', 'energy', 'bottleneck', 'host', 'telemetry'])
    expect(text).not.toMatch(new RegExp(`^ *${word} `, 'm'));
});

it('shows one line where only the machine itself was watched', () => {
  const machine = step(
    {
      more: () =>
        ({
          device: undefined,
          power_w: undefined,
          util: undefined,
          source: 'host',
          host_stats: { cpu_util: 0.3, mem_used_b: 5e9 },
        }) as never,
    },
    8,
    { hardware: undefined } as never,
  );
  const lines = shown(runOf(machine)).split('\n');
  expect(lines.filter((line) => /processors 30\.0 % busy/.test(line))).toHaveLength(1);
  for (const word of ['accelerators', 'energy', 'efficiency', 'bottleneck'])
    expect(lines.some((line) => line.startsWith(`  ${word} `))).toBe(false);
});

it('goes to every format', () => {
  const run = runOf(step({}));
  expect(renderHtml(runDocument(run))).toMatch(/<figure class="large">.*accelerators busy/s);
  expect(renderMarkdown(runDocument(run))).toContain('J per output token');
  expect(cellOf(run.steps[0]!, 'accelerator_busy_mean_share')).toBe(0.9);
  expect(cellOf(run.steps[0]!, 'energy_method')).toBe('power');
  const { sheets } = runWorkbook([run]);
  expect(sheets.map(({ name }) => name)).toContain('Accelerators');
});
