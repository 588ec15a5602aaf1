import { networkInterfaces } from 'node:os';
import type { ProcessClock } from '../clock/clock.ts';
import { type Reading, readingOf } from '../measurement/watched.ts';
import type { Sample } from '../record/sample.ts';
import type { SourceRecord, StepTelemetry, TelemetryRecord } from '../record/telemetry.ts';
import type { SampleLine } from '../store/journal.ts';
import { readCaFile } from '../target/authority.ts';
import { type Collector, type SourceStatus, startCollector } from '../telemetry/collector.ts';
import type { Plan } from './plan.ts';
import type { Reached } from './reach.ts';

/** Telemetry of a run: samples go to its journal and stay, without their raw text, for its summaries. */
export interface Watch {
  readonly record: TelemetryRecord;
  /** In the order of samples.jsonl, those of before a run was resumed included. */
  readonly readings: readonly Reading[];
  /** What a reader of the run must know of its telemetry, since it was last asked. */
  takeNotes(): string[];
  /** From here on samples are written; those that came before first. */
  writeTo(journal: { sample(sample: SampleLine): void }): void;
  /** Waits for the samples after the load, 1.3 s at most, and says which samples are the step's. */
  stepEnd(endMs: number): Promise<StepTelemetry>;
  /** Watches server and devices at rest. Rejects when the signal is aborted. */
  rest(durationMs: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface WatchOptions {
  readonly plan: Plan;
  readonly reached: Reached;
  readonly clock: ProcessClock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Samples of a run that goes on. */
  readonly before: readonly Reading[];
  /** A sentence for whoever watches the run. */
  readonly say: (text: string) => void;
}

/** Starts what the plan wants watched; null when it wants nothing. */
export async function startWatch(options: WatchOptions): Promise<Watch | null> {
  if (options.plan.telemetry.includes('none')) return null;
  const watch = new Watching(options);
  await watch.start();
  return watch;
}

const intervalMs = 1_000;

class Watching implements Watch {
  record: TelemetryRecord;
  readonly readings: Reading[];
  private readonly options: WatchOptions;
  private readonly said = new Set<string>();
  private readonly untold: string[] = [];
  private journal: { sample(sample: SampleLine): void } | null = null;
  private pending: Sample[] = [];
  private collector: Collector | null = null;
  private from: number;

  constructor(options: WatchOptions) {
    const { plan, reached, environment } = options;
    this.options = options;
    this.readings = [...options.before];
    this.from = this.readings.length;
    this.record = {
      asked: plan.telemetry,
      intervalMs: plan.telemetryIntervalMs ?? intervalMs,
      local: reached.simulated || isLocal(reached.url),
      devicesAllotted: allotted(environment),
      idle: null,
      collectorCpuUs: null,
      required: plan.required ?? [],
    };
  }

  async start(): Promise<void> {
    const { clock, reached, plan } = this.options;
    const { caFile } = plan.target;
    const { asked, local } = this.record;
    this.collector = await startCollector({
      wanted: asked,
      local,
      clock,
      intervalMs: this.record.intervalMs,
      authorities: caFile === null ? [] : readCaFile(caFile),
      targets: reached.features.metrics === null ? [] : [{ url: reached.url, headers: headersOf(reached) }],
      sample: (sample) => this.take(sample),
      note: (source, _code, sentence) => this.note(sentence.startsWith(source) ? sentence : `${source}: ${sentence}`),
    });
    const { sources } = this.collector;
    this.options.say(tookWords(sources, local));
    for (const { named, name, state, code, sentence } of sources)
      if (state === 'missing' && (named || !isAbsence(code))) this.note(`Telemetry by ${name} is missing: ${sentence}`);
  }

  private note(text: string): void {
    if (this.said.has(text)) return;
    this.said.add(text);
    this.untold.push(text);
    this.options.say(text);
  }

  takeNotes(): string[] {
    return this.untold.splice(0);
  }

  private take(sample: Sample): void {
    this.readings.push(readingOf(sample));
    if (this.journal === null) this.pending.push(sample);
    else this.journal.sample(sample as unknown as SampleLine);
  }

  writeTo(journal: { sample(sample: SampleLine): void }): void {
    this.journal = journal;
    for (const sample of this.pending.splice(0)) journal.sample(sample as unknown as SampleLine);
  }

  async stepEnd(endMs: number): Promise<StepTelemetry> {
    await this.collector!.until(endMs);
    const { from } = this;
    this.from = this.readings.length;
    for (const { name, state, sentence } of this.collector!.sources)
      if (state === 'died') this.note(`Telemetry by ${name} ended: ${sentence}`);
    return { from, to: this.from, sources: this.collector!.sources.map(sourceRecord) };
  }

  async rest(durationMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const startMs = clock.now();
    await clock.until(startMs + durationMs, signal);
    await this.collector!.until(startMs + durationMs);
    this.from = this.readings.length;
    this.record = { ...this.record, idle: { startMs, endMs: startMs + durationMs } };
  }

  async close(): Promise<void> {
    await this.collector?.close();
    this.record = { ...this.record, collectorCpuUs: this.collector?.cpuUs ?? null };
  }
}

function sourceRecord({ name, named, state, code, sentence }: SourceStatus): SourceRecord {
  const ok = state === 'running' || state === 'starting';
  return { name, named, ok, code: ok ? null : code, reason: ok ? null : sentence };
}

/** A tool that is not installed is no news; one that may not be run is. */
const isAbsence = (code: SourceStatus['code']): boolean =>
  code === 'tool_absent' || code === 'endpoint_absent' || code === 'endpoint_unreachable' || code === 'unavailable';

/** `Telemetry: nvidia-smi, server, host.` */
function tookWords(sources: readonly SourceStatus[], local: boolean): string {
  const took = sources.filter(({ state }) => state === 'running' || state === 'starting').map(({ name }) => name);
  const looked = sources.filter(({ state, named }) => state === 'missing' && !named).map(({ name }) => name);
  const found = took.length === 0 ? 'Telemetry: nothing to watch was found' : `Telemetry: ${took.join(', ')}`;
  const elsewhere = local ? '' : '; the server is not on this machine: name what watches its hardware with --telemetry';
  return looked.length === 0 ? `${found}${elsewhere}.` : `${found}; not here: ${looked.join(', ')}${elsewhere}.`;
}

function headersOf({ apiKey, headers }: Reached): Record<string, string> {
  return apiKey === null ? { ...headers } : { authorization: `Bearer ${apiKey}`, ...headers };
}

/** Does an address lie on this machine? A tunnel from it to another one cannot be told apart. */
export function isLocal(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || host.endsWith('.localhost') || /^127\./.test(host) || host === '::1') return true;
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === host));
}

/** Accelerators that Slurm gave to this job; null outside of one, and where it does not say. */
function allotted(environment: WatchOptions['environment']): number | null {
  if (environment['SLURM_JOB_ID'] === undefined) return null;
  const count = Number(environment['SLURM_GPUS_ON_NODE']);
  if (Number.isInteger(count) && count > 0) return count;
  const list = environment['SLURM_JOB_GPUS'] ?? '';
  return /^\d+(,\d+)*$/.test(list) ? list.split(',').length : null;
}
