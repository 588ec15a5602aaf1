import { linearRegression, linearRegressionLine } from 'simple-statistics';
import { createRandom } from '../random/random.ts';
import type { LengthRecord } from '../record/run.ts';
import { certify, Meter } from './certify.ts';
import { type Corpus, type Lexicon, lexicon, restrict, writeCorpus } from './corpus.ts';
import type { WorkloadDeps } from './spec.ts';

/** The last words of longer chat prompts: they keep a model that may stop by itself writing up to its cap. */
export const instruction = ' Write a long and detailed report about the points above.';
const instructionPieces = 11;

/** How many tokens text will have on the server that is asked: plain data, so that other threads can have it. */
export interface TokenModel {
  readonly method: LengthRecord['method'];
  /** Every piece is known to be one token; else `weight` is a fit. */
  readonly exact: boolean;
  readonly lexicon: Lexicon;
  /** Tokens of a piece of text (a word with the space before it, or a mark), or of each of its characters. */
  readonly weight: { readonly per: 'piece' | 'character'; readonly tokens: number };
  /** Tokens around one user message: template, default system text, special tokens. */
  readonly overhead: number;
  /** The same around a system message and a user message; for plain text the same as `overhead`. */
  readonly systemOverhead: number;
  /** Tokens of `instruction`. */
  readonly instructionTokens: number;
}

/** Tokens of one piece of text. */
export function weighPiece({ weight }: TokenModel, piece: string): number {
  return weight.per === 'piece' ? weight.tokens : weight.tokens * piece.length;
}

export interface LearntModel {
  readonly model: TokenModel;
  readonly notes: readonly string[];
}

const oneToken = { per: 'piece', tokens: 1 } as const;

/** What may be spent on learning: calls for words, words a call, calls at once. */
const effort = {
  tokenize: { calls: 400, group: 64, parallel: 8 },
  tokenizer: { calls: 2000, group: 64, parallel: 1 },
  usage: { calls: 28, group: 48, parallel: 4 },
  estimate: { calls: 0, group: 64, parallel: 1 },
} as const;

/** A template of the ChatML kind around one user message, and with a system message before it. */
const guessedOverhead = { messages: { plain: 9, system: 14 }, text: { plain: 0, system: 0 } };

/**
 * Learns how the server counts: first by certifying single-token words, so that lengths are exact by construction; where
 * its tokenizer does not add up over words, by a straight line through a few counts; where nothing counts, one token a
 * word or mark, which common words have with vocabularies of 32,000 tokens and more.
 */
export async function learnTokens(deps: WorkloadDeps, needsSystem: boolean): Promise<LearntModel> {
  if (deps.count === null || deps.countMethod === 'estimate') return { model: estimate(deps), notes: [] };
  const { calls, group, parallel } = effort[deps.countMethod];
  const meter = new Meter(deps.count, deps.promptKind, parallel, deps.signal);
  try {
    const certificate = await certify(meter, group, calls);
    const words = certificate && restrict((word) => certificate.words.has(word), certificate.openers);
    const model = words
      ? await exactModel(deps, meter, words, needsSystem)
      : await fittedModel(deps, meter, needsSystem);
    return { model, notes: [] };
  } catch (error) {
    deps.signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    return { model: estimate(deps), notes: [`Prompt lengths are estimated: the server's count failed (${reason})`] };
  }
}

async function exactModel(deps: WorkloadDeps, meter: Meter, words: Lexicon, needsSystem: boolean): Promise<TokenModel> {
  const [first, second] = [words.openers[0]!, words.openers[1]!];
  const noun = ` ${words.nouns[0]!}`;
  const one = await meter.text(first);
  const instructed = await meter.text(first + noun + instruction);
  const system = needsSystem ? await meter.text(first, second + noun) : one + 2;
  return {
    method: deps.countMethod,
    exact: true,
    lexicon: words,
    weight: oneToken,
    overhead: one - 1,
    systemOverhead: system - 3,
    instructionTokens: instructed - one - 1,
  };
}

/** No tokenizer packs more than a hundred characters or words into a token. */
const leastTokensPerUnit = 0.01;

/** Tokens against pieces, or against characters, whichever lies closer to a straight line. */
async function fittedModel(deps: WorkloadDeps, meter: Meter, needsSystem: boolean): Promise<TokenModel> {
  const corpus = writeCorpus(lexicon, 2000, createRandom(deps.seed, 'fit'));
  const samples = fitSamples(corpus);
  const counts = await meter.each(samples, (sample) => meter.text(sample.text));
  const byPieces = line(samples.map((sample, i) => [sample.pieces, counts[i]!]));
  const byChars = line(samples.map((sample, i) => [sample.text.length, counts[i]!]));
  const chars = byChars.error < byPieces.error;
  const { slope, intercept } = chars ? byChars : byPieces;
  // Some servers report one number whatever they are sent.
  if (!(slope >= leastTokensPerUnit)) throw new Error('it does not grow with the prompt');
  const weight = { per: chars ? 'character' : 'piece', tokens: slope } as const;
  const overhead = Math.max(0, Math.round(intercept));
  const two = needsSystem ? await meter.text(samples[0]!.text, samples[1]!.text) : 0;
  const systemOverhead = needsSystem ? Math.max(0, two - counts[0]! - counts[1]! + 2 * overhead) : overhead;
  const instructionTokens = chars ? slope * instruction.length : slope * instructionPieces;
  return { method: deps.countMethod, exact: false, lexicon, weight, overhead, systemOverhead, instructionTokens };
}

function fitSamples(corpus: Corpus): { text: string; pieces: number }[] {
  return [4, 16, 64, 256, 6, 24, 96, 200].map((pieces, i) => {
    const from = corpus.starts[3 + 4 * i]!;
    return { text: corpus.text.slice(corpus.ends[from - 1]! + 1, corpus.ends[from + pieces - 1]!), pieces };
  });
}

function line(points: [number, number][]): { slope: number; intercept: number; error: number } {
  const { m, b } = linearRegression(points);
  const at = linearRegressionLine({ m, b });
  return { slope: m, intercept: b, error: points.reduce((sum, [x, y]) => sum + (at(x) - y) ** 2, 0) };
}

function estimate(deps: WorkloadDeps): TokenModel {
  const { plain, system } = guessedOverhead[deps.promptKind];
  return {
    method: 'estimate',
    exact: false,
    lexicon,
    weight: oneToken,
    overhead: plain,
    systemOverhead: system,
    instructionTokens: instructionPieces,
  };
}
