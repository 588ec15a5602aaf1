import { createRandom, type Random } from '../random/random.ts';
import type { LengthRecord } from '../record/run.ts';
import type { Turn } from '../record/turn.ts';
import { Meter } from './certify.ts';
import type { WorkloadDeps } from './spec.ts';
import type { TokenModel } from './token-model.ts';

/** Prompts to check and the longest of them: where a count is a request to the model, few and short ones. */
const checks = {
  tokenize: { prompts: 8, longest: 65_536 },
  tokenizer: { prompts: 16, longest: 65_536 },
  usage: { prompts: 4, longest: 4096 },
  estimate: { prompts: 0, longest: 0 },
} as const;

/** A workload that can show what its prompts will look like. */
export interface Sampled {
  /** First turns of lengths spread over those that will be asked, none longer than `longest`. */
  samples(count: number, longest: number, random: Random): readonly Turn[];
}

/** Wanted and achieved tokens of prompts as they will be sent. */
export interface Check {
  readonly wanted: readonly number[];
  readonly achieved: readonly number[];
  /** Prompts that could not be counted, for example because they are longer than the model's context. */
  readonly failed: number;
}

/** Counts a few prompts of the workload, spread over its lengths; they share no nonce with the prompts of a step. */
export async function checkLengths(workload: Sampled, deps: WorkloadDeps, round: number): Promise<Check> {
  const { prompts, longest } = checks[deps.countMethod];
  if (deps.count === null || prompts === 0) return { wanted: [], achieved: [], failed: 0 };
  const meter = new Meter(deps.count, deps.promptKind, deps.countMethod === 'tokenizer' ? 1 : 4, deps.signal);
  const turns = workload.samples(prompts, longest, createRandom(deps.seed, `check ${round}`));
  const counts = await meter.each(turns, (turn: Turn) =>
    meter.prompt(turn.prompt).catch(() => {
      deps.signal?.throwIfAborted();
      return null;
    }),
  );
  const counted = turns.flatMap((turn, i) => (counts[i] == null ? [] : [[turn.inputTokens!, counts[i]] as const]));
  return {
    wanted: counted.map(([wanted]) => wanted),
    achieved: counted.map(([, achieved]) => achieved),
    failed: turns.length - counted.length,
  };
}

export function lengthRecord(model: TokenModel, check: Check): LengthRecord {
  const ratios = check.wanted.map((wanted, i) => check.achieved[i]! / wanted);
  const checked = ratios.length;
  return {
    method: model.method,
    overheadTokens: model.method === 'estimate' || model.method === 'tokenizer' ? null : model.overhead,
    achievedShare: checked === 0 ? null : ratios.reduce((sum, ratio) => sum + ratio, 0) / checked,
    worstError: checked === 0 ? null : Math.max(...ratios.map((ratio) => Math.abs(ratio - 1))),
    checked,
  };
}

/**
 * The model put right by what the check found, or null where nothing is to be mended: a count that is off by the same
 * everywhere is overhead; a fit that is off in proportion is slope.
 */
export function corrected(model: TokenModel, check: Check): TokenModel | null {
  const errors = check.wanted.map((wanted, i) => check.achieved[i]! - wanted);
  const [first = 0] = errors;
  if (errors.length === 0 || errors.every((error) => error === 0)) return null;
  if (errors.every((error) => error === first)) {
    const overhead = Math.max(0, model.overhead + first);
    return { ...model, overhead, systemOverhead: Math.max(0, model.systemOverhead + first) };
  }
  if (model.exact) return null;
  const own = (tokens: readonly number[]) => tokens.reduce((sum, value) => sum + value - model.overhead, 0);
  const scale = own(check.achieved) / own(check.wanted);
  if (!(scale > 0.2 && scale < 5) || Math.abs(scale - 1) < 0.002) return null;
  const weight = { ...model.weight, tokens: model.weight.tokens * scale };
  return { ...model, weight, instructionTokens: model.instructionTokens * scale };
}
