import { setTimeout as sleep } from 'node:timers/promises';
import { Delivery } from './delivery.ts';
import { type FindContext, type Source, type SourceSink, TelemetryProblem } from './source.ts';
import { type Stamp, wholeMicroseconds } from './stamp.ts';
import type { Output } from './stream-source.ts';

export interface PollSourceOptions {
  readonly name: string;
  readonly host: string;
  readonly context: FindContext;
  /** Never read more often than this: each reading may start a program. */
  readonly shortestMs: number;
  /** Called at every start: what a reading remembers of those before belongs to one start. */
  begin(): Read;
}

/**
 * One reading; throws TelemetryProblem. `stamp` tells the middle of the call so far, with half of it as bound: for a
 * value that carries no time of its own.
 */
export type Read = (out: Output, stamp: () => Stamp, signal: AbortSignal) => Promise<void>;

/** After so long without a reading the source has died; before, it has a gap. */
const lostMs = 30_000;

/** A source that is asked again and again. */
export function pollSource(options: PollSourceOptions): Source {
  return { name: options.name, start: (sink, signal) => new Polling(options, sink, signal).start() };
}

class Polling {
  private readonly options: PollSourceOptions;
  private readonly sink: SourceSink;
  private readonly signal: AbortSignal;
  private readonly delivery: Delivery;
  private readonly everyMs: number;
  private readonly read: Read;

  constructor(options: PollSourceOptions, sink: SourceSink, signal: AbortSignal) {
    this.options = options;
    this.sink = sink;
    this.signal = signal;
    this.everyMs = Math.max(options.shortestMs, options.context.intervalMs);
    this.delivery = new Delivery(options.name, sink);
    this.read = options.begin();
  }

  async start(): Promise<void> {
    await this.once();
    if (this.delivery.samples === 0)
      throw new TelemetryProblem('unavailable', `${this.options.name} answers, and tells nothing that can be read.`);
    void this.repeat();
  }

  /** At even distances from the start; an interval that a slow answer took is left out. */
  private async repeat(): Promise<void> {
    let dueMs = performance.now();
    let goodMs = dueMs;
    while (!this.signal.aborted) {
      dueMs = Math.max(dueMs + this.everyMs, performance.now());
      await sleep(dueMs - performance.now(), undefined, { signal: this.signal }).catch(() => {});
      if (this.signal.aborted) return;
      try {
        await this.once();
        goodMs = performance.now();
      } catch (error) {
        if (this.signal.aborted) return;
        // A defect of one source must not end the others.
        const known = error instanceof TelemetryProblem;
        if (known) this.delivery.note(error.code, error.message);
        if (known && performance.now() - goodMs < lostMs) continue;
        const why = known ? `gave nothing for ${lostMs / 1000} s` : `ended with ${(error as Error).message}`;
        this.sink.died('source_died', `${this.options.name} ${why}.`);
        return;
      }
    }
  }

  private async once(): Promise<void> {
    const startMs = this.options.context.clock.now();
    const stamp = (): Stamp => {
      const nowMs = this.options.context.clock.now();
      const halfS = (nowMs - startMs) / 2000;
      return {
        t_mono_s: wholeMicroseconds(nowMs / 1000 - halfS),
        t_wall_s: wholeMicroseconds(Date.now() / 1000 - halfS),
        t_bound_s: wholeMicroseconds(halfS),
        host: this.options.host,
      };
    };
    await this.read(this.delivery, stamp, this.signal);
  }
}
