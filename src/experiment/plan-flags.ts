import { UserError } from '../error/user-error.ts';
import { type Path, problemsOf } from '../yaml/problem.ts';
import { numberList, numberOrText } from './plan-quantity.ts';
import { type Suite, suiteJsonSchema, suiteSchema } from './suite-schema.ts';
import { noTrace } from './suite-trace.ts';

type Text = string | undefined;
type Texts = readonly string[] | undefined;
type Switch = boolean | undefined;

/** Flags that shape a plan, by their names on the command line and as they were typed; undefined where not given. */
export interface PlanFlags {
  readonly url?: Text;
  readonly model?: Text;
  readonly protocol?: Text;
  readonly target?: Text;
  readonly 'api-key-env'?: Text;
  readonly header?: Texts;
  readonly 'ca-file'?: Text;
  readonly workload?: Text;
  readonly 'input-tokens'?: Text;
  readonly 'output-tokens'?: Text;
  readonly dataset?: Text;
  readonly tokenizer?: Text;
  readonly concurrency?: Text;
  readonly rate?: Text;
  readonly arrivals?: Text;
  readonly 'max-in-flight'?: Text;
  readonly trace?: Text;
  readonly 'trace-format'?: Text;
  readonly 'trace-speed'?: Text;
  readonly 'trace-window'?: Text;
  readonly 'trace-max-tokens'?: Text;
  readonly 'trace-spread'?: Switch;
  readonly duration?: Text;
  readonly requests?: Text;
  readonly precision?: Text;
  readonly warmup?: Text;
  readonly seed?: Text;
  readonly repeat?: Text;
  readonly threads?: Text;
  readonly objective?: Texts;
  readonly telemetry?: Texts;
  readonly hardware?: Text;
  readonly 'telemetry-interval'?: Text;
  readonly 'require-telemetry'?: Switch;
  readonly 'require-energy'?: Switch;
  readonly idle?: Text;
  readonly 'model-config'?: Text;
  readonly body?: Texts;
  readonly stream?: Switch;
  readonly 'force-length'?: Switch;
  readonly 'connect-timeout'?: Text;
  readonly 'first-token-timeout'?: Text;
  readonly 'idle-timeout'?: Text;
  readonly 'total-timeout'?: Text;
  readonly drain?: Text;
  readonly budget?: Text;
  readonly 'max-tokens-total'?: Text;
  readonly price?: Text;
  readonly retries?: Text;
  readonly 'respect-limits'?: Switch;
  readonly compress?: Switch;
  readonly out?: Text;
}

/** Where each flag stands in a suite, and how its text becomes the value there. */
const places: { readonly [F in keyof Required<PlanFlags>]: readonly [path: string, read?: (value: never) => unknown] } =
  {
    url: ['target.url'],
    model: ['target.model'],
    protocol: ['target.protocol'],
    target: ['target.preset'],
    'api-key-env': ['target.apiKeyEnv'],
    header: ['target.headers', readHeaders],
    'ca-file': ['target.caFile'],
    workload: ['workload.profile'],
    'input-tokens': ['workload.inputTokens', numberOrText],
    'output-tokens': ['workload.outputTokens', numberOrText],
    dataset: ['workload.dataset'],
    tokenizer: ['tokenizer'],
    concurrency: ['load.concurrency', numberList],
    rate: ['load.rate', numberList],
    arrivals: ['load.arrivals'],
    'max-in-flight': ['load.maxInFlight', numberOrText],
    trace: ['load.trace'],
    'trace-format': ['load.traceFormat'],
    'trace-speed': ['load.traceSpeed', numberList],
    'trace-window': ['load.traceWindow'],
    'trace-max-tokens': ['load.traceMaxTokens', numberOrText],
    'trace-spread': ['load.traceSpread'],
    duration: ['duration'],
    requests: ['requests', numberOrText],
    precision: ['precision'],
    warmup: ['warmup'],
    seed: ['seed', numberOrText],
    repeat: ['repeat', numberOrText],
    threads: ['threads', numberOrText],
    objective: ['objectives'],
    telemetry: ['telemetry'],
    hardware: ['hardware'],
    'telemetry-interval': ['telemetryInterval'],
    'require-telemetry': ['requireTelemetry'],
    'require-energy': ['requireEnergy'],
    idle: ['idle'],
    'model-config': ['modelConfig'],
    body: ['body', readBody],
    stream: ['stream'],
    'force-length': ['forceLength'],
    'connect-timeout': ['limits.connect'],
    'first-token-timeout': ['limits.firstToken'],
    'idle-timeout': ['limits.idle'],
    'total-timeout': ['limits.total'],
    drain: ['drain'],
    budget: ['budget'],
    'max-tokens-total': ['maxTokensTotal', numberOrText],
    price: ['target.price'],
    retries: ['retries', numberOrText],
    'respect-limits': ['respectLimits'],
    compress: ['compress'],
    out: ['out'],
  };

/** What flags say, in the shape of a suite. */
export type Overlay = Omit<Suite, 'target' | 'workload'> & {
  readonly target?: Exclude<Suite['target'], string>;
  readonly workload?: Exclude<Suite['workload'], string> | undefined;
};

/**
 * Flags as the part of a suite that they stand for, checked by the same schema.
 *
 * @throws UserError `bad_flag` with every problem, a line each.
 */
export function readFlags(flags: PlanFlags): Overlay {
  const overlay: Record<string, unknown> = {};
  for (const [flag, [path, read]] of Object.entries(places)) {
    const value: unknown = flags[flag as keyof PlanFlags];
    if (value === undefined) continue;
    put(overlay, path.split('.'), read === undefined ? value : read(value as never));
  }
  // Lengths alone are complete only together with what the suite says: that is checked when both are known.
  const parsed = suiteSchema.safeParse(overlay);
  if (parsed.success) return parsed.data as Overlay;
  const issues = parsed.error.issues.filter(({ code, path, message }) => {
    return !(code === 'custom' && (path.join() === 'workload' || message.endsWith(noTrace)));
  });
  if (issues.length === 0) return overlay as Overlay;
  const problems = problemsOf(issues, overlay, suiteJsonSchema(), flagAt);
  throw new UserError(
    'bad_flag',
    problems.map(({ sentence }) => (/[.?!]$/.test(sentence) ? sentence : `${sentence}.`)).join('\n'),
  );
}

/** The flag that stands for a place: `load.concurrency[1]` → `--concurrency`; `The load` where several do. */
function flagAt(path: Path): string {
  const name = path.join('.');
  const entry = Object.entries(places).find(([, [place]]) => name === place || name.startsWith(`${place}.`));
  const inner = entry?.[0] === 'header' && path.length === 3 ? ` ${path[2]}` : '';
  return entry === undefined ? `The ${name}` : `--${entry[0]}${inner}`;
}

function readHeaders(texts: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const text of texts) {
    const match = /^([^:]+):\s*(.*)$/s.exec(text);
    if (match === null) throw new UserError('bad_flag', "--header must be written as 'Name: value'.");
    headers[match[1]!.trim()] = match[2]!;
  }
  return headers;
}

/** `temperature=0`, `stream_options.include_usage=true`: a JSON value where it is one, else text. */
function readBody(texts: readonly string[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const text of texts) {
    const split = text.indexOf('=');
    const keys = text.slice(0, Math.max(0, split)).split('.');
    if (split < 1 || keys.some((key) => key.trim() === '' || key === '__proto__')) {
      throw new UserError('bad_flag', "--body must be written as 'key=value', such as 'temperature=0'.");
    }
    if (!put(body, keys, jsonOrText(text.slice(split + 1)))) {
      throw new UserError('bad_flag', `--body gives ${keys.join('.')} inside of something that is no object.`);
    }
  }
  return body;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Sets a value below nested keys, making objects on the way; false where something else stands in it. */
function put(into: Record<string, unknown>, keys: readonly string[], value: unknown): boolean {
  const [key, ...rest] = keys;
  if (rest.length === 0) {
    into[key!] = value;
    return true;
  }
  const inner = into[key!] ?? {};
  if (typeof inner !== 'object' || Array.isArray(inner)) return false;
  into[key!] = inner;
  return put(inner as Record<string, unknown>, rest, value);
}
