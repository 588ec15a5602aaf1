import { createCounter } from '../target/counter.ts';
import { protocolNamed } from '../target/protocols.ts';
import { checkReadable } from '../workload/dataset-file.ts';
import { loadTokenizer } from '../workload/tokenizer.ts';
import { createWorkload, type PreparedWorkload, type WorkloadDeps } from '../workload/workload.ts';
import { bucketsNote, warmBuckets } from './buckets.ts';
import type { Plan } from './plan.ts';
import type { Reached } from './reach.ts';
import { targetOptionsOf } from './target-options.ts';

/** A file that is not there is said before a server is looked for. Throws UserError `no_such_file`. */
export async function refuseMissingFile({ workload }: Plan): Promise<void> {
  if (workload.kind === 'synthetic') return;
  await checkReadable(workload.file, workload.kind === 'trace' ? 'trace' : 'data set');
}

export interface PrepareOptions {
  readonly plan: Plan;
  readonly reached: Reached;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/**
 * Makes the plan's workload for the server that was reached: prompts get their lengths as that server counts tokens, else
 * as the plan's local tokenizer does, else by estimate.
 *
 * @throws UserError as `createWorkload` and `loadTokenizer` do
 */
export async function prepareWorkload(options: PrepareOptions): Promise<PreparedWorkload> {
  const { plan, reached, seed, signal } = options;
  const { url, apiKey, headers, model, identity, features } = reached;
  const { promptKind } = protocolNamed(reached.protocol);
  const tokenizer = plan.tokenizer === null ? null : loadTokenizer(plan.tokenizer);
  const counter = await createCounter({
    url,
    apiKey,
    headers,
    caFile: plan.target.caFile,
    model,
    identity,
    features,
    protocol: reached.protocol,
  });
  const local: Pick<WorkloadDeps, 'count' | 'countMethod'> =
    tokenizer === null
      ? { count: null, countMethod: 'estimate' }
      : { count: async (prompt) => tokenizer.countPrompt(prompt), countMethod: 'tokenizer' };
  const counting = counter === null ? local : { count: counter.count, countMethod: counter.method };
  try {
    const deps = {
      seed,
      promptKind,
      ...counting,
      countText: tokenizer === null ? null : tokenizer.countText,
      signal,
    };
    const prepared = await createWorkload(plan.workload, deps);
    const from = plan.target.quirks?.bucketsFrom ?? null;
    return from === null ? prepared : await withBuckets(from, prepared, deps, options);
  } finally {
    counter?.close();
  }
}

/** Warms every bucket that the workload may touch; what they cost is told beside the run. */
async function withBuckets(
  from: number,
  prepared: PreparedWorkload,
  deps: WorkloadDeps,
  { plan, reached }: PrepareOptions,
): Promise<PreparedWorkload> {
  const mostTokens = Math.min(prepared.workload.maxInputTokens, reached.features.contextTokens ?? Infinity);
  const probes = await warmBuckets({ from, mostTokens, target: targetOptionsOf(plan, reached), deps });
  return { ...prepared, notes: [...prepared.notes, bucketsNote(from, probes)] };
}
