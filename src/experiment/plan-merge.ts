import type { Overlay } from './plan-flags.ts';
import type { Suite } from './suite-schema.ts';

/** A suite and flags as one: same keys, the target and the workload written out. */
export type Settings = Overlay;

/**
 * A flag replaces the key of its name. Where keys exclude each other the flag's wins: `--rate` drops the suite's
 * concurrency, `--target` its URL, `--workload` its lengths. Headers, body fields and limits are replaced one by one.
 */
export function mergeFlags(suite: Suite, flags: Overlay): Settings {
  const target = typeof suite.target === 'string' ? { preset: suite.target } : suite.target;
  const workload = typeof suite.workload === 'string' ? { profile: suite.workload } : suite.workload;
  return {
    ...suite,
    ...flags,
    target: mergeTarget(target ?? {}, flags.target ?? {}),
    workload: flags.load?.trace === undefined ? mergeWorkload(workload, flags.workload) : flags.workload,
    load: mergeLoad(suite.load, flags.load),
    limits: { ...suite.limits, ...flags.limits },
    body: mergeObjects(suite.body ?? {}, flags.body ?? {}),
  };
}

type TargetKeys = NonNullable<Settings['target']>;
type WorkloadKeys = NonNullable<Settings['workload']>;
type LoadKeys = NonNullable<Settings['load']>;

function mergeTarget(suite: TargetKeys, flags: TargetKeys): TargetKeys {
  const { preset, model, caFile } = suite;
  // Another preset is another server: what belonged to the first one, its key above all, does not go there.
  const base: TargetKeys = flags.preset === undefined ? suite : { preset, model, caFile };
  return { ...base, ...flags, headers: mergeHeaders(base.headers, flags.headers) };
}

/** Headers of both; the second one's win, by any spelling of the name. */
export function mergeHeaders(
  suite: Readonly<Record<string, string>> = {},
  flags: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const replaced = new Set(Object.keys(flags).map((name) => name.toLowerCase()));
  const kept = Object.entries(suite).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...flags };
}

function mergeWorkload(suite: WorkloadKeys | undefined, flags: WorkloadKeys | undefined): WorkloadKeys | undefined {
  if (flags === undefined) return suite;
  if (flags.profile !== undefined || flags.dataset !== undefined) return flags;
  return { ...suite, ...flags };
}

function mergeLoad(suite: LoadKeys | undefined, flags: LoadKeys | undefined): LoadKeys | undefined {
  if (flags === undefined || suite === undefined) return flags ?? suite;
  if (flags.concurrency !== undefined) return flags;
  if (flags.rate === undefined && flags.trace === undefined) return { ...suite, ...flags };
  // what belongs to one kind of load says nothing about another
  const { arrivals, maxInFlight } = suite;
  if (flags.rate !== undefined) return { arrivals, maxInFlight, ...flags };
  return { maxInFlight, ...flags };
}

function mergeObjects<T extends Record<string, unknown>>(base: T, over: T): T {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? mergeObjects(before, value) : value;
  }
  return merged as T;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
