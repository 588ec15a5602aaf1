import type { ReasonCode, Sample } from '../record/sample.ts';
import type { FindContext } from './source.ts';

/** What the collector's process is started with; headers of targets travel in it and nowhere else. */
export interface CollectorOrder {
  readonly wanted: readonly string[];
  /** Accelerators of this machine are those of the server: `auto` takes them only then. */
  readonly local: boolean;
  /** PEM certificates to trust beside the system's, as for the targets. */
  readonly authorities: readonly string[];
  readonly clock: { readonly originNs: string; readonly originUnixMs: number };
  readonly context: Omit<FindContext, 'clock'>;
}

/** Where a source stands. */
export interface SourceStatus {
  readonly name: string;
  /** The user asked for it by name. */
  readonly named: boolean;
  /** `starting` has not delivered yet; `missing` was not found; `died` ended and did not come back. */
  readonly state: 'starting' | 'running' | 'missing' | 'died';
  readonly code: ReasonCode | null;
  /** Why it is missing or died. */
  readonly sentence: string | null;
  /** Times that it was started again. */
  readonly restarts: number;
}

export type FromCollector =
  | { readonly kind: 'samples'; readonly samples: readonly (readonly [source: string, sample: Sample])[] }
  | { readonly kind: 'status'; readonly status: SourceStatus }
  | { readonly kind: 'note'; readonly source: string; readonly code: ReasonCode; readonly sentence: string }
  /** All that was asked for was looked for, and whatever starts at once has started. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly cpuUs: number };

export type ToCollector = { readonly kind: 'begin'; readonly order: CollectorOrder } | { readonly kind: 'end' };
