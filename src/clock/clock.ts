export interface Clock {
  /** Milliseconds since the origin of this clock; monotonic, never steps with the wall clock. */
  now(): number;
  /** Resolves at or after `atMs`, never before; rejects with the signal's reason when aborted. */
  until(atMs: number, signal?: AbortSignal): Promise<void>;
  /** Wall-clock time of the origin, Unix milliseconds, read once: an anchor, not a clock. */
  readonly originUnixMs: number;
  /** `process.hrtime.bigint()` of the origin: other threads and processes of this machine join the same clock by it. */
  readonly originNs: bigint;
}
