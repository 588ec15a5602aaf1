import type { TargetOptions } from '../target/target.ts';
import type { Plan } from './plan.ts';
import type { Reached } from './reach.ts';

/** The target of a plan that was reached; lives in memory only, for it holds the key. */
export function targetOptionsOf({ target }: Plan, reached: Reached): Omit<TargetOptions, 'clock'> {
  const { url, protocol, model, apiKey, headers, features } = reached;
  const { body, stream, forceLength, limits, caFile } = target;
  return { url, protocol, model, apiKey, headers, body, stream, forceLength, features, limits, caFile };
}
