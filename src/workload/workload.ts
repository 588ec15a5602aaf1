import type { LengthRecord } from '../record/run.ts';
import { checkLengths, corrected, lengthRecord } from './check.ts';
import { createDataset, datasetOf } from './dataset.ts';
import type { PreparedWorkload, WorkloadRecipe } from './recipe.ts';
import type { SyntheticSpec, Workload, WorkloadDeps, WorkloadSpec } from './spec.ts';
import { Synthetic, shapeOf } from './synthetic.ts';
import { learnTokens } from './token-model.ts';

export type * from './recipe.ts';
export type * from './spec.ts';

/**
 * Makes a workload ready to be asked: reads its data or learns how the server counts tokens, so that prompts have the
 * lengths wanted, and checks that on a few prompts. All counting is done here, none while the load runs.
 *
 * @throws UserError `bad_distribution`, and for data sets `no_such_file`, `bad_dataset`.
 */
export async function createWorkload(spec: WorkloadSpec, deps: WorkloadDeps): Promise<PreparedWorkload> {
  return spec.kind === 'dataset' ? createDataset(spec, deps) : createSynthetic(spec, deps);
}

/** The workload of a recipe: the same sessions for the same seed on whatever thread. */
export function workloadFrom(recipe: WorkloadRecipe): Workload {
  if (recipe.kind === 'dataset') return datasetOf(recipe);
  const { spec, model, promptKind, seed } = recipe;
  return new Synthetic(spec, shapeOf(spec), model, promptKind, seed);
}

/** Rounds of check and correction. */
const rounds = 3;
const worstAllowed = 0.01;

async function createSynthetic(spec: SyntheticSpec, deps: WorkloadDeps): Promise<PreparedWorkload> {
  const shape = shapeOf(spec);
  const learnt = await learnTokens(deps, spec.sharedPrefix !== null);
  let model = learnt.model;
  const notes = [...learnt.notes];
  for (let round = 0; ; round++) {
    const workload = new Synthetic(spec, shape, model, deps.promptKind, deps.seed);
    const check = await checkLengths(workload, { ...deps, countMethod: model.method }, round);
    const next = round + 1 < rounds ? corrected(model, check) : null;
    if (next === null) {
      const record = lengthRecord(model, check);
      if (check.failed > 0) notes.push(`${check.failed} of the prompts whose length was to be checked were refused.`);
      notes.push(...lengthNotes(spec, record, shape.input.min, workload.leastInputTokens));
      const recipe = { kind: 'synthetic', spec, model, promptKind: deps.promptKind, seed: deps.seed } as const;
      return { workload, recipe, lengths: record, notes };
    }
    model = next;
  }
}

function lengthNotes(spec: SyntheticSpec, record: LengthRecord, least: number, reachable: number): string[] {
  const notes: string[] = [];
  if (record.method === 'estimate')
    notes.push(
      'Input lengths are estimates at one token a word or punctuation mark: nothing could count for this server.',
    );
  if (record.method === 'tokenizer')
    notes.push('Input lengths were counted by the local tokenizer, without what the chat template adds.');
  if (least < reachable)
    notes.push(
      `Inputs of ${spec.name} start at ${least} tokens; ${reachable} are sent instead, the least that the chat template allows.`,
    );
  if (record.worstError !== null && record.worstError > worstAllowed && record.achievedShare !== null) {
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    notes.push(
      `Input lengths miss what was asked by up to ${percent(record.worstError)} (mean ${percent(record.achievedShare)} of it).`,
    );
  }
  return notes;
}
