import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type PlanSources, resolvePlan } from '../../src/experiment/plan.ts';
import type { PlanFlags } from '../../src/experiment/plan-flags.ts';
import { type RunEvent, runPlan } from '../../src/experiment/run.ts';
import type { Suite } from '../../src/experiment/suite-schema.ts';
import type { RunSummary, StepSummary } from '../../src/measurement/summary.ts';
import type { Exchange } from '../../src/record/exchange.ts';
import type { RunRecord } from '../../src/record/run.ts';
import type { SimulatorOptions } from '../../src/simulate/options.ts';
import { readRun } from '../../src/store/record.ts';

// A run on a busy machine takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** One request as the simulated server's truth log tells it. */
export interface Truth {
  readonly ordinal: number;
  readonly route: string;
  readonly stream: boolean;
  readonly received_unix_ms: number;
  readonly prompt_tokens: number | null;
  readonly planned_tokens: number;
  readonly output_tokens: number;
  readonly fault: string | null;
  readonly end: string;
  readonly status: number;
  readonly events_us: readonly number[];
}

export interface Measured {
  readonly summary: RunSummary;
  readonly step: StepSummary;
  readonly record: RunRecord;
  /** In the order in which they were sent; those that never were at the end. */
  readonly exchanges: readonly Exchange[];
  /** Of the measured requests alone, questions before the run left out; in the order in which they came. */
  readonly truth: readonly Truth[];
  readonly events: readonly RunEvent[];
}

export interface MeasureOptions {
  readonly flags: PlanFlags;
  /** Keys of a suite below the flags; then lengths are the suite's. */
  readonly suite?: Suite;
  /** Of the server that is started for the run; null: the one at `flags.url`. */
  readonly simulator?: SimulatorOptions | null;
  readonly signal?: AbortSignal;
  readonly emit?: (event: RunEvent) => void;
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'tokbench-'));

/** Runs a plan of short prompts as the program does, and reads back everything that it left. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const folder = newFolder();
  const truthFile = join(folder, 'truth.jsonl');
  const { plan } = resolvePlan(planSources(options));
  const events: RunEvent[] = [];
  const summary = await runPlan({
    plan,
    out: join(folder, 'results'),
    version: '0.0.0',
    simulator: options.simulator === null ? null : { truth: truthFile, ...options.simulator },
    environment: process.env,
    signal: options.signal ?? new AbortController().signal,
    emit: (event) => {
      events.push(event);
      options.emit?.(event);
    },
  });
  const stored = await readRun(summary.directory);
  const exchanges: Exchange[] = [];
  for await (const exchange of stored.exchanges()) exchanges.push(exchange);
  exchanges.sort((a, b) => (a.sentMs ?? Number.MAX_VALUE) - (b.sentMs ?? Number.MAX_VALUE));
  const truth = options.simulator === null ? [] : readTruth(truthFile, stored.record);
  return { summary, step: summary.steps[0]!, record: stored.record, exchanges, truth, events };
}

function planSources({ flags, suite }: MeasureOptions): PlanSources {
  if (suite !== undefined) return { suite: { name: 'test', file: join(newFolder(), 'test.yaml'), suite }, flags };
  const lengths = flags.dataset === undefined ? { 'input-tokens': '24', 'output-tokens': '8' } : {};
  return { suite: null, flags: { ...lengths, ...flags } };
}

/** Requests that the server received after the first due time: what was asked before the run ended long before. */
function readTruth(file: string, record: RunRecord): Truth[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
  const startUnixMs = record.startedUnixMs + (record.steps[0]?.startMs ?? 0);
  return lines
    .map((line) => JSON.parse(line) as Truth)
    .filter(({ received_unix_ms }) => received_unix_ms > startUnixMs - 2)
    .sort((a, b) => a.received_unix_ms - b.received_unix_ms);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
