import { factsOf } from '../workload/trace.ts';
import { readTrace } from '../workload/trace-file.ts';
import type { Plan } from './plan.ts';
import type { KnownLengths } from './plan-describe.ts';

/**
 * What only its file says of a plan that replays a trace; null for any other plan.
 *
 * @throws UserError `no_such_file`, `bad_trace`
 */
export async function tracedLengths({ workload }: Plan): Promise<KnownLengths | null> {
  if (workload.kind !== 'trace') return null;
  const { rows } = await readTrace(workload);
  const { meanInputTokens, meanOutputTokens } = factsOf(rows);
  return { meanInputTokens, meanOutputTokens, dueMs: rows.dueMs };
}
