import type { ChildProcess } from 'node:child_process';
import { Delivery } from './delivery.ts';
import { type FindContext, type Source, type SourceSink, TelemetryProblem } from './source.ts';
import { type Clocks, SourceClock } from './stamp.ts';
import { endProblem, startTool, Tail, type Tool, type ToolOutput, toolProblem } from './tool.ts';

/** Makes samples of a tool's output as it comes, at any split of its bytes. Never throws for what a tool writes. */
export interface OutputReader {
  push(bytes: Buffer): void;
}

export type Output = Pick<SourceSink, 'sample' | 'note'>;

/** Where a reader's samples belong. */
export interface Place {
  readonly host: string;
  /** The machine that tokbench runs on. */
  readonly local: boolean;
  readonly clock: SourceClock;
  readonly clocks: Clocks;
}

export interface StreamSourceOptions {
  readonly name: string;
  /** Host of the samples. */
  readonly host: string;
  readonly context: FindContext;
  /** How long the first sample may take; tools that initialise a driver for every start take seconds. Default 30,000. */
  readonly firstMs?: number;
  /** How long it may give no sample after the first, default 30,000. */
  readonly silentMs?: number;
  /** The command that runs as long as the source does. */
  tool(signal: AbortSignal): Promise<Tool>;
  /** Another command after this one ended before its first sample; null = there is none. */
  instead?(tool: Tool, output: ToolOutput): Tool | null;
  reader(out: Output, place: Place): OutputReader;
}

const firstSampleMs = 30_000;
/** A tool that writes no sample for so long hangs, as they do on a device that does not answer. */
const silentMs = 30_000;

/** Clocks of a run as sources read them. */
export function clocksOf(context: FindContext): Clocks {
  return { monoS: () => context.clock.now() / 1000, wallS: () => Date.now() / 1000 };
}

/** A source that is one long-lived child whose output is read. */
export function streamSource(options: StreamSourceOptions): Source {
  return { name: options.name, start: (sink, signal) => new Watch(options, sink, signal).start() };
}

class Watch {
  private readonly options: StreamSourceOptions;
  private readonly sink: SourceSink;
  private readonly signal: AbortSignal;
  private readonly delivery: Delivery;

  constructor(options: StreamSourceOptions, sink: SourceSink, signal: AbortSignal) {
    this.options = options;
    this.sink = sink;
    this.signal = signal;
    this.delivery = new Delivery(options.name, sink);
  }

  private get delivered(): boolean {
    return this.delivery.samples > 0;
  }

  async start(): Promise<void> {
    let tool: Tool | null = await this.options.tool(this.signal);
    while (tool !== null) {
      const ended: ToolOutput | null = await this.watch(tool);
      if (ended === null) return;
      const next: Tool | null = this.options.instead?.(tool, ended) ?? null;
      if (next === null) throw endProblem(tool, ended);
      tool = next;
    }
  }

  /** Resolves null at the first sample, and with its output when the tool ended before. */
  private watch(tool: Tool): Promise<ToolOutput | null> {
    const limit = new AbortController();
    const signal = AbortSignal.any([this.signal, limit.signal]);
    const child = startTool(tool, signal);
    const reader = this.reader(tool);
    const stdout = new Tail();
    const stderr = new Tail();
    return new Promise((resolve, reject) => {
      const firstTimer = setTimeout(() => limit.abort(), this.options.firstMs ?? firstSampleMs);
      const longest = Math.max(this.options.silentMs ?? silentMs, 5 * this.options.context.intervalMs);
      let silence: NodeJS.Timeout | null = null;
      const hang = (): void => {
        this.died(`${nameOf(tool)} wrote nothing for ${longest / 1000} s.`);
        limit.abort();
      };
      child.stdout!.on('data', (bytes: Buffer) => {
        if (limit.signal.aborted) return;
        if (!this.delivered) stdout.push(bytes.toString('latin1'));
        const before = this.delivery.samples;
        reader.push(bytes);
        if (this.delivery.samples === before) return;
        clearTimeout(firstTimer);
        silence ??= setTimeout(hang, longest);
        silence.refresh();
        resolve(null);
      });
      child.stderr!.on('data', (bytes: Buffer) => stderr.push(bytes.toString('utf8')));
      const ended = (): void => {
        clearTimeout(firstTimer);
        if (silence !== null) clearTimeout(silence);
      };
      child.on('error', (error) => {
        ended();
        if (!signal.aborted) reject(toolProblem(tool, error));
        else if (!this.delivered) reject(this.silence(tool));
      });
      child.on('close', (code) => {
        ended();
        const output = { code, stdout: stdout.text, stderr: stderr.text };
        if (this.signal.aborted) reject(this.silence(tool));
        else if (!this.delivered) resolve(output);
        else if (!limit.signal.aborted) this.died(endOf(tool, output, child));
      });
    });
  }

  private reader(tool: Tool): OutputReader {
    const { options } = this;
    const clocks = clocksOf(options.context);
    const local = tool.ssh === null;
    const place = { host: options.host, local, clocks, clock: new SourceClock(clocks, local) };
    return options.reader(this.delivery, place);
  }

  private died(sentence: string): void {
    this.sink.died('source_died', `${this.options.name} ended during the run: ${sentence}`);
  }

  private silence(tool: Tool): TelemetryProblem {
    const reason = this.signal.aborted
      ? 'was stopped before it delivered'
      : `delivered nothing within ${(this.options.firstMs ?? firstSampleMs) / 1000} s`;
    return new TelemetryProblem('tool_failed', `${nameOf(tool)} ${reason}.`);
  }
}

const nameOf = (tool: Tool): string => tool.called ?? tool.command;

/** How a tool ended that had delivered: what it wrote on stdout were rows. */
function endOf(tool: Tool, output: ToolOutput, child: ChildProcess): string {
  if (child.signalCode !== null) return `${nameOf(tool)} was ended by ${child.signalCode}.`;
  return endProblem(tool, { ...output, stdout: '' }).message;
}
