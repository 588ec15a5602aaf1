import { mix32 } from './draw.ts';
import { endId, idOf } from './tokenizer.ts';

/**
 * Words that are one token each with the space before them, so that an answer sent back in the next turn counts as many
 * tokens as it was generated with. ASCII and free of JSON escapes: a frame's bytes are its characters.
 */
const words = (
  'the of and a to in is it that was for on are as with his they at be this from have or by one had not but what all ' +
  'were when we there can an your which their said if do will each about how up out them then she many some so these ' +
  'would other into has more her two like him see time could no make than first been its who now made over did down ' +
  'only way find use may water long great where still under night story light river stone green house world quiet'
)
  .split(' ')
  .filter((word) => word.length <= 5);

export interface Piece {
  readonly text: string;
  readonly id: number;
}

const piece = (text: string): Piece => ({ text, id: idOf(text) });
const opening: readonly Piece[] = words.map((word) => piece(word[0]!.toUpperCase() + word.slice(1)));
const inner: readonly Piece[] = [...words.map((word) => piece(` ${word}`)), piece('.'), piece(',')];

/** The token at `position` of an answer: a pure function of the answer's seed. */
export function pieceAt(answerSeed: number, position: number): Piece {
  const choices = position === 0 ? opening : inner;
  return choices[mix32(answerSeed + Math.imul(position, 0x9e3779b1)) % choices.length]!;
}

/** End of sequence: a token without text, which a natural stop counts as its last. */
export const endPiece: Piece = { text: '', id: endId };

/** All pieces an answer can hold. */
export const outputPieces: readonly Piece[] = [...opening, ...inner, endPiece];
