import { type ChildProcess, fork } from 'node:child_process';
import { hostname } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReasonCode, Sample } from '../record/sample.ts';
import type { FromCollector, SourceStatus, ToCollector } from './collector-message.ts';
import type { FindContext } from './source.ts';

export type { SourceStatus } from './collector-message.ts';

export interface CollectorOptions {
  /** Values of `--telemetry`, as `parseTelemetry` takes them. */
  readonly wanted: readonly string[];
  readonly local: boolean;
  readonly clock: { readonly originNs: bigint; readonly originUnixMs: number };
  readonly targets: FindContext['targets'];
  /** PEM certificates to trust beside the system's; default none. */
  readonly authorities?: readonly string[];
  /** Default 1,000. */
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  sample(sample: Sample): void;
  note(source: string, code: ReasonCode, sentence: string): void;
}

/** Samples machines and servers in a process of its own, so that no source can hold up the load (G-1). */
export interface Collector {
  /** Every source that was looked for, as it stands. */
  readonly sources: readonly SourceStatus[];
  /** A source that watches devices is among the living. */
  readonly watchesDevices: boolean;
  /** CPU time of the collector's process; null until it was closed in good order. */
  readonly cpuUs: number | null;
  /**
   * Waits until each living source that watches devices has delivered a sample at or after an instant of the run's
   * clock (G-4), 1.3 s at most. A source that has been silent for a while is not waited for.
   */
  until(atMs: number): Promise<void>;
  /** Ends the process within a second, whatever its sources do. */
  close(): Promise<void>;
}

/** `collector-main.ts` beside this file in `src/`, `collector-main.js` in `dist/`. */
const entry = fileURLToPath(new URL(`./collector-main${extname(import.meta.url)}`, import.meta.url));
const groups = process.platform !== 'win32';
const mostWaitMs = 1_300;
const silentAfterS = 3;
const mostEndMs = 1_000;
/** Loading takes a moment on a busy machine; the looking itself has `timeoutMs`. */
const mostStartMs = 5_000;

/** Starts the collector; resolves when it has looked for all sources, at the latest after a few seconds. Never rejects. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const collector = new Process(options);
  await collector.ready;
  return collector;
}

class Process implements Collector {
  readonly ready: Promise<void>;
  cpuUs: number | null = null;
  private readonly options: CollectorOptions;
  private readonly statuses = new Map<string, SourceStatus>();
  /** Of each source that watches devices: when its latest sample was taken, seconds. */
  private readonly latestS = new Map<string, number>();
  private waiting: (() => void)[] = [];
  private child: ChildProcess;
  private attempts = 1;
  private closing = false;
  private said = '';

  constructor(options: CollectorOptions) {
    this.options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = Promise.race([promise, afterMs(mostStartMs + (options.timeoutMs ?? 2_000))]);
    this.child = this.start(resolve);
  }

  get sources(): readonly SourceStatus[] {
    return [...this.statuses.values()];
  }

  get watchesDevices(): boolean {
    return this.latestS.size > 0;
  }

  private start(ready: () => void): ChildProcess {
    // A group of its own: a Ctrl-C in the terminal must not end tools before the last samples are there.
    const child = fork(entry, groups ? ['group'] : [], {
      detached: groups,
      execArgv: [],
      serialization: 'json',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-2_000);
    });
    child.on('message', (message: FromCollector) => this.take(message, ready));
    child.on('error', () => {});
    child.on('exit', (code, signal) => {
      if (!this.closing) this.lost(`${signal ?? code}`, ready);
    });
    const { wanted, local, clock, targets, authorities = [], intervalMs = 1_000, timeoutMs = 2_000 } = this.options;
    const order: ToCollector = {
      kind: 'begin',
      order: {
        wanted,
        local,
        authorities,
        clock: { originNs: String(clock.originNs), originUnixMs: clock.originUnixMs },
        context: { hostname: hostname(), intervalMs, timeoutMs, targets },
      },
    };
    child.send(order, () => {});
    return child;
  }

  private take(message: FromCollector, ready: () => void): void {
    if (message.kind === 'samples') {
      for (const [source, sample] of message.samples) {
        if (sample.device !== undefined) this.latestS.set(source, sample.t_mono_s);
        this.options.sample(sample);
      }
      for (const look of this.waiting) look();
    } else if (message.kind === 'status') this.statuses.set(message.status.name, message.status);
    else if (message.kind === 'note') this.options.note(message.source, message.code, message.sentence);
    else if (message.kind === 'ended') this.cpuUs = message.cpuUs;
    else ready();
  }

  /** The process itself ended: once more, then all its sources are named. */
  private lost(how: string, ready: () => void): void {
    if (this.attempts++ < 2) {
      this.child = this.start(ready);
      return;
    }
    const line = this.said.split('\n').findLast((each) => /error/i.test(each)) ?? '';
    const sentence = `The collector of telemetry ended unexpectedly (${how})${line === '' ? '' : `: ${line.trim()}`}.`;
    for (const [name, status] of this.statuses)
      this.statuses.set(name, { ...status, state: 'died', code: 'source_died', sentence });
    this.latestS.clear();
    this.options.note('telemetry', 'source_died', sentence);
    ready();
  }

  async until(atMs: number): Promise<void> {
    const atS = atMs / 1000;
    const living = [...this.latestS].filter(
      ([name, lastS]) => lastS > atS - silentAfterS && this.statuses.get(name)?.state !== 'died',
    );
    const names = living.map(([name]) => name);
    const there = () => names.every((name) => (this.latestS.get(name) ?? Number.POSITIVE_INFINITY) >= atS);
    if (there()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = () => there() && resolve();
    this.waiting.push(look);
    await Promise.race([promise, afterMs(mostWaitMs)]);
    this.waiting = this.waiting.filter((each) => each !== look);
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return killAll(child);
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.send({ kind: 'end' } satisfies ToCollector, () => {});
    await Promise.race([exited, afterMs(mostEndMs)]);
    killAll(child);
  }
}

/** The process, and whatever its tools left running: a tool may be a script that ends without the program that it started. */
function killAll(child: ChildProcess): void {
  try {
    if (groups) process.kill(-child.pid!, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {} // nothing is left of it
}

function afterMs(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
