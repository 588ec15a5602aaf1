import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample } from '../record/sample.ts';
import type { FromCollector, SourceStatus } from './collector-message.ts';
import { type Source, type SourceSink, TelemetryProblem } from './source.ts';

/** Between the death of a source and its second start. */
const restartAfterMs = 1_000;
/** Samples of one moment travel together. */
const gatherMs = 100;

/** Runs sources: starts each, starts one that died once more, and tells what comes of it. */
export class Watchman {
  private readonly tell: (message: FromCollector) => void;
  private readonly signal: AbortSignal;
  private gathered: (readonly [string, Sample])[] = [];
  private timer: NodeJS.Timeout | null = null;

  constructor(tell: (message: FromCollector) => void, signal: AbortSignal) {
    this.tell = tell;
    this.signal = signal;
  }

  /** Resolves when the source has delivered or was given up; a source that hangs never resolves. */
  async watch(source: Source, named: boolean): Promise<void> {
    const { name } = source;
    const status = (state: SourceStatus['state'], more: Partial<SourceStatus> = {}) =>
      this.tell({ kind: 'status', status: { name, named, state, code: null, sentence: null, restarts: 0, ...more } });
    let restarts = 0;
    const sink: SourceSink = {
      sample: (sample) => this.take(name, sample),
      note: (code, sentence) => this.tell({ kind: 'note', source: name, code, sentence }),
      died: (code, sentence) => void again(code, sentence),
    };
    const again = async (code: SourceStatus['code'], sentence: string): Promise<void> => {
      if (this.signal.aborted) return;
      if (restarts > 0) return status('died', { code, sentence, restarts });
      restarts = 1;
      status('starting', { code, sentence, restarts });
      await sleep(restartAfterMs, undefined, { signal: this.signal }).catch(() => {});
      if (!this.signal.aborted) await start();
    };
    const start = async (): Promise<void> => {
      try {
        await source.start(sink, this.signal);
        status('running', { restarts });
      } catch (error) {
        if (this.signal.aborted) return;
        const { code, sentence } = problemOf(error);
        status('died', { code, sentence, restarts });
      }
    };
    status('starting');
    await start();
  }

  private take(source: string, sample: Sample): void {
    this.gathered.push([source, sample.source === source ? sample : { ...sample, via: source }]);
    this.timer ??= setTimeout(() => this.flush(), gatherMs);
  }

  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.gathered.length === 0) return;
    const samples = this.gathered;
    this.gathered = [];
    this.tell({ kind: 'samples', samples });
  }
}

function problemOf(error: unknown): { readonly code: NonNullable<SourceStatus['code']>; readonly sentence: string } {
  if (error instanceof TelemetryProblem) return { code: error.code, sentence: error.message };
  return { code: 'tool_failed', sentence: `It ended with an unexpected error: ${(error as Error).message}.` };
}
