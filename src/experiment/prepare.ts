import { createCounter } from '../target/counter.ts';
import { protocolNamed } from '../target/protocols.ts';
import { loadTokenizer } from '../workload/tokenizer.ts';
import { createWorkload, type PreparedWorkload, type WorkloadDeps } from '../workload/workload.ts';
import type { Plan } from './plan.ts';
import type { Reached } from './reach.ts';

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
    return await createWorkload(plan.workload, {
      seed,
      promptKind,
      ...counting,
      countText: tokenizer === null ? null : tokenizer.countText,
      signal,
    });
  } finally {
    counter?.close();
  }
}
