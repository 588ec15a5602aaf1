import * as z from 'zod';
import { calibrationFactSchema } from './calibration.ts';
import type { RunRecord } from './run.ts';

const number = z.number();
const time = number.nullable();
const text = z.string();

const load = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('concurrency'), value: number }),
  z.looseObject({ kind: z.literal('rate'), value: number, arrivals: text, shape: text.optional() }),
  z.looseObject({ kind: z.literal('trace'), value: number, file: text }),
]);

const client = z.looseObject({ cpuUs: number, wallMs: number, threads: number });

const counters = z.looseObject({ dialect: text, output: time, input: time, requests: time, inFlight: time });

const step = z.looseObject({
  load,
  repeat: number,
  seed: number,
  startMs: number,
  warmupEndMs: time,
  stopMs: time,
  endMs: time,
  stoppedBy: z
    .enum([
      'duration',
      'requests',
      'precision',
      'workload',
      'failures',
      'objectives',
      'budget',
      'interrupted',
      'thread_lost',
      'disk_full',
      'disk_failed',
    ])
    .nullable(),
  maxInFlight: number.nullable(),
  scheduled: number.nullable(),
  client: client.nullable(),
  counters: z.looseObject({ before: counters.nullable(), after: counters.nullable() }).nullable(),
  telemetry: z
    .looseObject({
      from: number,
      to: number,
      sources: z.array(
        z.looseObject({
          name: text,
          named: z.boolean(),
          ok: z.boolean(),
          code: text.nullable(),
          reason: text.nullable(),
        }),
      ),
    })
    .optional(),
});

/** `run.json` as far as reading it depends on it; fields of a later tokbench pass through. */
const runRecord = z.looseObject({
  schema: z.literal('tokbench.run-record/1'),
  version: text,
  suite: text,
  state: z.enum(['running', 'finished', 'interrupted']),
  startedUnixMs: number,
  startedAt: text,
  finishedAt: text.nullable(),
  simulated: z.boolean(),
  seed: number,
  plan: z.unknown(),
  planSha256: text,
  objectives: z.array(text),
  target: z.looseObject({
    url: text,
    protocol: text,
    model: text,
    server: z.looseObject({ name: text, version: text.nullable() }),
  }),
  features: z.looseObject({}),
  lengths: z.looseObject({ method: text }).nullable(),
  environment: z.looseObject({}),
  calibration: calibrationFactSchema.optional(),
  steps: z.array(step),
  notes: z.array(text),
  telemetry: z
    .looseObject({
      asked: z.array(text),
      local: z.boolean(),
      devicesAllotted: number.nullable(),
      idle: z.looseObject({ startMs: number, endMs: number }).nullable(),
      required: z.array(text),
    })
    .optional(),
  hardware: z.looseObject({ name: text, accelerators: number, flopsPerS: z.record(text, number) }).optional(),
  modelCard: z.looseObject({ parameters: number, activeParameters: number, kvBytesPerToken: number }).optional(),
  search: z
    .looseObject({
      kind: z.enum(['concurrency', 'rate']),
      arrivals: text.nullable(),
      start: number,
      least: number,
      most: number,
      resolution: number,
    })
    .optional(),
});

export type ParsedRun =
  | { readonly ok: true; readonly record: RunRecord }
  /** One clause that ends a sentence about the file. */
  | { readonly ok: false; readonly problem: string };

/** Reads the parsed JSON of a `run.json`. */
export function parseRunRecord(value: unknown): ParsedRun {
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : null;
  const version = typeof schema === 'string' ? /^tokbench\.run-record\/(\d+)$/.exec(schema)?.[1] : undefined;
  if (version === undefined) return { ok: false, problem: 'is not the record of a tokbench run' };
  if (Number(version) > 1) {
    return {
      ok: false,
      problem: `was written by a newer tokbench (${schema}; this one reads up to /1): update tokbench`,
    };
  }
  const parsed = runRecord.safeParse(value);
  if (parsed.success) return { ok: true, record: parsed.data as unknown as RunRecord };
  const issue = parsed.error.issues[0]!;
  return { ok: false, problem: `is damaged: ${issue.path.join('.')}: ${issue.message}` };
}
