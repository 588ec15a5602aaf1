import type { LengthRecord } from '../record/run.ts';
import type { Prompt } from '../record/turn.ts';
import type { Entry } from './dataset-entry.ts';
import type { DatasetSpec, SyntheticSpec, TraceSpec, Workload } from './spec.ts';
import type { TokenModel } from './token-model.ts';
import type { TraceRows } from './trace-rows.ts';

/** All that a workload is made of once everything was counted and read. */
export type WorkloadRecipe =
  | {
      readonly kind: 'synthetic';
      readonly spec: SyntheticSpec;
      readonly model: TokenModel;
      readonly promptKind: Prompt['kind'];
      readonly seed: number;
    }
  | {
      readonly kind: 'dataset';
      readonly spec: DatasetSpec;
      readonly entries: readonly Entry[];
      readonly promptKind: Prompt['kind'];
      readonly tokensPerChar: number;
    }
  | {
      readonly kind: 'trace';
      readonly spec: TraceSpec;
      readonly rows: TraceRows;
      readonly model: TokenModel;
      readonly promptKind: Prompt['kind'];
      readonly seed: number;
    };

export interface PreparedWorkload {
  readonly workload: Workload;
  /** The same workload as plain data, for other threads: see `workloadFrom`. */
  readonly recipe: WorkloadRecipe;
  /** Null for data sets: their texts are sent as they are. */
  readonly lengths: LengthRecord | null;
  /** Sentences that a reader of the run must see. */
  readonly notes: readonly string[];
}
