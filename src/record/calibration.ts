import * as z from 'zod';

/** The machine and program that a calibration holds for: another of any of these is calibrated anew. */
export interface CalibratedMachine {
  readonly hostname: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly tokbench: string;
}

/**
 * One load that the client was put under, and how far its stamps of content events then lay behind the server's own.
 * `streams`: many streams of one pace. `tokens`: few streams, ever faster. `requests`: short replies in an open loop.
 */
export interface CalibrationPoint {
  readonly axis: 'streams' | 'tokens' | 'requests';
  /** Mean requests in flight. */
  readonly streams: number;
  readonly tokensPerS: number;
  readonly requestsPerS: number;
  readonly timingErrorP50Ms: number;
  readonly timingErrorP99Ms: number;
  /** sent − due, p99; null in a closed loop. */
  readonly scheduleLagP99Ms: number | null;
  readonly cpuUsPerToken: number;
  /** User + system CPU time of the client's process over wall time. */
  readonly cpuShare: number;
  /** The server wrote its events when they were due: only then was the client put under this load. */
  readonly serverKept: boolean;
}

/** What ended the search for a ceiling: the client's own error, the server's pace, the top of the range, the time. */
export type CeilingBound = 'client' | 'server' | 'range' | 'time';

/** What one thread of this client can measure on this machine with a timing error p99 of at most `limitMs`. */
export interface Calibration {
  readonly takenAt: string;
  readonly machine: CalibratedMachine;
  /** Timing error p99 that a load must not exceed. */
  readonly limitMs: number;
  /** Highest loads inside the limit; null where even the lowest tried was beyond it. */
  readonly ceiling: {
    readonly streams: number | null;
    readonly tokensPerS: number | null;
    readonly requestsPerS: number | null;
  };
  /** Only `client` says that the ceiling is the client's: any other, that it is at least so high. */
  readonly bounds: {
    readonly streams: CeilingBound;
    readonly tokensPerS: CeilingBound;
    readonly requestsPerS: CeilingBound;
  };
  readonly curve: readonly CalibrationPoint[];
  /** CPU time of one more token a second, µs; null where too few loads were measured. */
  readonly costPerTokenUs: number | null;
}

/** What a run knows of its client's own error: the calibration that it was started with, or why there is none. */
export type CalibrationFact =
  | { readonly known: true; readonly calibration: Calibration }
  | { readonly known: false; readonly reason: string };

const number = z.number();
const orNull = number.nullable();
const bound = z.enum(['client', 'server', 'range', 'time']);

/** As far as reading depends on it; further fields pass through. */
export const calibrationSchema = z.looseObject({
  takenAt: z.string(),
  machine: z.looseObject({
    hostname: z.string(),
    platform: z.string(),
    cpu: z.string(),
    cores: number,
    node: z.string(),
    tokbench: z.string(),
  }),
  limitMs: number,
  ceiling: z.looseObject({ streams: orNull, tokensPerS: orNull, requestsPerS: orNull }),
  bounds: z.looseObject({ streams: bound, tokensPerS: bound, requestsPerS: bound }),
  curve: z.array(
    z.looseObject({
      axis: z.enum(['streams', 'tokens', 'requests']),
      streams: number,
      tokensPerS: number,
      requestsPerS: number,
      timingErrorP50Ms: number,
      timingErrorP99Ms: number,
      scheduleLagP99Ms: orNull,
      cpuUsPerToken: number,
      cpuShare: number,
      serverKept: z.boolean(),
    }),
  ),
  costPerTokenUs: orNull,
});

export const calibrationFactSchema = z.discriminatedUnion('known', [
  z.looseObject({ known: z.literal(true), calibration: calibrationSchema }),
  z.looseObject({ known: z.literal(false), reason: z.string() }),
]);

/** A calibration from parsed JSON; null for anything else. */
export function parseCalibration(value: unknown): Calibration | null {
  const parsed = calibrationSchema.safeParse(value);
  return parsed.success ? (parsed.data as Calibration) : null;
}
