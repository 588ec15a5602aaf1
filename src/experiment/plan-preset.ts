import { UserError } from '../error/user-error.ts';
import { parseDistribution } from '../random/distribution.ts';
import type { WorkloadSpec } from '../workload/spec.ts';
import { mergeHeaders, type Settings } from './plan-merge.ts';
import { type Preset, presetProtocol } from './preset.ts';

type TargetKeys = NonNullable<Settings['target']>;

/**
 * What a preset says of its target, below whatever suite and flags say.
 *
 * @throws UserError `protocol_missing`
 */
export function withPreset(target: TargetKeys, preset: Preset | null): TargetKeys {
  if (preset === null) return target;
  const { url, apiKeyEnv, headers } = preset;
  return {
    url,
    ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }),
    ...target,
    protocol: target.protocol ?? presetProtocol(preset),
    headers: mergeHeaders(headers, target.headers),
  };
}

/** Refuses outputs that are shorter than the API lets one ask for. Throws UserError `bad_plan`. */
export function refuseShortOutputs(preset: Preset | null, protocol: string, workload: WorkloadSpec): void {
  const least = preset?.minOutputTokens?.[protocol];
  const outputTokens = workload.kind === 'trace' ? null : workload.outputTokens;
  if (least === undefined || outputTokens === null || parseDistribution(outputTokens).min >= least) return;
  throw new UserError(
    'bad_plan',
    `${preset!.name} takes no output cap below ${least} tokens on ${protocol}, and workload ${workload.name} asks for ${outputTokens}: give longer outputs, or clip them with [${least},].`,
  );
}
