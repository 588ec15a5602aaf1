import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { UserError } from '../error/user-error.ts';
import { parseRate } from '../load/rate.ts';
import { hardwareFact } from '../procurement/hardware-fact.ts';
import type { Load } from '../record/run.ts';
import { canonicalJson } from '../store/canonical.ts';
import type { Limits } from '../target/target.ts';
import { parseTelemetry } from '../telemetry/argument.ts';
import { profileSpec, readWorkloadProfile } from '../workload/profile.ts';
import type { WorkloadSpec } from '../workload/spec.ts';
import { readModelCard } from './model-config.ts';
import { type Overlay, type PlanFlags, readFlags } from './plan-flags.ts';
import { mergeFlags, type Settings } from './plan-merge.ts';
import { refuseObjectives } from './plan-objectives.ts';
import { refuseShortOutputs, withPreset } from './plan-preset.ts';
import { type HardwareCount, parseDuration, parseHardware, parseShare } from './plan-quantity.ts';
import { planWorkload } from './plan-workload.ts';
import { type Preset, type Quirks, quirksOf, readPreset } from './preset.ts';
import { type Spending, spendingOf } from './spending.ts';
import type { LoadedSuite } from './suite.ts';
import { noTrace, traceKeyNames } from './suite-trace.ts';

/** What will be measured, with units and without secrets: plain data, as it stands in `run.json`. */
export interface Plan {
  readonly schema: 'tokbench.plan/1';
  readonly suite: string;
  readonly target: {
    /** Null: look on the usual local ports. A preset's may hold `${VAR}`, read when it is reached. */
    readonly url: string | null;
    readonly preset: string | null;
    /** What the preset knows beside the address; absent without one. */
    readonly quirks?: Quirks;
    /** Null: the only model that the server lists. */
    readonly model: string | null;
    /** `auto`: ask the server. */
    readonly protocol: string;
    /** Name of the variable that holds the key. */
    readonly apiKeyEnv: string | null;
    /** As written: `${VAR}` is read by `expandHeaders`, into memory only. */
    readonly headers: Readonly<Record<string, string>>;
    readonly caFile: string | null;
    readonly body: Readonly<Record<string, unknown>>;
    readonly stream: boolean;
    readonly forceLength: boolean;
    readonly limits: Limits;
  };
  readonly workload: WorkloadSpec;
  /** A `tokenizer.json` for servers that do not count. */
  readonly tokenizer: string | null;
  readonly loads: readonly Load[];
  /** Open loop: the cap on requests in flight; null = none. */
  readonly maxInFlight: number | null;
  /** Of a step's measured part; whichever comes first. All null, and no precision: until the p99 can be printed. */
  readonly durationMs: number | null;
  readonly requests: number | null;
  /** The measured part ends here whatever else is said; equals `durationMs` where there is one. */
  readonly maxDurationMs: number;
  /** A step stops once its printed intervals are at most ± this share; null = no such wish. */
  readonly precision: number | null;
  readonly warmup: { readonly kind: 'auto' | 'none' } | { readonly kind: 'fixed'; readonly ms: number };
  readonly drainMs: number;
  /** Null: a fresh one each run, which `run.json` then names. */
  readonly seed: number | null;
  readonly repeat: number;
  readonly objectives: readonly string[];
  /** Threads that drive the load; `auto`: as many as the load needs, see `threadsFor`. */
  readonly threads: number | 'auto';
  /** Exchanges are kept packed; absent = as text. */
  readonly compress?: true;
  readonly hardware: HardwareCount | null;
  readonly telemetry: readonly string[];
  /** What the run may cost, and what it does at the limits of an account; absent where nothing is said. */
  readonly spending?: Spending;
  /** Distance of samples; absent = one second. */
  readonly telemetryIntervalMs?: number;
  /** Without which the run is INVALID; absent = nothing. */
  readonly required?: readonly ('telemetry' | 'energy')[];
  /** How long server and devices are watched at rest before the load; absent = not at all. */
  readonly idleMs?: number;
  /** The model's `config.json`; absent = none. */
  readonly modelConfig?: string;
}

export interface ResolvedPlan {
  readonly plan: Plan;
  /** Folder of results: where, not what, hence no part of the plan. */
  readonly out: string;
}

export interface PlanSources {
  /** Null: flags and defaults alone. */
  readonly suite: LoadedSuite | null;
  readonly flags: PlanFlags;
  /** Reads a workload by name or path; default: the profiles that ship, and files. Throws UserError. */
  readonly loadWorkload?: (nameOrFile: string) => WorkloadSpec;
  /** Reads a target preset by name or path; default: the user's own and those that ship. Throws UserError. */
  readonly loadPreset?: (nameOrFile: string) => Preset;
  /** Name of the results' folder where no suite gives one. */
  readonly name?: string;
  readonly workingFolder?: string;
}

const minuteMs = 60_000;
const defaultConcurrency = 16;
/** A step that only wants its p99 gives up here: 368 requests at concurrency 1 of 2.4 s each. */
const mostPatienceMs = 15 * minuteMs;
/** A step with a number of requests ends with them; the longest duration is the bound of last resort. */
const longestMs = 7 * 24 * 60 * minuteMs;

/**
 * Suite, flags and defaults as one plan; a flag replaces the suite's key of that name.
 *
 * @throws UserError `bad_flag`, `bad_plan` where keys contradict each other, `bad_objective`, and those of workloads.
 */
export function resolvePlan(sources: PlanSources): ResolvedPlan {
  const { suite, workingFolder = process.cwd() } = sources;
  const flags = readFlags(sources.flags);
  // Paths of a suite are relative to its file, those of flags to where the user stands.
  const fromSuite = (path: string) => (suite === null ? path : near(workingFolder, dirname(suite.file), path));
  refuseSeveral(suite, flags);
  const settings = mergeFlags(suite === null ? {} : withPaths(suite.suite, fromSuite), flags);
  const plan = planOf(settings, sources, suite?.name ?? sources.name ?? 'adhoc');
  refuseContradictions(plan);
  // What `auto` turns out to be is known when the server was asked.
  refuseObjectives(plan.objectives, plan.target.protocol, plan.target.stream);
  refuseUnknown(plan);
  return { plan, out: settings.out ?? 'results' };
}

function planOf(settings: Settings, sources: PlanSources, name: string): Plan {
  const { limits = {} } = settings;
  const preset = presetOf(settings, sources);
  const target = withPreset(settings.target ?? {}, preset);
  const ms = (text: string | undefined, otherwiseMs: number) =>
    text === undefined ? otherwiseMs : parseDuration(text)!;
  const workload = planWorkload(settings.workload, settings.load ?? {}, sources.loadWorkload ?? loadProfile);
  refuseShortOutputs(preset, target.protocol ?? '', workload);
  return {
    schema: 'tokbench.plan/1',
    suite: name,
    target: {
      url: target.url?.trim() ?? null,
      preset: target.preset ?? null,
      ...(preset === null ? {} : { quirks: quirksOf(preset) }),
      model: target.model ?? null,
      protocol: target.protocol ?? 'openai-chat',
      apiKeyEnv: target.apiKeyEnv ?? null,
      headers: target.headers ?? {},
      caFile: target.caFile ?? null,
      body: { ...preset?.body, ...settings.body },
      stream: settings.stream ?? true,
      forceLength: settings.forceLength ?? true,
      limits: {
        connectMs: ms(limits.connect, 10_000),
        firstTokenMs: ms(limits.firstToken, 5 * minuteMs),
        idleMs: ms(limits.idle, minuteMs),
        totalMs: ms(limits.total, 30 * minuteMs),
      },
    },
    workload,
    tokenizer: settings.tokenizer ?? null,
    loads: planLoads(settings.load ?? {}, settings.requests),
    maxInFlight: settings.load?.maxInFlight ?? null,
    durationMs: settings.duration === undefined ? null : parseDuration(settings.duration),
    requests: settings.requests ?? null,
    maxDurationMs: ms(settings.duration, longestOf(settings)),
    precision: settings.precision === undefined ? null : parseShare(settings.precision),
    warmup: planWarmup(settings.warmup ?? 'auto'),
    drainMs: ms(settings.drain, 2 * minuteMs),
    seed: settings.seed ?? null,
    repeat: settings.repeat ?? 1,
    objectives: settings.objectives ?? [],
    threads: settings.threads ?? 'auto',
    ...(settings.compress ? { compress: true as const } : {}),
    hardware: settings.hardware === undefined ? null : parseHardware(settings.hardware),
    telemetry: [settings.telemetry ?? 'auto'].flat(),
    ...watchKeys(settings),
    ...spendingOf({ ...settings, price: settings.target?.price ?? settings.price }),
  };
}

/** One plan asks one target: commands that take several make a plan of each. */
function refuseSeveral(suite: LoadedSuite | null, { target }: Overlay): void {
  if (suite?.suite.targets === undefined || target?.preset !== undefined || target?.url !== undefined) return;
  throw new UserError(
    'bad_plan',
    `Suite ${suite.name} names several targets, which only run and check take: name one with --target or --url.`,
  );
}

function presetOf({ target }: Settings, { loadPreset, workingFolder }: PlanSources): Preset | null {
  if (target?.preset === undefined) return null;
  return (loadPreset ?? ((name) => readPreset(name, workingFolder)))(target.preset);
}

/** Absent where nothing is said, so that plans of before keep their hash. */
function watchKeys(settings: Settings): Pick<Plan, 'telemetryIntervalMs' | 'required' | 'idleMs' | 'modelConfig'> {
  const { requireTelemetry, requireEnergy, telemetryInterval, idle, modelConfig } = settings;
  const required = [
    ...(requireTelemetry ? (['telemetry'] as const) : []),
    ...(requireEnergy ? (['energy'] as const) : []),
  ];
  return {
    ...(telemetryInterval === undefined ? {} : { telemetryIntervalMs: parseDuration(telemetryInterval)! }),
    ...(required.length === 0 ? {} : { required }),
    ...(idle === undefined ? {} : { idleMs: parseDuration(idle)! }),
    ...(modelConfig === undefined ? {} : { modelConfig }),
  };
}

function longestOf({ requests, precision, load }: Settings): number {
  if (requests !== undefined || load?.trace !== undefined) return longestMs;
  return precision === undefined ? mostPatienceMs : 4 * mostPatienceMs;
}

function loadProfile(nameOrFile: string): WorkloadSpec {
  return profileSpec(readWorkloadProfile(nameOrFile));
}

function planLoads(load: NonNullable<Settings['load']>, requests = defaultConcurrency): Load[] {
  const { concurrency, rate, arrivals = 'poisson', trace, traceSpeed = 1 } = load;
  if (trace !== undefined && load.arrivals !== undefined)
    throw new UserError('bad_plan', 'A trace says itself when to ask: leave arrivals out.');
  if (trace !== undefined) return [traceSpeed].flat().map((value) => ({ kind: 'trace', value, file: basename(trace) }));
  const odd = traceKeyNames.find((key) => load[key] !== undefined);
  if (odd !== undefined) throw new UserError('bad_plan', `The load has ${odd} ${noTrace}: name its file with trace.`);
  if (rate !== undefined) return [rate].flat().map((value) => rateLoad(value, arrivals));
  return [concurrency ?? Math.min(defaultConcurrency, requests)]
    .flat()
    .map((value) => ({ kind: 'concurrency', value }));
}

function rateLoad(value: number | string, arrivals: string): Load {
  if (typeof value === 'number') return { kind: 'rate', value, arrivals };
  const { meanPerS, text } = parseRate(value);
  return { kind: 'rate', value: Number(meanPerS.toPrecision(12)), arrivals, shape: text };
}

function planWarmup(text: string): Plan['warmup'] {
  if (text === 'auto' || text === 'none') return { kind: text };
  const ms = parseDuration(text)!;
  return ms === 0 ? { kind: 'none' } : { kind: 'fixed', ms };
}

function refuseContradictions(plan: Plan): void {
  const refuse = (sentence: string) => {
    throw new UserError('bad_plan', sentence);
  };
  const most = Math.max(...plan.loads.map((load) => (load.kind === 'concurrency' ? load.value : 1)));
  if (plan.requests !== null && plan.requests < most) {
    refuse(
      `${plan.requests === 1 ? '1 request' : `${plan.requests} requests`} cannot keep ${most} in flight: raise requests, or lower concurrency (--concurrency ${plan.requests}).`,
    );
  }
  const closed = plan.loads[0]?.kind === 'concurrency';
  if (closed && plan.maxInFlight !== null)
    refuse('A cap on requests in flight goes with a rate, not with a concurrency.');
}

/** Names of sources and hardware, and the model's file, are looked up before anything is sent. */
function refuseUnknown({ telemetry, hardware, modelConfig }: Plan): void {
  parseTelemetry(telemetry);
  if (hardware !== null) hardwareFact(hardware);
  if (modelConfig !== undefined) readModelCard(modelConfig);
}

/** The steps of a plan in the order they run: every load once, then all again for each repeat, so that drift spreads. */
export function planSteps(plan: Plan): { readonly load: Load; readonly repeat: number }[] {
  return Array.from({ length: plan.repeat }, (_, repeat) => plan.loads.map((load) => ({ load, repeat }))).flat();
}

/** SHA-256 of the plan's canonical JSON, in hexadecimal. */
export function planHash(plan: Plan): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}

function withPaths(suite: LoadedSuite['suite'], place: (path: string) => string): LoadedSuite['suite'] {
  const { workload, target, tokenizer, modelConfig, load } = suite;
  return {
    ...suite,
    ...(modelConfig === undefined ? {} : { modelConfig: place(modelConfig) }),
    ...(tokenizer === undefined ? {} : { tokenizer: place(tokenizer) }),
    ...(typeof target === 'object' && target.caFile !== undefined
      ? { target: { ...target, caFile: place(target.caFile) } }
      : {}),
    ...(load?.trace === undefined ? {} : { load: { ...load, trace: place(load.trace) } }),
    ...(typeof workload === 'string' && isFile(workload) ? { workload: place(workload) } : {}),
    ...(typeof workload === 'object' ? { workload: workloadPaths(workload, place) } : {}),
  };
}

function workloadPaths<T extends { dataset?: string | undefined; profile?: string | undefined }>(
  workload: T,
  place: (path: string) => string,
): T {
  const { dataset, profile } = workload;
  return {
    ...workload,
    ...(dataset === undefined ? {} : { dataset: place(dataset) }),
    ...(profile !== undefined && isFile(profile) ? { profile: place(profile) } : {}),
  };
}

/** A workload's name never has a slash or an ending; a file's always has one. */
function isFile(workload: string): boolean {
  return /[\\/]|\.ya?ml$/i.test(workload);
}

/** A path from `folder` as the user would write it where they stand. */
function near(workingFolder: string, folder: string, path: string): string {
  if (isAbsolute(path)) return path;
  const short = relative(workingFolder, resolve(folder, path));
  return short.startsWith('..') ? join(folder, path) : short;
}
