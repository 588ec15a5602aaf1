import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../error/user-error.ts';
import { parseModelCard } from '../measurement/model-card.ts';
import type { ModelCard } from '../record/hardware.ts';

/**
 * A model's shape from its `config.json`, or from a folder that holds one.
 *
 * @throws UserError `bad_model_config`
 */
export function readModelCard(path: string): ModelCard {
  const refuse = (clause: string) => {
    throw new UserError('bad_model_config', `--model-config ${path} ${clause}.`);
  };
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(folder ? join(path, 'config.json') : path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    refuse(
      code === undefined ? `is no JSON: ${message}` : code === 'ENOENT' ? 'does not exist' : `cannot be read: ${code}`,
    );
  }
  const parsed = parseModelCard(value);
  return parsed.ok ? parsed.card : refuse(parsed.problem);
}
