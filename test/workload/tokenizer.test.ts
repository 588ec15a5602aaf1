import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadTokenizer } from '../../src/workload/tokenizer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokbench-'));
const description = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, hello: 1, wor: 2, '##ld': 3, '.': 4 },
  },
};
function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

it('counts whole texts without special tokens, from a file or its folder', () => {
  const path = write('tokenizer.json', JSON.stringify(description));
  for (const given of [path, folder]) {
    const tokenizer = loadTokenizer(given);
    expect(tokenizer.file).toBe(path);
    expect(tokenizer.countText('hello world.')).toBe(4);
    expect(tokenizer.countText('')).toBe(0);
    expect(tokenizer.countPrompt({ kind: 'text', text: 'world' })).toBe(2);
    const messages = [
      { role: 'system', content: 'hello' },
      { role: 'user', content: 'hello world' },
    ] as const;
    expect(tokenizer.countPrompt({ kind: 'messages', messages })).toBe(4);
  }
});

it('says what cannot be used', () => {
  expect(() => loadTokenizer(join(folder, 'none.json'))).toThrow(
    /Cannot read the tokenizer .*none\.json: there is no such file/,
  );
  expect(() => loadTokenizer(write('text.json', 'no'))).toThrow(/text\.json is not JSON/);
  expect(() => loadTokenizer(write('other.json', '{"a":1}'))).toThrow(/other\.json is not a tokenizer\.json/);
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  expect(() => loadTokenizer(empty)).toThrow(/Cannot read the tokenizer/);
});
