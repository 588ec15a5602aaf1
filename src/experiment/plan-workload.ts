import { basename } from 'node:path';
import { UserError } from '../error/user-error.ts';
import { parseDistribution } from '../random/distribution.ts';
import type { SyntheticSpec, TraceSpec, WorkloadSpec } from '../workload/spec.ts';
import type { Settings } from './plan-merge.ts';
import { parseTraceWindow } from './plan-quantity.ts';

type WorkloadKeys = NonNullable<Settings['workload']>;
type LoadKeys = NonNullable<Settings['load']>;

/** What is asked where nobody says: fits the context of any model, and long enough to decode for a while. */
const defaultLengths = { inputTokens: 512, outputTokens: 128 };

/**
 * The workload of a plan: a trace, a profile with lengths of its own where they are given, a data set, or lengths alone.
 *
 * @throws UserError `bad_plan` where they do not fit together, and what `load` throws.
 */
export function planWorkload(
  keys: WorkloadKeys | undefined,
  { trace, ...more }: LoadKeys,
  load: (nameOrFile: string) => WorkloadSpec,
): WorkloadSpec {
  if (trace !== undefined) return traced(keys, { trace, ...more });
  if (keys?.dataset !== undefined) return dataset(keys, keys.dataset);
  if (keys?.profile !== undefined) return withLengths(load(keys.profile), keys);
  const { inputTokens = defaultLengths.inputTokens, outputTokens = defaultLengths.outputTokens } = keys ?? {};
  const name = `${spelled(inputTokens)}/${spelled(outputTokens)}`;
  const plain: SyntheticSpec = {
    kind: 'synthetic',
    name,
    inputTokens,
    outputTokens,
    sharedPrefix: null,
    conversation: null,
  };
  return withLengths(plain, keys ?? {});
}

/** What a trace asks. Throws UserError `bad_plan` beside a workload of another kind. */
function traced(keys: WorkloadKeys | undefined, load: LoadKeys & { readonly trace: string }): TraceSpec {
  const odd = Object.entries(keys ?? {}).find(([, value]) => value !== undefined);
  if (odd !== undefined) {
    throw new UserError(
      'bad_plan',
      `A trace says itself what to ask: leave out the workload's ${odd[0]}, or give the trace's lengths as a workload and a rate.`,
    );
  }
  const { trace, traceFormat, traceWindow, traceMaxTokens, traceSpread } = load;
  return {
    kind: 'trace',
    name: basename(trace),
    file: trace,
    format: traceFormat ?? 'auto',
    window: traceWindow === undefined ? null : parseTraceWindow(traceWindow),
    mostTokens: traceMaxTokens ?? null,
    spread: traceSpread ?? false,
  };
}

/** One spelling for each distribution, so that equal plans have equal hashes. */
function spelled(distribution: string | number): string {
  return parseDistribution(distribution).text;
}

function withLengths(spec: WorkloadSpec, keys: WorkloadKeys): WorkloadSpec {
  const { inputTokens, outputTokens, sharedPrefix, conversation } = keys;
  if (spec.kind === 'trace') throw new Error('a profile is no trace');
  if (spec.kind === 'dataset') {
    if (inputTokens !== undefined || sharedPrefix !== undefined || conversation !== undefined) {
      throw new UserError('bad_plan', `Workload ${spec.name} is a data set: its prompts are as long as they are.`);
    }
    return outputTokens === undefined ? spec : { ...spec, outputTokens: spelled(outputTokens) };
  }
  return {
    ...spec,
    inputTokens: spelled(inputTokens ?? spec.inputTokens),
    outputTokens: spelled(outputTokens ?? spec.outputTokens),
    sharedPrefix: sharedPrefix === undefined ? spec.sharedPrefix : prefix(sharedPrefix),
    conversation: conversation ?? spec.conversation,
  };
}

function prefix(keys: NonNullable<WorkloadKeys['sharedPrefix']>): SyntheticSpec['sharedPrefix'] {
  const length = keys.tokens === undefined ? { share: keys.share! } : { tokens: keys.tokens };
  return { length, groups: keys.groups ?? 1 };
}

function dataset(keys: WorkloadKeys, file: string): WorkloadSpec {
  if (keys.inputTokens !== undefined) {
    throw new UserError('bad_plan', 'The prompts of a data set are as long as they are: leave the input length out.');
  }
  return {
    kind: 'dataset',
    name: basename(file),
    file,
    format: keys.format ?? 'auto',
    outputTokens: keys.outputTokens === undefined ? null : spelled(keys.outputTokens),
    repeat: keys.repeat ?? 'loop',
    order: keys.order ?? 'shuffled',
  };
}
