import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { fileProblem } from '../error/file-problem.ts';
import { UserError } from '../error/user-error.ts';
import type { Prompt } from '../record/turn.ts';

/** A tokenizer that runs in this process. */
export interface LocalTokenizer {
  readonly file: string;
  /** Tokens of the whole text, without special tokens. */
  countText(text: string): number;
  /** Tokens of a prompt's texts; what a chat template adds is not known here. */
  countPrompt(prompt: Prompt): number;
}

/**
 * Reads a Hugging Face `tokenizer.json` (or the folder that holds one), and `tokenizer_config.json` beside it.
 *
 * @throws UserError `no_such_file`, `bad_tokenizer`
 */
export function loadTokenizer(path: string): LocalTokenizer {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'tokenizer.json') : path;
  const config = join(dirname(file), 'tokenizer_config.json');
  const description = readJson(file);
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(description, existsSync(config) ? readJson(config) : {});
    tokenizer.encode('Is this a tokenizer?');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError('bad_tokenizer', `${file} is not a tokenizer.json that can be used here: ${reason}.`);
  }
  const countText = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
  return {
    file,
    countText,
    countPrompt: (prompt) =>
      prompt.kind === 'text'
        ? countText(prompt.text)
        : prompt.messages.reduce((sum, message) => sum + countText(message.content), 0),
  };
}

function readJson(file: string): object {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError('no_such_file', `Cannot read the tokenizer ${file}: ${fileProblem(error)}.`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw new UserError('bad_tokenizer', `${file} is not JSON; give a Hugging Face tokenizer.json.`);
}
