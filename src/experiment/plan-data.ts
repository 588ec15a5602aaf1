import { protocolNamed } from '../target/protocols.ts';
import { createDataset } from '../workload/dataset.ts';
import { loadTokenizer } from '../workload/tokenizer.ts';
import { factsOf } from '../workload/trace.ts';
import { readTrace } from '../workload/trace-file.ts';
import type { Plan } from './plan.ts';
import type { KnownLengths } from './plan-describe.ts';

/**
 * What only its file says of a plan that asks recorded prompts or replays a trace; null for any other plan. Prompts are
 * counted by the plan's tokenizer, else estimated by their characters.
 *
 * @throws UserError `no_such_file`, `bad_dataset`, `bad_trace`, as `loadTokenizer` does
 */
export async function dataLengths({ workload, target, tokenizer }: Plan): Promise<KnownLengths | null> {
  if (workload.kind === 'synthetic') return null;
  if (workload.kind === 'trace') {
    const { rows } = await readTrace(workload);
    const { meanInputTokens, meanOutputTokens } = factsOf(rows);
    return { meanInputTokens, meanOutputTokens, dueMs: rows.dueMs };
  }
  const promptKind = target.protocol === 'auto' ? 'messages' : protocolNamed(target.protocol).promptKind;
  const countText = tokenizer === null ? null : loadTokenizer(tokenizer).countText;
  const deps = { seed: 0, promptKind, count: null, countMethod: 'estimate', countText } as const;
  const { meanInputTokens, meanOutputTokens } = (await createDataset(workload, deps)).workload;
  // Rows that do not say how long their answers were leave it to the server.
  return { meanInputTokens, meanOutputTokens: meanOutputTokens > 0 ? meanOutputTokens : null };
}
