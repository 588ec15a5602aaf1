import { createRandom, type Random } from '../random/random.ts';
import { type Corpus, writeCorpus } from './corpus.ts';
import { instruction, type TokenModel, weighPiece } from './token-model.ts';

/** The random choices behind one text, drawn ahead so that writing it needs no state. */
export interface Draft {
  readonly opener: number;
  readonly nonce: readonly number[];
  /** Piece of the corpus at which the text goes on. */
  readonly from: number;
}

const nonceWords = 4;
const pieces = { least: 1 << 16, most: 1 << 19 };

/** Size of a corpus that is not repeated within a prompt, as far as memory allows. */
export function corpusPieces(longestPrompt: number): number {
  return Math.min(Math.max(longestPrompt, pieces.least), pieces.most);
}

/**
 * Text of any number of tokens, cut out of one long corpus: a prompt costs a few slices, not a sentence at a time. What
 * makes two texts differ from their first words on is the nonce, an opener and four random words (some 2^45 of them).
 */
export class Prose {
  readonly model: TokenModel;
  readonly #corpus: Corpus;
  /** Tokens before each piece and behind the last; null when every piece is one. */
  readonly #before: Float64Array | null;
  readonly #nonceWords: readonly string[];

  constructor(model: TokenModel, pieces: number, seed: number) {
    this.model = model;
    this.#corpus = writeCorpus(model.lexicon, pieces, createRandom(seed, 'corpus'));
    this.#before = model.exact ? null : cumulate(this.#corpus, model);
    this.#nonceWords = [...model.lexicon.nouns, ...model.lexicon.adjectives];
  }

  draft(random: Random): Draft {
    const opener = random.below(this.model.lexicon.openers.length);
    const nonce = Array.from({ length: nonceWords }, () => random.below(this.#nonceWords.length));
    return { opener, nonce, from: this.#corpus.starts[random.below(this.#corpus.starts.length)]! };
  }

  /** A text that starts with its nonce, as near to `tokens` as whole pieces allow and never empty. */
  unique(draft: Draft, tokens: number, close: boolean): string {
    const { lexicon, instructionTokens } = this.model;
    const weigh = (piece: string) => weighPiece(this.model, piece);
    let text = lexicon.openers[draft.opener]!;
    let left = tokens - weigh(text);
    for (const index of draft.nonce) {
      const piece = ` ${this.#nonceWords[index]!}`;
      if (left < weigh(piece) / 2) return text;
      text += piece;
      left -= weigh(piece);
    }
    if (left >= weigh('.')) {
      text += '.';
      left -= weigh('.');
    }
    if (close && left >= instructionTokens + 32)
      return text + this.#slice(draft.from, left - instructionTokens) + instruction;
    return text + this.#slice(draft.from, left);
  }

  /** A text without a nonce, from the start of a sentence: the same for the same draft. */
  plain(draft: Draft, tokens: number): string {
    return this.#slice(draft.from, Math.max(1, tokens)).slice(1);
  }

  #slice(from: number, tokens: number): string {
    if (tokens <= 0) return '';
    const { text, ends } = this.#corpus;
    const pieces = ends.length;
    const start = from === 0 ? 0 : ends[from - 1]!;
    const all = this.#before === null ? pieces : this.#before[pieces]!;
    const target = (this.#before === null ? from : this.#before[from]!) + tokens;
    const rounds = Math.floor(target / all);
    const to = this.#pieceAt(target - rounds * all);
    const end = to === 0 ? 0 : ends[to - 1]!;
    return rounds === 0 ? text.slice(start, end) : text.slice(start) + text.repeat(rounds - 1) + text.slice(0, end);
  }

  /** Number of leading pieces of the corpus whose tokens come nearest to `tokens`. */
  #pieceAt(tokens: number): number {
    const before = this.#before;
    if (before === null) return Math.round(tokens);
    let [low, high] = [0, before.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before[middle]! < tokens) low = middle + 1;
      else high = middle;
    }
    return low > 0 && tokens - before[low - 1]! < before[low]! - tokens ? low - 1 : low;
  }
}

function cumulate(corpus: Corpus, model: TokenModel): Float64Array {
  const before = new Float64Array(corpus.ends.length + 1);
  let start = 0;
  corpus.ends.forEach((end, i) => {
    before[i + 1] = before[i]! + weighPiece(model, corpus.text.slice(start, end));
    start = end;
  });
  return before;
}
