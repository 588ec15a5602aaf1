import type { Ask } from './ask.ts';
import { draw, drawNormal, mix32 } from './draw.ts';
import type { Simulation } from './options.ts';
import { endPiece, type Piece, pieceAt } from './text.ts';

/** One choice of a reply, known before its first token is sent. */
export interface Answer {
  readonly seed: number;
  /** Output tokens; with finish `stop` the last of them is the end of sequence, which has no text. */
  readonly tokens: number;
  readonly finish: 'stop' | 'length';
  /** The first of the tokens that are reasoning. */
  readonly reasoning: number;
}

/** Spread of the lengths of answers that stop by themselves: sigma of their logarithm. */
const naturalSigma = 0.6;

/** Pure function of (seed, request ordinal, choice) and what was asked. */
export function answerOf(ask: Ask, simulation: Simulation, ordinal: number, choice: number): Answer {
  const { seed, tokensPerEvent, meanOutputTokens } = simulation;
  const natural = ask.ignoreEos ? Number.POSITIVE_INFINITY : naturalTokens(meanOutputTokens, seed, ordinal, choice);
  // Not one token alone: an answer of nothing but its end would be no answer.
  const wanted = Math.max(2, ask.minTokens + 1, natural);
  const tokens = Math.min(ask.maxTokens, wanted);
  const share = ask.route === 'chat' ? simulation.reasoningShare : 0;
  // Whole events, so that no event holds both channels.
  const reasoning = Math.min(tokens, Math.round((share * tokens) / tokensPerEvent) * tokensPerEvent);
  const finish = wanted <= ask.maxTokens ? 'stop' : 'length';
  return { seed: mix32(seed + Math.imul(ordinal * 131 + choice + 1, 0x9e3779b1)), tokens, finish, reasoning };
}

function naturalTokens(mean: number, seed: number, ordinal: number, choice: number): number {
  const mu = Math.log(mean) - naturalSigma ** 2 / 2;
  return Math.round(Math.exp(mu + naturalSigma * drawNormal(seed, `length/${choice}`, ordinal)));
}

export function tokenOf(answer: Answer, position: number): Piece {
  const ends = answer.finish === 'stop' && position === answer.tokens - 1;
  return ends ? endPiece : pieceAt(answer.seed, position);
}

/** Text of the tokens [from, to). */
export function textOf(answer: Answer, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) text += tokenOf(answer, i).text;
  return text;
}

export function idsOf(answer: Answer, from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => tokenOf(answer, from + i).id);
}

/** A made-up log probability of a token: at most 0, the same each time. */
export function logprobOf(answer: Answer, position: number): number {
  return Math.log(1 - 0.9 * draw(answer.seed, 'logprob', position));
}
