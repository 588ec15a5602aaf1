import type { LengthRecord } from '../record/run.ts';
import { checkLengths, corrected, lengthRecord, type Sampled } from './check.ts';
import { createDataset, datasetOf } from './dataset.ts';
import type { PreparedWorkload, WorkloadRecipe } from './recipe.ts';
import type { SyntheticSpec, TraceSpec, Workload, WorkloadDeps, WorkloadSpec } from './spec.ts';
import { Synthetic, shapeOf } from './synthetic.ts';
import { learnTokens, type TokenModel } from './token-model.ts';
import { cacheableShare, Trace } from './trace.ts';
import { readTrace } from './trace-file.ts';

export type * from './recipe.ts';
export type * from './spec.ts';

/**
 * Makes a workload ready to be asked: reads its data or learns how the server counts tokens, so that prompts have the
 * lengths wanted, and checks that on a few prompts. All counting is done here, none while the load runs.
 *
 * @throws UserError `bad_distribution`, and for data sets `no_such_file`, `bad_dataset`.
 */
export async function createWorkload(spec: WorkloadSpec, deps: WorkloadDeps): Promise<PreparedWorkload> {
  switch (spec.kind) {
    case 'dataset':
      return createDataset(spec, deps);
    case 'trace':
      return createTrace(spec, deps);
    case 'synthetic':
      return createSynthetic(spec, deps);
  }
}

/** The workload of a recipe: the same sessions for the same seed on whatever thread. */
export function workloadFrom(recipe: WorkloadRecipe): Workload {
  if (recipe.kind === 'dataset') return datasetOf(recipe);
  if (recipe.kind === 'trace') {
    const { spec, rows, model, promptKind, seed } = recipe;
    return new Trace(spec, rows, model, promptKind, seed);
  }
  const { spec, model, promptKind, seed } = recipe;
  return new Synthetic(spec, shapeOf(spec), model, promptKind, seed);
}

/** Rounds of check and correction. */
const rounds = 3;
const worstAllowed = 0.01;

async function createSynthetic(spec: SyntheticSpec, deps: WorkloadDeps): Promise<PreparedWorkload> {
  const shape = shapeOf(spec);
  const { promptKind, seed } = deps;
  const fitted = await fitLengths(deps, spec.sharedPrefix !== null, (model) => {
    return new Synthetic(spec, shape, model, promptKind, seed);
  });
  const { workload, model, lengths } = fitted;
  const notes = [...fitted.notes, ...lengthNotes(spec.name, lengths, shape.input.min, workload.leastInputTokens)];
  return { workload, recipe: { kind: 'synthetic', spec, model, promptKind, seed }, lengths, notes };
}

async function createTrace(spec: TraceSpec, deps: WorkloadDeps): Promise<PreparedWorkload> {
  const { rows, notes: left } = await readTrace(spec, deps.signal);
  const { promptKind, seed } = deps;
  const fitted = await fitLengths(deps, false, (model) => new Trace(spec, rows, model, promptKind, seed));
  const { workload, model, lengths } = fitted;
  const least = rows.inputTokens.reduce((a, b) => (b < 0 ? a : Math.min(a, b)), Number.POSITIVE_INFINITY);
  const cacheable = cacheableShare(rows);
  const notes = [
    ...left,
    ...fitted.notes,
    ...lengthNotes(spec.name, lengths, least, workload.leastInputTokens),
    ...(cacheable === null
      ? []
      : [`Of the input of ${spec.name} a prefix cache can serve up to ${percent(cacheable)}.`]),
  ];
  return { workload, recipe: { kind: 'trace', spec, rows, model, promptKind, seed }, lengths, notes };
}

interface Fitted<W> {
  readonly workload: W;
  readonly model: TokenModel;
  readonly lengths: LengthRecord;
  readonly notes: readonly string[];
}

/** Learns how the server counts, then checks and mends what a workload makes of it. */
async function fitLengths<W extends Sampled>(
  deps: WorkloadDeps,
  needsSystem: boolean,
  make: (model: TokenModel) => W,
): Promise<Fitted<W>> {
  const learnt = await learnTokens(deps, needsSystem);
  let model = learnt.model;
  for (let round = 0; ; round++) {
    const workload = make(model);
    const check = await checkLengths(workload, { ...deps, countMethod: model.method }, round);
    const next = round + 1 < rounds ? corrected(model, check) : null;
    if (next === null) {
      const refused =
        check.failed > 0 ? [`${check.failed} of the prompts whose length was to be checked were refused.`] : [];
      return { workload, model, lengths: lengthRecord(model, check), notes: [...learnt.notes, ...refused] };
    }
    model = next;
  }
}

function lengthNotes(name: string, record: LengthRecord, least: number, reachable: number): string[] {
  const notes: string[] = [];
  if (record.method === 'estimate')
    notes.push(
      'Input lengths are estimates at one token a word or punctuation mark: nothing could count for this server.',
    );
  if (record.method === 'tokenizer')
    notes.push('Input lengths were counted by the local tokenizer, without what the chat template adds.');
  if (least < reachable)
    notes.push(
      `Inputs of ${name} start at ${least} tokens; ${reachable} are sent instead, the least that the chat template allows.`,
    );
  if (record.worstError !== null && record.worstError > worstAllowed && record.achievedShare !== null) {
    notes.push(
      `Input lengths miss what was asked by up to ${percent(record.worstError)} (mean ${percent(record.achievedShare)} of it).`,
    );
  }
  return notes;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
