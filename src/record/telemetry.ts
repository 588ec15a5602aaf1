/** Which samples belong to a step, and how the sources stood at its end. */
export interface StepTelemetry {
  /** Lines of samples.jsonl, counted from 0: from the end of the step before, up to and without `to`. */
  readonly from: number;
  readonly to: number;
  readonly sources: readonly SourceRecord[];
}

export interface SourceRecord {
  readonly name: string;
  /** The user asked for it by name. */
  readonly named: boolean;
  readonly ok: boolean;
  /** Why not; a reason code and a sentence. */
  readonly code: string | null;
  readonly reason: string | null;
}

/** With what the machines were watched. */
export interface TelemetryRecord {
  /** Values of `--telemetry`. */
  readonly asked: readonly string[];
  readonly intervalMs: number;
  /** The server runs on this machine, so that its devices are the server's. */
  readonly local: boolean;
  /** Accelerators that a batch system gave to this job; null where there is none. */
  readonly devicesAllotted: number | null;
  /** When server and devices were watched at rest, before the load; null where they were not. */
  readonly idle: { readonly startMs: number; readonly endMs: number } | null;
  /** CPU time of the collector's own process; null until it has ended. */
  readonly collectorCpuUs: number | null;
  /** What the user wants to fail without. */
  readonly required: readonly ('telemetry' | 'energy')[];
}
