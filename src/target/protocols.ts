import { closest } from 'fastest-levenshtein';
import { UserError } from '../error/user-error.ts';
import { anthropic } from './anthropic.ts';
import { gemini } from './gemini.ts';
import { openaiChat, openaiCompletions } from './openai.ts';
import type { Protocol } from './protocol.ts';
import { vertex } from './vertex.ts';

/** Every protocol that tokbench speaks: a new one is one file and one line here. */
const protocols: readonly Protocol[] = [openaiChat, openaiCompletions, anthropic, gemini, vertex];

export const protocolNames: readonly string[] = protocols.map((protocol) => protocol.name);

/** Throws UserError `unknown_protocol` (exit 2) that names the nearest. */
export function protocolNamed(name: string): Protocol {
  const protocol = protocols.find((candidate) => candidate.name === name);
  if (protocol !== undefined) return protocol;
  throw new UserError(
    'unknown_protocol',
    `There is no protocol "${name}". Did you mean "${closest(name, [...protocolNames])}"? Known: ${protocolNames.join(', ')}.`,
  );
}
