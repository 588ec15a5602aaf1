import { mix32 } from './draw.ts';

/**
 * The simulator's own tokenizer: pieces of at most five letters or three digits, each with the one space before it;
 * everything else is a token a UTF-16 unit. That gives about 1.3 tokens an English word. The ids are hashes of the pieces:
 * concatenating the pieces gives the text back, and no vocabulary has to be loaded or kept.
 */
const maxLetters = 5;
const maxDigits = 3;

/** Ids below this are special; pieces hash to ids at or above it. */
const firstPieceId = 16;
export const startId = 1;
export const endId = 2;
const specialText = new Map([
  [startId, '<|im_start|>'],
  [endId, '<|im_end|>'],
]);

const [other, letter, digit, space] = [0, 1, 2, 3];
const classes = Uint8Array.from({ length: 0x250 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[\p{L}]/u.test(char)) return letter;
  if (code >= 48 && code <= 57) return digit;
  return code === 32 ? space : other;
});

/** A growing list of token ids, reused between requests so that counting allocates nothing. */
export class TokenIds {
  ids = new Int32Array(4096);
  length = 0;

  push(id: number): void {
    if (this.length === this.ids.length) {
      const grown = new Int32Array(this.ids.length * 2);
      grown.set(this.ids);
      this.ids = grown;
    }
    this.ids[this.length++] = id;
  }

  toArray(): number[] {
    return Array.from(this.ids.subarray(0, this.length));
  }
}

/** Appends the tokens of `text`; calls `onPiece` with each id and its text where the caller wants to know. */
export function encode(text: string, into: TokenIds, onPiece?: (id: number, piece: string) => void): void {
  const end = text.length;
  let at = 0;
  while (at < end) {
    const start = at;
    let hash = 0x811c9dc5;
    let code = text.charCodeAt(at);
    let kind = code < 0x250 ? classes[code]! : other;
    if (kind === space && at + 1 < end) {
      const next = text.charCodeAt(at + 1);
      const nextKind = next < 0x250 ? classes[next]! : other;
      if (nextKind === letter || nextKind === digit) {
        hash = Math.imul(hash ^ code, 0x01000193);
        at++;
        code = next;
        kind = nextKind;
      }
    }
    hash = Math.imul(hash ^ code, 0x01000193);
    at++;
    if (kind === letter || kind === digit) {
      const stop = Math.min(end, at + (kind === letter ? maxLetters : maxDigits) - 1);
      while (at < stop) {
        code = text.charCodeAt(at);
        if ((code < 0x250 ? classes[code]! : other) !== kind) break;
        hash = Math.imul(hash ^ code, 0x01000193);
        at++;
      }
    }
    const id = pieceId(hash);
    into.push(id);
    onPiece?.(id, text.slice(start, at));
  }
}

function pieceId(hash: number): number {
  const id = mix32(hash) >>> 2;
  return id < firstPieceId ? id + firstPieceId : id;
}

/** The id of a text that is one piece. */
export function idOf(piece: string): number {
  const ids = new TokenIds();
  encode(piece, ids);
  if (ids.length !== 1) throw new Error(`'${piece}' is ${ids.length} tokens`);
  return ids.ids[0]!;
}

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** ChatML without a system prompt of its own: four tokens and the role around each message, four to open the answer. */
export function encodeChat(
  messages: readonly ChatMessage[],
  openAnswer: boolean,
  into: TokenIds,
  onPiece?: (id: number, piece: string) => void,
): void {
  const special = (id: number) => {
    into.push(id);
    onPiece?.(id, specialText.get(id)!);
  };
  for (const message of messages) {
    special(startId);
    encode(message.role, into, onPiece);
    encode('\n', into, onPiece);
    encode(message.content, into, onPiece);
    special(endId);
    encode('\n', into, onPiece);
  }
  if (!openAnswer) return;
  special(startId);
  encode('assistant', into, onPiece);
  encode('\n', into, onPiece);
}

/** Remembers the pieces that `/tokenize` gave out, so that `/detokenize` can turn them back. */
export class PieceMemory {
  readonly #pieces = new Map<number, string>(specialText);
  readonly #limit: number;

  constructor(limit = 200_000) {
    this.#limit = limit;
  }

  readonly remember = (id: number, piece: string): void => {
    if (this.#pieces.size >= this.#limit) this.#pieces.clear();
    this.#pieces.set(id, piece);
  };

  /** Ids that were never given out become U+FFFD. */
  text(ids: readonly number[]): string {
    return ids.map((id) => this.#pieces.get(id) ?? specialText.get(id) ?? '\uFFFD').join('');
  }
}
