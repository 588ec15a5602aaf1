import fc from 'fast-check';
import { expect, it } from 'vitest';
import { outputPieces, pieceAt } from '../../src/simulate/text.ts';
import { encode, encodeChat, PieceMemory, TokenIds } from '../../src/simulate/tokenizer.ts';

function pieces(text: string): string[] {
  const found: string[] = [];
  encode(text, new TokenIds(), (_, piece) => found.push(piece));
  return found;
}

function idsOf(text: string): number[] {
  const ids = new TokenIds();
  encode(text, ids);
  return ids.toArray();
}

it('cuts words into pieces of at most five letters, each with the space before it', () => {
  expect(pieces('Tell me a transformer')).toEqual(['Tell', ' me', ' a', ' trans', 'forme', 'r']);
  expect(pieces('in 2026, x=12345.')).toEqual(['in', ' 202', '6', ',', ' x', '=', '123', '45', '.']);
  expect(pieces('  two\n\nende ')).toEqual([' ', ' two', '\n', '\n', 'ende', ' ']);
  expect(pieces('Größe 日本')).toEqual(['Größe', ' ', '日', '本']);
  expect(pieces('')).toEqual([]);
});

it('gives the text back, and equal ids for equal pieces', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const found = pieces(text);
      expect(found.join('')).toBe(text);
      const byPiece = new Map<string, number>();
      idsOf(text).forEach((id, i) => {
        expect(id).toBeGreaterThanOrEqual(16);
        expect(byPiece.get(found[i]!) ?? id).toBe(id);
        byPiece.set(found[i]!, id);
      });
    }),
  );
});

it('needs about 1.3 tokens for an English word', () => {
  const text =
    'It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife. ' +
    'However little known the feelings or views of such a man may be on his first entering a neighbourhood, this truth is so ' +
    'well fixed in the minds of the surrounding families, that he is considered the rightful property of some one of their daughters.';
  const share = idsOf(text).length / text.split(' ').length;
  expect(share).toBeGreaterThan(1.2);
  expect(share).toBeLessThan(1.6);
});

it('grows beyond its first room', () => {
  expect(idsOf('a '.repeat(10_000)).length).toBe(10_001);
});

it('adds four tokens and the role around each message, and four to open the answer', () => {
  const count = (messages: { role: string; content: string }[], open: boolean) => {
    const ids = new TokenIds();
    encodeChat(messages, open, ids);
    return ids.length;
  };
  const user = { role: 'user', content: 'Hi there' };
  expect(count([user], true)).toBe(2 + 4 + 1 + 4);
  expect(count([user, { role: 'system', content: '' }], false)).toBe(2 + 4 + 1 + 4 + 2);
});

it('tokenizes its own output as it was generated', () => {
  const positions = Array.from({ length: 200 }, (_, i) => pieceAt(7, i));
  expect(idsOf(positions.map((piece) => piece.text).join(''))).toEqual(positions.map((piece) => piece.id));
  for (const { text } of outputPieces) expect(JSON.stringify(text)).toBe(`"${text}"`);
});

it('turns back the ids that it gave out, within a limit', () => {
  const memory = new PieceMemory();
  const ids = new TokenIds();
  encode('Hello there, 日本', ids, memory.remember);
  expect(memory.text(ids.toArray())).toBe('Hello there, 日本');
  expect(memory.text([1, 12345])).toBe('<|im_start|>\uFFFD');
  const small = new PieceMemory(4);
  encode('a b c d e f g h', new TokenIds(), small.remember);
  expect(small.text(idsOf('a'))).toBe('\uFFFD');
});
