import type { StepSummary } from '../measurement/summary.ts';
import type { Load, RunRecord, SearchRecord } from '../record/run.ts';
import type { SimulatorOptions } from '../simulate/options.ts';
import type { StoredRun } from '../store/record.ts';
import type { Plan } from './plan.ts';
import type { Reached } from './reach.ts';
import type { StepWatcher } from './step.ts';

export interface RunOptions {
  readonly plan: Plan;
  /** Folder of results. */
  readonly out: string;
  readonly version: string;
  /** Start a simulated server and measure that; null = a real one. */
  readonly simulator: SimulatorOptions | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Interrupts the run: what was measured is written, marked `interrupted`. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

/** What happens while a run goes on; nothing of it flows back. */
export type RunEvent =
  | { readonly kind: 'reached'; readonly reached: Reached }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'directory'; readonly directory: string }
  /** A step's live view; `index` of `steps`, which a search does not know beforehand. */
  | {
      readonly kind: 'step';
      readonly index: number;
      readonly steps: number | null;
      readonly watcher: StepWatcher;
      nowMs(): number;
    }
  | { readonly kind: 'stepDone'; readonly index: number; readonly steps: number | null; readonly summary: StepSummary };

export interface ConductOptions extends RunOptions {
  /** What a search looks for: stands in `run.json`. */
  readonly search?: SearchRecord;
  /** Go on with a run on disk: its directory, seed and clock; its steps stay as they are. */
  readonly resumed?: StoredRun | null;
}

/** A run under way, as whoever chooses its steps sees it. */
export interface Conducted {
  readonly directory: string;
  readonly record: RunRecord;
  /** Of the steps of `record`, those of a resumed run included. */
  readonly summaries: readonly StepSummary[];
  /** No further step may begin: interrupted, or the disk refuses. */
  readonly stopped: boolean;
  /**
   * Measures one step, with prompts that no step had before; `steps` is how many there will be, for progress.
   *
   * @param longer times as long as the plan says, default 1
   */
  step(load: Load, repeat: number, steps: number | null, longer?: number): Promise<StepSummary>;
}
