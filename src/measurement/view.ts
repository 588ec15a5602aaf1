import type { ClientView } from './client.ts';
import type { Little } from './concurrency.ts';
import type { StepFacts } from './facts.ts';
import type { Requests } from './ledger.ts';
import type { Sample } from './sample.ts';
import type { Places } from './selection.ts';
import type { LatencyName, StepSummary } from './summary.ts';
import type { Timeline } from './timeline.ts';
import type { Windows } from './window.ts';

/** Everything that was computed of a step, for the judgements that stand on it. */
export interface StepView {
  readonly facts: StepFacts;
  readonly closed: boolean;
  readonly rows: Requests;
  readonly windows: Windows;
  /** Rows due in the headline window. */
  readonly members: Places;
  readonly samples: Readonly<Record<LatencyName, Sample>>;
  readonly timeline: Timeline | null;
  readonly little: Little | null;
  readonly client: ClientView;
  readonly counts: StepSummary['counts'];
  /** Requests that were refused for their rate and tried again. */
  readonly refusedBefore: number;
  readonly throughput: StepSummary['throughput'];
  readonly tokens: StepSummary['tokens'];
  readonly concurrency: StepSummary['concurrency'];
  readonly attainment: number | null;
}
